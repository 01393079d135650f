"""The arithmetic of the tree (RFC 6962), tile by tile: its right edge as it grows, and which hashes a proof needs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from jinku import _native
from jinku.journal.paths import HASH, WIDTH

__all__ = [
    "EMPTY_ROOT",
    "Edge",
    "Hashes",
    "consistency_path",
    "edge_tiles",
    "inclusion_path",
    "leaf_hash",
    "root_at",
]

EMPTY_ROOT = hashlib.sha256(b"").digest()
_TILE = WIDTH * HASH
_HEIGHT = 8

# (level, index, width) -> the first ``width`` hashes of that tile, joined
Hashes = Callable[[int, int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """``SHA256(00 ‖ entry)``."""
    return _native.leaf_hash(entry)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _fold(hashes: bytes, right: bytes | None = None) -> bytes | None:
    """The root over joined roots of perfect trees of one size, with ``right`` (a smaller tree) at their right."""
    count, at = len(hashes) // HASH, len(hashes)
    bit = 1
    while bit <= count:
        if count & bit:
            peak = _native.merkle_root(hashes[at - bit * HASH : at])
            right = peak if right is None else _node(peak, right)
            at -= bit * HASH
        bit <<= 1
    return right


def edge_tiles(size: int) -> list[tuple[int, int, int]]:
    """The partial tiles at the right edge of a tree of ``size``: (level, index, width), width 1 to 255."""
    return _native.edge_tiles(size)


class Edge:
    """The right edge of a growing tree: one partial tile a level, at most 64 KiB for any size.

    >>> edge = Edge()
    >>> full = [edge.append(leaf_hash(b"%d" % n)) for n in range(256)][-1]
    >>> [(level, index) for level, index, _ in full], edge.size, edge.partials()[0][:3]
    ([(0, 0)], 256, (1, 0, 1))
    """

    def __init__(self) -> None:
        """The empty tree."""
        self.size = 0
        self._levels: list[bytes] = []

    @staticmethod
    def load(size: int, hashes: Hashes) -> Edge:
        """The edge of the tree of ``size``, read from its tiles."""
        edge = Edge()
        edge.size = size
        for level, index, width in edge_tiles(size):
            edge._levels += [b""] * (level - len(edge._levels)) + [hashes(level, index, width)]
        return edge

    def append(self, leaves: bytes) -> list[tuple[int, int, bytes]]:
        """The tree holds these leaf hashes (joined), too; the tiles that became full: (level, index, bytes)."""
        full: list[tuple[int, int, bytes]] = []
        base, self.size = self.size, self.size + len(leaves) // HASH
        level, fresh = 0, leaves
        while fresh:
            if level == len(self._levels):
                self._levels.append(b"")
            index, held = base // WIDTH, self._levels[level] + fresh
            whole = len(held) - len(held) % _TILE
            roots = []
            for at in range(0, whole, _TILE):
                tile = held[at : at + _TILE]
                full.append((level, index + at // _TILE, tile))
                roots.append(_native.merkle_root(tile))
            self._levels[level] = held[whole:]
            base, level, fresh = base // WIDTH, level + 1, b"".join(roots)
        return full

    def partials(self) -> list[tuple[int, int, int, bytes]]:
        """The partial tiles of the edge: (level, index, width, bytes)."""
        return [(level, index, width, self._levels[level]) for level, index, width in edge_tiles(self.size)]

    def root(self) -> bytes:
        """The root of the tree as it stands."""
        root: bytes | None = None
        for hashes in self._levels:
            root = _fold(hashes, root)
        return EMPTY_ROOT if root is None else root

    def copy(self) -> Edge:
        """Another edge, of the same tree."""
        other = Edge()
        other.become(self)
        return other

    def become(self, other: Edge) -> None:
        """The same tree as ``other``."""
        self.size, self._levels = other.size, list(other._levels)


def inclusion_path(index: int, size: int, hashes: Hashes) -> list[bytes]:
    """The audit path of leaf ``index`` in the tree of ``size``, from the leaf up (RFC 6962, section 2.1.1)."""
    wanted, low, high = [], 0, size
    while high - low > 1:
        split = low + _largest(high - low - 1)
        if index < split:
            wanted.append((split, high))
            high = split
        else:
            wanted.append((low, split))
            low = split
    return [_range(start, end, size, hashes) for start, end in reversed(wanted)]


def consistency_path(old: int, size: int, hashes: Hashes) -> list[bytes]:
    """The proof that the tree of ``size`` extends that of ``old`` leaves; empty for 0 and for the same size."""
    if old in (0, size):
        return []
    wanted, low, high, whole = [], 0, size, True
    while old != high:
        split = low + _largest(high - low - 1)
        if old <= split:
            wanted.append((split, high))
            high = split
        else:
            wanted.append((low, split))
            low, whole = split, False
    if not whole:
        wanted.append((low, high))
    return [_range(start, end, size, hashes) for start, end in reversed(wanted)]


def root_at(size: int, whole: int, hashes: Hashes) -> bytes:
    """The root of the first ``size`` leaves of a tree of ``whole`` leaves."""
    return _range(0, size, whole, hashes) if size else EMPTY_ROOT


def _largest(limit: int) -> int:
    """The largest power of two that is at most ``limit``."""
    return 1 << (limit.bit_length() - 1)


def _range(start: int, end: int, size: int, hashes: Hashes) -> bytes:
    """The root over the leaves [start, end), ``start`` being a multiple of the width's next power of two."""
    peaks = list(_peaks(start, end))
    root: bytes | None = None
    for low, width in reversed(peaks):
        peak = _perfect(low, width, size, hashes)
        root = peak if root is None else _node(peak, root)
    assert root is not None  # noqa: S101  the range is never empty
    return root


def _peaks(start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        width = _largest(end - start)
        yield start, width
        start += width


def _perfect(start: int, width: int, size: int, hashes: Hashes) -> bytes:
    level, rest = divmod(width.bit_length() - 1, _HEIGHT)
    first = start >> (_HEIGHT * level)
    tile, at = divmod(first, WIDTH)
    there = min(WIDTH, (size >> (_HEIGHT * level)) - tile * WIDTH)
    joined = hashes(level, tile, there)[at * HASH : (at + (1 << rest)) * HASH]
    return joined if rest == 0 else _native.merkle_root(joined)
