"""The entry that says which places of the log a restored database took back from the tiles."""

from __future__ import annotations

from jinku.core import Json
from jinku.journal.errors import EntryDamagedError
from jinku.journal.types import origin_of
from jinku.store import Entry, Unit

__all__ = ["caught_up_entry", "caught_up_places"]

_KIND = "journal.caught_up"
_DIGITS = 15


def caught_up_entry(origin: str, own: int, size: int) -> tuple[str, str, dict[str, Json]]:
    """Kind, subject and facts: the database had a checkpoint over ``own`` entries, and now has ``size``."""
    return _KIND, origin, {"from": str(own), "size": str(size)}


def caught_up_places(unit: Unit, deployment: str) -> range:
    """The places among which all stand that were ever taken back; none where nothing was.

    EntryDamagedError of an entry in no form of its kind.
    """
    back = list(unit.entries(_KIND, origin_of(deployment)))
    if not back:
        return range(0)
    return range(min(_number(entry, "from") for entry in back), max(_number(entry, "size") for entry in back))


def _number(entry: Entry, name: str) -> int:
    text = entry.said(name, str)
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise EntryDamagedError(
            f"an entry does not say what its kind says: {_KIND}, row {entry.row_id}, leaf {entry.digest.hex()}",
            found=f"{name}: {text[:40]}",
            expected="a number of entries",
            advice="no command of Jinku leaves this: find out who wrote to the database before it was lost",
            fields={"entry": entry.row_id},
        )
    return int(text)
