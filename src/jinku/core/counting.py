"""Numbers of things, as a person writes them."""

from __future__ import annotations

__all__ = ["counted"]


def counted(count: int, one: str, many: str = "") -> str:
    """The number with the word that fits it; ``many`` where a plain s does not make it.

    >>> counted(1, "entry", "entries"), counted(2000, "entry", "entries"), counted(0, "file")
    ('1 entry', '2,000 entries', '0 files')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
