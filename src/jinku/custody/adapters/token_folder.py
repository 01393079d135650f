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


class TokenFolder:
    """Implements ``TokenStore``. A file that others could have written is not believed."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``; it is made at the first save."""
        self._folder = folder

    def save(self, vault: Id, token: bytes) -> None:
        """See the port."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            path = self._folder / str(vault)
            fresh = path.with_suffix(f".{os.getpid()}.new")
            with contextlib.suppress(FileNotFoundError):
                fresh.unlink()
            handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            try:
                os.write(handle, token)
            finally:
                os.close(handle)
            fresh.replace(path)
        except OSError as error:
            raise SignerUnavailableError(
                "the token of the unlocked vault cannot be kept",
                found=str(error),
                advice="make the runtime folder writable for this user, then unlock again",
            ) from error

    def load(self, vault: Id) -> bytes | None:
        """See the port."""
        try:
            handle = os.open(self._folder / str(vault), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return None
        try:
            status = os.fstat(handle)
            if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
                return None
            token = os.read(handle, _TOKEN_BYTES + 1)
        finally:
            os.close(handle)
        return token if len(token) == _TOKEN_BYTES else None

    def drop(self, vault: Id | None = None) -> None:
        """See the port."""
        if vault is not None:
            (self._folder / str(vault)).unlink(missing_ok=True)
            return
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                path.unlink(missing_ok=True)
