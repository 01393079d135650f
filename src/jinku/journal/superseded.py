"""Partial tiles and bundles that a longer one has replaced: they lie there and are served until the full one stands."""

from __future__ import annotations

from dataclasses import dataclass

from jinku import _native
from jinku.core import JinkuError, counted
from jinku.journal.faults import entry_fault, first_difference, tile_fault
from jinku.journal.paths import HASH, WIDTH, bundle_path, split_bundle, tile_path
from jinku.journal.ports import TileStore
from jinku.journal.tree import leaf_hash

__all__ = ["check_superseded"]

_BUNDLES = "tile/entries/"


@dataclass(frozen=True, slots=True)
class _Current:
    """What stands in the place of a partial one now, and was found sound."""

    path: str
    data: bytes
    entries: list[bytes]  # of a bundle


def check_superseded(tiles: TileStore, size: int) -> None:
    """Each partial file that lies there is the beginning of what stands in its place; or it is named.

    The current files of the tree of ``size`` have to be sound. What is wider than that tree no checkpoint covers yet;
    one that was pruned meanwhile is nobody's any more.
    """
    current: _Current | None = None
    for path in sorted(tiles.partials()):
        bundle = path.startswith(_BUNDLES)
        try:
            level, index, width = (0, *_native.parse_entries_path(path)) if bundle else _native.parse_tile_path(path)
        except JinkuError:
            continue  # no name of a tile: it is never served
        there = min(WIDTH, (size >> (8 * level)) - index * WIDTH)
        if width >= there:
            continue  # the current one itself, which was read, or one of a longer tree
        data = tiles.read(path)
        if data is None:
            continue
        if current is None or current.path != _full(bundle, level, index):
            current = _current(tiles, bundle, level, index, there)
        if bundle:
            _check_bundle(path, data, index, width, current)
        else:
            _check_tile(path, data, width, current)


def _full(bundle: bool, level: int, index: int, width: int = WIDTH) -> str:
    return bundle_path(index, width) if bundle else tile_path(level, index, width)


def _current(tiles: TileStore, bundle: bool, level: int, index: int, there: int) -> _Current:
    path = _full(bundle, level, index)
    data = tiles.read(_full(bundle, level, index, there))
    if data is None:  # the log grew meanwhile
        data = tiles.read(path) or b""
    return _Current(path, data, split_bundle(path, data) if bundle else [])


def _check_tile(path: str, data: bytes, width: int, current: _Current) -> None:
    expected = current.data[: width * HASH]
    if len(data) != len(expected):
        raise tile_fault(path, f"{len(data)} bytes", f"{len(expected)} bytes")
    if data != expected:
        at = first_difference(data, expected)
        raise tile_fault(f"{path}, hash {at}", data[at * HASH :][:HASH].hex(), expected[at * HASH :][:HASH].hex())


def _check_bundle(path: str, data: bytes, index: int, width: int, current: _Current) -> None:
    entries, expected = split_bundle(path, data), current.entries[:width]
    if len(entries) != len(expected):
        raise tile_fault(path, counted(len(entries), "entry", "entries"), counted(len(expected), "entry", "entries"))
    if entries != expected:
        at = next(n for n in range(width) if entries[n] != expected[n])
        raise entry_fault(index * WIDTH + at, path, leaf_hash(entries[at]), leaf_hash(expected[at]), 0)
