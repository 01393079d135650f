"""Bundles of subject keys on disk: replaced whole, the bytes that stood there overwritten."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from jinku.core import NotFoundError
from jinku.privacy.errors import KeyBundleError

__all__ = ["FolderBundles"]

_BLOCK = 1 << 20


class FolderBundles:
    """Implements the port ``BundleFiles``."""

    def write(self, path: Path, data: bytes) -> None:
        """See the port: a new file takes the name first, then the old one's bytes are overwritten."""
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        old = -1
        try:
            _sweep(path)
            fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                old = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            fresh.replace(path)
            _sync(path.parent)
            if old >= 0:
                _overwrite(old)
        except OSError as error:
            raise KeyBundleError(
                f"the bundle of subject keys cannot be written: {error.strerror}",
                found=path,
                advice="make its folder writable and run `jinku privacy settle`, or give it up by "
                "`jinku privacy forget-bundle FILE`",
            ) from error
        finally:
            if old >= 0:
                os.close(old)
            _remove(fresh)

    def read(self, path: Path) -> bytes:
        """See the port."""
        try:
            return path.read_bytes()
        except OSError as error:
            raise NotFoundError(
                "the bundle of subject keys cannot be read",
                found=f"{path}: {error.strerror}",
                expected="the file that `jinku privacy export` wrote",
            ) from error


def _sweep(path: Path) -> None:
    """What a killed write left beside it is overwritten and gone: it may hold a key that is erased by now."""
    own = re.compile(
        rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}"
    )  # as ``write`` names them; any other is somebody else's
    for left in path.parent.iterdir():
        if not own.fullmatch(left.name) or left.is_symlink() or not left.is_file():
            continue
        fd = os.open(left, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            _overwrite(fd)
        finally:
            os.close(fd)
        left.unlink(missing_ok=True)


def _overwrite(fd: int) -> None:
    size, at = os.fstat(fd).st_size, 0
    while at < size:
        at += os.pwrite(fd, bytes(min(_BLOCK, size - at)), at)
    os.fsync(fd)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
