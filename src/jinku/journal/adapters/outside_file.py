"""The last checkpoint, remembered in a file outside the home: a restored home meets what it once published."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from jinku.core import UnavailableError
from jinku.journal.adapters.standing import alone, may_replace, read_standing
from jinku.journal.errors import JournalForkedError, TileDamagedError
from jinku.journal.types import SignedCheckpoint

__all__ = ["OutsideFile"]


class OutsideFile:
    """Implements the port ``Outside``."""

    near = True

    def __init__(self, path: Path) -> None:
        """Nothing is made before something is remembered."""
        self.name = f"the checkpoint in {path}"
        self._path = path

    def last(self) -> bytes | None:
        """The note in the file; None when there is no file."""
        try:
            return self._path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def remember(self, signed: SignedCheckpoint) -> None:
        """The file holds this note durably, unless it knows a greater one, or one that the next start refuses by name.

        One process at a time compares and replaces: a holder that slept puts no older head over a newer one.
        """
        try:
            for folder in reversed(self._missing_folders()):
                folder.mkdir(mode=0o700, exist_ok=True)
                _fsync_folder(folder.parent)
            with alone(self._path.parent), suppress(TileDamagedError, JournalForkedError):
                self._replace(signed)
        except OSError as error:
            raise UnavailableError(
                f"the last checkpoint cannot be remembered outside: {error.strerror}",
                found=self._path,
                advice="make the folder writable, or name another by XDG_STATE_HOME",
                code="journal.outside_unwritable",
            ) from error

    def _replace(self, signed: SignedCheckpoint) -> None:
        known = self.last()
        if known == signed.note:
            _fsync_folder(self._path.parent)  # whoever wrote it may have died before this
            return
        if known is not None and not may_replace(read_standing(known, str(self._path)), signed):
            return
        fresh = self._path.with_name(f".{self._path.name}.next")  # one name: what a killed process left is overwritten
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(signed.note)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        _fsync_folder(self._path.parent)

    def _missing_folders(self) -> list[Path]:
        """Those above the file that do not stand yet, the nearest first."""
        return [folder for folder in self._path.parents if not folder.is_dir()]


def _fsync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
