"""What a worker does next with a transfer, and when: a pure function of where it stands and what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from jinku.core import Id
from jinku.transfers.standing import is_over
from jinku.transfers.types import ENDS, Attempt, Stage, State, Transfer

__all__ = ["Do", "Step", "next_step", "pause_ms"]

_SECOND_MS = 1_000
_MINUTE_MS = 60_000
_SKEW_MS = 6 * _MINUTE_MS  # a signer's clock is at most five minutes from ours (ADR 0028)


class Do(StrEnum):
    """One step."""

    JUDGE = "judge"
    COUNT = "count"
    MOVE = "move"
    PLAN = "plan"
    WITHDRAW = "withdraw"
    ASK = "ask"
    SIGN = "sign"
    SEND = "send"
    LOOK = "look"
    WAIT = "wait"
    END = "end"


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, with which plan; a wait ends at ``at_ms``, and sooner when something is told."""

    do: Do
    plan: Id | None = None
    at_ms: int = 0


def pause_ms(transfer: Transfer, now_ms: int) -> int:
    """How long to let be what has not moved: a quarter of the time that it stands so, a second to a minute."""
    return min(max((now_ms - transfer.since_ms) // 4, _SECOND_MS), _MINUTE_MS)


def next_step(transfer: Transfer, now_ms: int) -> Step:
    """What brings the transfer on."""
    if transfer.state in ENDS:
        return Step(Do.END)
    over = is_over(transfer.intent, now_ms)
    if over and not transfer.may_be_signed:
        return Step(Do.MOVE)
    alive = [attempt for attempt in transfer.attempts if not attempt.dead]
    if alive:
        return _of_plan(transfer, alive, now_ms)
    if transfer.frozen:
        return _wait(transfer, now_ms + 60 * _MINUTE_MS)
    return _before_a_plan(transfer, now_ms)


def _before_a_plan(transfer: Transfer, now_ms: int) -> Step:
    match transfer.state:
        case State.PROPOSED:
            void = len(transfer.attempts)
            again_ms = transfer.since_ms + min(_SECOND_MS << min(void, 16), 10 * _MINUTE_MS) if void else 0
            return Step(Do.JUDGE) if again_ms <= now_ms else _wait(transfer, again_ms)
        case State.AWAITING_APPROVAL:
            return Step(Do.COUNT)
        case State.HELD if transfer.hold_until_ms > now_ms:
            return _wait(transfer, transfer.hold_until_ms)
        case State.AUTHORISED if transfer.not_before_ms > now_ms:
            return _wait(transfer, transfer.not_before_ms)
        case State.AUTHORISED:
            return Step(Do.PLAN)
        case _:
            return Step(Do.MOVE)


def _of_plan(transfer: Transfer, alive: list[Attempt], now_ms: int) -> Step:
    """The plan that was made last goes first; the ones before it may still land."""
    stopped, last = transfer.frozen or transfer.cancelling, alive[-1]
    if last.stage is Stage.PLANNED:
        return Step(Do.WITHDRAW if stopped else Do.ASK, last.plan)
    if last.stage is Stage.ASKED and not stopped:
        return Step(Do.SIGN, last.plan)
    if last.stage is Stage.ASKED and transfer.cancelling and not transfer.frozen and not transfer.has_left:
        after_ms = transfer.intent.bounds.valid_until_ms + _SKEW_MS
        return Step(Do.SIGN, last.plan) if now_ms > after_ms else Step(Do.WAIT, at_ms=after_ms + 1)
    signed = [attempt for attempt in alive if attempt.transaction]
    if not signed:
        return Step(Do.WAIT, at_ms=now_ms + 60 * _MINUTE_MS)
    if signed[-1].stage is Stage.SIGNED and not stopped:
        return Step(Do.SEND, signed[-1].plan)
    return Step(Do.LOOK, signed[-1].plan)


def _wait(transfer: Transfer, at_ms: int) -> Step:
    """Until then, or the intent's end."""
    return Step(Do.WAIT, at_ms=min(at_ms, transfer.intent.bounds.valid_until_ms + 1))
