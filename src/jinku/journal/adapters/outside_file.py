"""The last checkpoint, remembered in a file outside the home: a restored home meets what it once published."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from jinku.core import UnavailableError
from jinku.journal.adapters.standing import may_replace, read_standing
from jinku.journal.errors import JournalForkedError, TileDamagedError
from jinku.journal.types import SignedCheckpoint
from jinku.store.files import alone, replace_private, sync_folder

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
                sync_folder(folder.parent)
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
            sync_folder(self._path.parent)  # whoever wrote it may have died before this
            return
        if known is not None and not may_replace(read_standing(known, str(self._path)), signed):
            return
        replace_private(self._path, signed.note)

    def _missing_folders(self) -> list[Path]:
        """Those above the file that do not stand yet, the nearest first."""
        return [folder for folder in self._path.parents if not folder.is_dir()]
