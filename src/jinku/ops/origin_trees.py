"""The tree of the database beside those that others hold: what is lost, and what is not."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from jinku.core import ConflictError
from jinku.journal import Edge, TileDamagedError, TileTree, leaf_hash
from jinku.journal.adapters.later_origins import origin_folder
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.guard import Known
from jinku.journal.notes import believed, read_note
from jinku.journal.origins import handovers
from jinku.journal.paths import WIDTH
from jinku.journal.ports import LogRows, TileStore
from jinku.journal.sequencer import LEASE_MS
from jinku.journal.types import LogKeys, SignedCheckpoint, origin_number
from jinku.ops.platform import Platform
from jinku.ops.tile_places import later_tiles, tiles_of
from jinku.ops.trust_folder import log_keys
from jinku.store import Lease

__all__ = ["branches", "clear", "last_signed", "other_tree", "tree_of"]

_GROUP = 64 * WIDTH


def tree_of(rows: LogRows, lease: Lease | None = None, size: int | None = None) -> tuple[int, bytes]:
    """Size and root of the entries that have their places, or of so many of them."""
    edge, size = Edge(), rows.size() if size is None else size
    for start in range(0, size, _GROUP):
        edge.append(rows.contents(start, min(_GROUP, size - start))[1])
        if lease is not None:
            rows.extend(lease, LEASE_MS)
    return size, edge.root()


def branches(rows: LogRows, heads: Sequence[Known], size: int) -> list[Known]:
    """Those heads of at most ``size`` entries that are of another tree than the database; its entries are read once."""
    edge, other = Edge(), []
    for one in sorted((one for one in heads if 0 < one.size <= size and not one.later), key=lambda one: one.size):
        for start in range(edge.size, one.size, _GROUP):
            edge.append(rows.contents(start, min(_GROUP, one.size - start))[1])
        if edge.root() != one.root:
            other.append(one)
    return other


def clear(home: Path, number: int) -> None:
    """The tiles of an origin that was chosen and came to nothing are gone from the home; unless it has a checkpoint."""
    folder = home / "journal" / origin_folder(number)
    if not (folder / "checkpoint").exists():
        shutil.rmtree(folder, ignore_errors=True)


def last_signed(platform: Platform) -> tuple[tuple[int, bytes], bool]:
    """The head that the signer gave out last, of size 0 before the first; and whether it began an origin since that is
    given up: nothing was signed for that, and no entry says that it was opened.
    """
    begun, told = platform.signer.begun_origin(), handovers(platform.log_rows, log_keys(platform.deployment))
    if begun is not None and all(one.to.origin != begun.origin for one in told):
        return (begun.size, begun.root), True
    return platform.signer.log_head(ended=True) or (0, b""), False


def other_tree(platform: Platform, number: int, size: int, root: bytes, give_up: bool) -> list[Known]:
    """The tiles do not hold the entries that the database lacks, nor a whole log of which the database is not.

    The heads of such a log where it is given up on purpose.
    """
    given_up = []
    for tiles, keys, later in _published(platform, number):
        note = tiles.published()
        if note is None:
            continue
        head, _ = believed(NativeNotes(), note, keys)
        if head.size <= size and tree_of(platform.log_rows, size=head.size)[1] == head.root:
            continue
        begins = _whole(tiles, head, size)
        if begins == root and not later:
            raise ConflictError(
                "the tiles still have what the database lacks",
                found=f"{head.size} entries in the tiles, {size} in the database",
                advice="jinku journal catch-up takes them back, and the log goes on under its name",
                code="journal.not_lost",
            )
        if begins is not None and not give_up:
            begun = begins == root  # the trust root here is older than that name
            missing = "its trust/N.json (in a folder trust beside those tiles)" if begun else "a database of it"
            raise ConflictError(
                "the tiles hold a whole log, and this home is of another branch of it: nothing is lost",
                found=f"{head.size} entries of {head.checkpoint.origin} in the tiles, {size} in the database",
                expected="a folder trust that names that origin" if begun else "a database of that log",
                advice=f"put back {missing}, then jinku journal catch-up; if those entries are to be left out of the "
                "log for good: --give-up-tiles",
                code="journal.other_branch",
            )
        if begins is not None:
            given_up.append(Known("the published checkpoint", head.size, head.root, note, later))
    return given_up


def _published(platform: Platform, number: int) -> list[tuple[TileStore, LogKeys, str]]:
    """The tiles of this origin, and those of the newest later one that has some: where, whose, and its name."""
    places = [(tiles_of(platform.settings, number=number), log_keys(platform.deployment, number), "")]
    for place in later_tiles(platform.settings, number):
        note = place.last()
        later = origin_number(read_note(note).checkpoint.origin) if note else 0
        if later > number:
            keys = log_keys(platform.deployment, later)
            places.append((tiles_of(platform.settings, number=later), keys, keys.origin))
    return places


def _whole(tiles: TileStore, head: SignedCheckpoint, size: int) -> bytes | None:
    """The root of the first ``size`` entries in the tiles, empty where they are fewer; None unless all stand."""
    tree, edge = TileTree(tiles, head.size), Edge()
    try:
        for start in range(0, head.size, WIDTH):
            edge.append(b"".join(map(leaf_hash, tree.entries(start // WIDTH))))
        if edge.root() != head.root:
            return None
        return tree.root_of(size) if size < head.size else b""
    except TileDamagedError:
        return None
