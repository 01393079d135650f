"""Jobs that a restored database lost: made again as they were. Anything else under their name is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from home_double import DEPLOYMENT, SEVEN, Home
from lost_home import caught_up, lost_home, made, named_home, put_back

from jinku.accounts import (
    AddressIntegrityError,
    Evidence,
    Job,
    JobConflictError,
    JobLostError,
    JobNotFoundError,
    JobRequest,
    JobState,
    Mode,
    Pace,
    Progress,
    VerifyMode,
)
from jinku.accounts.lost import Lost
from jinku.accounts.remaking import LostJobs
from jinku.journal import EntryDamagedError
from jinku.store import DatabaseUrl

CHUNKED = JobRequest("ops", 25, owner="acme", key="k", chunk=10)  # the key of its owner stands in the copy
NAMED = JobRequest("ops", 5, key="opening")  # that of this key does not
ONE = JobRequest("ops", 1, key="of today")


def jobs_of(home: Home, *requests: JobRequest) -> list[Job]:
    return [made(home, request) for request in requests]


def the_lost(home: Home, count: int) -> str:
    """The id of the job of so many accounts, as its entry has it."""
    with home.database.read() as unit:
        (found,) = [e.subject for e in unit.entries("accounts.job_created") if e.said("count", int) == count]
    return found


def test_a_job_is_made_again_with_its_batches(tmp_path: Path) -> None:
    home = lost_home(tmp_path, lambda home: jobs_of(home, CHUNKED))
    job = made(home, replace(CHUNKED, rate=1_000_000, chunk=0))  # chunks are those of the first run
    assert (str(job.job), job.start, job.chunk) == (the_lost(home, 25), 2, 10)
    assert home.accounts.verify("ops", rederive=True).batches == 4
    with home.database.read() as unit:
        starts = [entry.said("start", int) for entry in unit.entries("accounts.batch", str(job.job))]
        (remade,) = unit.entries("accounts.job_remade", str(job.job))
    assert sorted(starts) == [2, 2, 12, 12, 22, 22], "said twice, alike"
    assert home.accounts.begun_at_ms(job) == remade.created_at_ms, "took: this run, not since the lost one began"
    kept = home.accounts.job("kept")
    assert home.accounts.begun_at_ms(kept) == kept.created_at_ms
    assert home.accounts.create(CHUNKED) == job


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"count": 24}, "24 accounts"),
        ({"verify": VerifyMode.ALL}, "verification all"),
        ({"mode": Mode.SELF}, "mode self"),
        ({"vault": "other"}, "vault "),
        ({"words": 12}, "12 words"),
        ({"evidence": Evidence(common="{}")}, "evidence"),
    ],
)
def test_another_request_under_its_key_is_refused(tmp_path: Path, change: dict[str, object], found: str) -> None:
    home = lost_home(
        tmp_path, lambda home: jobs_of(home, CHUNKED), before=lambda home: home.vault("other", forms=SEVEN[:1])
    )
    with pytest.raises(JobConflictError) as caught:
        home.accounts.create(replace(CHUNKED, **change))  # type: ignore[arg-type]
    assert str(caught.value.found).startswith(found)
    assert home.accounts.jobs()[-1].key == "kept"
    assert home.custody.find("ops").next_index == 2


def test_another_owner_or_key_is_refused_and_so_is_another_job(tmp_path: Path) -> None:
    home = lost_home(tmp_path, lambda home: jobs_of(home, CHUNKED, NAMED))
    first, second = the_lost(home, 25), the_lost(home, 5)
    with pytest.raises(JobConflictError, match="another key or owner"):
        home.accounts.create(replace(CHUNKED, key="l", again=first))
    with pytest.raises(JobConflictError, match="another key or owner"):  # key and owner are those of the other one
        home.accounts.create(replace(NAMED, key="k", owner="acme", again=second))
    for request in (ONE, NAMED, replace(ONE, key="")):
        with pytest.raises(JobLostError, match="made again") as caught:
            home.accounts.create(request)
        assert caught.value.fields.get("job", "") == (second if request is NAMED else ""), "only what fits is offered"
    with pytest.raises(JobNotFoundError):
        home.accounts.create(replace(NAMED, again=str(home.accounts.job("kept").job)))
    assert home.accounts.jobs()[-1].key == "kept"


def test_jobs_come_back_in_any_order_and_under_the_id_alone(tmp_path: Path) -> None:
    home = lost_home(tmp_path, lambda home: jobs_of(home, CHUNKED, NAMED))
    first, second = the_lost(home, 25), the_lost(home, 5)
    with pytest.raises(JobLostError):  # a key is no id
        home.accounts.create(replace(NAMED, key=second))
    assert made(home, replace(NAMED, key="", again=second)).start == 27
    with pytest.raises(JobLostError):
        home.accounts.create(ONE)
    assert str(made(home, CHUNKED).job) == first
    report = home.accounts.verify("ops", rederive=True)
    assert (report.jobs, report.accounts) == (3, 32)
    assert made(home, ONE).start == 32
    with pytest.raises(JobConflictError, match="leave out --again"):
        home.accounts.create(replace(CHUNKED, again=second))


def test_each_lost_job_is_looked_at_once_or_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not each for each: an importer with a job a customer loses thousands."""
    asked = [JobRequest("ops", 3 + n, owner=f"owner {n}", key=f"key {n}") for n in range(8)]
    home = lost_home(tmp_path, lambda home: [home.accounts.create(one) for one in asked])
    looks, look = list[str](), LostJobs._asked

    def counting(self: LostJobs, lost: Lost, *rest: Any) -> Any:
        looks.append(str(lost.job.job))
        return look(self, lost, *rest)

    monkeypatch.setattr(LostJobs, "_asked", counting)
    for request, most in ((ONE, 8), (replace(ONE, key=""), 0), (replace(ONE, again=the_lost(home, 3)), 8)):
        looks.clear()
        with pytest.raises((JobLostError, JobConflictError)):
            home.accounts.create(request)
        assert len(looks) <= most, request


@pytest.mark.parametrize("size", ["x", "-1", "1" * 16, ""])
def test_an_entry_that_does_not_say_what_was_taken_back_is_refused(tmp_path: Path, size: str) -> None:
    home = lost_home(tmp_path, lambda home: None)
    with home.database.unit() as unit:
        unit.append_entry("journal.caught_up", f"{DEPLOYMENT}.jinku", {"from": "0", "size": size})
    with pytest.raises(EntryDamagedError, match="does not say what its kind says"):
        home.accounts.create(ONE)
    assert [job.key for job in home.accounts.jobs()] == ["kept"]


def test_lost_twice_it_is_made_twice(tmp_path: Path) -> None:
    """Each time the key of its subject is another: the entries commit to the name under each of them."""
    (tmp_path / "second").mkdir()
    home = lost_home(tmp_path, lambda home: jobs_of(home, NAMED))
    home.database.purge_log()
    again = replace(NAMED, again=the_lost(home, 5))
    with sqlite3.connect(tmp_path / "jinku.db") as raw:
        raw.execute("VACUUM INTO ?", (str(tmp_path / "second" / "copy.db"),))
    raw.close()
    made(home, again)
    home, rows = put_back(home, tmp_path / "second" / "copy.db")
    caught_up(home, rows)
    made(home, again)
    with home.database.read() as unit:
        said = [entry.said("named", str) for entry in unit.entries("accounts.job_remade")]
    assert len(set(said)) == 2
    home.accounts.verify("ops", rederive=True)


def test_names_that_were_changed_are_still_found(tmp_path: Path) -> None:
    home = lost_home(tmp_path, lambda home: jobs_of(home, NAMED))
    made(home, replace(NAMED, again=the_lost(home, 5)))
    with home.database.unit() as unit:
        unit.connection.exec_driver_sql("UPDATE job SET owner = 'acme' WHERE job_key = 'opening'")
    with pytest.raises(AddressIntegrityError, match="owner, key or recipients"):
        home.accounts.verify("ops")


def test_an_erased_job_comes_back_without_names(tmp_path: Path) -> None:
    def later(home: Home) -> None:
        job = made(home, CHUNKED)
        with home.database.unit() as unit:
            unit.append_entry("privacy.record_erased", str(job.job), {"part": "", "what": ["key", "owner"]})

    home = lost_home(tmp_path, later)
    with pytest.raises(JobLostError):
        home.accounts.create(CHUNKED)
    lost = the_lost(home, 25)
    with pytest.raises(JobConflictError, match="another key or owner"):
        home.accounts.create(replace(CHUNKED, again=lost))
    job = made(home, replace(CHUNKED, key="", owner="", again=lost))
    assert (str(job.job), job.key, job.owner) == (lost, lost, "")
    home.accounts.verify("ops", rederive=True)


def cancelled_after(batches: int) -> Callable[[Home], None]:
    def later(home: Home) -> None:
        def stop(progress: Progress) -> None:
            if progress.done == 10 * batches:
                home.accounts.cancel("k")

        home.accounts.create(CHUNKED)
        home.accounts.run("k", stop, Pace(concurrency=1))
        assert home.accounts.job("k").state is JobState.CANCELLED

    return later


@pytest.mark.parametrize("batches", [0, 1])
def test_a_cancelled_job_comes_back_as_far_as_it_was_made(tmp_path: Path, batches: int) -> None:
    home = lost_home(tmp_path, cancelled_after(batches))
    with home.database.read() as unit:
        done = sum(e.said("count", int) for e in unit.entries("accounts.batch", the_lost(home, 25)))
    job = made(home, CHUNKED)
    assert (job.state, job.done) == (JobState.CANCELLED, done)
    assert home.accounts.verify("ops", rederive=True).unused_indexes == ((2 + done, 25 - done),)
    assert home.accounts.run("k") == job
    assert made(home, ONE).start == 27


def test_a_job_that_was_half_made_goes_on_to_its_end(tmp_path: Path) -> None:
    def later(home: Home) -> None:
        def stop(progress: Progress) -> None:
            if progress.done == 10:
                home.accounts.pause("k")

        home.accounts.create(CHUNKED)
        home.accounts.run("k", stop, Pace(concurrency=1))

    home = lost_home(tmp_path, later)
    assert made(home, CHUNKED).done == 25
    assert home.accounts.verify("ops", rederive=True).accounts == 27


def test_on_a_server_a_job_is_made_again_as_well(tmp_path: Path, postgres: str) -> None:
    home = named_home(tmp_path, DatabaseUrl.parse(postgres))
    home.vault(forms=SEVEN[:1])
    made(home, JobRequest("ops", 2, owner="acme", key="kept"))
    before, rows = made(home, CHUNKED), list(home.accounts.list("ops"))
    later = {"address_lookup WHERE address_id > 2": 25, "address WHERE id > 2": 25, "account WHERE id > 2": 25}
    later |= {"batch WHERE job_id > 1": 3, "job_form WHERE job_id > 1": 1, "job WHERE id > 1": 1}
    with home.database.unit() as unit:  # as if restored: nothing of the later job stands but its entries
        sql = unit.connection.exec_driver_sql
        for row in [entry.row_id for entry in unit.entries()]:
            sql(f"UPDATE entries SET leaf_index = {row} WHERE id = {row}")
        for table, count in later.items():
            assert sql(f"DELETE FROM {table}").rowcount == count
        sql("UPDATE vault SET next_index = 2")
        unit.append_entry("journal.caught_up", f"{DEPLOYMENT}.jinku", {"from": "0", "size": "1000"})
    with pytest.raises(JobLostError):
        home.accounts.create(ONE)
    again = made(home, CHUNKED)
    assert (again.job, again.created_at_ms) == (before.job, before.created_at_ms)
    assert list(home.accounts.list("ops")) == rows
    assert home.accounts.verify("ops", rederive=True).batches == 4
    home.database.close()
