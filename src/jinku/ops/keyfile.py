"""The rules of a key file: 32 random bytes that jinku made, outside the home, readable by its owner only."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from jinku.core import RefusedError, UsageError

__all__ = ["KEY_FILE_BYTES", "check_key_file", "make_key_file"]

KEY_FILE_BYTES = 32


def check_key_file(path: Path, home: Path) -> None:
    """The file may serve as a key file; its bytes are not read here."""
    try:
        state = path.stat()
    except OSError as error:
        raise UsageError("the key file cannot be opened", found=f"{path}: {error.strerror}") from error
    if not stat.S_ISREG(state.st_mode):
        raise UsageError("the key file is no regular file", found=path)
    _refuse_inside(path, home)
    if state.st_mode & 0o077:
        raise RefusedError(
            "others can read the key file",
            found=f"mode {stat.S_IMODE(state.st_mode):04o}",
            expected="0600 or 0400",
            advice=f"chmod 600 {path}, and make a new one if it may have been read",
            code="ops.key_file_open",
        )
    if state.st_size != KEY_FILE_BYTES:
        raise RefusedError(
            "this is no key file that jinku made",
            found=f"{state.st_size} bytes",
            expected=f"{KEY_FILE_BYTES} random bytes",
            advice="make one with --new-key-file",
            code="ops.key_file_size",
        )


def make_key_file(path: Path, home: Path) -> None:
    """A new key file stands at ``path`` (0600, fsynced). The kernel moves the bytes; this process never holds them."""
    _refuse_inside(path, home)
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise UsageError(
            "the key file cannot be made", found=f"{path}: {error.strerror}", advice="name a file that does not exist"
        ) from error
    source = os.open("/dev/urandom", os.O_RDONLY | os.O_CLOEXEC)
    try:
        moved = os.sendfile(fd, source, None, KEY_FILE_BYTES)
        os.fsync(fd)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise UsageError("the key file cannot be written", found=f"{path}: {error.strerror}") from error
    finally:
        os.close(source)
        os.close(fd)
    if moved != KEY_FILE_BYTES:
        path.unlink(missing_ok=True)
        raise UsageError("the key file cannot be written", found=f"{moved} bytes", expected=f"{KEY_FILE_BYTES} bytes")


def _refuse_inside(path: Path, home: Path) -> None:
    if Path(os.path.realpath(path)).is_relative_to(os.path.realpath(home)):
        raise RefusedError(
            "the key file lies inside the home it opens",
            found=path,
            expected="a place that is not copied together with the home",
            advice="keep it on another disk or device",
            code="ops.key_file_inside",
        )
