"""The later origins of a log that a place knows: a restored home meets the name under which the log went on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from jinku.journal.types import SignedCheckpoint

__all__ = ["FOLDER", "LaterOrigins", "folders_in", "origin_folder"]

FOLDER = "origin-"
_FOLDER = re.compile(r"origin-([1-9][0-9]{18})", re.ASCII)


def origin_folder(number: int) -> str:
    """Where a later origin of the log has its files, below the place of the first.

    >>> origin_folder(1_764_000_000_123_456_789)
    'origin-1764000000123456789'
    """
    return f"{FOLDER}{number}"


def folders_in(folder: Path) -> list[str]:
    """The names in it; none when it does not stand."""
    try:
        return [path.name for path in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []


class LaterOrigins:
    """Implements the port ``Outside``: the note of the newest origin after one number."""

    near = False

    def __init__(
        self, where: str, number: int, names: Callable[[], Iterable[str]], note: Callable[[int], bytes | None]
    ) -> None:
        """``names`` lists the place, ``note`` reads the checkpoint of an origin there. Nothing is asked yet."""
        self.name = f"a folder of {where}"
        self._number = number
        self._names = names
        self._note = note

    def last(self) -> bytes | None:
        """The note; None when the place has none: a folder without a checkpoint is of an attempt that was cut short."""
        found = [int(match[1]) for match in map(_FOLDER.fullmatch, self._names()) if match is not None]
        for number in sorted((one for one in found if one > self._number), reverse=True):
            note = self._note(number)
            if note is not None:
                return note
        return None

    def remember(self, signed: SignedCheckpoint) -> None:
        """Nothing: an origin has its place of its own."""
