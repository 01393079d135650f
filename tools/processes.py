"""Processes that a test starts: how one stands, and that none outlives its test."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from cli_fork import Child

_PARENT_DEATH = 1  # PR_SET_PDEATHSIG of prctl(2)


def state(pid: int) -> str:
    """R, S, T, Z and so on, as the kernel has it; nothing where there is no such process (any more)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


@contextlib.contextmanager
def gone_after(*children: subprocess.Popen[str] | subprocess.Popen[bytes] | Child) -> Iterator[None]:
    """Whatever the block comes to, each child has ended behind it and is reaped, its pipes closed."""
    try:
        yield
    finally:
        for child in children:
            if child.returncode is None:  # so its number is nobody else's
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGKILL)
                child.communicate(timeout=60)


def die_with_parent(number: int = signal.SIGKILL) -> Callable[[], object]:
    """For ``preexec_fn``: the program gets this signal when the process that starts it is gone; Linux alone."""
    prctl = ctypes.CDLL(None).prctl  # loaded before the fork, where prctl alone runs
    return lambda: prctl(_PARENT_DEATH, number)
