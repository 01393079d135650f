"""Tiles in a folder: each file appears whole and durable, and is never changed afterwards."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import shutil
from collections.abc import Iterator, Sequence
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
_NUMBERS = itertools.count()


class LocalTiles:
    """Implements the port ``TileStore``."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made before something is written."""
        self.folder = folder
        self._folders: set[Path] = set()  # their names are durable: this object has synced the folders above them
        self._last: set[Path] = set()  # so are those of the files written last

    def write(self, files: Sequence[tuple[str, bytes]]) -> None:
        """All files stand and are durable: first every file's bytes, then the names, then the folders."""
        if not files:
            return
        fresh = [(path, data) for path, data in files if not self._stands(path, data)]
        missing = {path for path, _ in fresh}
        try:
            self._sync_names({self.folder / path for path, _ in files if path not in missing})
            if fresh:
                self._write_fresh(fresh)
        except OSError as error:
            raise _unwritten(self.folder, error) from error
        self._last = {self.folder / path for path, _ in files}

    def _write_fresh(self, fresh: Sequence[tuple[str, bytes]]) -> None:
        with self._staging() as folder:
            staged = [_stage(folder / str(number), data) for number, (_, data) in enumerate(fresh)]
            _fsync_all(staged)
            placed = {self._place(name, path) for name, (path, _) in zip(staged, fresh, strict=True)}
        self._last -= placed  # names that were just given
        self._sync_names(placed)

    def _sync_names(self, files: set[Path]) -> None:
        """The names of these files are on the disk, and of each folder above: every folder that holds one is synced.

        A file that stands already may have been put there by a process that died before this. Left out is what this
        object synced before: a name that was durable once stays so, for nobody replaces a file by other bytes.
        """
        names = files - self._last
        for file in list(names):
            names.update(file.parents[: len(file.parts) - len(self.folder.parts) - 1])
        names -= self._folders
        for folder in sorted({name.parent for name in names}, key=lambda one: len(one.parts), reverse=True):
            _fsync(folder)
        self._folders |= names - files

    def _stands(self, path: str, data: bytes) -> bool:
        found = self.read(path)
        if found is None:
            return False
        if found != data:
            raise differs(f"{path} stands already with other bytes", path, found, data)
        return True

    def _place(self, staged: Path, path: str) -> Path:
        target = self.folder / path
        self._make(target.parent)
        staged.replace(target)
        return target

    def _make(self, folder: Path) -> None:
        """The folder stands, closed to others, as does each one above it that was missing."""
        if not folder.is_dir():
            self._make(folder.parent)
            folder.mkdir(mode=0o700, exist_ok=True)
            self._folders.discard(folder)

    @contextlib.contextmanager
    def _staging(self) -> Iterator[Path]:
        """A folder for files on their way, gone afterwards; so is what processes that were killed had in theirs."""
        place = self.folder / _STAGING
        self._make(place)
        for left in place.iterdir():
            pid = left.name.partition(".")[0]
            if pid.isdecimal() and not Path(f"/proc/{pid}").exists():
                shutil.rmtree(left, ignore_errors=True)
        folder = place / f"{os.getpid()}.{next(_NUMBERS)}"
        folder.mkdir(mode=0o700, exist_ok=True)  # one of this name is of a dead process that had our number
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

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
            self._make(self.folder)
            with alone(self.folder):
                standing = self._standing()
                if standing is not None and not may_replace(standing, signed):
                    _fsync(self.folder)  # whoever put it there may have died before this
                    return False
                with self._staging() as folder:
                    staged = _stage(folder / "0", signed.note)
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
            self._folders.discard(partials)

    def partials(self) -> Iterator[str]:
        """The paths of the partial tiles and bundles that lie there."""
        for folder, _, names in os.walk(self.folder / "tile", onerror=self._unlisted):
            if folder.endswith(".p"):
                yield from (f"{Path(folder).relative_to(self.folder).as_posix()}/{name}" for name in names)

    def _unlisted(self, error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # pruned meanwhile
            raise TileStoreError(
                "the tiles cannot be listed",
                found=f"{error.filename}: {error.strerror}",
                advice="check the disk and who owns the folder",
            ) from error

    def keep_evidence(self, name: str, data: bytes) -> str:
        """The bytes are kept under ``evidence``."""
        path = f"{_EVIDENCE}/{name}"
        if self.read(path) is None:
            self.write([(path, data)])
        return str(self.folder / path)


def _stage(name: Path, data: bytes) -> Path:
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
    return name


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
