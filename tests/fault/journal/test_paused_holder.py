"""A holder of the lease that is stopped midway and wakes up late; clocks that jump: one tree, on each database."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from log_process import ENGINES, FileSigner, check, ended, place_of, stopped
from real_log import open_log

from jinku.core import Clock, ManualClock, SystemClock
from jinku.journal import Step
from jinku.journal.notes import read_note
from jinku.journal.sequencer import LEASE_MS
from jinku.store import Place


class LaterClock(SystemClock):
    """The machine's clock, when every lease of now is over."""

    def now_ms(self) -> int:
        return super().now_ms() + LEASE_MS + 1_000


def work_and_stop(folder: Path, place: Place | None, at: Step, clock: Clock) -> None:
    """A run that stops itself after this step, and does the rest when it is woken."""
    with open_log(folder, place, clock) as log:
        log.signer = FileSigner(folder)
        log.fill(300)
        sequencer = log.sequencer()
        for step in sequencer.steps():
            if step is at:
                os.kill(os.getpid(), signal.SIGSTOP)
        assert sequencer._held.startswith("the sequencer's lease went to another process")


@pytest.mark.parametrize("at", list(Step))
@pytest.mark.parametrize("engine", ENGINES)
def test_a_stopped_holder_wakes_up_and_does_no_harm(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str, at: Step
) -> None:
    place = place_of(request, engine)
    with open_log(tmp_path, place):
        pass
    with stopped(lambda: work_and_stop(tmp_path, place, at, SystemClock())) as child:
        with open_log(tmp_path, place, LaterClock()) as log:
            log.signer = FileSigner(tmp_path)
            log.fill(300)
            done = log.sequencer().flush()
            assert (done.waiting, done.held) == (0, "")
            published = log.tiles.published()
        os.kill(child, signal.SIGCONT)
        assert os.waitstatus_to_exitcode(ended(child)) == 0
    with open_log(tmp_path, place) as log:
        assert log.tiles.published() == published
        assert read_note(published or b"").size == log.rows.size() == 600
    assert check(tmp_path, place) == 600


@pytest.mark.parametrize("engine", ENGINES)
def test_while_the_holder_stands_still_nobody_takes_its_lease(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str
) -> None:
    place, clock = place_of(request, engine), ManualClock(SystemClock().now_ms())  # the lease is not over by itself
    with open_log(tmp_path, place):
        pass
    with (
        stopped(lambda: work_and_stop(tmp_path, place, Step.ASSIGNED, clock)) as child,
        open_log(tmp_path, place, clock) as log,
    ):
        log.signer = FileSigner(tmp_path)
        assert log.sequencer().flush().held.startswith("another process has the sequencer's lease")
        assert log.signer.signed == []
        os.kill(child, signal.SIGKILL)
        assert ended(child) == signal.SIGKILL
    assert check(tmp_path, place) == 300, "a dead holder's lease is free at once"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_clock_that_jumps_makes_no_second_tree(request: pytest.FixtureRequest, tmp_path: Path, engine: str) -> None:
    place, clock = place_of(request, engine), ManualClock(1_700_000_000_000)
    with open_log(tmp_path, place, clock) as log, open_log(tmp_path, place, clock) as other:
        log.signer = other.signer = FileSigner(tmp_path)
        for jump in (0, 10**9, -(10**9), LEASE_MS + 1, -1, 5):
            log.fill(40)
            for step in log.sequencer().steps():
                if step in (Step.ASSIGNED, Step.SIGNED):
                    clock.set_now_ms(max(0, clock.now_ms() + jump))
                    other.sequencer().flush()
        clock.advance_ms(LEASE_MS * 10**6)
        assert log.sequencer().flush().waiting == 0
        assert log.rows.size() == 240
    assert check(tmp_path, place) == 240
