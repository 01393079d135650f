"""A private file is whole, this user's alone, and what a killed write left is gone with the next one."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from jinku.store.files import alone, replace_private, write_private


def test_a_new_file_is_private_and_takes_nobodys_place(tmp_path: Path) -> None:
    path = tmp_path / "f"
    write_private(path, b"one")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"one", 0o600)
    with pytest.raises(FileExistsError):
        write_private(path, b"two")
    assert path.read_bytes() == b"one"


def test_it_is_replaced_whole_over_what_a_killed_write_left(tmp_path: Path) -> None:
    path, left = tmp_path / "f", tmp_path / ".f.next"
    left.write_bytes(b"half of something longer than what is written next")
    left.chmod(0o644)
    for data in (b"one", b"two"):
        replace_private(path, data)
        assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (data, 0o600)
        assert not left.exists()


def test_a_link_in_its_way_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / ".f.next").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic links"):
        replace_private(tmp_path / "f", b"one")
    assert victim.read_bytes() == b"mine"
    assert not (tmp_path / "f").exists()


def test_what_failed_leaves_what_stood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f"
    replace_private(path, b"one")

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_private(path, b"two")
    assert path.read_bytes() == b"one"
    assert [one.name for one in tmp_path.iterdir()] == ["f"]


def test_the_lock_is_given_back_though_the_write_fails(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError), alone(tmp_path):
        write_private(tmp_path / ".lock", b"")
    with alone(tmp_path):
        replace_private(tmp_path / "f", b"one")
    assert (tmp_path / "f").read_bytes() == b"one"
