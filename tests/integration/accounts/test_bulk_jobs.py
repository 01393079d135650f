"""Bulk creation as a durable job: once, exactly, and again after every kind of interruption."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from home_double import EVM, SEVEN, Home, open_home

from jinku.accounts import (
    BadRequestError,
    JobConflictError,
    JobNotFoundError,
    JobRequest,
    JobState,
    JobStateError,
    OwnerCapError,
    Pace,
    Progress,
    VerifyMode,
)
from jinku.core import JinkuError, ManualClock
from jinku.custody import Limits, LimitsExceededError, SignerUnavailableError, VaultLockedError
from jinku.store import DiskFullError, Queue

FAST = Pace(backoff_seconds=0.01)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = open_home(tmp_path)
    home.vault()
    return home


def run(home: Home, request: JobRequest, pace: Pace = FAST) -> list[Progress]:
    steps: list[Progress] = []
    job = home.accounts.create(request)
    done = home.accounts.run(str(job.job), steps.append, pace)
    assert done.state is JobState.DONE
    return steps


def test_a_job_makes_exactly_what_was_asked(home: Home) -> None:
    steps = run(home, JobRequest("ops", 1_003, chunk=100))
    rows = list(home.accounts.list("ops"))
    assert len(rows) == 1_003 * 7
    assert len({row.address for row in rows}) == 1_003 * 7
    assert [row.index for row in rows[::7]] == list(range(1_003))
    assert len({row.account for row in rows}) == 1_003
    assert rows[10 * 7 + 4].path == "m/44'/501'/10'/0'"
    created = [step.done for step in steps if step.phase == "create"]
    assert created == [0, *range(100, 1_001, 100), 1_003]
    assert {step.phase for step in steps} == {"create", "verify", "index"}
    report = home.accounts.verify("ops", rederive=True)
    assert (report.accounts, report.addresses, report.rederived, report.unused_indexes) == (1_003, 7_021, 1_003, ())


def test_both_arithmetics_agree(tmp_path: Path) -> None:
    home = open_home(tmp_path, pure=True)
    home.vault()
    run(home, JobRequest("ops", 30, chunk=7))
    other = open_home(tmp_path)
    assert list(other.accounts.list("ops")) == list(home.accounts.list("ops"))


def test_each_chunk_commits_its_entry_and_message(home: Home) -> None:
    run(home, JobRequest("ops", 25, chunk=10, key="k"))
    with home.database.read() as unit:
        batches = [json.loads(entry.content) for entry in unit.entries(kind="accounts.batch")]
        messages = [json.loads(message.payload) for message in unit.outbox("accounts.batch")]
        kinds = [entry.kind for entry in unit.entries(subject=str(home.accounts.job("k").job))]
    assert [(entry["start"], entry["count"]) for entry in batches] == [(0, 10), (10, 10), (20, 5)]
    assert all(len(entry["root"]) == 64 and len(entry["signature"]) == 128 for entry in batches)
    assert [message["number"] for message in messages] == [0, 1, 2]
    assert kinds == ["accounts.job_created", *["accounts.batch"] * 3, "accounts.job_done"]


def test_jobs_follow_each_other_in_one_vault(home: Home) -> None:
    run(home, JobRequest("ops", 10, chunk=4))
    run(home, JobRequest("ops", 5, forms=(EVM,)))
    run(home, JobRequest("ops", 3))
    rows = list(home.accounts.list("ops", chain="evm"))
    assert [row.index for row in rows] == list(range(18))
    assert home.accounts.find(rows[12].address) == rows[12]
    assert [job.start for job in home.accounts.jobs("ops")] == [0, 10, 15]


@pytest.mark.parametrize("count", [0, -1, 100_000_001])
def test_a_count_out_of_range_is_refused(home: Home, count: int) -> None:
    with pytest.raises(BadRequestError, match=str(count)) as caught:
        home.accounts.create(JobRequest("ops", count))
    assert caught.value.exit_code == 2
    assert home.accounts.jobs() == ()


def test_the_owner_cap_holds_over_all_jobs(tmp_path: Path) -> None:
    home = open_home(tmp_path, owner_cap=100)
    home.vault()
    run(home, JobRequest("ops", 60, owner="alice"))
    run(home, JobRequest("ops", 100, owner="bob"))
    with pytest.raises(OwnerCapError, match="60 and 41 more") as caught:
        home.accounts.create(JobRequest("ops", 41, owner="alice"))
    assert caught.value.exit_code == 3
    run(home, JobRequest("ops", 40, owner="alice"))


def test_a_cancelled_job_gives_its_share_of_the_cap_back(tmp_path: Path) -> None:
    home = open_home(tmp_path, owner_cap=100)
    home.vault()
    job = home.accounts.create(JobRequest("ops", 100, owner="alice"))
    home.accounts.cancel(str(job.job))
    run(home, JobRequest("ops", 100, owner="alice"))


def test_the_vaults_limits_hold(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    home.vault("small", (EVM,), Limits(max_accounts=10, chains=("eip155:1",)))
    run(home, JobRequest("small", 8))
    with pytest.raises(LimitsExceededError, match="8 reserved and 3 asked for"):
        home.accounts.create(JobRequest("small", 3))
    run(home, JobRequest("small", 2))


def test_a_chain_the_vault_lacks_is_refused(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    home.vault("evm-only", (EVM,))
    with pytest.raises(BadRequestError, match="does not derive"):
        home.accounts.create(JobRequest("evm-only", 1, forms=SEVEN))


def test_the_same_key_answers_with_the_same_job(home: Home) -> None:
    request = JobRequest("ops", 20, key="import-7")
    first = home.accounts.create(request)
    assert home.accounts.create(request).job == first.job
    run(home, request)
    again = home.accounts.create(JobRequest("ops", 20, key="import-7", rate=5, forms=SEVEN))  # the same, said otherwise
    assert (again.job, again.state) == (first.job, JobState.DONE)
    assert home.accounts.run("import-7").done == 20
    assert len(home.accounts.jobs()) == 1


@pytest.mark.parametrize(
    ("other", "found", "expected"),
    [
        (JobRequest("ops", 21, key="k"), "21 accounts", "20 accounts, as job "),
        (JobRequest("ops", 20, key="k", forms=(EVM,)), "addresses evm eoa", "addresses evm eoa, bitcoin p2tr, "),
        (JobRequest("ops", 20, key="k", owner="else"), "owner else", "owner none, as job "),
        (JobRequest("ops", 20, key="k", verify=VerifyMode.ALL), "verification all", "verification sample, as job "),
    ],
)
def test_the_same_key_for_something_else_is_refused(home: Home, other: JobRequest, found: str, expected: str) -> None:
    home.accounts.create(JobRequest("ops", 20, key="k"))
    with pytest.raises(JobConflictError, match="new --job-key") as refused:
        home.accounts.create(other)
    assert refused.value.found == found  # that alone, of everything that could differ
    assert str(refused.value.expected).startswith(expected)


def test_a_locked_vault_is_refused_and_the_job_goes_on_later(home: Home) -> None:
    job = home.accounts.create(JobRequest("ops", 20, chunk=5, key="k"))
    home.custody.lock("ops")
    with pytest.raises(VaultLockedError, match="vault unlock ops"):
        home.accounts.run("k")
    assert home.accounts.job("k").state is JobState.FAILED
    assert "vault.locked" in home.accounts.job("k").error
    home.unlock()
    assert home.accounts.run("k").done == 20
    assert home.accounts.job("k").job == job.job


def test_a_signer_that_fails_now_and_then_is_tried_again(home: Home) -> None:
    home.signer.broken["derive"] = 3
    run(home, JobRequest("ops", 30, chunk=10))
    assert home.signer.calls.count("derive") == 6
    assert home.accounts.verify("ops").accounts == 30


def test_a_signer_that_stays_away_fails_the_job(home: Home) -> None:
    home.signer.broken["derive"] = 1_000
    home.accounts.create(JobRequest("ops", 30, chunk=10, key="k"))
    with pytest.raises(SignerUnavailableError):
        home.accounts.run("k", pace=Pace(attempts=3, backoff_seconds=0.01))
    failed = home.accounts.job("k")
    assert (failed.state, failed.done) == (JobState.FAILED, 0)
    home.signer.broken.clear()
    assert home.accounts.resume("k").state is JobState.PENDING
    assert home.accounts.run("k", pace=FAST).done == 30


@pytest.mark.parametrize(("attempts", "verb"), [(1, "release"), (3, "retry")])
def test_what_stopped_a_job_is_told_though_its_chunk_cannot_be_put_back(
    home: Home, monkeypatch: pytest.MonkeyPatch, attempts: int, verb: str
) -> None:
    home.signer.broken["derive"] = 1_000
    home.accounts.create(JobRequest("ops", 30, chunk=10, key="k"))

    def full(*_arguments: object) -> None:
        raise DiskFullError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Queue, verb, full)
        with pytest.raises(SignerUnavailableError, match="fails at derive") as told:
            home.accounts.run("k", pace=Pace(attempts=attempts, backoff_seconds=0.01))
    assert told.value.__notes__ == ["its chunk could not be put back: the disk is full"]
    assert home.accounts.job("k").state is JobState.FAILED


def test_pause_continue_and_cancel(home: Home) -> None:
    def pause_after_two(step: Progress) -> None:
        if step.phase == "create" and step.done == 20:
            home.accounts.pause("k")

    home.accounts.create(JobRequest("ops", 100, chunk=10, key="k"))
    paused = home.accounts.run("k", pause_after_two)
    assert paused.state is JobState.PAUSED
    assert 20 <= paused.done < 100
    with pytest.raises(JobStateError, match="jobs continue"):
        home.accounts.run("k")
    assert home.accounts.resume("k").state is JobState.PENDING
    cancelled = home.accounts.cancel("k")
    assert cancelled.state is JobState.CANCELLED
    assert home.accounts.run("k").done == paused.done
    for verb in (home.accounts.resume, home.accounts.pause):
        with pytest.raises(JobStateError, match="cancelled"):
            verb("k")
    report = home.accounts.verify("ops")
    assert report.unused_indexes == ((paused.done, 100 - paused.done),)
    rows = list(home.accounts.list("ops", "evm"))
    assert len(rows) == paused.done
    assert home.accounts.find(rows[3].address) == rows[3]  # by reading: it has no look-up


def test_cancel_while_a_chunk_is_in_flight_drops_it(home: Home) -> None:
    def cancel(step: Progress) -> None:
        if step.done == 10:
            home.accounts.cancel("k")

    home.accounts.create(JobRequest("ops", 100, chunk=10, key="k"))
    assert home.accounts.run("k", cancel).done == 10
    with home.database.read() as unit:
        assert Queue(f"accounts/{home.accounts.job('k').job}").size(unit) == 0
    run(home, JobRequest("ops", 5))
    assert home.accounts.verify("ops").accounts == 15


@pytest.mark.parametrize("phase", ["verify", "index"])
def test_cancel_while_the_job_is_finished_ends_it_as_cancelled(home: Home, phase: str) -> None:
    def cancel(step: Progress) -> None:
        if step.phase == phase:
            home.accounts.cancel("k")

    home.accounts.create(JobRequest("ops", 30, chunk=10, key="k"))
    ended = home.accounts.run("k", cancel)
    assert (ended.state, ended.done) == (JobState.CANCELLED, 30)
    with home.database.read() as unit:
        assert not list(unit.entries(kind="accounts.job_done"))
    assert home.accounts.verify("ops").accounts == 30


def test_a_done_job_cannot_be_cancelled(home: Home) -> None:
    run(home, JobRequest("ops", 5, key="k"))
    with pytest.raises(JobStateError, match="found done"):
        home.accounts.cancel("k")
    with pytest.raises(JobNotFoundError, match="jobs list"):
        home.accounts.cancel("other")


def test_the_rate_is_kept(tmp_path: Path) -> None:
    clock = ManualClock(1_700_000_000_000)
    home = open_home(tmp_path, clock)
    home.vault()
    run(home, JobRequest("ops", 1_000, rate=100))
    assert 9.0 <= clock.monotonic_seconds() <= 11.0
    assert home.accounts.jobs()[0].chunk == 100


def test_two_runners_share_a_job(home: Home) -> None:
    home.accounts.create(JobRequest("ops", 400, chunk=10, key="k"))
    other = open_home(home.path)
    failures: list[JinkuError] = []

    def work(which: Home) -> None:
        try:
            which.accounts.run("k", pace=FAST)
        except JinkuError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(which,)) for which in (home, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert home.accounts.job("k").state is JobState.DONE
    report = home.accounts.verify("ops", rederive=True)
    assert (report.batches, report.accounts) == (40, 400)
