"""200 real SIGKILLs at random moments: whatever was signed is a prefix of one order, and the next start carries on."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from log_keys import CryptoVerifier, MemoryLogSigner
from real_log import RealLog, open_log

from jinku.journal import Journal, JournalBehindError, TileTree, Verifier
from jinku.journal.notes import read_note

KILLS = 200
SEED = 20261121


class FileSigner(MemoryLogSigner):
    """A signer whose memory is a file: written and on disk before a signature leaves, as the real one's."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        for line in path.read_text().splitlines() if path.exists() else ():
            size, root = json.loads(line)
            self.signed.append((size, bytes.fromhex(root)))
            self.last = self.signed[-1]

    def sign_checkpoint(self, size: int, root: bytes, proof: Sequence[bytes]) -> tuple[str, ...]:
        lines = super().sign_checkpoint(size, root, proof)
        with self._path.open("a") as file:
            file.write(json.dumps([size, root.hex()]) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return lines


def work(folder: Path, turns: int, ready: int | None = None) -> None:
    """Entries come and are published, in groups of all sizes; ``ready`` is told when the first is about to come."""
    dice = random.Random(os.getpid())
    with open_log(folder) as log:
        log.signer = FileSigner(folder / "signed")
        if ready is not None:
            os.close(ready)
        for _ in range(turns):
            log.fill(dice.choice((1, 2, 40, 300, 700)))
            log.sequencer().flush()


def spawn(folder: Path) -> int:
    """A process at work on the log; it has opened it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            work(folder, 10**6, writing)
        finally:
            os._exit(1)
    os.close(writing)
    os.read(reading, 1)  # its end: the child is ready, or dead
    os.close(reading)
    return child


def check(log: RealLog) -> int:
    """Everything holds, and each head that was ever signed is of this one tree."""
    report = Verifier(log.tiles, log.signer.keys, CryptoVerifier(), log.rows).run()
    tree = TileTree(log.tiles, report.size)
    for size, root in FileSigner(log.folder / "signed").signed:
        assert tree.root_of(size) == root, f"a second tree at size {size}"
    return report.size


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    work(tmp_path, 1)  # the schema stands, and this process has loaded all that a child needs
    return tmp_path


def test_killed_200_times_it_stays_one_tree(folder: Path) -> None:
    dice = random.Random(SEED)
    grown, published = [0], set()
    for kill in range(KILLS):
        child = spawn(folder)
        time.sleep(dice.uniform(0.0, 0.15))
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL, "it ended by itself"
        note = folder / "journal" / "checkpoint"
        published.add(read_note(note.read_bytes()).size)
        if kill % 20 == 19:
            with open_log(folder) as log:
                log.signer = FileSigner(folder / "signed")
                assert log.sequencer().flush().waiting == 0
                grown.append(check(log))
    assert grown == sorted(grown)
    assert grown[-1] > 1_000
    assert len(published) > 9, "the kills came too early to mean anything"
    assert not list((folder / "journal" / ".staging").glob("*/*")), "what killed processes had staged was swept"


def test_a_restored_old_database_never_forks_on_real_parts(folder: Path, tmp_path: Path) -> None:
    backup = (folder / "jinku.db").read_bytes()
    work(folder, 2)
    for extra in ("", "-wal", "-shm"):
        (folder / f"jinku.db{extra}").unlink(missing_ok=True)
    (folder / "jinku.db").write_bytes(backup)
    with open_log(folder) as log:
        log.signer = FileSigner(folder / "signed")
        signed = list(log.signer.signed)
        size = log.rows.size()
        log.fill(3)
        with pytest.raises(JournalBehindError, match="catch-up"):
            log.sequencer().flush()
        assert (log.signer.signed, log.rows.size()) == (signed, size)
        # and the way out that it names
        journal = Journal(log.rows, log.tiles, CryptoVerifier(), log.signer.keys, lambda _: log.sequencer())
        assert journal.catch_up() == signed[-1][0] - size
        assert journal.catch_up() == 0
        done = journal.flush()
        assert done.waiting == 0
        assert check(log) == signed[-1][0] + 3 + 1  # the three that waited, and the entry about catching up
