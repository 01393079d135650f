"""Making whole what one side lost: tiles from the database, entries from the tiles. Nothing is overwritten."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress

from jinku.core import JinkuError
from jinku.journal.errors import EntryDamagedError, JournalForkedError, SequencerBusyError, TileDamagedError
from jinku.journal.paths import HASH, WIDTH
from jinku.journal.ports import LogRows, LostEntry, TileStore
from jinku.journal.sequencer import LEASE_MS
from jinku.journal.taken_back import caught_up_entry
from jinku.journal.tiles import TileTree, bundle_files, edge_files, tile_files
from jinku.journal.tree import Edge, leaf_hash
from jinku.journal.types import SignedCheckpoint, log_name
from jinku.store import Lease

__all__ = ["catch_up", "rebuild", "write_tree"]

_GROUP = 64 * WIDTH


def rebuild(rows: LogRows, tiles: TileStore, believe: Callable[[bytes], object], origin: str) -> int:
    """Every file under the last recorded checkpoint stands; the number of those that were missing.

    ``believe`` raises unless the log signed a note: the checkpoint of a changed row is not published, nor is one of an
    earlier origin than the tiles have.
    """
    head = rows.newest()
    if head is not None:
        believe(head.note)
    edge, written = _written(rows, tiles, head.size if head else 0)
    if head is not None and edge.root() != head.root:
        raise JournalForkedError(
            "the entries of the database do not have the root of its last checkpoint",
            found=edge.root().hex(),
            expected=head.root.hex(),
            advice="run `jinku journal verify`, which names what was changed",
        )
    written += _write(tiles, list(edge_files(edge)))
    if head is not None and head.checkpoint.origin == origin and tiles.published() is None:
        tiles.publish(head)
        written += 1
    return written


def write_tree(rows: LogRows, tiles: TileStore, size: int) -> None:
    """Every file under the first ``size`` entries stands, whether or not a checkpoint over them is recorded."""
    edge, _ = _written(rows, tiles, size)
    _write(tiles, list(edge_files(edge)))


def _written(rows: LogRows, tiles: TileStore, size: int) -> tuple[Edge, int]:
    """The edge of so many entries, whose bundles and full tiles stand; and how many of those files were missing."""
    edge, written = Edge(), 0
    for start in range(0, size, _GROUP):
        entries, leaves = rows.contents(start, min(_GROUP, size - start))
        written += _write(tiles, [*tile_files(edge.append(leaves)), *bundle_files(start, entries)])
    return edge, written


def _write(tiles: TileStore, files: Sequence[tuple[str, bytes]]) -> int:
    missing = sum(tiles.read(path) is None for path, _ in files)
    tiles.write(files)
    return missing


def catch_up(rows: LogRows, tiles: TileStore, head: SignedCheckpoint, owner: str) -> int:
    """The database has every entry under ``head``, a checkpoint that the caller believes; how many it lacked.

    What rows it has must be the first entries of that tree, and the sequencer's lease is held meanwhile. An entry that
    waits here and has a place there gets that place. Entries come back, not what they speak of: the rooms' own rows
    are those of the restored backup, and `jinku doctor` and `accounts verify` say where they differ.
    """
    lease = rows.lease(owner, LEASE_MS)
    if lease is None:
        raise SequencerBusyError(
            "another process publishes now", expected="the sequencer's lease", advice="try again in a moment"
        )
    try:
        return _caught_up(rows, TileTree(tiles, head.size), head, lease)
    finally:
        with suppress(JinkuError):  # it is lost, or ends by itself
            rows.release(lease)


def _caught_up(rows: LogRows, tree: TileTree, head: SignedCheckpoint, lease: Lease) -> int:
    own, known = rows.size(), rows.newest()
    _check_tree(rows, tree, head, lease)
    if own >= head.size and known is not None and known.size >= head.size:
        return 0
    start = min(own, head.size)
    while head.size - start > _GROUP:
        rows.restore(lease, LEASE_MS, start, _lost(tree, start, start + _GROUP))
        start += _GROUP
    said = caught_up_entry(log_name(head.checkpoint.origin), known.size if known else 0, head.size)
    rows.adopt(lease, start, _lost(tree, start, head.size), head, said)
    return max(0, head.size - own)


def _check_tree(rows: LogRows, tree: TileTree, head: SignedCheckpoint, lease: Lease) -> None:
    """The bundles are those under ``head``, and the database gave none of its places to another entry."""
    own, edge = rows.size(), Edge()
    for start in range(0, head.size, WIDTH):
        leaves = b"".join(map(leaf_hash, tree.entries(start // WIDTH)))
        edge.append(leaves)
        if start < own:
            _check_same(rows, start, leaves, min(own, head.size) - start)
        if start % _GROUP == 0:
            rows.extend(lease, LEASE_MS)
    if edge.root() != head.root:
        raise TileDamagedError(
            "the bundles do not have the root of the published checkpoint",
            found=edge.root().hex(),
            expected=head.root.hex(),
            advice="run `jinku journal verify DIR` on the folder of tiles, which names what was changed",
        )


def _lost(tree: TileTree, start: int, end: int) -> list[LostEntry]:
    """The entries of these places, with the columns that their rows have."""
    found: list[LostEntry] = []
    for index in range(start // WIDTH, -(-end // WIDTH)):
        first = index * WIDTH
        some = tree.entries(index)[max(0, start - first) : end - first]
        found += [(entry, *_columns(entry)) for entry in some]
    return found


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
    try:
        said = json.loads(entry)
        return str(said["kind"]), str(said["subject"]), str(said.get("actor", "")), int(said["ts"])
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise EntryDamagedError(
            "an entry of the tiles has no kind, subject and time",
            found=f"leaf {leaf_hash(entry).hex()}",
            expected="an entry that this log's database once held",
            advice="somebody wrote it to the database by hand before it was signed; keep the tiles as evidence",
        ) from None
