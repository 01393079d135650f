"""Kill -9 at the n-th step: a forked child counts its own database statements, commits and signer calls."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from signer_double import SignerDouble
from sqlalchemy import event
from sqlalchemy.engine import Engine

__all__ = ["memory_folder", "run_killed"]


def _arm(step: int) -> Callable[[], int]:
    """This process dies at its ``step``-th step; returns a counter of the steps made.

    The end of a statement is no step of its own: until the next one or the commit, the disk holds the same.
    """
    made = [0]

    def count(*_args: object, **_kwargs: object) -> None:
        made[0] += 1
        if made[0] == step:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "commit"):
        event.listen(Engine, name, count)
    plain = SignerDouble._called

    def called(self: SignerDouble, verb: str) -> None:
        count()
        plain(self, verb)

    SignerDouble._called = called  # type: ignore[method-assign]
    save = SignerDouble._save

    def saved(self: SignerDouble, vault: str, document: dict[str, object]) -> None:
        save(self, vault, document)
        count()  # the file stands, the answer never arrives

    SignerDouble._save = saved  # type: ignore[method-assign]
    return lambda: made[0]


@contextlib.contextmanager
def memory_folder() -> Iterator[Path]:
    """A folder in memory where there is one: a killed process loses nothing there, and no disk is waited for."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


def run_killed(work: Callable[[], None], step: int) -> bool:
    """``work`` ran in a child that was killed at its ``step``-th step; False when it ended before that."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _arm(step)
            work()
            status = 0
        except BaseException:  # noqa: BLE001  the child must not fall back into pytest
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    _, raw = os.waitpid(child, 0)
    if os.WIFSIGNALED(raw):
        assert os.WTERMSIG(raw) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(raw) == 0, "the child failed by itself; its traceback stands above"
    return False
