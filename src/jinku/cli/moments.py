"""Moments as options name them."""

from __future__ import annotations

import datetime

from jinku.core import UsageError

__all__ = ["moment"]

_MOST_DIGITS = 18  # of milliseconds: what a database compares


def moment(text: str | None, option: str) -> int | None:
    """Unix milliseconds of a date, a time (UTC unless it says otherwise) or milliseconds; None for None."""
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return int(text)
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} is no moment", found=text[:40], expected="2026-11-21T12:00:00Z") from error
    zoned = found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
    return int(zoned.timestamp() * 1000)
