"""The state as it stood at a size or a moment, from the log alone: entries of its tiles, under its signed heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jinku import _native
from jinku.core import JinkuError, UsageError, counted
from jinku.journal.errors import CheckpointDamagedError, TileDamagedError
from jinku.journal.faults import REPAIR
from jinku.journal.folding import Fold, written_at
from jinku.journal.paths import HASH, WIDTH
from jinku.journal.ports import TileStore
from jinku.journal.tiles import TileTree
from jinku.journal.tree import EMPTY_ROOT, Edge
from jinku.journal.types import SignedCheckpoint

__all__ = ["Snapshot", "take_snapshot"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What stood after the first ``size`` entries; ``checkpoint`` is the last signed head at or before, if kept."""

    size: int
    root: bytes
    head: SignedCheckpoint
    checkpoint: SignedCheckpoint | None
    fold: Fold

    def as_document(self) -> dict[str, object]:
        """As ``--json`` has it."""
        known = self.checkpoint
        return {
            "size": self.size,
            "root": self.root.hex(),
            "head": {"size": self.head.size, "root": self.head.root.hex()},
            "checkpoint": None if known is None else {"size": known.size, "root": known.root.hex()},
            "later_than_asked": self.fold.late,
            "out_of_form": self.fold.odd,
            "subject": self.fold.subject,
            **self.fold.document(),
        }


def take_snapshot(  # noqa: PLR0917  what is asked, and of what
    tiles: TileStore,
    head: SignedCheckpoint,
    earlier: Callable[[int], SignedCheckpoint | None],
    subject: str | None = None,
    size: int | None = None,
    at_ms: int | None = None,
) -> Snapshot:
    """The state after ``size`` entries, or after the last entry that was written by ``at_ms``; of all without either.

    ``head`` is a head whose signatures held, as is what ``earlier`` gives: the last one at or before a size. Every
    entry is hashed again: ``head`` extends the tree that they give, which has the earlier head's root at its size.
    No table of another room is read. TileDamagedError or CheckpointDamagedError when something does not hold.
    """
    tree = TileTree(tiles, head.size)
    wanted = _size_at(tree, at_ms) if at_ms is not None else head.size if size is None else size
    if not 0 <= wanted <= head.size:
        raise UsageError(
            "the log has no such size",
            found=wanted,
            expected=f"0 to {head.size}, which the published checkpoint covers",
            advice="entries that wait for a checkpoint are in no snapshot: run `jinku journal flush`",
        )
    known = earlier(wanted)
    fold, edge = Fold(subject), Edge()
    fold.until_ms = at_ms
    for start, entries in _bundles(tree, wanted):
        leaves = _native.leaf_hashes(entries)
        if known is not None and start < known.size <= start + len(entries):
            probe = edge.copy()
            probe.append(leaves[: (known.size - start) * HASH])
            _check_known(known, probe.root())
        edge.append(leaves)
        for place, content in enumerate(entries, start):
            fold.take(place, content)
    root = edge.root() if wanted else EMPTY_ROOT
    if known is not None and known.size == 0:
        _check_known(known, EMPTY_ROOT)
    _check_head(tree, head, wanted, root)
    return Snapshot(wanted, root, head, known, fold)


def _bundles(tree: TileTree, size: int) -> Iterator[tuple[int, list[bytes]]]:
    for start in range(0, size, WIDTH):
        yield start, tree.entries(start // WIDTH)[: size - start]


def _size_at(tree: TileTree, at_ms: int) -> int:
    """How many entries there are up to the last that was written by then. Clocks jump: later ones may be among them."""
    for number in range((tree.size + WIDTH - 1) // WIDTH - 1, -1, -1):
        entries = tree.entries(number)
        for offset in range(len(entries) - 1, -1, -1):
            at = written_at(entries[offset])
            if at is not None and at <= at_ms:
                return number * WIDTH + offset + 1
    return 0


def _check_known(known: SignedCheckpoint, root: bytes) -> None:
    if known.root != root:
        raise CheckpointDamagedError(
            f"the checkpoint of size {known.size} does not have the root of the entries",
            found=known.root.hex(),
            expected=root.hex(),
            advice=REPAIR,
            fields={"size": known.size},
        )


def _check_head(tree: TileTree, head: SignedCheckpoint, size: int, root: bytes) -> None:
    """The published head extends the tree of these entries."""
    try:
        if size == head.size:
            if root != head.root:
                raise TileDamagedError(
                    "the entries do not give the signed root", found=root.hex(), expected=head.root.hex()
                )
        elif size:
            _native.verify_consistency(size, head.size, tree.consistency(size), root, head.root)
    except JinkuError as error:
        raise TileDamagedError(
            f"the first {counted(size, 'entry', 'entries')} are not those of the signed log",
            found=root.hex(),
            expected=f"a tree that the head of size {head.size} extends",
            advice="run `jinku journal verify`, which names what was changed",
            fields={"size": size},
        ) from error
