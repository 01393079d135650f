"""How a transfer moves: a pure function of where it stands, what happened and what time it is.

An event that was told before changes nothing, so whoever lost an answer tells it again. An event that cannot follow
is an error and changes nothing either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from jinku.core import Intent, Outcome, Verdict
from jinku.transfers.errors import TransferHistoryError, TransferStateError
from jinku.transfers.types import (
    ENDS,
    Answer,
    Approvals,
    Attempt,
    Cancel,
    Event,
    Freeze,
    Hold,
    Judged,
    Planned,
    Refused,
    Seen,
    Sent,
    Sight,
    Signed,
    Stage,
    State,
    Time,
    Transfer,
)

__all__ = ["advance", "propose"]

_MINUTE_MS = 60_000
_WITHIN_MS = {
    State.PROPOSED: _MINUTE_MS,
    State.SCREENED: _MINUTE_MS,
    State.AUTHORISED: 10 * _MINUTE_MS,
    State.PLANNED: 2 * _MINUTE_MS,
    State.SIGNED: 2 * _MINUTE_MS,
    State.UNKNOWN: 5 * _MINUTE_MS,
    State.BROADCAST: 30 * _MINUTE_MS,
    State.INCLUDED: 120 * _MINUTE_MS,
}
"""After so long a transfer is reported as late. What waits for people or for a time has the intent's own end."""

_WAITING = frozenset({State.PROPOSED, State.SCREENED, State.AWAITING_APPROVAL, State.HELD, State.AUTHORISED})
_ORDER = (Stage.PLANNED, Stage.SIGNED, Stage.UNKNOWN, Stage.SENT, Stage.INCLUDED)
_AFTER = {
    Outcome.ALLOW: State.AUTHORISED,
    Outcome.REQUIRE_APPROVAL: State.AWAITING_APPROVAL,
    Outcome.THROTTLE: State.HELD,
    Outcome.HOLD: State.HELD,
    Outcome.DENY: State.DENIED,
}
_STATE_OF = {
    Stage.PLANNED: State.PLANNED,
    Stage.SIGNED: State.SIGNED,
    Stage.UNKNOWN: State.UNKNOWN,
    Stage.SENT: State.BROADCAST,
    Stage.INCLUDED: State.INCLUDED,
}


def propose(intent: Intent, now_ms: int) -> Transfer:
    """The transfer of a new intent."""
    return _enter(Transfer(intent, State.PROPOSED, now_ms, now_ms), State.PROPOSED, now_ms)


def advance(transfer: Transfer, event: Event, now_ms: int) -> Transfer:
    """Where the transfer stands after the event.

    Raises ``TransferStateError`` for what the present state does not allow, ``TransferHistoryError`` for what cannot be
    true beside what stands.
    """
    if transfer.state in ENDS:
        return _after_the_end(transfer, event)
    moved = _MOVES[type(event)](transfer, event, now_ms)
    return _expire(moved, now_ms) if isinstance(event, Time) else moved


def _after_the_end(transfer: Transfer, event: Event) -> Transfer:
    """Only what the chain shows can still contradict an end."""
    landed = isinstance(event, Seen) and event.sight in {Sight.INCLUDED, Sight.FINAL, Sight.REVERTED}
    if landed and transfer.state in {State.DENIED, State.EXPIRED, State.CANCELLED}:
        raise TransferHistoryError(
            f"the transfer {transfer.intent.id} ended without an effect, and the chain shows one",
            found=f"{transfer.state.value}; the chain: {event}",
            expected="nothing of it on the chain",
            advice="freeze the vault, keep this home, and find out who signed: jinku audit chain",
        )
    return transfer


def _enter(transfer: Transfer, state: State, now_ms: int, **changes: Any) -> Transfer:
    if state is transfer.state and transfer.since_ms != transfer.deadline_ms:
        return replace(transfer, **changes)
    until = transfer.intent.bounds.valid_until_ms
    within = _WITHIN_MS.get(state)
    deadline = until if within is None else now_ms + within
    return replace(transfer, state=state, since_ms=now_ms, deadline_ms=deadline, **changes)


def _judged(transfer: Transfer, event: Judged, now_ms: int) -> Transfer:
    if transfer.state not in _WAITING:
        return transfer  # a verdict that came late: the signer has judged by itself
    code = event.verdict.reasons[0].code if event.verdict.reasons else ""
    return _enter(transfer, State.SCREENED, now_ms, verdict=event.verdict, code=code, hold_until_ms=event.until_ms)


def _route(transfer: Transfer, verdict: Verdict, now_ms: int) -> Transfer:
    """From a recorded verdict to what it asks for."""
    return _enter(transfer, _AFTER[verdict.outcome], now_ms)


def _approvals(transfer: Transfer, event: Approvals, now_ms: int) -> Transfer:
    if transfer.state not in _WAITING:
        return transfer
    if event.rejected_by:
        return _enter(transfer, State.DENIED, now_ms, code="transfers.rejected")
    if event.met and transfer.state is State.AWAITING_APPROVAL:
        return _enter(transfer, State.AUTHORISED, now_ms, code="")
    return transfer


def _hold(transfer: Transfer, event: Hold, now_ms: int) -> Transfer:
    if transfer.state not in _WAITING:
        return transfer
    return _enter(transfer, State.HELD, now_ms, code=event.code, hold_until_ms=event.until_ms)


def _planned(transfer: Transfer, event: Planned, now_ms: int) -> Transfer:
    known = _find(transfer, event.plan)
    if known is not None:
        if known.digest != event.digest:
            raise _contradiction(transfer, "a plan's id stands for another plan", event.digest, known.digest)
        return transfer
    if transfer.frozen:
        raise _not_now(transfer, "it is frozen", "jinku freeze --lift")
    live = [attempt for attempt in transfer.attempts if attempt.signed]
    if not live and transfer.state is not State.AUTHORISED:
        raise _not_now(transfer, f"it is {transfer.state.value}", "plan it once it is authorised")
    if live and event.replaces != live[-1].plan:
        raise _contradiction(transfer, "a second plan replaces none", event.replaces, f"the plan {live[-1].plan}")
    if live and not transfer.intent.bounds.replaceable:
        raise _contradiction(transfer, "the intent forbids a replacement", event.plan, "its only plan")
    return _settle(transfer, (*transfer.attempts, Attempt(event.plan, event.digest, Stage.PLANNED)), now_ms)


def _refused(transfer: Transfer, event: Refused, now_ms: int) -> Transfer:
    attempt = _get(transfer, event.plan)
    if attempt.stage is Stage.VOID:
        return transfer
    if attempt.stage is not Stage.PLANNED:
        raise _contradiction(transfer, "a signed plan is said to be refused", event.code, attempt.stage.value)
    moved = _put(transfer, replace(attempt, stage=Stage.VOID), now_ms)
    if moved.may_be_signed:
        return replace(moved, code=event.code)  # a bump that is not allowed: what was sent goes on
    state = State.PROPOSED if event.retryable else State.DENIED
    return _enter(moved, State.CANCELLED if moved.cancelling else state, now_ms, code=event.code, verdict=None)


def _signed(transfer: Transfer, event: Signed, now_ms: int) -> Transfer:
    attempt = _get(transfer, event.plan)
    if attempt.stage is Stage.VOID:
        raise _contradiction(transfer, "a refused plan is said to be signed", event.transaction, "no signature")
    if attempt.transaction not in {"", event.transaction}:
        raise _contradiction(transfer, "a plan has two transactions", event.transaction, attempt.transaction)
    if attempt.transaction:
        return transfer
    return _put(transfer, replace(attempt, stage=Stage.SIGNED, transaction=event.transaction), now_ms)


def _sent(transfer: Transfer, event: Sent, now_ms: int) -> Transfer:
    attempt = _get(transfer, event.plan)
    if not attempt.transaction:
        raise _contradiction(transfer, "a plan without a transaction is said to be sent", event.plan, "a signed plan")
    if attempt.stage not in {Stage.SIGNED, Stage.UNKNOWN}:
        return transfer
    stage = {Answer.TAKEN: Stage.SENT, Answer.NONE: Stage.UNKNOWN, Answer.REFUSED: attempt.stage}[event.answer]
    return _put(replace(transfer, code=event.code), replace(attempt, stage=stage), now_ms)


def _seen(transfer: Transfer, event: Seen, now_ms: int) -> Transfer:
    attempt = _get(transfer, event.plan)
    if not attempt.transaction:
        if event.sight is Sight.ABSENT:
            return transfer
        raise _contradiction(transfer, "the chain shows a plan that was not signed here", event.sight, "nothing")
    if event.sight is Sight.FINAL:
        return _enter(_put(transfer, replace(attempt, stage=Stage.INCLUDED), now_ms), State.FINAL, now_ms, code="")
    if event.sight is Sight.REVERTED:
        put = _put(transfer, replace(attempt, stage=Stage.INCLUDED), now_ms)
        return _enter(put, State.FAILED, now_ms, code="transfers.reverted")
    stages = {
        Sight.ABSENT: Stage.SIGNED,  # the same bytes are sent again
        Sight.SEEN: Stage.SENT,
        Sight.INCLUDED: Stage.INCLUDED,
        Sight.DISPLACED: Stage.DISPLACED,
    }
    if event.sight is Sight.ABSENT and attempt.stage is Stage.DISPLACED:
        return transfer
    moved = _put(transfer, replace(attempt, stage=stages[event.sight]), now_ms)
    if all(item.stage in {Stage.DISPLACED, Stage.VOID} for item in moved.attempts):
        state = State.CANCELLED if moved.cancelling else State.FAILED
        return _enter(moved, state, now_ms, code="" if moved.cancelling else "transfers.displaced")
    return moved


def _cancel(transfer: Transfer, _: Cancel, now_ms: int) -> Transfer:
    if not transfer.may_be_signed:
        return _enter(transfer, State.CANCELLED, now_ms, code="", cancelling=True)
    if transfer.has_left and not transfer.intent.bounds.replaceable:
        raise _not_now(transfer, "it was sent, and its intent forbids a replacement", "wait for the chain")
    return replace(transfer, cancelling=True)  # the chain has to take something else in its place


def _freeze(transfer: Transfer, event: Freeze, _: int) -> Transfer:
    return replace(transfer, frozen=event.on)


def _time(transfer: Transfer, _: Time, now_ms: int) -> Transfer:
    if transfer.frozen:
        return transfer
    if transfer.state is State.SCREENED and transfer.verdict is not None:
        return _route(transfer, transfer.verdict, now_ms)
    if transfer.state is State.HELD and transfer.hold_until_ms <= now_ms:
        return _enter(transfer, State.PROPOSED, now_ms, verdict=None)  # the facts are others now: judged anew
    return transfer


def _expire(transfer: Transfer, now_ms: int) -> Transfer:
    """An intent ends by time only while nothing of it can be signed; afterwards the chain decides."""
    over = now_ms > transfer.intent.bounds.valid_until_ms
    if over and transfer.state in _WAITING and not transfer.may_be_signed:
        return _enter(transfer, State.EXPIRED, now_ms, code="transfers.expired")
    return transfer


def _find(transfer: Transfer, plan: object) -> Attempt | None:
    return next((attempt for attempt in transfer.attempts if attempt.plan == plan), None)


def _get(transfer: Transfer, plan: object) -> Attempt:
    attempt = _find(transfer, plan)
    if attempt is None:
        raise _contradiction(transfer, "a plan is told of that it does not have", plan, "one of its plans")
    return attempt


def _put(transfer: Transfer, attempt: Attempt, now_ms: int) -> Transfer:
    attempts = tuple(attempt if item.plan == attempt.plan else item for item in transfer.attempts)
    return _settle(transfer, attempts, now_ms)


def _settle(transfer: Transfer, attempts: tuple[Attempt, ...], now_ms: int) -> Transfer:
    """The state is that of the attempt that has come furthest."""
    moved = replace(transfer, attempts=attempts)
    stages = [attempt.stage for attempt in attempts if attempt.stage in _ORDER]
    if not stages:
        return moved
    return _enter(moved, _STATE_OF[max(stages, key=_ORDER.index)], now_ms)


def _contradiction(transfer: Transfer, what: str, found: object, expected: object) -> TransferHistoryError:
    return TransferHistoryError(
        f"of the transfer {transfer.intent.id} something is told that cannot be: {what}",
        found=found,
        expected=expected,
        advice="nothing was changed; run jinku transfers show with its id, then jinku journal verify",
    )


def _not_now(transfer: Transfer, why: str, advice: str) -> TransferStateError:
    return TransferStateError(f"the transfer {transfer.intent.id} does not allow this now: {why}", advice=advice)


_MOVES: dict[type[Any], Callable[[Transfer, Any, int], Transfer]] = {
    Judged: _judged,
    Approvals: _approvals,
    Hold: _hold,
    Planned: _planned,
    Refused: _refused,
    Signed: _signed,
    Sent: _sent,
    Seen: _seen,
    Cancel: _cancel,
    Freeze: _freeze,
    Time: _time,
}
