"""What can be wrong with one entry or one tile, said by name; and the check of database rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from jinku import _native
from jinku.core import ParseError, parse_json
from jinku.journal.errors import EntryDamagedError, TileDamagedError
from jinku.journal.paths import HASH
from jinku.journal.ports import EntryRow
from jinku.store import MAX_ENTRY_BYTES

__all__ = ["REPAIR", "check_rows", "check_unplaced", "entry_fault", "first_difference", "tile_fault"]

REPAIR = "take nothing from it; compare with a replica, a backup and the witnesses"


def check_rows(rows: list[EntryRow], start: int, count: int) -> list[bytes]:
    """The contents of the rows, after places, hashes and columns agreed."""
    if not _native.entry_rows_hold(rows, start):
        _find_fault(rows, start)
    if len(rows) != count:
        raise _missing(start + len(rows))
    for place, row in enumerate(rows, start):
        _check_length(f"entry {place}", {"index": place}, row)
    return [row[6] for row in rows]


def check_unplaced(row_id: int, row: EntryRow) -> None:
    """A row that has no place yet holds in itself: hash and columns agree with the content."""
    if not _native.entry_rows_hold([row]):
        _check_row(f"the waiting entry of row {row_id}", {"row": row_id}, row)
    _check_length(f"the waiting entry of row {row_id}", {"row": row_id}, row)


def _check_length(who: str, fields: Mapping[str, str | int], row: EntryRow) -> None:
    """A bundle can hold the content."""
    if len(row[6]) > MAX_ENTRY_BYTES:
        raise EntryDamagedError(
            f"{who} in the database is too long: nobody of ours wrote it",
            found=f"{len(row[6]):,} bytes",
            expected=f"at most {MAX_ENTRY_BYTES:,}",
            advice=REPAIR,
            fields=fields,
        )


def _find_fault(rows: list[EntryRow], start: int) -> None:
    """The first row that does not hold is raised by name; nothing when all there are hold."""
    for place, row in enumerate(rows, start):
        if row[0] != place:
            raise _missing(place)
        _check_row(f"entry {place}", {"index": place}, row)


def _check_row(who: str, fields: Mapping[str, str | int], row: EntryRow) -> None:
    """The row's hash and columns are those of its content; or it is named."""
    _, kind, subject, actor, at_ms, digest, content = row
    if type(content) is not bytes or type(digest) is not bytes:
        raise EntryDamagedError(
            f"{who} in the database was changed",
            found=f"{type(content).__name__} and {type(digest).__name__}",
            expected="bytes",
            advice=REPAIR,
            fields=fields,
        )
    leaf = hashlib.sha256(b"\x00" + content).digest()
    if leaf != digest:
        raise EntryDamagedError(
            f"{who} in the database was changed",
            found=f"leaf hash {leaf.hex()}",
            expected=digest.hex(),
            advice=REPAIR,
            fields=fields,
        )
    try:
        said = parse_json(content)
    except ParseError:
        said = None
    if not isinstance(said, dict):
        raise EntryDamagedError(
            f"{who} in the database is no entry", expected="a JSON object", advice=REPAIR, fields=fields
        )
    for name, value in (("kind", kind), ("subject", subject), ("ts", str(at_ms)), ("actor", actor)):
        if said.get(name, "") != value:
            raise EntryDamagedError(
                f"the column {name} of {who} in the database was changed",
                found=value,
                expected=str(said.get(name, "")),
                advice=REPAIR,
                fields={**fields, "column": name},
            )


def _missing(place: int) -> EntryDamagedError:
    return EntryDamagedError(
        f"entry {place} is missing in the database",
        expected=f"a row of place {place}",
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
