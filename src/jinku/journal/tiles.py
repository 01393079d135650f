"""A tree as its tiles hold it: any hash, root or proof of it, read from the few tiles that it needs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence

from jinku.journal.errors import TileDamagedError
from jinku.journal.paths import HASH, WIDTH, bundle_bytes, bundle_path, split_bundle, tile_path
from jinku.journal.ports import TileStore
from jinku.journal.tree import Edge, consistency_path, inclusion_path, root_at

__all__ = ["TileTree", "bundle_files", "edge_files", "tile_files"]

_KEPT = 64  # tiles held in memory: the right edge and the path to a leaf, many times over


class TileTree:
    """The tree of the first ``size`` leaves, in a store. Believes nothing: what it gives is checked against a root."""

    def __init__(self, store: TileStore, size: int) -> None:
        """Read nothing yet."""
        self.size = size
        self._store = store
        self._tiles: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def hashes(self, level: int, index: int, width: int) -> bytes:
        """The first ``width`` hashes of a tile. TileDamagedError when it is missing or too short."""
        held = self._tiles.get((level, index), b"")
        if len(held) < width * HASH:
            held = self._tiles[level, index] = self._read(level, index, width)
            if len(self._tiles) > _KEPT:
                self._tiles.popitem(last=False)
        return held[: width * HASH]

    def _read(self, level: int, index: int, width: int) -> bytes:
        """The tile of this width or, when that partial one was pruned, the full one."""
        for wide in dict.fromkeys((width, WIDTH)):
            path = tile_path(level, index, wide)
            data = self._store.read(path)
            if data is None:
                continue
            if len(data) != wide * HASH:
                raise TileDamagedError(
                    f"the tile {path} has the wrong length",
                    found=f"{len(data)} bytes",
                    expected=f"{wide * HASH} bytes",
                    fields={"path": path},
                )
            return data
        raise _missing("tile", tile_path(level, index, width))

    def entries(self, index: int) -> list[bytes]:
        """The entries of a bundle, as many as the tree has there."""
        width = min(WIDTH, self.size - index * WIDTH)
        for wide in dict.fromkeys((width, WIDTH)):
            path = bundle_path(index, wide)
            data = self._store.read(path)
            if data is None:
                continue
            entries = split_bundle(path, data)
            if len(entries) != wide:
                raise TileDamagedError(
                    f"the bundle {path} holds another number of entries",
                    found=len(entries),
                    expected=wide,
                    fields={"path": path},
                )
            return entries[:width]
        raise _missing("bundle", bundle_path(index, width))

    def edge(self) -> Edge:
        """The right edge: what is needed to append."""
        return Edge.load(self.size, self.hashes)

    def root(self) -> bytes:
        """The root that the right edge gives."""
        return self.edge().root()

    def root_of(self, size: int) -> bytes:
        """The root of the first ``size`` leaves."""
        return root_at(size, self.size, self.hashes)

    def inclusion(self, index: int) -> list[bytes]:
        """The audit path of a leaf."""
        return inclusion_path(index, self.size, self.hashes)

    def consistency(self, old: int) -> list[bytes]:
        """The proof that this tree extends the one of ``old`` leaves."""
        return consistency_path(old, self.size, self.hashes)


def _missing(what: str, path: str) -> TileDamagedError:
    return TileDamagedError(
        f"the {what} {path} is missing",
        expected=f"the {what}",
        advice="copy it back from a replica of the log, or let `jinku journal rebuild` write it from the database",
        fields={"path": path},
    )


def tile_files(full: Sequence[tuple[int, int, bytes]]) -> Iterator[tuple[str, bytes]]:
    """Full tiles as files."""
    for level, index, data in full:
        yield tile_path(level, index), data


def edge_files(edge: Edge) -> Iterator[tuple[str, bytes]]:
    """The partial tiles of an edge as files."""
    for level, index, width, data in edge.partials():
        yield tile_path(level, index, width), data


def bundle_files(start: int, entries: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """The bundles over these entries as files; ``start`` is a multiple of 256, only the last may be partial."""
    for at in range(0, len(entries), WIDTH):
        some = entries[at : at + WIDTH]
        yield bundle_path((start + at) // WIDTH, len(some)), bundle_bytes(some)
