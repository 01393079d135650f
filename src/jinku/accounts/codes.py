"""The claim codes of self mode on their way to a file: no two lines in one, and on the disk before their wallets are.

A pipe or a terminal is left alone: whoever reads there keeps what he reads.
"""

from __future__ import annotations

import os
import stat

from jinku.core import UnavailableError

__all__ = ["begin_line", "bring_to_disk"]


def begin_line(fd: int) -> None:
    """What is written next to the file begins a line of its own, though a full disk cut the last one short."""
    if not _is_file(fd):
        return
    try:
        if _torn(fd):
            os.write(fd, b"\n")
    except OSError as error:
        raise _failed("the file of claim codes cannot be written", error) from error


def bring_to_disk(fd: int) -> None:
    """The codes in the file outlive a loss of power. The wallets that they open may be committed only then."""
    if not _is_file(fd):
        return
    try:
        os.fsync(fd)
    except OSError as error:
        raise _failed("the claim codes could not be brought to the disk", error) from error


def _is_file(fd: int) -> bool:
    try:
        return stat.S_ISREG(os.fstat(fd).st_mode)
    except OSError as error:
        raise _failed("the place of the claim codes is not open", error) from error


def _torn(fd: int) -> bool:
    """True when the file's last byte ends no line. The caller's descriptor may be write-only: another one reads."""
    size = os.fstat(fd).st_size
    if size == 0:
        return False
    reader = os.open(f"/dev/fd/{fd}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.pread(reader, 1, size - 1) != b"\n"
    finally:
        os.close(reader)


def _failed(what: str, error: OSError) -> UnavailableError:
    return UnavailableError(
        what,
        found=error.strerror or str(error),
        advice="choose a file on a sound disk with room, then `jinku jobs continue`; nothing without its code stands",
        code="accounts.codes_failed",
        retryable=False,
    )
