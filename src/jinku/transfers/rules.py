"""How a transfer moves: a pure function of where it stands, what happened and what time it is.

An event that was told before changes nothing, so whoever lost an answer tells it again. An event that cannot follow
is an error and changes nothing either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from jinku.core import Intent, Outcome
from jinku.transfers import signing
from jinku.transfers.errors import TransferHistoryError
from jinku.transfers.events import (
    Approvals,
    Asked,
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
    Time,
)
from jinku.transfers.standing import WAITING, deadline_of, enter, find, is_over, not_now, withdrawn
from jinku.transfers.types import ENDS, Stage, State, Transfer

__all__ = ["advance", "propose"]

_LEAST_HOLD_MS = 10_000  # a hold without an end, or one of the past, is judged anew no sooner
_AFTER = {
    Outcome.ALLOW: State.AUTHORISED,
    Outcome.REQUIRE_APPROVAL: State.AWAITING_APPROVAL,
    Outcome.THROTTLE: State.HELD,
    Outcome.HOLD: State.HELD,
    Outcome.DENY: State.DENIED,
}
_CAN_FOLLOW = {
    Stage.FINAL: {Sight.FINAL, Sight.INCLUDED},
    Stage.REVERTED: {Sight.REVERTED, Sight.INCLUDED},
}
"""After the end: what a chain that did not change may still show, by nodes that are a little behind."""


def propose(intent: Intent, now_ms: int, not_before_ms: int = 0) -> Transfer:
    """The transfer of a new intent, which is not planned before ``not_before_ms``."""
    deadline_ms = deadline_of(State.PROPOSED, intent, now_ms)
    return Transfer(intent, State.PROPOSED, now_ms, deadline_ms, not_before_ms)


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
    """Only what the chain shows can still contradict an end: an effect where none was, or another than the one seen."""
    if isinstance(event, Cancel) and event.on and transfer.state is not State.CANCELLED:
        raise not_now(transfer, f"it is {transfer.state.value}", "nothing is left to cancel")
    if not isinstance(event, Seen):
        return transfer
    attempt = find(transfer, event.plan)
    stage = Stage.VOID if attempt is None else attempt.stage
    if stage in _CAN_FOLLOW:
        fits = event.sight in _CAN_FOLLOW[stage]
    else:
        fits = event.sight in {Sight.ABSENT, Sight.SEEN, Sight.DISPLACED}
    if fits:
        return transfer
    raise TransferHistoryError(
        f"the chain contradicts how the transfer {transfer.intent.id} ended",
        found=f"the plan {event.plan} is {event.sight.value} on the chain",
        expected=f"what it was when the transfer became {transfer.state.value}: {stage.value}",
        advice="freeze the vault, keep this home, and find out what the chain took and who signed it",
    )


def _judged(transfer: Transfer, event: Judged, now_ms: int) -> Transfer:
    if transfer.state not in WAITING or transfer.state is State.HELD:
        return transfer  # held: it is judged anew afterwards; planned: the signer judges by itself
    same = (event.outcome, event.basis) == (transfer.outcome, transfer.basis)
    if transfer.state is State.AWAITING_APPROVAL and same:
        return transfer
    if transfer.state is State.AUTHORISED and (same or event.outcome is Outcome.ALLOW):
        return transfer
    told = {"outcome": event.outcome, "basis": event.basis, "code": event.code, "hold_until_ms": event.until_ms}
    return enter(transfer, State.SCREENED, now_ms, **told)


def _approvals(transfer: Transfer, event: Approvals, now_ms: int) -> Transfer:
    if transfer.state not in WAITING or event.basis != transfer.basis:
        return transfer
    if event.rejected:
        return enter(transfer, State.DENIED, now_ms, code="transfers.rejected")
    if event.met and transfer.state is State.AWAITING_APPROVAL:
        return enter(transfer, State.AUTHORISED, now_ms, code="")
    return transfer


def _hold(transfer: Transfer, event: Hold, now_ms: int) -> Transfer:
    if transfer.state not in WAITING:
        return transfer
    return enter(transfer, State.HELD, now_ms, code=event.code, hold_until_ms=event.until_ms)


def _cancel(transfer: Transfer, event: Cancel, now_ms: int) -> Transfer:
    if not event.on:
        return replace(transfer, cancelling=False)
    if not transfer.may_be_signed:
        return enter(withdrawn(transfer), State.CANCELLED, now_ms, code="")
    if transfer.has_left:
        raise not_now(transfer, "it was sent", "wait for what the chain takes")
    return replace(transfer, cancelling=True)  # too late to know: held until the signer or the chain says


def _freeze(transfer: Transfer, event: Freeze, _: int) -> Transfer:
    return replace(transfer, frozen=event.on)


def _time(transfer: Transfer, _: Time, now_ms: int) -> Transfer:
    if transfer.frozen:
        return transfer
    if transfer.state is State.SCREENED and transfer.outcome is not None:
        least_ms = max(transfer.hold_until_ms, now_ms + _LEAST_HOLD_MS)
        told = {"hold_until_ms": least_ms} if _AFTER[transfer.outcome] is State.HELD else {}
        return enter(transfer, _AFTER[transfer.outcome], now_ms, **told)
    if transfer.state is State.HELD and transfer.hold_until_ms <= now_ms:
        return enter(transfer, State.PROPOSED, now_ms, outcome=None)  # the facts are others now: judged anew
    return transfer


def _expire(transfer: Transfer, now_ms: int) -> Transfer:
    """An intent ends by time only while nothing of it can be signed; afterwards the chain decides."""
    if transfer.state in ENDS or transfer.may_be_signed or not is_over(transfer.intent, now_ms):
        return transfer
    return enter(withdrawn(transfer), State.EXPIRED, now_ms, code="transfers.expired")


_MOVES: dict[type[Any], Callable[[Transfer, Any, int], Transfer]] = {
    Judged: _judged,
    Approvals: _approvals,
    Hold: _hold,
    Planned: signing.planned,
    Asked: signing.asked,
    Refused: signing.refused,
    Signed: signing.signed,
    Sent: signing.sent,
    Seen: signing.seen,
    Cancel: _cancel,
    Freeze: _freeze,
    Time: _time,
}
