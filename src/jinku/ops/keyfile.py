"""The rules of a key file: 32 random bytes that jinku made, outside the home, readable by its owner only.

They are checked here and nowhere else: on the descriptor that the signer then reads, so that no other file can take the
checked one's place in between. The signer itself sees bytes behind a descriptor, and refuses those that are not random.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from jinku.core import RefusedError, UsageError

__all__ = ["KEY_FILE_BYTES", "make_key_file", "open_key_file"]

KEY_FILE_BYTES = 32

# O_NONBLOCK: a FIFO is refused, not waited for. O_NOFOLLOW: a link could lead elsewhere tomorrow.
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


def open_key_file(path: Path, home: Path) -> int:
    """A descriptor of a file that may serve as a key file; its bytes are not read here."""
    try:
        fd = os.open(path, _READ)
    except OSError as error:
        link = error.errno == errno.ELOOP
        raise UsageError(
            "the key file cannot be opened",
            found=f"{path}: {'it is a link' if link else error.strerror}",
            advice="name the file itself" if link else None,
        ) from error
    try:
        _check(fd, path, home)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _check(fd: int, path: Path, home: Path) -> None:
    state = os.fstat(fd)
    if not stat.S_ISREG(state.st_mode):
        raise UsageError("the key file is no regular file", found=path, expected="a regular file of yours, mode 0600")
    _refuse_inside(fd, path, home)
    foreign = state.st_uid not in (os.geteuid(), 0)
    if foreign or state.st_mode & 0o077:
        raise RefusedError(
            "others can read the key file",
            found=f"owner uid {state.st_uid}" if foreign else f"mode {stat.S_IMODE(state.st_mode):04o}",
            expected="a file of yours, 0600 or 0400",
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
    """A new key file stands at ``path`` (0600), it and its name on the disk, or nothing does.

    The kernel moves the bytes; this process never holds them.
    """
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _not_made(path, error) from error
    try:
        _refuse_inside(folder, path, home)  # the folder that was opened: what its name leads to later does not matter
        _make_in(folder, path)
    finally:
        os.close(folder)


def _make_in(folder: int, path: Path) -> None:
    try:
        fd = os.open(path.name, _MAKE, 0o600, dir_fd=folder)
    except OSError as error:
        raise _not_made(path, error) from error
    done = False
    try:
        _fill(fd)
        os.fsync(fd)
        os.fsync(folder)
        done = True
    except OSError as error:
        raise UsageError(
            "the key file cannot be written",
            found=f"{path}: {error.strerror}",
            advice="choose a folder that you can write",
        ) from error
    finally:
        os.close(fd)
        if not done:
            os.unlink(path.name, dir_fd=folder)


def _fill(fd: int) -> None:
    source, missing = os.open("/dev/urandom", os.O_RDONLY | os.O_CLOEXEC), KEY_FILE_BYTES
    try:
        while missing:
            missing -= os.sendfile(fd, source, None, missing)
    finally:
        os.close(source)


def _not_made(path: Path, error: OSError) -> UsageError:
    return UsageError(
        "the key file cannot be made", found=f"{path}: {error.strerror}", advice="name a file that does not exist"
    )


def _refuse_inside(fd: int, path: Path, home: Path) -> None:
    """What the descriptor leads to is not inside the home, by whatever name it was reached."""
    if Path(f"/proc/self/fd/{fd}").readlink().is_relative_to(os.path.realpath(home)):
        raise RefusedError(
            "the key file lies inside the home it opens",
            found=path,
            expected="a place that is not copied together with the home",
            advice="keep it on another disk or device",
            code="ops.key_file_inside",
        )
