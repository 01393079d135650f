"""What can be wrong with one entry or one tile, said by name; and the check of database rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from jinku import _native
from jinku.journal.errors import EntryDamagedError, TileDamagedError
from jinku.journal.paths import HASH
from jinku.journal.ports import EntryRow

__all__ = ["REPAIR", "check_rows", "check_unplaced", "entry_fault", "first_difference", "tile_fault"]

REPAIR = "take nothing from it; compare with a replica, a backup and the witnesses"


def check_rows(rows: list[EntryRow], start: int, count: int) -> list[bytes]:
    """The contents of the rows, after places, hashes and columns agreed."""
    if not _all_hold(rows, start):
        _find_fault(rows, start)  # or none: an entry may name its own columns twice, or need escapes
    if len(rows) != count:
        raise _missing(start + len(rows))
    return [row[6] for row in rows]


def check_unplaced(row_id: int, row: EntryRow) -> None:
    """A row that has no place yet holds in itself: hash and columns agree with the content."""
    _, kind, subject, actor, at_ms, digest, content = row
    if type(content) is bytes and _native.leaf_hash(content) == digest and _says(content, kind, subject, actor, at_ms):
        return
    _check_row(f"the waiting entry of row {row_id}", {"row": row_id}, row)


def _all_hold(rows: list[EntryRow], start: int) -> bool:
    """The quick look: places and hashes of all at once, then each row's columns."""
    try:
        leaves = _native.leaf_hashes([row[6] for row in rows])
        same = b"".join([row[5] for row in rows]) == leaves
    except TypeError:  # SQLite keeps any type in any column
        return False
    if not same or [row[0] for row in rows] != list(range(start, start + len(rows))):
        return False
    return all(_says(row[6], row[1], row[2], row[3], row[4]) for row in rows)


def _says(content: bytes, kind: str, subject: str, actor: str, at_ms: int) -> bool:
    """The entry says in so many words what its columns say, each name standing in it once."""
    try:
        return (
            content.count(b'"kind":') == 1
            and content.count(b'"subject":') == 1
            and content.count(b'"ts":') == 1
            and f'"kind":"{kind}"'.encode() in content
            and f'"subject":"{subject}"'.encode() in content
            and b'"ts":"%d"' % at_ms in content
            and (f'"actor":"{actor}"'.encode() in content if actor else b'"actor":' not in content)
            and content.count(b'"actor":') <= 1
        )
    except TypeError:
        return False


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
        said = dict(json.loads(content))
    except (ValueError, TypeError, RecursionError):
        raise EntryDamagedError(
            f"{who} in the database is no entry", expected="a JSON object", advice=REPAIR, fields=fields
        ) from None
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
