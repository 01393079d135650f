"""A key file is 32 random bytes, outside the home, closed to others."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from jinku.core import RefusedError, UsageError
from jinku.ops.keyfile import make_key_file, open_key_file


def check_key_file(path: Path, home: Path) -> None:
    """The rules hold for the file at ``path``."""
    os.close(open_key_file(path, home))


def test_what_is_made_follows_the_rules(tmp_path: Path) -> None:
    home, path, other = tmp_path / "home", tmp_path / "key", tmp_path / "key2"
    make_key_file(path, home)
    make_key_file(other, home)
    check_key_file(path, home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_bytes()) == 32
    assert path.read_bytes() != other.read_bytes()


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("precious")
    with pytest.raises(UsageError, match="File exists"):
        make_key_file(path, tmp_path / "home")
    assert path.read_text() == "precious"


def test_inside_the_home_is_refused_also_by_a_link(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "way").symlink_to(home)
    for path in (home / "key", tmp_path / "way" / "key"):
        with pytest.raises(RefusedError, match="inside the home"):
            make_key_file(path, home)
        assert not path.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o444])
def test_what_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    make_key_file(path, tmp_path / "home")
    path.chmod(mode)
    with pytest.raises(RefusedError, match="others can read"):
        check_key_file(path, tmp_path / "home")


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_another_size_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "key"
    path.write_bytes(os.urandom(size))
    path.chmod(0o600)
    with pytest.raises(RefusedError, match=f"{size} bytes"):
        check_key_file(path, tmp_path / "home")


def test_another_owner_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key"
    make_key_file(path, tmp_path / "home")
    path.chmod(0o400)
    own = path.stat().st_uid
    monkeypatch.setattr("jinku.ops.keyfile.os.geteuid", lambda: own + 1)
    if own == 0:
        os.chown(path, 12_345, -1)
    with pytest.raises(RefusedError, match="owner uid"):
        check_key_file(path, tmp_path / "home")


def test_a_file_inside_the_home_is_refused_by_whatever_name(tmp_path: Path) -> None:
    home, path = tmp_path / "home", tmp_path / "key"
    home.mkdir()
    make_key_file(path, home)
    inside = home / "key"
    path.rename(inside)
    (tmp_path / "way").symlink_to(home)
    for name in (inside, tmp_path / "way" / "key", home / ".." / "home" / "key"):
        with pytest.raises(RefusedError, match="inside the home"):
            check_key_file(name, home)


def test_a_link_is_refused_and_a_fifo_not_waited_for(tmp_path: Path) -> None:
    path, link, fifo = tmp_path / "key", tmp_path / "link", tmp_path / "fifo"
    make_key_file(path, tmp_path / "home")
    link.symlink_to(path)
    with pytest.raises(UsageError, match="it is a link"):
        check_key_file(link, tmp_path / "home")
    os.mkfifo(fifo, 0o600)
    with pytest.raises(UsageError, match="regular"):
        check_key_file(fifo, tmp_path / "home")


def test_what_is_checked_is_what_is_read(tmp_path: Path) -> None:
    """Another file under the checked name afterwards changes nothing: the descriptor stays with the first."""
    path, home = tmp_path / "key", tmp_path / "home"
    make_key_file(path, home)
    key = path.read_bytes()
    fd = open_key_file(path, home)
    path.unlink()
    path.write_bytes(b"x" * 32)
    assert os.read(fd, 64) == key
    os.close(fd)


def test_the_file_and_its_name_are_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("jinku.ops.keyfile.os.fsync", lambda fd: synced.append(os.fstat(fd).st_ino))
    path = tmp_path / "key"
    make_key_file(path, tmp_path / "home")
    assert synced == [path.stat().st_ino, tmp_path.stat().st_ino]


def test_nothing_stays_of_a_key_file_that_could_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jinku.ops.keyfile.os.fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        make_key_file(tmp_path / "key", tmp_path / "home")
    assert list(tmp_path.iterdir()) == []


def test_no_file_and_no_regular_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        check_key_file(tmp_path / "none", tmp_path / "home")
    with pytest.raises(UsageError, match="regular"):
        check_key_file(tmp_path, tmp_path / "home")
