"""What can be wrong with one entry or one tile, said by name; and the check of database rows."""

from __future__ import annotations

import hashlib
import json

from jinku.journal.errors import EntryDamagedError, TileDamagedError
from jinku.journal.paths import HASH
from jinku.journal.ports import EntryRow

__all__ = ["REPAIR", "check_rows", "entry_fault", "first_difference", "tile_fault"]

REPAIR = "take nothing from it; compare with a replica, a backup and the witnesses"


def check_rows(rows: list[EntryRow], start: int, count: int) -> list[bytes]:
    """The contents of the rows, after places, hashes and columns agreed."""
    sha256, contents = hashlib.sha256, []
    for place, row in enumerate(rows, start):
        index, kind, subject, actor, at_ms, digest, content = row
        if index != place:
            break
        if type(content) is not bytes or type(digest) is not bytes:  # SQLite keeps any type in any column
            raise _no_bytes(place, content, digest)
        leaf = sha256(b"\x00" + content).digest()
        if leaf != digest:
            raise entry_fault(place, "the database", leaf, digest, 0)
        _check_columns(place, content, (kind, subject, str(at_ms), actor))
        contents.append(content)
    if len(contents) != count:
        raise EntryDamagedError(
            f"entry {start + len(contents)} is missing in the database",
            expected=f"a row of place {start + len(contents)}",
            advice=REPAIR,
            fields={"index": start + len(contents)},
        )
    return contents


_NAMES = ("kind", "subject", "ts", "actor")
_KEYS = tuple(f'"{name}":'.encode() for name in _NAMES)


def _check_columns(place: int, content: bytes, columns: tuple[str, str, str, str]) -> None:
    """The columns beside an entry say what the entry says. Where each name stands once, its text decides."""
    for key, value in zip(_KEYS, columns, strict=True):
        if type(value) is not str or content.count(key) != 1 or b'%b"%b"' % (key, value.encode()) not in content:
            break
    else:
        return
    said = json.loads(content)
    for name, value in zip(_NAMES, columns, strict=True):
        if said.get(name, "") != value:
            raise EntryDamagedError(
                f"the column {name} of entry {place} in the database was changed",
                found=value,
                expected=str(said.get(name, "")),
                advice=REPAIR,
                fields={"index": place, "column": name},
            )


def _no_bytes(place: int, content: object, digest: object) -> EntryDamagedError:
    found = f"{type(content).__name__} and {type(digest).__name__}"
    return EntryDamagedError(
        f"entry {place} in the database was changed",
        found=found,
        expected="bytes",
        advice=REPAIR,
        fields={"index": place},
    )


def first_difference(left: bytes, right: bytes) -> int:
    """The first hash in which two joined lists differ."""
    return next(n for n in range(len(left) // HASH) if left[n * HASH : (n + 1) * HASH] != right[n * HASH :][:HASH])


def entry_fault(place: int, where: str, found: bytes, expected: bytes, at: int) -> EntryDamagedError:
    """Entry ``place`` is not what the other places say; its hash is number ``at`` of what is handed in."""
    return EntryDamagedError(
        f"entry {place} in {where} was changed",
        found=f"leaf hash {found[at * HASH : (at + 1) * HASH].hex()}",
        expected=expected[at * HASH : (at + 1) * HASH].hex(),
        advice=REPAIR,
        fields={"index": place, "where": where},
    )


def tile_fault(path: str, found: str, expected: str) -> TileDamagedError:
    """The file is not what the tree says."""
    return TileDamagedError(
        f"{path} was changed", found=found, expected=expected, advice=REPAIR, fields={"path": path.partition(",")[0]}
    )
