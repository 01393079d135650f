"""Where the signer writes claim codes: a descriptor that was given, or a file that only its owner can read."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jinku.core import RefusedError, UnavailableError, UsageError

__all__ = ["check_writable", "codes_descriptor"]

_STDOUT = 1
_WAIT_SECONDS = 30.0  # for the end of the chunk that the signer still makes for a run that was killed
_POLL_SECONDS = 0.1
# O_NONBLOCK: a pipe without a reader is refused, not waited for. O_APPEND: a resumed job adds to what stands.
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


@contextmanager
def codes_descriptor(fd: int | None, path: Path | None, as_json: bool = False) -> Iterator[int]:
    """Where the signer writes claim codes, able to take them: a descriptor, or a file; -1 when there are none."""
    if fd is not None and path is not None:
        raise UsageError("claim codes go to one place", found="--codes-fd and --codes-file", expected="one of them")
    if path is not None:
        yield from _file(path)
    elif fd is not None:
        _check_descriptor(fd, as_json)
        yield fd
    else:
        yield -1


def check_writable(fd: int, option: str) -> None:
    """The descriptor that the option names is open for writing; a UsageError otherwise."""
    try:
        writable = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
    except (OSError, OverflowError, ValueError) as error:
        raise UsageError(
            f"{option} names no open descriptor", found=fd, advice=f"open it in the shell: {option} 3 3>FILE"
        ) from error
    if not writable:
        raise UsageError(
            f"{option} names a descriptor that cannot be written to", found=fd, expected="one that is open for writing"
        )


def _check_descriptor(fd: int, as_json: bool) -> None:
    check_writable(fd, "--codes-fd")
    if as_json and fd == _STDOUT:
        raise UsageError(
            "claim codes and JSON would mix on stdout", expected="--codes-fd 3 or above, or --codes-file F"
        )


def _file(path: Path) -> Iterator[int]:
    try:
        fd = os.open(path, _FLAGS, 0o600)
    except OSError as error:
        raise UsageError(
            "the file of claim codes cannot be opened",
            found=f"{path}: {error.strerror}",
            expected="a file of yours, mode 0600, or a path where one can be made",
        ) from error
    try:
        _check_file(fd, path)
        _hold(fd, path)
        _sync_folder(path.parent)
        yield fd
    finally:
        os.close(fd)


def _check_file(fd: int, path: Path) -> None:
    state = os.fstat(fd)
    if not stat.S_ISREG(state.st_mode):
        raise RefusedError(
            "claim codes are not written to this",
            found=f"{path} is no regular file",
            expected="a file of yours, mode 0600, or a new one",
            advice="give a pipe or a terminal by --codes-fd",
            code="accounts.codes_file",
        )
    if state.st_uid != os.geteuid() or state.st_mode & 0o077:
        found = "belongs to another user" if state.st_uid != os.geteuid() else f"has mode {state.st_mode & 0o777:04o}"
        raise RefusedError(
            "others could read the claim codes in this file",
            found=f"{path} {found}",
            expected="a file of yours, mode 0600",
            advice=f"run chmod 600 {path}, or name a new file",
            code="accounts.codes_file",
        )


def _hold(fd: int, path: Path) -> None:
    """No other run writes to the file. The signer shares the lock until it has written what a killed run asked for."""
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                raise UnavailableError(
                    "another run writes to this file of claim codes",
                    found=str(path),
                    advice="wait for it, or name another file",
                    code="accounts.codes_busy",
                ) from error
            time.sleep(_POLL_SECONDS)
        else:
            return


def _sync_folder(folder: Path) -> None:
    """The name of a new file outlives a loss of power, as its lines do."""
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
    except OSError as error:
        raise UnavailableError(
            "the folder of the claim codes could not be brought to the disk",
            found=f"{folder}: {error.strerror}",
            advice="choose a folder on a sound disk that you can read",
            code="accounts.codes_failed",
            retryable=False,
        ) from error
