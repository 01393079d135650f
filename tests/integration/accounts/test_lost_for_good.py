"""Lost jobs that cannot be made again, and entries that somebody inserted: nothing is lured, no index given twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest
from home_double import EVM, Home
from lost_home import Row, caught_up, lost_home, made, named_home, put_back

from jinku.accounts import AddressIntegrityError, Evidence, JobLostError, JobRequest, JobState, Mode
from jinku.core import Id, Json, canonical_bytes, domain_digest
from jinku.journal import JournalBehindError
from jinku.store import EntryChangedError

RECIPIENT = str(pyrage.x25519.Identity.generate().to_public())
SELF = JobRequest("ops", 6, owner="acme", key="k", mode=Mode.SELF, recipients=(RECIPIENT,) * 6, chunk=4)
SEALED = JobRequest("ops", 6, owner="acme", key="k", evidence=Evidence(common="{}"))
CUSTODIAL = JobRequest("ops", 6, owner="acme", key="k", chunk=4)
ONE = JobRequest("ops", 1, key="of today")
Facts = dict[str, Json]


def job_of(request: JobRequest) -> Callable[[Home], object]:
    return lambda home: made(home, request)


@pytest.mark.parametrize(("request_", "why"), [(SELF, "words of its wallets"), (SEALED, "sealed evidence")])
def test_what_cannot_be_made_a_second_time_is_refused_and_left_out(
    tmp_path: Path, request_: JobRequest, why: str
) -> None:
    home = lost_home(tmp_path, job_of(request_))
    calls = home.signer.calls.count("make_wallets")
    with pytest.raises(JobLostError, match="cannot be made again") as caught:
        home.accounts.create(request_)
    assert why in str(caught.value.found)
    assert caught.value.exit_code == 3
    assert made(home, ONE).start == 8, "behind the indexes that were given out"
    assert home.signer.calls.count("make_wallets") == calls
    with pytest.raises(AddressIntegrityError, match="differ in job") as lost:
        home.accounts.verify("ops")
    assert lost.value.expected == f"6 accounts from index 2, mode {request_.mode.value}"
    assert ("jobs write-off" in str(lost.value.advice)) == (request_.mode is Mode.SELF)
    assert "restore a newer copy" in str(lost.value.advice)
    assert "repeat the command" not in str(lost.value.advice), "what verify advises is what create does"
    with home.database.unit() as unit:  # a thief is not hidden by what is lost
        unit.connection.exec_driver_sql("UPDATE address SET address = '0x' || hex(zeroblob(20)) WHERE id = 1")
    with pytest.raises(AddressIntegrityError, match=r"root|address|batch") as stolen:
        home.accounts.verify("ops")
    assert "differ in job" not in stolen.value.what


def test_a_lost_job_without_a_batch_takes_no_indexes_along(tmp_path: Path) -> None:
    home = lost_home(tmp_path, lambda home: home.accounts.create(SELF))
    assert made(home, ONE).start == 2


def test_indexes_that_another_job_has_by_now_are_not_given_twice(tmp_path: Path) -> None:
    """Somebody made a job before the entries were caught up."""
    home = named_home(tmp_path)
    home.vault(forms=(EVM,))
    home.database.purge_log()
    (tmp_path / "copy.db").write_bytes((tmp_path / "jinku.db").read_bytes())
    made(home, CUSTODIAL)
    home, rows = put_back(home, tmp_path / "copy.db")
    other = made(home, replace(ONE, count=2))
    with home.database.read() as unit:
        waits = [(e.kind, e.subject, e.content, e.digest, e.created_at_ms, e.actor) for e in unit.entries()]
    caught_up(home, [*rows, *(row for row in waits if row not in rows)])
    lost = next(json.loads(bytes(row[2]))["subject"] for row in rows if row[0] == "accounts.job_created")  # type: ignore[arg-type]
    with pytest.raises(JobLostError, match="cannot be made again") as caught:
        home.accounts.create(replace(CUSTODIAL, again=lost))
    assert f"given to job {other.job}" in str(caught.value.found)
    assert made(home, replace(ONE, key="next")).start == 6, "behind what the lost one had"


def content(facts: Facts) -> Row:
    data = canonical_bytes(facts)
    digest = hashlib.sha256(b"\x00" + data).digest()
    return (facts["kind"], facts["subject"], data, digest, int(str(facts["ts"])), facts.get("actor", ""))


def spoiled(path: Path, change: Callable[[list[Facts]], list[Facts]], request: JobRequest = CUSTODIAL) -> Home:
    """A home that lost a job; among the entries that it took back are some that somebody inserted, or left out."""
    home = named_home(path)
    home.vault(forms=(EVM,))
    made(home, JobRequest("ops", 2, owner="acme", key="kept"))
    home.database.purge_log()
    (path / "copy.db").write_bytes((path / "jinku.db").read_bytes())
    made(home, request)
    home, rows = put_back(home, path / "copy.db")
    with home.database.read() as unit:
        known = {entry.digest for entry in unit.entries()}
    caught_up(home, [row for row in rows if row[3] in known] + [content(one) for one in change(_later(rows, known))])
    return home


def _later(rows: list[Row], known: set[bytes]) -> list[Facts]:
    return [json.loads(bytes(row[2])) for row in rows if row[3] not in known]  # type: ignore[arg-type]


def of_kind(kind: str, **change: Json) -> Callable[[list[Facts]], list[Facts]]:
    """Each entry of the kind says something else."""
    return lambda found: [one | change if one["kind"] == kind else one for one in found]


def beside(kind: str, **change: Json) -> Callable[[list[Facts]], list[Facts]]:
    """Beside the first entry of the kind stands one that says something else."""
    return lambda found: [*found, next(one for one in found if one["kind"] == kind) | change]


_SHAPE = ("actor", "kind", "subject", "ts", "v")
OTHER = str(Id(bytes(6) + b"\x70\x00\x80" + bytes(7)))


NAMELESS = replace(CUSTODIAL, key=OTHER, owner="")


def of_another_id(found: list[Facts]) -> list[Facts]:
    """The whole job under another id, as who knows how entries are made makes them."""
    named = {"accounts.job_created", "accounts.batch", "accounts.job_done"}
    moved = [one | {"subject": OTHER} if one["kind"] in named else one for one in found]
    return [bound_to_id(one) if one["kind"] == "accounts.job_created" else one for one in moved]


def bound_to_id(said: Facts) -> Facts:
    """The entry of a job that names nobody: its digest takes no key."""
    facts = {name: one for name, one in said.items() if name not in {*_SHAPE, "named", "made_digest"}}
    whole = facts | {"created_at_ms": said["ts"], "key": said["subject"], "owner": "", "v": 1}
    digest = domain_digest("jinku/job-made/1", canonical_bytes(whole)).hex()
    return {name: said[name] for name in _SHAPE if name in said} | facts | {"made_digest": digest}


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (of_kind("accounts.batch", signature="00" * 64), "the signer did not sign"),
        (of_kind("accounts.batch", root="no hex"), "the signer did not sign"),
        (of_another_id, "the signer did not sign"),
        (of_kind("accounts.job_created", ts="7"), "does not have the digest"),
        (of_kind("accounts.job_created", made_digest="00" * 32), "does not have the digest"),
        (of_kind("accounts.job_created", start=3), "does not have the digest"),
        (of_kind("accounts.job_created", start=1 << 40), "does not say what its kind says"),
        (of_kind("accounts.job_created", chunk="4"), "does not say what its kind says"),
        (of_kind("accounts.job_created", forms=[{}]), "does not say what its kind says"),
        (beside("accounts.job_created", start=9), "two entries say different things of the making"),
        (beside("accounts.batch", root="00" * 32), "two entries say different things of the batch"),
    ],
)
def test_entries_that_somebody_changed_or_inserted_make_no_job(
    tmp_path: Path, change: Callable[[list[Facts]], list[Facts]], match: str
) -> None:
    home = spoiled(tmp_path, change)
    with home.database.read() as unit:
        lost = next(e.subject for e in unit.entries("accounts.job_created") if e.said("count", int) == 6)
    with pytest.raises((AddressIntegrityError, EntryChangedError), match=match):
        home.accounts.create(replace(CUSTODIAL, again=lost) if lost != OTHER else NAMELESS)
    assert [job.key for job in home.accounts.jobs()] == ["kept"]
    assert home.custody.find("ops").next_index == 2


def test_an_inserted_entry_that_was_never_taken_back_lures_no_job(tmp_path: Path) -> None:
    """One that waits, and one whose log nobody caught up: the next job has an id, a time and a range of its own."""
    home = named_home(tmp_path)
    home.vault(forms=(EVM,))
    true = home.accounts.create(ONE)
    with home.database.unit() as unit:
        said = json.loads(next(iter(unit.entries("accounts.job_created"))).content)
        facts = {name: value for name, value in said.items() if name not in {"kind", "subject", "ts", "v"}}
        unit.append_entry("accounts.job_created", OTHER, facts | {"start": 1})
    job = made(home, replace(ONE, key=OTHER))
    assert str(job.job) != OTHER
    assert job.start == true.start + 1


def test_a_job_that_the_log_calls_cancelled_is_not_gone_on_with(tmp_path: Path) -> None:
    """Its row came back as it was before."""
    home = lost_home(
        tmp_path, lambda home: home.accounts.cancel("k"), before=lambda home: home.accounts.create(CUSTODIAL)
    )
    assert home.accounts.job("k").state is JobState.PENDING
    assert home.accounts.run("k").state is JobState.CANCELLED
    assert home.signer.calls.count("derive") == 0
    assert home.accounts.verify("ops").unused_indexes == ((2, 6),)


def test_a_job_cancelled_while_it_was_made_again_gives_what_was_handed_out(tmp_path: Path) -> None:
    home = lost_home(tmp_path, lambda home: made(home, CUSTODIAL))
    home.accounts.create(CUSTODIAL)
    home.accounts.cancel("k")
    assert home.accounts.run("k").done == CUSTODIAL.count
    home.accounts.verify("ops")


def test_nothing_is_made_or_gone_on_with_in_a_database_that_somebody_knows_to_be_older(tmp_path: Path) -> None:
    """Its next index may be a customer's."""
    ahead: list[str] = []

    def refuse_behind() -> None:
        if ahead:
            raise JournalBehindError("the database is older than what is published", found=ahead[0])

    home = named_home(tmp_path, refuse_behind=refuse_behind)
    home.vault(forms=(EVM,))
    home.accounts.create(CUSTODIAL)
    home.accounts.pause("k")
    ahead.append("2 entries more")
    for verb in (
        lambda: home.accounts.create(ONE),
        lambda: home.accounts.create(CUSTODIAL),
        lambda: home.accounts.resume("k"),
        lambda: home.accounts.run("k"),
    ):
        with pytest.raises(JournalBehindError):
            verb()
    assert home.signer.calls.count("derive") == 0
    assert home.accounts.job("k").state is JobState.PAUSED
