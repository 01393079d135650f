"""The bundle of subject keys: no names, rewritten at each erasure, and the list of what must not come back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from home_double import EVM, Home
from private_home import OTHER, OWNER, files_with, privacy_of, private_home, read, run_job

from jinku.core import UsageError
from jinku.privacy import (
    BundleRefusedError,
    ErasureState,
    KeyBundle,
    KeyBundleError,
    SubjectKind,
)
from jinku.privacy.adapters.key_bundle import FolderBundles
from jinku.privacy.adapters.subject_rows import SqlSubjectRows


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = private_home(tmp_path / "home")
    home.vault(forms=(EVM,))
    return home


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
