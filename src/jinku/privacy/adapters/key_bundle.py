"""Bundles of subject keys on disk: replaced whole, the bytes that stood there overwritten."""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from jinku.core import NotFoundError
from jinku.privacy.bundle import MAX_BYTES
from jinku.privacy.errors import BundleRefusedError, KeyBundleError
from jinku.store.files import sync_folder, write_private

__all__ = ["FolderBundles"]

_BLOCK = 1 << 20


class FolderBundles:
    """Implements the port ``BundleFiles``."""

    def __init__(self, home: Path | None = None) -> None:
        """Write nothing below ``home``."""
        self._home = home

    def write(self, path: Path, data: bytes, own: Callable[[bytes], object], *, new: bool = False) -> None:
        """See the port: a new file takes the name first, then the old one's bytes are overwritten."""
        if not path.is_absolute() or (self._home is not None and path.resolve().is_relative_to(self._home.resolve())):
            raise _never("the bundle of subject keys would lie in the home: nothing is written there", path)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        old = -1
        try:
            old = _standing(path, own)
            if old < 0 and not new:
                raise KeyBundleError(
                    "the bundle of subject keys is not there, and no new one is written in its place",
                    found=path,
                    advice="bring it back (plug in its disk) and run `jinku privacy settle`, or, if every copy was "
                    "destroyed, `jinku privacy forget-bundle FILE`",
                )
            _sweep(path)
            write_private(fresh, data)
            fresh.replace(path)
            sync_folder(path.parent)
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
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise NotFoundError(
                "the bundle of subject keys cannot be read",
                found=f"{path}: {error.strerror}",
                expected="the file that `jinku privacy export` wrote",
            ) from error


def _standing(path: Path, own: Callable[[bytes], object]) -> int:
    """The file that is to be replaced, open; -1 where none is. KeyBundleError when it is no bundle of ours."""
    try:
        regular = stat.S_ISREG(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return -1
    if not regular:
        raise _never("what stands there is no file of its own: it is left as it is", path)
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        with os.fdopen(os.dup(fd), "rb") as file:
            own(file.read(MAX_BYTES + 1))
    except BundleRefusedError as error:
        os.close(fd)
        raise _never("what stands there is no bundle of this installation: it is left as it is", path) from error
    except BaseException:
        os.close(fd)
        raise
    return fd


def _never(message: str, path: Path) -> KeyBundleError:
    return KeyBundleError(message, found=path, advice="look what it is; `jinku privacy forget-bundle FILE` gives it up")


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
