"""Tiles in a folder: each file appears whole and durable, and is never changed afterwards."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jinku.journal.adapters.standing import CHECKPOINT, alone, differs, may_replace, read_standing
from jinku.journal.errors import TileStoreError
from jinku.journal.paths import WIDTH, bundle_path, tile_path
from jinku.journal.tree import edge_tiles
from jinku.journal.types import SignedCheckpoint

__all__ = ["LocalTiles"]

_STAGING = ".staging"
_EVIDENCE = "evidence"
_FEW, _THREADS = 4, 16


class LocalTiles:
    """Implements the port ``TileStore``."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made before something is written."""
        self.folder = folder
        self._staging = folder / _STAGING / str(os.getpid())

    def write(self, files: Sequence[tuple[str, bytes]]) -> None:
        """All files stand and are durable: first every file's bytes, then the names, then the folders."""
        fresh = [(path, data) for path, data in files if not self._stands(path, data)]
        missing = {path for path, _ in fresh}
        self._keep({(self.folder / path).parent for path, _ in files if path not in missing})
        if not fresh:
            return
        try:
            self._sweep()
            _make(self._staging)
            staged = [self._stage(number, data) for number, (_, data) in enumerate(fresh)]
            _fsync_all(staged)
            touched = {self._place(name, path) for name, (path, _) in zip(staged, fresh, strict=True)}
            self._fsync_folders(touched)
        except OSError as error:
            raise _unwritten(self.folder, error) from error
        finally:
            shutil.rmtree(self._staging, ignore_errors=True)

    def _keep(self, folders: set[Path]) -> None:
        """The names that stand in these folders are durable: whoever renamed them may have died before it was so.

        Each time anew: another process may have put one there since.
        """
        try:
            self._fsync_folders(folders)
        except OSError as error:
            raise _unwritten(self.folder, error) from error

    def _fsync_folders(self, folders: set[Path]) -> None:
        for folder in sorted(self._with_parents(folders), key=lambda one: len(one.parts), reverse=True):
            _fsync(folder)

    def _stands(self, path: str, data: bytes) -> bool:
        found = self.read(path)
        if found is None:
            return False
        if found != data:
            raise differs(f"{path} stands already with other bytes", path, found, data)
        return True

    def _stage(self, number: int, data: bytes) -> Path:
        name = self._staging / str(number)
        fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
        return name

    def _place(self, staged: Path, path: str) -> Path:
        target = self.folder / path
        _make(target.parent)
        staged.replace(target)
        return target.parent

    def _with_parents(self, folders: set[Path]) -> set[Path]:
        found = set(folders)
        for folder in folders:
            while folder != self.folder:
                folder = folder.parent  # noqa: PLW2901  up to the store's own
                found.add(folder)
        return found

    def _sweep(self) -> None:
        """What killed processes had staged is gone."""
        with contextlib.suppress(OSError):
            for left in (self.folder / _STAGING).iterdir():
                if left.name.isdigit() and not Path(f"/proc/{left.name}").exists():
                    shutil.rmtree(left, ignore_errors=True)

    def read(self, path: str) -> bytes | None:
        """The bytes; None when there is no such file."""
        try:
            return (self.folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise TileStoreError(
                f"{path} cannot be read",
                found=error.strerror,
                advice="check the disk and who owns the file",
                fields={"path": path},
            ) from error

    def published(self) -> bytes | None:
        """The checkpoint that stands there."""
        return self.read(CHECKPOINT)

    def publish(self, signed: SignedCheckpoint) -> bool:
        """The checkpoint stands there, unless a greater one does. One process at a time compares and replaces."""
        try:
            _make(self.folder)
            with alone(self.folder):
                standing = self._standing()
                if standing is not None and not may_replace(standing, signed):
                    self._keep({self.folder})
                    return False
                _make(self._staging)
                staged = self._stage(0, signed.note)
                _fsync(staged)
                staged.replace(self.folder / CHECKPOINT)
                _fsync(self.folder)
        except OSError as error:
            raise _unwritten(self.folder, error) from error
        return True

    def _standing(self) -> SignedCheckpoint | None:
        note = self.published()
        return None if note is None else read_standing(note, str(self.folder / CHECKPOINT))

    def prune(self, old: int, size: int) -> None:
        """The partial tiles of the tree of ``old`` leaves are gone where the full ones stand."""
        for level, index, _ in edge_tiles(old):
            if index < (size >> (8 * level)) // WIDTH:
                names = (tile_path(level, index), *((bundle_path(index),) if level == 0 else ()))
                for path in names:
                    self._prune(self.folder / f"{path}.p", self.folder / path)

    def _prune(self, partials: Path, full: Path) -> None:
        if full.exists():
            shutil.rmtree(partials, ignore_errors=True)

    def keep_evidence(self, name: str, data: bytes) -> str:
        """The bytes are kept under ``evidence``."""
        path = f"{_EVIDENCE}/{name}"
        if self.read(path) is None:
            self.write([(path, data)])
        return str(self.folder / path)


def _make(folder: Path) -> None:
    """The folder stands, closed to others, as does each one above it that was missing."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _fsync_all(paths: Sequence[Path]) -> None:
    """Each file is on the disk. Many at once: a file system with a journal brings them there together."""
    if len(paths) <= _FEW:
        for path in paths:
            _fsync(path)
        return
    with ThreadPoolExecutor(_THREADS, "fsync") as pool:
        for _ in pool.map(_fsync, paths):
            pass


def _fsync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _unwritten(folder: Path, error: OSError) -> TileStoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TileStoreError(
            "the disk is full: the tiles could not be written",
            found=folder,
            advice="free some space and run `jinku journal flush`; the entries are safe in the database",
            code="journal.disk_full",
        )
    return TileStoreError(
        "the tiles could not be written",
        found=f"{folder}: {error.strerror}",
        advice="mend the folder and run `jinku journal flush`; the entries are safe in the database",
    )
