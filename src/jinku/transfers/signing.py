"""The moves of a transfer's plans: planned, shown to a signer, signed, sent, seen on its chain."""

from __future__ import annotations

from dataclasses import replace

from jinku.transfers.events import Answer, Asked, Planned, Refused, Seen, Sent, Sight, Signed
from jinku.transfers.standing import contradiction, enter, find, get, is_over, not_now, put, settle
from jinku.transfers.types import Attempt, Stage, State, Transfer

__all__ = ["asked", "planned", "refused", "seen", "sent", "signed"]

_STAGE_AT = {
    Sight.SEEN: Stage.SENT,
    Sight.INCLUDED: Stage.INCLUDED,
    Sight.FINAL: Stage.FINAL,
    Sight.REVERTED: Stage.REVERTED,
    Sight.DISPLACED: Stage.DISPLACED,
}


def planned(transfer: Transfer, event: Planned, now_ms: int) -> Transfer:
    """A plan more, written down and not signed."""
    known = find(transfer, event.plan)
    if known is not None:
        if known.digest != event.digest or known.slots != event.slots:
            raise contradiction(transfer, "a plan's id stands for another plan", event.digest, known.digest)
        return transfer
    _refuse_stopped(transfer, now_ms)
    if now_ms < transfer.not_before_ms:
        raise not_now(transfer, "its time has not come", f"plan it from {transfer.not_before_ms} on")
    before = [attempt for attempt in transfer.attempts if attempt.stage is not Stage.VOID]
    if before:
        _check_replacement(transfer, event, before)
    elif transfer.state is not State.AUTHORISED:
        raise not_now(transfer, f"it is {transfer.state.value}", "plan it once it is authorised")
    elif event.replaces is not None:
        raise contradiction(transfer, "a first plan replaces another", event.replaces, "none")
    attempt = Attempt(event.plan, event.digest, Stage.PLANNED, slots=event.slots)
    return settle(transfer, (*transfer.attempts, attempt), now_ms)


def _check_replacement(transfer: Transfer, event: Planned, before: list[Attempt]) -> None:
    if not transfer.intent.bounds.replaceable:
        raise contradiction(transfer, "the intent forbids a replacement", event.plan, "its only plan")
    if event.replaces != before[-1].plan:
        raise contradiction(transfer, "a second plan replaces none", event.replaces, f"the plan {before[-1].plan}")
    if any(attempt.stage not in {Stage.SIGNED, Stage.UNKNOWN, Stage.SENT} for attempt in before):
        raise not_now(transfer, "a plan of it waits for its signature or has landed", "wait for what becomes of it")
    taken = frozenset[str]().union(*(attempt.slots for attempt in before))
    if not taken or not taken <= event.slots:
        found, expected = sorted(event.slots), sorted(taken) or "slots that the chain takes once"
        raise contradiction(transfer, "both plans could land", found, expected)


def _refuse_stopped(transfer: Transfer, now_ms: int) -> None:
    if transfer.frozen:
        raise not_now(transfer, "it is frozen", "lift the freeze")
    if transfer.cancelling:
        raise not_now(transfer, "it is being cancelled", "take the cancellation back, or wait for its end")
    if is_over(transfer.intent, now_ms):
        raise not_now(transfer, "its time is over", "propose it again with a later end")


def asked(transfer: Transfer, event: Asked, now_ms: int) -> Transfer:
    """A signer is shown the plan."""
    attempt = get(transfer, event.plan)
    if attempt.stage is Stage.VOID:
        raise not_now(transfer, "the plan was withdrawn", "make another")
    if attempt.stage is not Stage.PLANNED:
        return transfer
    _refuse_stopped(transfer, now_ms)
    return put(transfer, replace(attempt, stage=Stage.ASKED), now_ms)


def refused(transfer: Transfer, event: Refused, now_ms: int) -> Transfer:
    """The plan will not be signed."""
    attempt = get(transfer, event.plan)
    if attempt.stage is Stage.VOID:
        return transfer
    if attempt.stage not in {Stage.PLANNED, Stage.ASKED}:
        raise contradiction(transfer, "a signed plan is said to be refused", event.code, attempt.stage.value)
    if attempt.stage is Stage.ASKED and not event.never:
        return replace(transfer, code=event.code)  # an answer may have been lost: bytes may exist somewhere
    moved = put(transfer, replace(attempt, stage=Stage.VOID), now_ms)
    if moved.may_be_signed:
        return _close(replace(moved, code=event.code), now_ms)  # a bump that is not allowed: what was sent goes on
    state = State.PROPOSED if event.retryable else State.DENIED
    state = State.EXPIRED if is_over(moved.intent, now_ms) else state
    state = State.CANCELLED if moved.cancelling else state
    return enter(moved, state, now_ms, code=event.code, outcome=None)


def signed(transfer: Transfer, event: Signed, now_ms: int) -> Transfer:
    """The plan has its transaction."""
    attempt = get(transfer, event.plan)
    if not attempt.asked:
        found = f"it is {attempt.stage.value}"
        raise contradiction(transfer, "a plan is said to be signed that no signer was asked for", found, "asked")
    if attempt.transaction not in {"", event.transaction}:
        raise contradiction(transfer, "a plan has two transactions", event.transaction, attempt.transaction)
    if attempt.transaction:
        return transfer
    return put(transfer, replace(attempt, stage=Stage.SIGNED, transaction=event.transaction), now_ms)


def sent(transfer: Transfer, event: Sent, now_ms: int) -> Transfer:
    """Nodes were given the transaction."""
    attempt = get(transfer, event.plan)
    if not attempt.transaction:
        raise contradiction(transfer, "a plan without a transaction is said to be sent", event.plan, "a signed plan")
    if attempt.stage not in {Stage.SIGNED, Stage.UNKNOWN}:
        return transfer
    stage = {Answer.TAKEN: Stage.SENT, Answer.NONE: Stage.UNKNOWN, Answer.REFUSED: attempt.stage}[event.answer]
    return put(replace(transfer, code=event.code), replace(attempt, stage=stage, sent=True), now_ms)


def seen(transfer: Transfer, event: Seen, now_ms: int) -> Transfer:
    """What the chain shows of the transaction."""
    attempt = get(transfer, event.plan)
    if not attempt.transaction:
        if event.sight is Sight.ABSENT:
            return transfer
        raise contradiction(transfer, "the chain shows a plan that was not signed here", event.sight, "nothing")
    if event.sight is Sight.ABSENT:  # the same bytes are sent again
        gone = attempt.stage is Stage.DISPLACED
        return transfer if gone else put(transfer, replace(attempt, stage=Stage.SIGNED), now_ms)
    sent = attempt.sent or event.sight is not Sight.DISPLACED
    moved = put(transfer, replace(attempt, stage=_STAGE_AT[event.sight], sent=sent), now_ms)
    if event.sight is Sight.FINAL:
        return enter(moved, State.FINAL, now_ms, code="")
    if event.sight is Sight.REVERTED:
        return enter(moved, State.FAILED, now_ms, code="transfers.reverted")
    return _close(moved, now_ms)


def _close(transfer: Transfer, now_ms: int) -> Transfer:
    """Its end, when something of it was displaced and nothing of it can land."""
    displaced = any(attempt.stage is Stage.DISPLACED for attempt in transfer.attempts)
    if not displaced or not all(attempt.dead for attempt in transfer.attempts):
        return transfer
    state = State.CANCELLED if transfer.cancelling else State.FAILED
    return enter(transfer, state, now_ms, code="" if transfer.cancelling else "transfers.displaced")
