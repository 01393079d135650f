"""The last checkpoint, remembered in a file outside the home: a restored home meets what it once published."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from jinku.core import UnavailableError
from jinku.journal.errors import NoteError
from jinku.journal.notes import read_note
from jinku.journal.types import SignedCheckpoint

__all__ = ["OutsideFile"]


class OutsideFile:
    """Implements the port ``Outside``."""

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
        """The file holds this note, unless it knows a greater one."""
        known = self.last()
        try:
            if known is not None and read_note(known).size >= signed.size:
                return
        except NoteError:
            return  # the next start refuses it by name; a damaged witness is not replaced in silence
        fresh = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(signed.note)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise UnavailableError(
                f"the last checkpoint cannot be remembered outside: {error.strerror}",
                found=self._path,
                advice="make the folder writable, or name another by XDG_STATE_HOME",
                code="journal.outside_unwritable",
            ) from error
