"""Tombstones: what was erased does not come back with an old copy, and what may not be erased stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from home_double import DEPLOYMENT, EVM, Home
from private_home import OTHER, OWNER, entries_of, files_with, privacy_of, private_home, read, run_job

from jinku.accounts import AddressIntegrityError, Job, JobRequest
from jinku.privacy import (
    BundleRefusedError,
    ErasureState,
    KeyBundle,
    LegalHoldError,
    SubjectBusyError,
    SubjectErasedError,
    SubjectKeyError,
    SubjectKind,
)
from jinku.privacy.adapters.subject_rows import SqlSubjectRows


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = private_home(tmp_path / "home")
    home.vault(forms=(EVM,))
    return home


def test_what_was_erased_does_not_come_back_with_an_old_copy(home: Home, tmp_path: Path) -> None:
    """The bundle alone tells: the old copy lacks the entries of the erasure."""
    job = run_job(home, OWNER, "order-of-margarethe", evidence="passport")
    run_job(home, OTHER)
    bundle = tmp_path / "keys.json"
    privacy_of(home).export(bundle)
    home.database.purge_log()
    shutil.copytree(home.path, tmp_path / "old")
    privacy_of(home).erase(OWNER)
    erased = list(read(bundle).erased)
    home.database.close()

    restored = private_home(tmp_path / "old")
    restored.unlock()
    assert restored.accounts.job("order-of-margarethe").owner == OWNER
    assert privacy_of(restored).apply_tombstones() == (0, 0, 0), "the log of the old copy knows nothing of it"
    assert privacy_of(restored).apply_tombstones(bundle) == (1, 1, 0)
    assert restored.accounts.job(str(job.job)).owner == ""
    assert files_with(tmp_path / "old", OWNER.encode()) == files_with(tmp_path / "old", b"order-of-margarethe") == []
    assert [one.state for one in privacy_of(restored).erasures()] == [ErasureState.DONE]
    assert restored.accounts.verify("ops").jobs == 2, "the entries that were lost are written again"
    assert entries_of(restored, ["privacy.record_erased", "privacy.erased"]) == [
        "privacy.record_erased",
        "privacy.erased",
    ]
    assert (list(read(bundle).erased), len(read(bundle).records)) == (erased, 1), "the list outlives the restore"
    assert privacy_of(restored).apply_tombstones(bundle) == (0, 0, 0), "once is enough"


def forged(home: Home, path: Path, owner: str, job: Job) -> Path:
    """A bundle that calls the owner and the job erased, though nobody erased them."""
    with home.database.read() as unit:
        subject = SqlSubjectRows().find(unit, SubjectKind.OWNER, owner)
    assert subject is not None
    path.write_bytes(KeyBundle(str(DEPLOYMENT), 1, {}, [subject.mark], [(str(job.job), "")]).to_bytes())
    return path


def test_a_legal_hold_is_stronger_than_a_bundle_and_an_entry(home: Home, tmp_path: Path) -> None:
    job = run_job(home, OWNER)
    privacy = privacy_of(home)
    bundle = forged(home, tmp_path / "forged.json", OWNER, job)
    privacy.hold(OWNER, "court order 12/26")
    with pytest.raises(LegalHoldError, match="court order 12/26"):
        privacy.apply_tombstones(bundle)
    assert entries_of(home, ["privacy.record_erased", "privacy.erased", "privacy.tombstones_applied"]) == []
    with home.database.unit() as unit:
        unit.append_entry("privacy.erased", read(bundle).erased[0].hex(), {"records": 0})
    with pytest.raises(LegalHoldError):
        privacy.apply_tombstones()
    assert home.accounts.job(str(job.job)).owner == OWNER
    assert privacy.overview().holds == 1
    privacy.release(OWNER)
    assert privacy.apply_tombstones(bundle) == (1, 1, 0)


def test_a_job_that_goes_on_is_stronger_than_a_bundle(home: Home, tmp_path: Path) -> None:
    job = home.accounts.create(JobRequest("ops", 4, (EVM,), owner=OWNER))
    bundle = forged(home, tmp_path / "forged.json", OWNER, job)
    with pytest.raises(SubjectBusyError, match="pending"):
        privacy_of(home).apply_tombstones(bundle)
    assert home.accounts.job(str(job.job)).owner == OWNER
    home.accounts.cancel(str(job.job))
    assert privacy_of(home).apply_tombstones(bundle) == (1, 1, 0)


def test_a_mark_of_another_length_is_refused(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_bytes(KeyBundle(str(DEPLOYMENT), 1, {}, [b"short"], []).to_bytes())
    with pytest.raises(BundleRefusedError, match="length"):
        privacy_of(home).apply_tombstones(path)
    assert entries_of(home, ["privacy.erased"]) == []


def test_entries_that_were_taken_back_tell_it_too(home: Home, tmp_path: Path) -> None:
    job = run_job(home, OWNER)
    home.database.purge_log()
    shutil.copytree(home.path, tmp_path / "old")
    privacy_of(home).erase(OWNER)
    with home.database.read() as unit:
        lost = [(entry.kind, entry.subject, entry.content) for entry in unit.entries() if entry.kind.startswith("priv")]
    home.database.close()

    restored = private_home(tmp_path / "old")
    restored.unlock()
    with restored.database.unit() as unit:  # as `journal catch-up` brings them
        for kind, subject, content in lost:
            facts = {"part": "", "what": ["owner"]} if b'"part"' in content else {}
            unit.append_entry(kind, subject, facts)
    with pytest.raises(AddressIntegrityError, match="apply-tombstones"):
        restored.accounts.verify("ops")
    assert privacy_of(restored).apply_tombstones() == (1, 1, 0)
    restored.accounts.verify("ops")
    assert restored.accounts.job(str(job.job)).owner == ""


def test_keys_that_a_copy_left_out_come_from_the_bundle(home: Home, tmp_path: Path) -> None:
    run_job(home, OWNER)
    run_job(home, OTHER)
    bundle = tmp_path / "keys.json"
    privacy = privacy_of(home)
    privacy.export(bundle)
    with home.database.unit() as unit:
        unit.connection.exec_driver_sql("DELETE FROM subject_key")
    with pytest.raises(SubjectKeyError, match="apply-tombstones --keys"):
        home.accounts.verify("ops")
    assert privacy.apply_tombstones(bundle) == (0, 0, 2)
    assert home.accounts.verify("ops").jobs == 2


def test_nothing_is_made_of_a_subject_that_a_restore_brought_back_until_it_is_erased_again(home: Home) -> None:
    """As after `journal catch-up`: the log has the entries of the erasure, the rows are those of before."""
    job = run_job(home, OWNER, "first")
    with home.database.unit() as unit:
        subject = SqlSubjectRows().find(unit, SubjectKind.OWNER, OWNER)
        assert subject is not None
        unit.append_entry("privacy.record_erased", str(job.job), {"part": "", "what": ["key", "owner"]})
        unit.append_entry("privacy.erased", subject.mark.hex(), {"records": 1})
    with pytest.raises(SubjectErasedError, match="apply-tombstones"):
        run_job(home, OWNER, "second")
    assert run_job(home, OTHER).owner == OTHER
    privacy = privacy_of(home)
    assert privacy.hold(OWNER, "court order 13/26").hold, "an entry that anybody wrote keeps nobody from a hold"
    privacy.release(OWNER)
    assert privacy.apply_tombstones() == (1, 1, 0)
    assert home.accounts.verify("ops").jobs == 2
    assert run_job(home, OWNER, "second").owner == OWNER, "a new subject of this name"
    assert home.accounts.verify("ops").jobs == 3
    assert privacy.apply_tombstones() == (0, 0, 0)
