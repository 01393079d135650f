"""The nonces of one account, as pure functions over what the chain says and what live plans hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["Survey", "stuck", "survey"]


_MOST_WAITING: Final = 4096  # no pool holds more of one account


@dataclass(frozen=True, slots=True)
class Survey:
    """How the account's nonces stand.

    ``next`` is free. ``gaps`` are free, too, and hold up reserved nonces above them. ``outside`` wait in the pool of
    some endpoint, and no live plan holds them: somebody else has the key, or our records are not all. ``passed`` were
    reserved and are used up: included, or replaced from outside.
    """

    next: int
    gaps: tuple[int, ...]
    outside: tuple[int, ...]
    passed: tuple[int, ...]


def survey(latest: int, pending: int, reserved: Iterable[int]) -> Survey:
    """How nonces stand when ``latest`` are used on chain and a pool has those below ``pending`` without a gap.

    >>> survey(5, 7, [6, 9])
    Survey(next=7, gaps=(7, 8), outside=(5,), passed=())
    """
    held = set(reserved)
    outside = tuple(nonce for nonce in range(latest, min(pending, latest + _MOST_WAITING)) if nonce not in held)
    taken = held.union(outside)
    highest = max((nonce for nonce in held if nonce >= latest), default=latest - 1)
    gaps = tuple(nonce for nonce in range(latest, highest) if nonce not in taken)
    free = latest
    while free in taken:
        free += 1
    return Survey(free, gaps, outside, tuple(sorted(nonce for nonce in held if nonce < latest)))


def stuck(latest: int, sent: Mapping[int, int], now_ms: int, patience_ms: int) -> int | None:
    """The nonce that everything waits for, if it was sent longer ago than ``patience_ms``; ``sent`` are Unix ms.

    Only the next one due can be stuck: those above it wait for it, and a gap is no transaction.

    >>> stuck(5, {5: 1_000, 6: 1_000}, now_ms=70_000, patience_ms=60_000)
    5
    """
    at = sent.get(latest)
    return latest if at is not None and now_ms - at > patience_ms else None
