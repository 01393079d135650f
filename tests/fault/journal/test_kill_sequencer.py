"""200 real SIGKILLs on each database at random moments: all that was ever signed is one tree, and work goes on."""

from __future__ import annotations

import itertools
import os
import random
import select
import signal
import time
from pathlib import Path

import pytest
from log_keys import CryptoVerifier
from log_process import ENGINES, FileSigner, check, check_tree, in_child, place_of
from real_log import open_log

from jinku.journal import Journal, JournalBehindError, Step
from jinku.journal.notes import read_note
from jinku.store import Place

KILLS = 200
AT_ONCE = 4  # processes that work side by side until all are killed
THINGS = len(Step) + 1  # what a whole turn reports
SEED = int(os.environ.get("JINKU_TEST_SEED", "20261121"))


def work(folder: Path, place: Place | None, turns: int, reports: int | None = None) -> None:
    """Entries come and are published, in groups of all sizes; each thing that was done is reported by a byte."""
    dice = random.Random(os.getpid())
    with open_log(folder, place) as log:
        log.signer = FileSigner(folder)
        for _ in range(turns):
            log.fill(dice.choice((1, 2, 40, 270)))
            for _ in itertools.chain([None], log.sequencer().steps()):
                if reports is not None:
                    os.write(reports, b".")


def spawn(folder: Path, place: Place | None) -> tuple[int, int]:
    """A process at work on the log, and where it reports."""
    reading, writing = os.pipe()

    def run() -> None:
        os.close(reading)
        work(folder, place, 10**6, writing)

    child = in_child(run)
    os.close(writing)
    return child, reading


def killed(child: int, reports: int) -> int:
    """The wait status of a process that is gone now."""
    os.close(reports)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def kill_each(running: dict[int, int], dice: random.Random) -> None:
    """Each process is killed a moment after it did so many things, however long that took, while others work."""
    left = {reports: dice.randint(0, THINGS) for reports in running.values()}
    moments = {reports: dice.uniform(0.0, 0.01) for reports in left}
    try:
        while running:
            done = [reports for reports, count in left.items() if count == 0]
            for reports in done or select.select(list(left), [], [])[0]:
                if left[reports]:
                    told = os.read(reports, left[reports])
                    assert told, f"it ended by itself (seed {SEED})"
                    left[reports] -= len(told)
                    continue
                child = next(pid for pid, own in running.items() if own == reports)
                time.sleep(moments[reports])  # into the middle of what it does next
                del left[reports]
                assert killed(child, running.pop(child)) == signal.SIGKILL, f"it ended by itself (seed {SEED})"
    finally:
        for child, reports in running.items():
            killed(child, reports)


@pytest.mark.parametrize("engine", ENGINES)
def test_killed_200_times_it_stays_one_tree(request: pytest.FixtureRequest, tmp_path: Path, engine: str) -> None:
    place = place_of(request, engine)
    work(tmp_path, place, 1)  # the schema stands, and this process has loaded all that a child needs
    dice = random.Random(SEED)
    grown, published = [0], set()
    for group in range(KILLS // AT_ONCE):
        kill_each(dict(spawn(tmp_path, place) for _ in range(AT_ONCE)), dice)
        published.add(read_note((tmp_path / "journal" / "checkpoint").read_bytes()).size)
        if group % 10 == 9:
            grown.append(check(tmp_path, place))
    assert grown == sorted(grown)
    assert grown[-1] > 1_000
    assert len(published) > 9, "the kills came too early to mean anything"
    assert not list((tmp_path / "journal" / ".staging").glob("*/*")), "what killed processes had staged was swept"


def test_a_restored_old_database_never_forks_on_real_parts(tmp_path: Path) -> None:
    work(tmp_path, None, 1)
    backup = (tmp_path / "jinku.db").read_bytes()
    work(tmp_path, None, 2)
    for extra in ("", "-wal", "-shm"):
        (tmp_path / f"jinku.db{extra}").unlink(missing_ok=True)
    (tmp_path / "jinku.db").write_bytes(backup)
    with open_log(tmp_path) as log:
        log.signer = FileSigner(tmp_path)
        signed = list(log.signer.signed)
        size = log.rows.size()
        log.fill(3)
        with pytest.raises(JournalBehindError, match="catch-up"):
            log.sequencer().flush()
        assert (FileSigner(tmp_path).signed, log.rows.size()) == (signed, size)
        # and the way out that it names
        journal = Journal(log.rows, log.tiles, CryptoVerifier(), log.signer.keys, lambda _: log.sequencer())
        assert journal.catch_up() == signed[-1][0] - size
        assert journal.catch_up() == 0
        done = journal.flush()
        assert done.waiting == 0
        assert check_tree(log) == signed[-1][0] + 3 + 1  # the three that waited, and the entry about catching up
