"""Capability tokens as files of mode 0600 in a folder of mode 0700 under the runtime folder."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from jinku.core import Id
from jinku.custody.errors import SignerUnavailableError

__all__ = ["TokenFolder"]

_TOKEN_BYTES = 32
_MOST_BYTES = 4096
_OUTCOME = ".ended"


class TokenFolder:
    """Implements ``TokenStore``. A file that others could have written is not believed."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``; it is made at the first save."""
        self._folder = folder

    def save(self, vault: Id, token: bytes) -> None:
        """See the port."""
        try:
            self._write(str(vault), token)
        except OSError as error:
            raise SignerUnavailableError(
                "the token of the unlocked vault cannot be kept",
                found=str(error),
                advice="make the runtime folder writable for this user, then unlock again",
            ) from error

    def _write(self, name: str, content: bytes) -> None:
        """The file holds all of it, for this user alone, or is what it was."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        fresh = self._folder / f"{name}.{os.getpid()}.new"
        fresh.unlink(missing_ok=True)
        try:
            handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            try:
                while content:
                    content = content[os.write(handle, content) :]
            finally:
                os.close(handle)
            fresh.replace(self._folder / name)
        except OSError:
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise

    def load(self, vault: Id) -> bytes | None:
        """See the port."""
        token = self._read(str(vault))
        return token if token is not None and len(token) == _TOKEN_BYTES else None

    def _read(self, name: str) -> bytes | None:
        try:
            handle = os.open(self._folder / name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return None
        try:
            status = os.fstat(handle)
            if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
                return None
            return os.read(handle, _MOST_BYTES)
        finally:
            os.close(handle)

    def drop(self, vault: Id | None = None) -> None:
        """See the port. One that cannot be removed is void all the same: the signer knows it no more."""
        with contextlib.suppress(OSError):
            if vault is not None:
                (self._folder / str(vault)).unlink()
                return
            for path in self._folder.iterdir():
                if path.suffix != _OUTCOME:
                    path.unlink(missing_ok=True)

    def keep_outcome(self, change: str, outcome: bytes | None) -> None:
        """See the port. An older one goes first: what cannot be kept must not look like it."""
        with contextlib.suppress(OSError):
            (self._folder / (change + _OUTCOME)).unlink(missing_ok=True)
            if outcome is not None:
                self._write(change + _OUTCOME, outcome)

    def outcome(self, change: str) -> bytes | None:
        """See the port."""
        return self._read(change + _OUTCOME)
