"""Names of tiles and bundles, and their bytes, as C2SP tlog-tiles has them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from jinku.journal.errors import TileDamagedError

__all__ = ["HASH", "WIDTH", "bundle_bytes", "bundle_path", "is_log_path", "split_bundle", "tile_path"]

WIDTH = 256
HASH = 32
_NUMBER = r"(?:x\d{3}/)*\d{3}(?:\.p/(?:[1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-5]))?"
_PATH = re.compile(rf"tile/(?:entries|[0-9]|[1-5]\d|6[0-3])/{_NUMBER}", re.ASCII)


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """The path of a tile of hashes.

    >>> tile_path(0, 1234067), tile_path(1, 0, 17)
    ('tile/0/x001/x234/067', 'tile/1/000.p/17')
    """
    return f"tile/{level}/{_number(index)}{_suffix(width)}"


def bundle_path(index: int, width: int = WIDTH) -> str:
    """The path of a bundle of entries."""
    return f"tile/entries/{_number(index)}{_suffix(width)}"


def is_log_path(path: str) -> bool:
    """True for the checkpoint and for what could be a tile or bundle; nothing else is ever served."""
    return path == "checkpoint" or _PATH.fullmatch(path) is not None


def _number(index: int) -> str:
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.append(f"x{index % 1000:03d}")
    return "/".join(reversed(parts))


def _suffix(width: int) -> str:
    return "" if width == WIDTH else f".p/{width}"


def bundle_bytes(entries: Sequence[bytes]) -> bytes:
    """Each entry behind its length (u16, big-endian)."""
    parts = []
    for entry in entries:
        parts.append(len(entry).to_bytes(2, "big"))
        parts.append(entry)
    return b"".join(parts)


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
