"""Moments as options name them and as lines show them."""

from __future__ import annotations

import datetime

from jinku.core import UsageError

__all__ = ["moment", "when"]


def moment(text: str | None, option: str) -> int | None:
    """Unix milliseconds of a date, a time (UTC unless it says otherwise) or milliseconds; None for None."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} is no moment", found=text[:40], expected="2026-11-21T12:00:00Z") from error
    zoned = found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
    return int(zoned.timestamp() * 1000)


def when(at_ms: int) -> str:
    """Unix milliseconds as people read them, in UTC; a number that no calendar has stays one.

    >>> when(1_795_280_362_370), when(10**20)
    ('2026-11-21 16:59:22', '100000000000000000000')
    """
    try:
        return datetime.datetime.fromtimestamp(at_ms / 1000, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return str(at_ms)
