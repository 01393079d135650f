"""Time is handed in. Rules and services take a ``Clock``; only process entry points make a ``SystemClock``."""

from __future__ import annotations

import datetime
import time
from typing import Protocol

__all__ = ["Clock", "ManualClock", "SystemClock", "when"]


class Clock(Protocol):
    """What the rooms need of time."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch, UTC; may jump when the host's clock is set."""

    def monotonic_seconds(self) -> float:
        """Seconds since an arbitrary moment; never runs backwards."""

    def sleep_seconds(self, seconds: float) -> None:
        """At least ``seconds`` have passed by this clock."""


class SystemClock:
    """The host's own clock."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch by the host's clock."""
        return time.time_ns() // 1_000_000

    def monotonic_seconds(self) -> float:
        """Seconds by the host's monotonic clock."""
        return time.monotonic()

    def sleep_seconds(self, seconds: float) -> None:
        """The calling thread has slept; a negative time is no time."""
        if seconds > 0:
            time.sleep(seconds)


class ManualClock:
    """A clock that moves only when told: for simulations, tests and examples.

    >>> clock = ManualClock(1_700_000_000_000)
    >>> clock.sleep_seconds(1.5)
    >>> clock.now_ms()
    1700000001500
    """

    def __init__(self, now_ms: int = 0) -> None:
        """Start at ``now_ms``."""
        self._now_ms = now_ms
        self._elapsed_ms = 0

    def now_ms(self) -> int:
        """The moment it was set to, plus what was slept."""
        return self._now_ms

    def monotonic_seconds(self) -> float:
        """Seconds slept or advanced since it was made."""
        return self._elapsed_ms / 1000

    def sleep_seconds(self, seconds: float) -> None:
        """Both times stand ``seconds`` later; nothing waits."""
        self.advance_ms(max(0, round(seconds * 1000)))

    def advance_ms(self, milliseconds: int) -> None:
        """Both times stand ``milliseconds`` later."""
        if milliseconds < 0:
            raise ValueError("a clock is advanced by 0 ms or more; use set_now_ms to jump back")
        self._now_ms += milliseconds
        self._elapsed_ms += milliseconds

    def set_now_ms(self, now_ms: int) -> None:
        """The wall time jumped, as when an operator sets it; the monotonic time did not."""
        self._now_ms = now_ms


def when(at_ms: int) -> str:
    """Unix milliseconds as people read them, in UTC; a number that no calendar has stays one.

    >>> when(1_795_280_362_370), when(10**20)
    ('2026-11-21 16:59:22', '100000000000000000000')
    """
    try:
        return datetime.datetime.fromtimestamp(at_ms / 1000, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return str(at_ms)
