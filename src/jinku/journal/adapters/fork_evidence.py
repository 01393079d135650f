"""The second trees that stand in ``evidence`` beside the tiles of a home, and the marks of those that are settled."""

from __future__ import annotations

import re
from pathlib import Path

from jinku.journal.adapters.local_tiles import LocalTiles
from jinku.journal.errors import TileStoreError
from jinku.journal.forks import Tree

__all__ = ["ForkEvidence"]

_FOLDER = "evidence"
_NAME = re.compile(r"fork-([0-9]{1,19})-([0-9a-f]{16})", re.ASCII)
_THEIRS = re.compile(rb"^theirs ([0-9a-f]{64})$", re.MULTILINE)


class ForkEvidence:
    """Implements the port ``Evidence``. ``folder`` is that of the tiles."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read yet."""
        self._folder = folder

    def unsettled(self) -> list[Tree]:
        """Each second tree that is kept and not marked as known."""
        return [tree for tiles, name, tree in self._kept() if tiles.read(_mark(name)) is None]

    def settle(self, tree: Tree) -> None:
        """Where it is kept it is marked as known, durably."""
        for tiles, name, kept in self._kept():
            if kept == tree:
                tiles.write([(_mark(name), b"settled\n")])

    def _kept(self) -> list[tuple[LocalTiles, str, Tree]]:
        """Those beside the tiles of each origin of the log."""
        folders = [self._folder, *sorted(self._folder.glob("origin-*"))]
        return [(tiles, *one) for tiles in map(LocalTiles, folders) for one in _kept_in(tiles)]


def _kept_in(tiles: LocalTiles) -> list[tuple[str, Tree]]:
    try:
        names = sorted(path.name for path in (tiles.folder / _FOLDER).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise TileStoreError(
            "the evidence of second trees cannot be read",
            found=f"{tiles.folder / _FOLDER}: {error.strerror}",
            advice="look who owns the folder; nothing is signed before it was read",
        ) from error
    found = [match for match in map(_NAME.fullmatch, names) if match is not None]
    return [(match[0], (match[1], _root(tiles, match[0], match[2]))) for match in found]


def _root(tiles: LocalTiles, name: str, beginning: str) -> str:
    """Of a file that was changed the beginning is left, which its name has."""
    match = _THEIRS.search(tiles.read(f"{_FOLDER}/{name}") or b"")
    root = match[1].decode() if match else beginning
    return root if root.startswith(beginning) else beginning


def _mark(name: str) -> str:
    return f"{_FOLDER}/settled-{name}"
