"""Making whole what one side lost: tiles from the database, entries from the tiles. Nothing is overwritten."""

from __future__ import annotations

import json
from collections.abc import Sequence

from jinku.journal.errors import JournalForkedError, TileDamagedError
from jinku.journal.paths import HASH, WIDTH
from jinku.journal.ports import LogRows, TileStore
from jinku.journal.tiles import TileTree, bundle_files, edge_files, tile_files
from jinku.journal.tree import Edge, leaf_hash
from jinku.journal.types import SignedCheckpoint

__all__ = ["catch_up", "rebuild"]

_GROUP = 64 * WIDTH


def rebuild(rows: LogRows, tiles: TileStore) -> int:
    """Every file under the last recorded checkpoint stands; the number of those that were missing."""
    head = rows.newest()
    edge, written = Edge(), 0
    size = head.size if head else 0
    for start in range(0, size, _GROUP):
        entries, leaves = rows.contents(start, min(_GROUP, size - start))
        written += _write(tiles, [*tile_files(edge.append(leaves)), *bundle_files(start, entries)])
    if head is not None and edge.root() != head.root:
        raise JournalForkedError(
            "the entries of the database do not have the root of its last checkpoint",
            found=edge.root().hex(),
            expected=head.root.hex(),
            advice="run `jinku journal verify`, which names what was changed",
        )
    written += _write(tiles, list(edge_files(edge)))
    if head is not None and tiles.published() is None:
        tiles.publish(head)
        written += 1
    return written


def _write(tiles: TileStore, files: Sequence[tuple[str, bytes]]) -> int:
    missing = sum(tiles.read(path) is None for path, _ in files)
    tiles.write(files)
    return missing


def catch_up(rows: LogRows, tiles: TileStore, head: SignedCheckpoint) -> int:
    """The database has every entry under ``head``, a checkpoint that the caller believes; how many it lacked.

    What rows it has must be the first entries of that tree. Entries come back, not what they speak of: the rooms'
    own rows are those of the restored backup, and `jinku doctor` and `accounts verify` say where they differ.
    """
    tree, own = TileTree(tiles, head.size), rows.size()
    edge = Edge()
    for start in range(0, head.size, WIDTH):
        entries = tree.entries(start // WIDTH)
        leaves = b"".join(map(leaf_hash, entries))
        edge.append(leaves)
        if start < own:
            _check_same(rows, start, leaves, min(own, head.size) - start)
    if edge.root() != head.root:
        raise TileDamagedError(
            "the bundles do not have the root of the published checkpoint",
            found=edge.root().hex(),
            expected=head.root.hex(),
            advice="run `jinku journal verify DIR` on the folder of tiles, which names what was changed",
        )
    if own >= head.size:
        return 0
    for start in range(own - own % WIDTH, head.size, WIDTH):
        entries = tree.entries(start // WIDTH)
        skip = max(0, own - start)
        rows.restore(start + skip, [(entry, *_columns(entry)) for entry in entries[skip:]])
    rows.adopt(head)
    return head.size - own


def _check_same(rows: LogRows, start: int, leaves: bytes, count: int) -> None:
    _, own = rows.contents(start, min(WIDTH, count))
    if own == leaves[: len(own)]:
        return
    at = next(n for n in range(0, len(own), HASH) if own[n : n + HASH] != leaves[n : n + HASH])
    raise JournalForkedError(
        "TWO TREES OF ONE LOG: the database gave a place to another entry than the tiles hold there",
        found=f"entry {start + at // HASH} with leaf {own[at : at + HASH].hex()}",
        expected=leaves[at : at + HASH].hex(),
        advice="this database cannot carry on this log: keep both, restore a backup from before the two parted",
        fields={"index": start + at // HASH},
    )


def _columns(entry: bytes) -> tuple[str, str, str, int]:
    """Kind, subject, actor and time, as the entry itself says them."""
    said = json.loads(entry)
    return said["kind"], said["subject"], said.get("actor", ""), int(said["ts"])
