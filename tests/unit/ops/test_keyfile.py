"""A key file is 32 random bytes, outside the home, closed to others."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from jinku.core import RefusedError, UsageError
from jinku.ops.keyfile import check_key_file, make_key_file


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


def test_no_file_and_no_regular_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        check_key_file(tmp_path / "none", tmp_path / "home")
    with pytest.raises(UsageError, match="regular"):
        check_key_file(tmp_path, tmp_path / "home")
