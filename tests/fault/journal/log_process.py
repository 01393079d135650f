"""Processes at work on one log, for tests that kill, pause or starve them."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import pytest
from log_keys import CryptoVerifier, MemoryLogSigner
from real_log import RealLog, open_log

from jinku.journal import TileTree, Verifier
from jinku.store import DatabaseUrl, Place
from postgres_fixture import until_alone

ENGINES = ("sqlite", "postgresql")


class FileSigner(MemoryLogSigner):
    """A signer whose memory is a file that all processes share, on the disk before a signature leaves."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._path = folder / "signed"
        self._recall()

    def _recall(self) -> None:
        text = self._path.read_text() if self._path.exists() else ""
        lines = [json.loads(line) for line in text.split("\n")[:-1]]  # what follows the last newline was cut short
        self.signed = [(size, bytes.fromhex(root)) for size, root in lines]
        self.last = self.signed[-1] if self.signed else None

    def last_signed(self) -> tuple[int, bytes] | None:
        self._recall()
        return self.last

    def sign_checkpoint(self, size: int, root: bytes, proof: Sequence[bytes]) -> tuple[str, ...]:
        with self._path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._recall()
            lines = super().sign_checkpoint(size, root, proof)
            torn = self._path.read_bytes().rpartition(b"\n")[2]
            file.truncate(file.tell() - len(torn))
            file.write(json.dumps([size, root.hex()]).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return lines


def place_of(request: pytest.FixtureRequest, engine: str) -> Place | None:
    """Where the rows of a log stand; None is the file of its folder."""
    return DatabaseUrl.parse(request.getfixturevalue("postgres")) if engine == "postgresql" else None


def in_child(work: Callable[[], object]) -> int:
    """The pid of a forked process that does this and ends: 0 when it is done, 1 when it failed."""
    child = os.fork()
    if child == 0:
        _work_and_end(work)
    return child


def _work_and_end(work: Callable[[], object]) -> NoReturn:
    try:
        work()
        os._exit(0)
    finally:
        traceback.print_exc()  # shown by pytest beside the assertion that fails
        os._exit(1)


def ended(child: int, seconds: float = 600.0) -> int:
    """The wait status of a child that ends; one that hangs is killed."""
    late = threading.Timer(seconds, os.kill, (child, signal.SIGKILL))
    late.start()
    try:
        return os.waitpid(child, 0)[1]
    finally:
        late.cancel()


@contextmanager
def stopped(work: Callable[[], object]) -> Iterator[int]:
    """A child that stopped itself. It is gone at the end, whatever the test came to."""
    child = in_child(work)
    try:
        assert os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1])
        yield child
    finally:
        with suppress(ChildProcessError):  # the test has waited for it
            if os.waitpid(child, os.WNOHANG)[0] == 0:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def check(folder: Path, place: Place | None) -> int:
    """All that waits is published, everything holds, and each head ever signed is of this one tree; its size."""
    if isinstance(place, DatabaseUrl):
        until_alone(place)
    with open_log(folder, place) as log:
        log.signer = FileSigner(folder)
        done = log.sequencer().flush()
        assert (done.waiting, done.held) == (0, ""), done
        return check_tree(log)


def check_tree(log: RealLog) -> int:
    """Everything holds, and each head ever signed is of this one tree; its size."""
    report = Verifier(log.tiles, log.signer.keys, CryptoVerifier(), log.rows).run()
    tree = TileTree(log.tiles, report.size)
    for size, root in FileSigner(log.folder).signed:
        assert tree.root_of(size) == root, f"a second tree at size {size}"
    return report.size
