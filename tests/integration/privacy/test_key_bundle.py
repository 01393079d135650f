"""The bundle of subject keys: no names, rewritten at each erasure, and the list of what must not come back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from home_double import DEPLOYMENT, EVM, Home
from private_home import entries_of, files_with, privacy_of, private_home, run_job

from jinku.accounts import AddressIntegrityError, Job, JobRequest
from jinku.core import UsageError
from jinku.privacy import (
    BundleRefusedError,
    ErasureState,
    KeyBundle,
    KeyBundleError,
    LegalHoldError,
    SubjectBusyError,
    SubjectKeyError,
    SubjectKind,
)
from jinku.privacy.adapters.key_bundle import FolderBundles
from jinku.privacy.adapters.subject_rows import SqlSubjectRows

OWNER, OTHER = "Margarethe Beispielsweise", "Somebody Else Entirely"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = private_home(tmp_path / "home")
    home.vault(forms=(EVM,))
    return home


def read(path: Path) -> KeyBundle:
    return KeyBundle.read(path.read_bytes(), str(DEPLOYMENT))


def test_it_holds_the_keys_and_no_names(home: Home, tmp_path: Path) -> None:
    run_job(home, OWNER, "key-of-margarethe")
    run_job(home, OTHER)
    path = tmp_path / "keys.json"
    assert privacy_of(home).export(path) == 2
    assert path.stat().st_mode & 0o777 == 0o600
    rows = SqlSubjectRows()
    with home.database.read() as unit:
        assert dict(read(path).keys) == dict(rows.keys(unit))
    for name in (OWNER, OTHER, "margarethe"):
        assert name.encode() not in path.read_bytes()


def test_an_erasure_rewrites_every_bundle(home: Home, tmp_path: Path) -> None:
    run_job(home, OWNER)
    run_job(home, OTHER)
    privacy = privacy_of(home)
    paths = [tmp_path / "a" / "keys.json", tmp_path / "b" / "keys.json"]
    for path in paths:
        path.parent.mkdir()
        privacy.export(path)
    left = paths[0].with_name(".keys.json.0badcafe")  # a write that was killed
    left.write_bytes(paths[0].read_bytes())
    with home.database.read() as unit:
        subject = SqlSubjectRows().find(unit, SubjectKind.OWNER, OWNER)
        assert subject is not None
        key = SqlSubjectRows().key(unit, subject.mark)
    assert key is not None
    assert files_with(tmp_path, key.hex().encode()) == [".keys.json.0badcafe", "keys.json", "keys.json"]
    assert privacy.erase(OWNER).state is ErasureState.DONE
    assert files_with(tmp_path, key.hex().encode()) == []
    assert not left.exists()
    assert all((len(read(path).keys), list(read(path).erased)) == (1, [subject.mark]) for path in paths)


@pytest.mark.parametrize("name", ["keys", "keys[1]", "k*ys?"])
def test_only_what_a_killed_write_left_is_swept(home: Home, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "of-the-user"
    folder.mkdir()
    foreign = [
        f".{name}.gpg", f".{name}.json.0a1b2c3d", f".{name}.0BADCAFE", f".{name}.0badcafe5", f".{name}.0badcaf",
        ".keys1.0badcafe",
    ]  # fmt: skip
    for one in [*foreign, f".{name}.0badcafe"]:
        (folder / one).write_text("the user's own")
    (folder / f".{name}.00000000").mkdir()
    (folder / f".{name}.11111111").symlink_to(folder / f".{name}.gpg")
    privacy_of(home).export(folder / name)
    privacy_of(home).export(folder / name)
    kept = {path.name for path in folder.iterdir()}
    assert kept == {*foreign, name, f".{name}.00000000", f".{name}.11111111"}
    assert [(folder / one).read_text() for one in foreign] == ["the user's own"] * len(foreign)


def test_a_file_that_is_no_bundle_of_ours_is_left_alone(home: Home, tmp_path: Path) -> None:
    run_job(home, OWNER)
    privacy, path = privacy_of(home), tmp_path / "notes.txt"
    other = KeyBundle("another installation", 1, {}, [], []).to_bytes()
    for content in (b"the user's own", b"", other):
        path.write_bytes(content)
        with pytest.raises(BundleRefusedError, match="left as it is"):
            privacy.export(path)
        assert path.read_bytes() == content
    assert privacy.overview().bundles == ()
    assert privacy.erase(OWNER).state is ErasureState.DONE
    assert path.read_bytes() == other
    path.unlink()
    assert privacy.export(path) == privacy.export(path) == 0, "a bundle of ours is written again"


def test_a_bundle_out_of_reach_keeps_it_pending(home: Home, tmp_path: Path) -> None:
    run_job(home, OWNER)
    privacy = privacy_of(home)
    path = tmp_path / "stick" / "keys.json"
    path.parent.mkdir()
    privacy.export(path)
    path.parent.rename(tmp_path / "pulled")
    pending = privacy.erase(OWNER)
    assert pending.state is ErasureState.PENDING
    assert [store for store, _ in pending.waiting] == [f"bundle:{path}"]
    assert "is not there" in pending.waiting[0][1]
    (tmp_path / "pulled").rename(path.parent)
    assert [one.state for one in privacy.settle()] == [ErasureState.DONE]
    assert len(read(path).keys) == 0


def test_an_empty_mount_point_gets_no_new_bundle(home: Home, tmp_path: Path) -> None:
    run_job(home, OWNER)
    run_job(home, OTHER)
    privacy = privacy_of(home)
    path = tmp_path / "stick" / "keys.json"
    path.parent.mkdir()
    privacy.export(path)
    path.parent.rename(tmp_path / "pulled")
    path.parent.mkdir()
    pending = privacy.erase(OWNER)
    assert (pending.state, len(pending.waiting)) == (ErasureState.PENDING, 1)
    assert "is not there" in pending.waiting[0][1]
    assert list(path.parent.iterdir()) == []
    path.parent.rmdir()
    (tmp_path / "pulled").rename(path.parent)
    assert [one.state for one in privacy.settle()] == [ErasureState.DONE]
    assert len(read(path).keys) == 1


def planted(home: Home, path: str) -> None:
    """A row as whoever writes the database inserts it."""
    with home.database.unit() as unit:
        SqlSubjectRows().add_bundle(unit, path)


@pytest.mark.parametrize("what", ["foreign", "other", "empty", "link", "folder", "relative"])
def test_a_path_in_the_database_destroys_no_file(
    home: Home, tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_job(home, OWNER)
    privacy, path, true = privacy_of(home), tmp_path / "victim", tmp_path / "keys.json"
    privacy.export(true)
    monkeypatch.chdir(tmp_path)
    other = KeyBundle("another installation", 1, {}, [], []).to_bytes()
    content = {"foreign": b"ssh-ed25519 AAAA", "other": other, "empty": b""}.get(what)
    if content is not None:
        path.write_bytes(content)
    elif what == "folder":
        path.mkdir()
    elif what == "link":
        path.symlink_to(true)
    beside = tmp_path / ".victim.0badcafe"
    beside.write_text("the user's own")
    before = true.read_bytes()
    planted(home, "keys.json" if what == "relative" else str(path))
    if what == "relative":
        with home.database.unit() as unit:
            SqlSubjectRows().drop_bundle(unit, str(true))
    pending = privacy.erase(OWNER)
    assert (pending.state, len(pending.waiting)) == (ErasureState.PENDING, 1)
    assert beside.read_text() == "the user's own"
    if content is not None:
        assert path.read_bytes() == content
    assert (path.is_symlink(), path.is_dir()) == (what == "link", what == "folder")
    assert (true.read_bytes() == before) == (what == "relative")
    if what not in ("link", "relative"):
        privacy.forget_bundle(path)
        assert [one.state for one in privacy.erasures()] == [ErasureState.DONE], "it holds up no erasure for ever"


def test_nothing_is_written_in_the_home(home: Home) -> None:
    run_job(home, OWNER)
    inside = home.path / "keys.json"
    privacy_of(home).export(inside)
    before = inside.read_bytes()
    pending = privacy_of(home, files=FolderBundles(home.path)).erase(OWNER)
    assert (pending.state, inside.read_bytes()) == (ErasureState.PENDING, before)
    assert "in the home" in pending.waiting[0][1]


def test_a_bundle_that_is_gone_for_good_is_forgotten(home: Home, tmp_path: Path) -> None:
    run_job(home, OWNER)
    privacy = privacy_of(home)
    path = tmp_path / "stick" / "keys.json"
    path.parent.mkdir()
    privacy.export(path)
    with pytest.raises(UsageError, match="still stands"):
        privacy.forget_bundle(path)
    shutil.rmtree(path.parent)
    assert privacy.erase(OWNER).state is ErasureState.PENDING
    privacy.forget_bundle(path)
    assert [one.state for one in privacy.erasures()] == [ErasureState.DONE]
    assert privacy.overview().bundles == ()


def test_an_export_that_cannot_be_written_is_refused(home: Home, tmp_path: Path) -> None:
    with pytest.raises(KeyBundleError, match="cannot be written"):
        privacy_of(home).export(tmp_path / "missing" / "keys.json")


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
