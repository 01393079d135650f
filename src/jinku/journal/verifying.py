"""Reading everything again: each entry, tile, checkpoint and row; the first thing that does not hold is named."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import repeat

from jinku import _native
from jinku.core import JinkuError, counted
from jinku.journal.errors import CheckpointDamagedError, TileDamagedError
from jinku.journal.faults import REPAIR, check_rows, check_unplaced, entry_fault, first_difference, tile_fault
from jinku.journal.notes import believed
from jinku.journal.origins import OriginsRead
from jinku.journal.paths import HASH, WIDTH, bundle_bytes, bundle_path, split_bundle, tile_path
from jinku.journal.ports import EntryRow, LogRows, NoteVerifier, TileStore
from jinku.journal.superseded import check_superseded
from jinku.journal.tiles import TileTree
from jinku.journal.tree import Edge
from jinku.journal.types import Checkpoint, LogKeys, VerifyReport

__all__ = ["Verifier"]

_ROWS = 16 * WIDTH  # rows read at once
_Name = Callable[[int, int], str]
_Rows = tuple[list[EntryRow], tuple[bytes, bytes] | None]  # and bundle and leaves that follow from them, if they hold


@dataclass
class _Heads:
    """What signed checkpoints say: root and source by size, checked as the tree passes that size."""

    by_size: dict[int, list[tuple[str, bytes]]] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)  # in order
    checked: int = 0

    def add(self, who: str, checkpoint: Checkpoint) -> None:
        if checkpoint.size not in self.by_size:
            insort(self.sizes, checkpoint.size)
        self.by_size.setdefault(checkpoint.size, []).append((who, checkpoint.root))

    def within(self, start: int, end: int) -> list[int]:
        """The sizes in (start, end] that somebody signed."""
        return self.sizes[bisect_right(self.sizes, start) : bisect_right(self.sizes, end)]

    def check(self, size: int, root: bytes) -> None:
        for who, said in self.by_size.get(size, ()):  # before the first checkpoint nothing is signed
            if said != root:
                raise CheckpointDamagedError(
                    f"{who} at size {size} does not have the root of the entries",
                    found=said.hex(),
                    expected=root.hex(),
                    advice=REPAIR,
                    fields={"size": size, "source": who},
                )
            self.checked += 1


@dataclass(frozen=True, slots=True)
class _Suspect:
    """An upper tile that differs from what is below it; the next signed root says which of the two is wrong."""

    path: str
    child: str  # the full tile below that its hash stands for
    found: bytes
    expected: bytes


class Verifier:
    """One reading of a log. Memory stays small: one group of rows, the tree's right edge, the sizes signed."""

    def __init__(
        self,
        tiles: TileStore,
        keys: LogKeys,
        notes: NoteVerifier,
        rows: LogRows | None = None,
        witnessed: Callable[[bytes], tuple[str, ...]] = lambda _note: (),
    ) -> None:
        """Believe only ``keys``. Without ``rows`` the tiles stand alone.

        ``witnessed`` names who cosigned the published note; an IntegrityError when they are too few.
        """
        self._witnessed = witnessed
        self._witnesses: tuple[str, ...] = ()
        self._tiles = tiles
        self._keys = keys
        self._notes = notes
        self._rows = rows
        self._heads = _Heads()
        self._counts = {"tiles": 0, "bundles": 0, "rows": 0}
        self._suspect: _Suspect | None = None
        self._origins = OriginsRead(keys)

    def run(self) -> VerifyReport:
        """Everything holds; the first fault is raised by name: exit code 5."""
        head, signatures = self._published()
        size = head.size
        for recorded in self._recorded():
            size = max(size, recorded)
        edge = self._read_all(size)
        for level, index, width, data in edge.partials():
            self._check_tile(level, index, width, data)
        self._check_root(size, edge.root())
        if self._suspect is not None:  # what is below it gives the signed root: the upper tile itself is wrong
            raise tile_fault(self._suspect.path, self._suspect.found.hex(), self._suspect.expected.hex())
        check_superseded(self._tiles, size)
        waiting = self._check_waiting(size)
        return VerifyReport(
            size=size,
            root=edge.root(),
            checkpoints=self._heads.checked,
            waiting=waiting,
            signatures={"log": ", ".join(signatures)}
            | ({"witnesses": ", ".join(self._witnesses)} if self._witnesses else {}),
            tiles=self._counts["tiles"],
            bundles=self._counts["bundles"],
            rows=self._counts["rows"],
            warnings=self._origins.check(TileTree(self._tiles, size).root_of),
        )

    # -- checkpoints

    def _published(self) -> tuple[Checkpoint, tuple[str, ...]]:
        note = self._tiles.published()
        if note is None:
            if self._rows is not None and self._rows.newest() is None:
                return Checkpoint(self._keys.origin, 0, Edge().root()), ()
            raise CheckpointDamagedError(
                "there is no checkpoint", expected="the file `checkpoint`", advice="is this the folder of a log?"
            )
        signed, held = self._believed("the published checkpoint", note)
        self._origins.published(signed)
        self._witnesses = self._witnessed(note)
        self._heads.add("the published checkpoint", signed)
        return signed, held

    def _believed(self, who: str, note: bytes) -> tuple[Checkpoint, tuple[str, ...]]:
        try:
            signed, held = believed(self._notes, note, self._keys)
        except JinkuError as error:
            raise CheckpointDamagedError(
                f"{who} cannot be believed: {error.what}",
                found=error.found,
                expected=error.expected,
                advice=REPAIR,
                fields={"source": who},
            ) from error
        return signed.checkpoint, held

    def _recorded(self) -> Iterator[int]:
        """The sizes of the checkpoints in the database, each believed and noted for the reading."""
        for size, root, note in self._rows.checkpoints() if self._rows else ():
            who = f"the checkpoint in the database of size {size}"
            signed, _ = self._believed(who, note)
            if (signed.size, signed.root) != (size, root):
                raise CheckpointDamagedError(
                    f"{who} has other figures than its note",
                    found=f"root {root.hex()}",
                    expected=f"size {signed.size}, root {signed.root.hex()}",
                    advice=REPAIR,
                    fields={"size": size},
                )
            self._heads.add(who, signed)
            self._origins.saw(signed)
            yield size

    # -- entries and tiles

    def _read_all(self, size: int) -> Edge:
        edge = Edge()
        pages = self._pages(size)
        for start in range(0, size, WIDTH):
            width = min(WIDTH, size - start)
            leaves, bundle = self._check_bundle(start // WIDTH, width, next(pages), edge)
            self._origins.take(start, bundle, edge, leaves)
            for signed in self._heads.within(start, min(start + width, size - 1)):
                probe = edge.copy()
                probe.append(leaves[: (signed - start) * HASH])
                self._check_root(signed, probe.root())
            for level, index, data in edge.append(leaves):
                if level:
                    self._check_tile(level, index, WIDTH, data)
        return edge

    def _check_root(self, size: int, root: bytes) -> None:
        suspect = self._suspect
        if suspect is not None and any(said != root for _, said in self._heads.by_size.get(size, ())):
            # the upper tile was right, and what is under it was changed as a whole
            raise tile_fault(suspect.child, suspect.expected.hex(), suspect.found.hex())
        self._heads.check(size, root)

    def _pages(self, size: int) -> Iterator[_Rows | None]:
        """The rows of each bundle in turn; None when there is no database."""
        if self._rows is None:
            yield from repeat(None)
            return
        for start in range(0, size, _ROWS):
            page = self._rows.read(start, min(_ROWS, size - start))
            files = _native.entry_files(page, start, WIDTH)  # None when one of the page does not hold
            for n, at in enumerate(range(0, min(_ROWS, size - start), WIDTH)):
                yield page[at : at + WIDTH], files[n] if files and at < len(page) else None

    def _check_bundle(self, index: int, width: int, read: _Rows | None, edge: Edge) -> tuple[bytes, bytes]:
        """The leaf hashes of a bundle and its file, after bundle, tile and rows agreed."""
        rows, files = read or (None, None)
        bundle, tile = self._file(bundle_path, index, width), self._file(lambda n, w: tile_path(0, n, w), index, width)
        self._counts["bundles"] += 1
        self._counts["tiles"] += 1
        if rows is not None:
            if files is None or len(rows) != width:
                files = bundle_bytes(check_rows(rows, index * WIDTH, width)), b"".join([row[5] for row in rows])
            self._counts["rows"] += len(rows)
            if files == (bundle, tile):
                return tile, bundle
        path = bundle_path(index, width)
        entries = split_bundle(path, bundle)
        if len(entries) != width:
            raise tile_fault(path, counted(len(entries), "entry", "entries"), counted(width, "entry", "entries"))
        mine = _native.leaf_hashes(entries)
        if mine == tile and rows is None:
            return mine, bundle
        own = None if rows is None else b"".join([row[5] for row in rows])
        raise self._blame(index, width, mine, tile, own, edge)

    def _file(self, name: _Name, index: int, width: int) -> bytes:
        data = self._tiles.read(name(index, width))
        if data is None:
            raise TileDamagedError(
                f"{name(index, width)} is missing",
                expected="the file",
                advice="copy it back from a replica, or run `jinku journal rebuild`",
                fields={"path": name(index, width)},
            )
        return data

    def _check_tile(self, level: int, index: int, width: int, data: bytes) -> None:
        """A tile holds what the ones under it give. Who is wrong shows at the next signed root."""
        if level == 0:
            return  # compared with its bundle already
        path = tile_path(level, index, width)
        found = self._file(lambda n, w: tile_path(level, n, w), index, width)
        self._counts["tiles"] += 1
        if len(found) != len(data):
            raise tile_fault(path, f"{len(found)} bytes", f"{len(data)} bytes")
        if found != data and self._suspect is None:
            at = first_difference(found, data)
            hashes = found[at * HASH : (at + 1) * HASH], data[at * HASH : (at + 1) * HASH]
            self._suspect = _Suspect(path, tile_path(level - 1, index * WIDTH + at), *hashes)

    # -- blame

    def _blame(  # noqa: PLR0917  what the three places say
        self, index: int, width: int, mine: bytes, tile: bytes, rows: bytes | None, edge: Edge
    ) -> JinkuError:
        """Bundle, tile and rows differ: the one that stands alone, or that the tree above contradicts, is at fault."""
        path, at_bundle = tile_path(0, index, width), bundle_path(index, width)
        if len(tile) != width * HASH:
            return tile_fault(path, f"{len(tile)} bytes", f"{width * HASH} bytes")
        if rows is not None and mine == tile:
            at = first_difference(mine, rows)
            return entry_fault(index * WIDTH + at, "the database", rows, mine, at)
        if rows is not None:
            at = first_difference(mine, tile)
            if rows == tile:
                return entry_fault(index * WIDTH + at, at_bundle, mine, tile, at)
            return tile_fault(f"{path}, hash {at}", tile[at * HASH :][:HASH].hex(), mine[at * HASH :][:HASH].hex())
        at = first_difference(mine, tile)
        if self._above(index, width, tile, edge):
            return entry_fault(index * WIDTH + at, at_bundle, mine, tile, at)
        return tile_fault(f"{path}, hash {at}", tile[at * HASH :][:HASH].hex(), mine[at * HASH :][:HASH].hex())

    def _above(self, index: int, width: int, tile: bytes, edge: Edge) -> bool:
        """The tree above confirms the tile."""
        size = max(self._heads.by_size)
        if width == WIDTH and index < size // WIDTH:
            upper, at = divmod(index, WIDTH)
            try:
                parents = TileTree(self._tiles, size).hashes(1, upper, at + 1)
            except TileDamagedError:
                return True
            return bool(parents[at * HASH :] == _native.merkle_root(tile))
        probe = edge.copy()
        probe.append(tile)
        return any(root == probe.root() for _, root in self._heads.by_size.get(probe.size, ()))

    def _check_waiting(self, size: int) -> int:
        """The entries that no checkpoint covers yet are whole, too, placed or not; their number."""
        if self._rows is None:
            return 0
        start, count = size, 0
        while page := self._rows.read(start, _ROWS):
            check_rows(page, start, len(page))
            start, count = start + len(page), count + len(page)
        for row_id, row in self._rows.unplaced():
            check_unplaced(row_id, row)
            count += 1
        return count
