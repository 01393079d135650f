"""A job that a restored database lost, made again and killed on the way: at its end it is what it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from home_double import Home
from killing import memory_folder, run_killed
from lost_home import lost_home, made, named_home

from jinku.accounts import JobRequest, JobState, Pace

ASKED = JobRequest("ops", 5, chunk=3, key="opening")
STEPS = 400  # a bound on the search for the last step, far above it
MAKING = 40  # steps of making the job, a few more than there are: each is tried; of its run each ninth


@pytest.fixture(scope="module")
def prepared() -> Iterator[tuple[Path, str]]:
    """A home that lost a job, and the job's id; copied for each kill."""
    with memory_folder() as folder:
        path = folder / "home"
        path.mkdir()
        home = lost_home(path, lambda home: made(home, ASKED))
        with home.database.read() as unit:
            lost = [e.subject for e in unit.entries("accounts.job_created") if e.said("count", int) == ASKED.count]
        home.database.purge_log()
        home.database.close()
        yield path, lost[0]


def work_on(path: Path, request: JobRequest) -> Callable[[], None]:
    def work() -> None:
        home = named_home(path)
        home.accounts.create(request)
        home.accounts.run("opening", pace=Pace(backoff_seconds=0.01))
        home.database.close()

    return work


def check(home: Home, lost: str) -> None:
    job = home.accounts.job("opening")
    assert (str(job.job), job.start, job.state, job.done) == (lost, 2, JobState.DONE, 5)
    report = home.accounts.verify("ops", rederive=True)
    assert (report.jobs, report.batches, report.accounts) == (2, 3, 7)
    with home.database.read() as unit:
        kinds = [entry.kind for entry in unit.entries(subject=lost)]
    batches = ["accounts.batch"] * 4
    ends = ["accounts.job_done"] * 2
    assert sorted(kinds) == sorted(["accounts.job_created", "accounts.job_remade", *batches, *ends])
    assert home.custody.find("ops").next_index == 7


def test_killed_at_any_step_it_ends_as_the_job_that_was_lost(prepared: tuple[Path, str]) -> None:
    source, lost = prepared
    request, step, killed = replace(ASKED, again=lost), 1, 0
    with memory_folder() as folder:
        while step < STEPS:
            path = folder / f"home-{step}"
            shutil.copytree(source, path)
            was_killed = run_killed(work_on(path, request), step)
            killed += was_killed
            home = named_home(path)
            home.accounts.create(request)
            home.accounts.run("opening")
            check(home, lost)
            home.database.close()
            shutil.rmtree(path)
            if not was_killed:
                break
            step += 1 if step < MAKING else 9
    assert killed > MAKING
