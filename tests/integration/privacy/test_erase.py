"""An erased subject stands in no file; what it had made, and the log, go on verifying."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from home_double import EVM, Home
from private_home import RECIPIENT, entries_of, files_with, privacy_of, private_home, run_job, run_self

from jinku.accounts import AddressIntegrityError, JobRequest
from jinku.accounts.errors import EvidenceErasedError
from jinku.core import UsageError
from jinku.privacy import ErasureState, LegalHoldError, SubjectBusyError, SubjectKind, Subjects, SubjectUnknownError
from jinku.privacy.adapters.subject_rows import SqlSubjectRows

OWNER, KEY, WORDS = "Margarethe Beispielsweise", "margarethe-order-7741", "passport X1234567 of the customer"
OTHER = "Somebody Else Entirely"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = private_home(tmp_path)
    home.vault(forms=(EVM,))
    return home


def key_of(home: Home, owner: str) -> bytes:
    rows = SqlSubjectRows()
    with home.database.read() as unit:
        subject = rows.find(unit, SubjectKind.OWNER, owner)
        assert subject is not None
        key = rows.key(unit, subject.mark)
    assert key is not None
    return key


def sealed(home: Home, job_row: int) -> list[bytes]:
    with home.database.read() as unit:
        query = f"SELECT ciphertext, sealed_key FROM evidence WHERE job_id = {job_row}"
        return [bytes(part) for row in unit.connection.exec_driver_sql(query) for part in row]


def test_no_file_holds_what_was_erased(home: Home) -> None:
    job = run_job(home, OWNER, KEY, evidence=WORDS)
    run_self(home, OWNER)
    with home.database.unit() as unit:  # the double's letters name their recipient, as those of age do not
        unit.connection.exec_driver_sql("UPDATE delivered_blob SET blob = zeroblob(200)")
    run_job(home, OTHER, "other-key-1", evidence=WORDS)
    wallets = [OWNER.encode(), KEY.encode(), RECIPIENT.encode(), key_of(home, OWNER), *sealed(home, job.row_id)]
    assert all(len(needle) >= 16 for needle in wallets)
    assert all(files_with(home.path, needle) for needle in wallets), "planted, and found"
    done = privacy_of(home).erase(OWNER)
    assert (done.state, done.waiting) == (ErasureState.DONE, ())
    assert [files_with(home.path, needle) for needle in wallets] == [[]] * len(wallets)
    for fragment in (OWNER.encode()[:12], OWNER.encode()[-12:], KEY.encode()[-12:]):
        assert files_with(home.path, fragment) == []
    assert files_with(home.path, OTHER.encode()), "others are left"
    assert files_with(home.path, key_of(home, OTHER))


def test_no_remnant_of_moved_rows_is_left(tmp_path: Path) -> None:
    """Rows of many owners move between pages as others go: secure_delete alone leaves pieces of some."""
    home = private_home(tmp_path)
    rows = SqlSubjectRows()
    names = [f"{secrets.token_hex(6)} the owner of number {n:04d} {'x' * (n % 90)}" for n in range(600)]
    with home.database.unit() as unit:
        for name in names:
            Subjects(rows).made(unit, SubjectKind.OWNER, name)
    keys = {name: key_of(home, name) for name in names[::2]}
    privacy = privacy_of(home)
    assert all(files_with(home.path, name.encode()) for name in names[::37])
    for name in names[::2]:
        with home.database.unit() as unit:
            subject = rows.find(unit, SubjectKind.OWNER, name)
            assert subject is not None
            rows.forget(unit, subject.mark)
    privacy.erase(names[1])  # one erasure cleans what all of them left
    whole = b"".join(path.read_bytes() for path in sorted(home.path.glob("jinku.db*")))
    left = [name for name in (*names[::2], names[1]) if name[:20].encode() in whole or name[9:45].encode() in whole]
    assert left == []
    assert not any(key in whole for key in keys.values())
    assert sum(name.encode() in whole for name in names[3::2]) == len(names[3::2])


def test_accounts_and_entries_still_agree(home: Home) -> None:
    job = run_job(home, OWNER, KEY, evidence=WORDS)
    rows = list(home.accounts.list("ops"))
    privacy_of(home).erase(OWNER)
    assert list(home.accounts.list("ops")) == rows
    assert home.accounts.verify("ops").accounts == 2
    after = home.accounts.job(str(job.job))
    assert (after.owner, after.key) == ("", str(job.job))
    with pytest.raises(EvidenceErasedError, match="erased"):
        home.accounts.evidence(rows[0].address)
    assert entries_of(home, ["privacy.record_erased", "privacy.erased", "privacy.erasure_done"]) == [
        "privacy.record_erased",
        "privacy.erased",
        "privacy.erasure_done",
    ]


def test_no_entry_names_anybody(home: Home) -> None:
    run_job(home, OWNER, KEY, evidence=WORDS)
    run_self(home, OWNER)
    privacy = privacy_of(home)
    privacy.hold(OWNER, "court order 12/26")
    privacy.release(OWNER)
    privacy.erase(OWNER)
    with home.database.read() as unit:
        text = b"".join(entry.content + entry.subject.encode() for entry in unit.entries())
    for needle in (OWNER, KEY, RECIPIENT, WORDS, "court order"):
        assert needle.encode() not in text
    assert text.count(b'"named":') == 2


def test_a_guess_of_the_owner_is_not_confirmed_by_the_entry(home: Home) -> None:
    """Two homes write different commitments to one owner, key and job; before, whoever guessed could compare."""
    first, second = run_job(home, OWNER, "a"), run_job(home, OWNER, "b")
    with home.database.read() as unit:
        said = {entry.subject: entry.content for entry in unit.entries("accounts.job_created")}
    assert said[str(first.job)].split(b'"named":')[1][:66] != said[str(second.job)].split(b'"named":')[1][:66]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE job SET owner = 'Another'", "key of a subject"),
        ("UPDATE job SET job_key = 'another'", "owner, key or recipients"),
        ("UPDATE subject_key SET key = zeroblob(32)", "exchanged"),
        ("DELETE FROM subject_key", "gone"),
        ("UPDATE evidence SET ciphertext = x'', sealed_key = zeroblob(64)", "erased in the row alone"),
        ("UPDATE job SET owner = '', job_key = 'k'", "gone"),
    ],
)
def test_a_row_that_was_changed_is_refused(home: Home, statement: str, what: str) -> None:
    run_job(home, OWNER, KEY, evidence=WORDS)
    home.accounts.verify("ops")
    raw = sqlite3.connect(home.path / "jinku.db")
    with raw:
        assert raw.execute(statement).rowcount >= 1
    raw.close()
    with pytest.raises(Exception, match=what) as refused:
        home.accounts.verify("ops")
    assert getattr(refused.value, "exit_code", 0) == 5


def test_an_erased_job_that_names_somebody_again_is_refused(home: Home) -> None:
    job = run_job(home, OWNER)
    privacy_of(home).erase(OWNER)
    with home.database.unit() as unit:
        unit.connection.exec_driver_sql("UPDATE job SET owner = 'Margarethe'")
    with pytest.raises(AddressIntegrityError, match="names somebody") as refused:
        home.accounts.verify("ops")
    assert str(job.job) in str(refused.value)


def test_a_legal_hold_is_stronger(home: Home) -> None:
    run_job(home, OWNER, KEY, evidence=WORDS, each=True)
    privacy = privacy_of(home)
    address = next(iter(home.accounts.list("ops"))).address
    job, row = home.accounts.origin(address)
    account = f"{job.job}/account/{row.index - job.start}"
    held = privacy.hold(OWNER, "court order 12/26")
    for name, kind in ((OWNER, None), (KEY, SubjectKind.JOB), (account, SubjectKind.ACCOUNT)):
        with pytest.raises(LegalHoldError, match="court order 12/26") as refused:
            privacy.erase(name, kind)
        assert refused.value.exit_code == 3
    assert privacy.hold(OWNER, "court order 12/26") == held, "the same hold again"
    assert home.accounts.job(KEY).owner == OWNER
    privacy.release(OWNER)
    assert privacy.erase(OWNER).state is ErasureState.DONE
    assert entries_of(home, ["privacy.held", "privacy.released"]) == ["privacy.held", "privacy.released"]


def test_a_hold_on_one_account_holds_its_owner(home: Home) -> None:
    run_job(home, OWNER, evidence=WORDS, each=True)
    job, row = home.accounts.origin(next(iter(home.accounts.list("ops"))).address)
    privacy = privacy_of(home)
    privacy.hold(f"{job.job}/account/{row.index - job.start}", "tax audit")
    with pytest.raises(LegalHoldError, match="with a record in common: tax audit"):
        privacy.erase(OWNER)
    assert files_with(home.path, OWNER.encode())


def test_the_evidence_of_one_account_goes_alone(home: Home) -> None:
    job = run_job(home, OWNER, KEY, evidence=WORDS, each=True)
    first, second = (row.address for row in home.accounts.list("ops"))
    before = sealed(home, job.row_id)
    assert privacy_of(home).erase(f"{job.job}/account/0").state is ErasureState.DONE
    with pytest.raises(EvidenceErasedError):
        home.accounts.evidence(first)
    assert len(home.accounts.evidence(second)) == 1
    assert files_with(home.path, before[0]) == files_with(home.path, before[1]) == []
    assert files_with(home.path, before[2])
    assert home.accounts.verify("ops").accounts == 2
    assert home.accounts.job(KEY).owner == OWNER


def test_evidence_that_others_share_is_not_erased_for_one(home: Home) -> None:
    job = run_job(home, OWNER, evidence=WORDS)
    with pytest.raises(SubjectBusyError, match="speaks of 2 accounts"):
        privacy_of(home).erase(f"{job.job}/account/1")
    assert len(home.accounts.evidence(next(iter(home.accounts.list("ops"))).address)) == 1


def test_a_job_that_goes_on_is_not_erased(home: Home) -> None:
    job = home.accounts.create(JobRequest("ops", 4, (EVM,), owner=OWNER))
    with pytest.raises(SubjectBusyError, match="pending"):
        privacy_of(home).erase(OWNER)
    home.accounts.cancel(str(job.job))
    assert privacy_of(home).erase(OWNER).state is ErasureState.DONE
    home.accounts.verify("ops")


def test_names_that_lead_nowhere_or_to_two(home: Home) -> None:
    run_job(home, "twice", "twice")
    privacy = privacy_of(home)
    with pytest.raises(SubjectUnknownError) as unknown:
        privacy.erase("nobody")
    assert unknown.value.exit_code == 4
    with pytest.raises(UsageError, match="owner:twice and job:twice"):
        privacy.erase("twice")
    privacy.erase("twice", SubjectKind.OWNER)
    with pytest.raises(SubjectUnknownError):
        privacy.erase("twice", SubjectKind.JOB)


def test_a_reader_keeps_it_pending(home: Home) -> None:
    run_job(home, OWNER)
    reader = sqlite3.connect(home.path / "jinku.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM job").fetchone()
    privacy = privacy_of(home)
    home.database.rewrite = quick(home.database.rewrite)
    pending = privacy.erase(OWNER)
    assert pending.state is ErasureState.PENDING
    assert [store for store, _ in pending.waiting] == ["database"]
    assert "reads the database" in pending.waiting[0][1]
    assert [one.state for one in privacy.overview().pending] == [ErasureState.PENDING]
    reader.close()
    assert [one.state for one in privacy.settle()] == [ErasureState.DONE]
    assert files_with(home.path, OWNER.encode()) == []
    assert privacy.overview().done == 1


def quick(rewrite: Callable[..., str]) -> Callable[..., str]:
    """Waits for readers for a tenth of a second."""
    return lambda tables: rewrite(tables, 0.1)


def test_a_file_that_a_move_left_keeps_it_pending(home: Home) -> None:
    run_job(home, OWNER)
    moved = home.path / "jinku.db.moved"
    moved.write_bytes(OWNER.encode())
    pending = privacy_of(home).erase(OWNER)
    assert [store for store, _ in pending.waiting] == [f"file:{moved}"]
    moved.unlink()
    assert [one.state for one in privacy_of(home).settle()] == [ErasureState.DONE]


def test_jobs_of_before_go_on_and_can_be_erased(tmp_path: Path) -> None:
    old = private_home(tmp_path, subjects=False)
    old.vault(forms=(EVM,))
    job = run_job(old, OWNER, KEY, evidence=WORDS)
    home = private_home(tmp_path)
    home.unlock()
    assert home.accounts.verify("ops").accounts == 2
    assert home.accounts.create(JobRequest("ops", 2, (EVM,), owner=OWNER, key=KEY)).job == job.job
    assert privacy_of(home).erase(OWNER).state is ErasureState.DONE
    assert home.accounts.verify("ops").accounts == 2
    assert files_with(tmp_path, OWNER.encode()) == []
