"""What leaves by a descriptor: every byte of it or an error, and on its disk where it has one."""

from __future__ import annotations

import os
import select
import stat
from pathlib import Path

from jinku.core import UnavailableError

__all__ = ["bring_to_disk", "write_whole"]

_PATIENCE_MS = 30_000


def write_whole(fd: int, content: bytes) -> None:
    """All of ``content`` went to ``fd``, in as many writes as that took."""
    rest = memoryview(content)
    while rest:
        try:
            rest = rest[os.write(fd, rest) :]
        except BlockingIOError as error:  # a descriptor that was left not to wait
            waiting = select.poll()
            waiting.register(fd, select.POLLOUT)
            if not waiting.poll(_PATIENCE_MS):
                raise _cut_short(content, rest, error) from error
        except OSError as error:
            raise _cut_short(content, rest, error) from error


def _cut_short(content: bytes, rest: memoryview, error: OSError) -> UnavailableError:
    return UnavailableError(
        "the output ended before everything was written",
        found=f"{len(content) - len(rest)} of {len(content)} bytes: {error.strerror or error}",
        advice="run the command again, with room on the disk and a reader at the pipe",
        code="output.failed",
    )


def bring_to_disk(fd: int, advice: str) -> None:
    """What a regular file was given is on its disk, and so is its name; a pipe or a terminal has nothing to keep."""
    state = os.fstat(fd)
    if not stat.S_ISREG(state.st_mode):
        return
    try:
        os.fsync(fd)
        _sync_name(fd, state)
    except OSError as error:
        raise UnavailableError(
            "what was written could not be brought to the disk",
            found=error.strerror or str(error),
            advice=advice,
            code="output.failed",
        ) from error


def _sync_name(fd: int, state: os.stat_result) -> None:
    """The folder's entry is on the disk, too, where the kernel knows the file's name and we may open its folder."""
    try:
        path = Path(f"/proc/self/fd/{fd}").readlink()
        if not os.path.samestat(path.lstat(), state):
            return
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:  # it has no name any more, or another user's folder holds it
        return
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
