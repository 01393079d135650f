"""Names of tiles and bundles, and their bytes, as C2SP tlog-tiles has them."""

from __future__ import annotations

from collections.abc import Sequence

from jinku import _native
from jinku.core import JinkuError
from jinku.journal.errors import TileDamagedError

__all__ = ["HASH", "WIDTH", "bundle_bytes", "bundle_path", "is_log_path", "split_bundle", "tile_path"]

WIDTH = 256
HASH = 32


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """The path of a tile of hashes.

    >>> tile_path(0, 1234067), tile_path(1, 0, 17)
    ('tile/0/x001/x234/067', 'tile/1/000.p/17')
    """
    return _native.tile_path(level, index, width)


def bundle_path(index: int, width: int = WIDTH) -> str:
    """The path of a bundle of entries."""
    return _native.entries_path(index, width)


def is_log_path(path: str) -> bool:
    """True for the checkpoint and for what could be a tile or bundle; nothing else is ever served."""
    if path == "checkpoint":
        return True
    parse = _native.parse_entries_path if path.startswith("tile/entries/") else _native.parse_tile_path
    try:
        parse(path)
    except JinkuError:
        return False
    return True


def bundle_bytes(entries: Sequence[bytes]) -> bytes:
    """Each entry behind its length (u16, big-endian)."""
    return _native.bundle_bytes(entries)


def split_bundle(path: str, data: bytes) -> list[bytes]:
    """The entries of a bundle; TileDamagedError when its lengths do not add up."""
    entries: list[bytes] = []
    at, end = 0, len(data)
    while at < end:
        start = at + 2
        at = start + (data[at] << 8 | data[at + 1]) if start <= end else end + 1
        if at > end:
            raise TileDamagedError(
                f"the bundle {path} is torn",
                found=f"{end} bytes that end within entry {len(entries)}",
                expected="whole entries",
                fields={"path": path},
            )
        entries.append(data[start:at])
    return entries
