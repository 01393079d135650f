"""Small private files: written whole and durable, or not at all."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["alone", "replace_private", "sync_folder", "write_private"]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One process at a time compares what stands in ``folder`` and replaces it."""
    fd = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def write_private(path: Path, data: bytes, *, over: bool = False) -> None:
    """A file of this user alone, its bytes on the disk; a new one, or with ``over`` in place of one that stands.

    Its name is durable once ``sync_folder`` was called.
    """
    how = os.O_TRUNC | os.O_NOFOLLOW if over else os.O_EXCL
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how, 0o600)
    with os.fdopen(fd, "wb") as file:
        os.fchmod(fd, 0o600)  # of one that stood, too
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_private(path: Path, data: bytes) -> None:
    """The file holds these bytes durably, or still what it held. One process at a time, see ``alone``.

    What is half written has one name, so that the next write takes away what a killed one left.
    """
    fresh = path.with_name(f".{path.name}.next")
    try:
        write_private(fresh, data, over=True)
        fresh.replace(path)
    except OSError:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """The names in the folder are on the disk."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
