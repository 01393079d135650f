"""The steps that every move of a transfer is made of: entering a state, and putting a plan where it has come to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jinku.core import Intent
from jinku.transfers.errors import TransferHistoryError, TransferStateError
from jinku.transfers.types import ENDS, Attempt, Stage, State, Transfer

__all__ = [
    "WAITING",
    "contradiction",
    "deadline_of",
    "enter",
    "find",
    "get",
    "is_over",
    "not_now",
    "put",
    "settle",
    "withdrawn",
]

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

WAITING = frozenset({State.PROPOSED, State.SCREENED, State.AWAITING_APPROVAL, State.HELD, State.AUTHORISED})
_ORDER = (Stage.PLANNED, Stage.ASKED, Stage.SIGNED, Stage.UNKNOWN, Stage.SENT, Stage.INCLUDED)
_STATE_OF = {
    Stage.PLANNED: State.PLANNED,
    Stage.ASKED: State.PLANNED,
    Stage.SIGNED: State.SIGNED,
    Stage.UNKNOWN: State.UNKNOWN,
    Stage.SENT: State.BROADCAST,
    Stage.INCLUDED: State.INCLUDED,
}


def is_over(intent: Intent, now_ms: int) -> bool:
    """Its time has passed; the last moment counts."""
    return now_ms > intent.bounds.valid_until_ms


def deadline_of(state: State, intent: Intent, now_ms: int, not_before_ms: int = 0) -> int:
    """When a transfer that enters the state now is late there; an end has no later moment."""
    if state in ENDS:
        return now_ms
    until = intent.bounds.valid_until_ms
    within = _WITHIN_MS.get(state)
    if within is None:
        return max(until, now_ms)
    start = max(now_ms, not_before_ms) if state is State.AUTHORISED else now_ms
    return max(min(start + within, until), now_ms) if state in WAITING else start + within


def enter(transfer: Transfer, state: State, now_ms: int, **changes: Any) -> Transfer:
    """In the state, with these changes; since when and until when are kept where it stands there already."""
    if state is transfer.state:
        return replace(transfer, **changes)
    deadline_ms = deadline_of(state, transfer.intent, now_ms, transfer.not_before_ms)
    return replace(transfer, state=state, since_ms=now_ms, deadline_ms=deadline_ms, **changes)


def withdrawn(transfer: Transfer) -> Transfer:
    """No plan that no signer was shown is left."""
    void = tuple(item if item.asked else replace(item, stage=Stage.VOID) for item in transfer.attempts)
    return replace(transfer, attempts=void)


def find(transfer: Transfer, plan: object) -> Attempt | None:
    """What has become of a plan, if it is one of the transfer's."""
    return next((attempt for attempt in transfer.attempts if attempt.plan == plan), None)


def get(transfer: Transfer, plan: object) -> Attempt:
    """What has become of one of its plans; another is an error."""
    attempt = find(transfer, plan)
    if attempt is None:
        raise contradiction(transfer, "a plan is told of that it does not have", plan, "one of its plans")
    return attempt


def put(transfer: Transfer, attempt: Attempt, now_ms: int) -> Transfer:
    """With this plan come to where it has."""
    attempts = tuple(attempt if item.plan == attempt.plan else item for item in transfer.attempts)
    return settle(transfer, attempts, now_ms)


def settle(transfer: Transfer, attempts: tuple[Attempt, ...], now_ms: int) -> Transfer:
    """The state is that of the attempt that has come furthest."""
    moved = replace(transfer, attempts=attempts)
    stages = [attempt.stage for attempt in attempts if attempt.stage in _ORDER]
    if not stages:
        return moved
    return enter(moved, _STATE_OF[max(stages, key=_ORDER.index)], now_ms)


def contradiction(transfer: Transfer, what: str, found: object, expected: object) -> TransferHistoryError:
    """What is told cannot be true beside what stands."""
    return TransferHistoryError(
        f"of the transfer {transfer.intent.id} something is told that cannot be: {what}",
        found=found,
        expected=expected,
        advice="nothing was changed; compare its entries with its row: jinku journal verify",
    )


def not_now(transfer: Transfer, why: str, advice: str) -> TransferStateError:
    """The present state does not allow it."""
    return TransferStateError(f"the transfer {transfer.intent.id} does not allow this now: {why}", advice=advice)
