"""The three standard streams, when the caller closed one or its reader went away."""

from __future__ import annotations

import io
import os
import select
import sys
from typing import Any

from jinku.core import UsageError

__all__ = ["fill_gaps", "reader_left", "silence"]


class _Closed(io.TextIOBase):
    """Stands for a stream that the caller closed: text is dropped, and nobody may write to a descriptor of it."""

    def writable(self) -> bool:
        """True: what is written goes nowhere."""
        return True

    def write(self, text: str, /) -> int:
        """Dropped."""
        return len(text)

    def fileno(self) -> int:
        """Refused: a key must not be delivered to nobody."""
        raise UsageError("this needs a standard output and it is closed", expected="a terminal, a pipe or a file")


class _Lossy(io.FileIO):
    """Drops what cannot be written; that nobody reads any more is still told, for then somebody left."""

    def write(self, data: Any, /) -> int:
        """Dropped when there is no room."""
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError:
            return memoryview(data).nbytes


def fill_gaps() -> None:
    """Descriptors 0 to 2 are open, so that no file or socket takes their numbers; what was closed stays unwritable."""
    for fd in range(3):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # takes the lowest number free, which is this one
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  it stays open to the end
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = _Closed()
    elif isinstance(sys.stderr, io.TextIOWrapper) and isinstance(getattr(sys.stderr.buffer, "raw", None), io.FileIO):
        sys.stderr = _lossy(sys.stderr)


def _lossy(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    """The same, ending nothing: a remark that finds no room on a full disk must not stop a job halfway."""
    raw = io.BufferedWriter(_Lossy(stream.fileno(), "w", closefd=False))
    return io.TextIOWrapper(raw, stream.encoding, stream.errors, line_buffering=True)


def reader_left(fd: int) -> bool:
    """True when the descriptor is a pipe or socket that nobody reads any more."""
    poll = select.poll()
    poll.register(fd, 0)
    return any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))


def silence(fd: int) -> None:
    """What is still written to the descriptor goes nowhere, at the interpreter's last flush, too."""
    sink = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    os.dup2(sink, fd)
    os.close(sink)
