"""Lost jobs of self mode that the operator settles: counted, and nothing else is let go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest
from home_double import DEPLOYMENT, EVM, Home
from lost_home import lost_home, made, named_home

from jinku.accounts import (
    AddressIntegrityError,
    Evidence,
    JobLostError,
    JobNotFoundError,
    JobRequest,
    JobState,
    JobStateError,
    Mode,
)
from jinku.accounts.created import Created
from jinku.core import Id, Json
from jinku.journal import JournalBehindError
from jinku.store import Unit

RECIPIENT = str(pyrage.x25519.Identity.generate().to_public())
SELF = JobRequest("ops", 6, owner="acme", key="k", mode=Mode.SELF, recipients=(RECIPIENT,) * 6, chunk=4)
CUSTODIAL = JobRequest("ops", 6, owner="acme", key="k", chunk=4)
ONE = JobRequest("ops", 1, key="of today")
KIND = "accounts.job_written_off"
TABLES = [
    "address_lookup",
    "delivered_blob",
    "self_wallet",
    "address",
    "account",
    "batch",
    "recipient",
    "job_form",
    "job",
]


def job_of(*requests: JobRequest) -> Callable[[Home], object]:
    return lambda home: [made(home, request) for request in requests]


def lost_ids(home: Home) -> list[str]:
    return [str(one.job.job) for one in home.accounts.lost_jobs()]


def written(home: Home) -> list[str]:
    with home.database.read() as unit:
        return [entry.subject for entry in unit.entries(KIND)]


def test_a_job_written_off_is_counted_and_all_else_holds(tmp_path: Path) -> None:
    home = lost_home(tmp_path, job_of(SELF))
    (lost,) = lost_ids(home)
    with pytest.raises(AddressIntegrityError, match=f"jobs write-off {lost}"):
        home.accounts.verify("ops")
    told = home.accounts.write_off(lost)
    assert told.written_off
    assert (told.job.start, told.job.count) == (2, 6)
    assert home.accounts.lost_jobs() == (told,)
    with home.database.read() as unit:
        (entry,) = unit.entries(KIND)
    assert (entry.subject, entry.said("wallets", int), entry.said("start", int)) == (lost, 6, 2)
    report = home.accounts.verify("ops", rederive=True)
    assert (report.jobs, report.accounts, report.written_off) == (1, 2, (told,))
    home.accounts.outline(home.custody.find("ops"))
    assert made(home, ONE).start == 8, "its indexes stay its own"
    assert home.accounts.verify("ops").written_off == (told,), "ranges join through it"
    with pytest.raises(JobLostError, match="cannot be made again"):
        home.accounts.create(SELF)


def test_it_is_written_off_once(tmp_path: Path) -> None:
    home = lost_home(tmp_path, job_of(SELF))
    (lost,) = lost_ids(home)
    assert home.accounts.write_off(lost) == home.accounts.write_off(lost)
    assert written(home) == [lost]


def test_an_entry_of_another_range_settles_nothing(tmp_path: Path) -> None:
    home = lost_home(tmp_path, job_of(SELF))
    (lost,) = home.accounts.lost_jobs()
    with home.database.unit() as unit:
        said = {"count": lost.job.count + 1, "start": lost.job.start, "vault": str(lost.job.vault), "wallets": 0}
        unit.append_entry(KIND, str(lost.job.job), said)
    assert not home.accounts.lost_jobs()[0].written_off


def test_where_its_unit_does_not_commit_nothing_is_settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class BrokenError(Exception):
        """The unit ends here."""

    home = lost_home(tmp_path, job_of(SELF))
    (lost,) = lost_ids(home)
    append = Unit.append_entry

    def killed(self: Unit, *what: object) -> object:
        append(self, *what)  # type: ignore[arg-type]
        raise BrokenError

    with monkeypatch.context() as patch:
        patch.setattr(Unit, "append_entry", killed)
        with pytest.raises(BrokenError):
            home.accounts.write_off(lost)
    assert not home.accounts.lost_jobs()[0].written_off
    home.accounts.write_off(lost)
    assert written(home) == [lost]


def test_each_lost_job_is_settled_by_itself(tmp_path: Path) -> None:
    home = lost_home(tmp_path, job_of(SELF, replace(SELF, key="l")))
    first, second = lost_ids(home)
    home.accounts.write_off(first)
    with pytest.raises(AddressIntegrityError, match=second) as caught:
        home.accounts.verify("ops")
    assert first not in str(caught.value)
    home.accounts.write_off(second)
    assert len(home.accounts.verify("ops").written_off) == 2
    assert made(home, ONE).start == 14
    home.accounts.verify("ops")


def test_a_job_without_a_batch_is_settled_too(tmp_path: Path) -> None:
    """Its indexes are given to the next one: no wallet has them."""
    home = lost_home(tmp_path, lambda home: home.accounts.create(SELF))
    (lost,) = lost_ids(home)
    home.accounts.write_off(lost)
    assert made(home, ONE).start == 2
    assert home.accounts.verify("ops").accounts == 3


@pytest.mark.parametrize(
    ("request_", "advice"),
    [(CUSTODIAL, "--again"), (replace(CUSTODIAL, evidence=Evidence(common="{}")), "restore a newer copy")],
)
def test_a_custodial_job_is_not_written_off(tmp_path: Path, request_: JobRequest, advice: str) -> None:
    home = lost_home(tmp_path, job_of(request_))
    (lost,) = lost_ids(home)
    with pytest.raises(JobLostError, match="only a job of self mode") as caught:
        home.accounts.write_off(lost)
    assert advice in str(caught.value.advice)
    assert written(home) == []
    with home.database.unit() as unit:  # nor is an entry believed that says so
        unit.append_entry(KIND, lost, {"count": 6, "start": 2, "vault": "", "wallets": 6})
    with pytest.raises(AddressIntegrityError, match="differ in job"):
        home.accounts.verify("ops")


def test_what_stands_or_was_never_there_is_not_written_off(tmp_path: Path) -> None:
    home = lost_home(tmp_path, job_of(SELF))
    kept = str(home.accounts.job("kept").job)
    with pytest.raises(JobStateError, match="has its row"):
        home.accounts.write_off(kept)
    for name in ("k", "kept", str(Id(bytes(6) + b"\x70\x00\x80" + bytes(7))), ""):
        with pytest.raises(JobNotFoundError, match="no such job was lost"):
            home.accounts.write_off(name)
    assert written(home) == []


def test_a_row_that_somebody_deleted_is_no_lost_job(tmp_path: Path) -> None:
    """Nothing was restored: an entry that calls it written off hides no theft."""
    home = named_home(tmp_path)
    home.vault(forms=(EVM,))
    job = made(home, replace(SELF, count=2, recipients=(RECIPIENT,) * 2))
    with home.database.unit() as unit:
        for table in TABLES:
            unit.connection.exec_driver_sql(f"DELETE FROM {table}")
    with pytest.raises(JobNotFoundError, match="did not take it back"):
        home.accounts.write_off(str(job.job))
    with home.database.unit() as unit:
        unit.append_entry(KIND, str(job.job), {"count": 2, "start": 0, "vault": str(job.vault), "wallets": 2})
    with pytest.raises(AddressIntegrityError, match="differ in job"):
        home.accounts.verify("ops")


def test_of_an_entry_of_an_old_version_no_more_is_said_than_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = lost_home(tmp_path, job_of(SELF))
    (lost,) = lost_ids(home)
    monkeypatch.setattr(Created, "has_digest", property(lambda _: False))
    with pytest.raises(AddressIntegrityError, match="differ in job") as named:
        home.accounts.verify("ops")
    assert "write-off" not in str(named.value.advice), "it would be refused"
    with pytest.raises(JobNotFoundError, match="or it is of an old version") as refused:
        home.accounts.write_off(lost)
    assert refused.value.advice == named.value.advice
    assert written(home) == []


def test_a_gap_beside_a_job_written_off_is_still_one(tmp_path: Path) -> None:
    home = lost_home(tmp_path, job_of(SELF))
    home.accounts.write_off(*lost_ids(home))
    with home.database.unit() as unit:
        unit.connection.exec_driver_sql("UPDATE vault SET next_index = 9")
    made(home, ONE)
    with pytest.raises(AddressIntegrityError, match="do not join"):
        home.accounts.verify("ops")


def test_a_batch_that_nobody_signed_is_not_written_off(tmp_path: Path) -> None:
    home = lost_home(tmp_path, lambda home: home.accounts.create(SELF))
    (lost,) = lost_ids(home)
    inserted: dict[str, Json] = {"start": 2, "count": 4, "root": "00" * 32, "signature": "00" * 64, "fingerprint": ""}
    with home.database.unit() as unit:
        unit.append_entry("accounts.batch", lost, inserted)
    with pytest.raises(AddressIntegrityError, match="the signer did not sign"):
        home.accounts.write_off(lost)
    assert written(home) == []


def test_nothing_is_settled_in_a_database_that_somebody_knows_to_be_older(tmp_path: Path) -> None:
    def refuse_behind() -> None:
        raise JournalBehindError("the database is older than what is published")

    home = lost_home(tmp_path, job_of(SELF))
    (lost,) = lost_ids(home)
    home.database.close()
    behind = named_home(tmp_path, refuse_behind=refuse_behind)
    with pytest.raises(JournalBehindError):
        behind.accounts.write_off(lost)
    assert written(behind) == []


def test_rows_that_are_there_again_are_simply_fine(tmp_path: Path) -> None:
    """A newer database was restored, and the entry came along by another catch-up."""
    home = named_home(tmp_path)
    home.vault(forms=(EVM,))
    job = made(home, SELF)
    with home.database.unit() as unit:
        unit.append_entry(KIND, str(job.job), {"count": 6, "start": 0, "vault": str(job.vault), "wallets": 6})
        unit.append_entry("journal.caught_up", f"{DEPLOYMENT}.jinku", {"from": "0", "size": "100"})
    report = home.accounts.verify("ops")
    assert (report.accounts, report.written_off) == (6, ())
    assert home.accounts.lost_jobs() == ()
    assert home.accounts.job("k").state is JobState.DONE
