"""Where a home and its runtime folder lie."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from jinku.core import UsageError
from jinku.ops.settings import Settings


def test_the_home_is_the_option_then_the_variable_then_the_default(tmp_path: Path) -> None:
    environment = {"JINKU_HOME": str(tmp_path / "b")}
    assert Settings.of(tmp_path / "a", environment).home == (tmp_path / "a").resolve()
    assert Settings.of(None, environment).home == (tmp_path / "b").resolve()
    assert Settings.of(None, {}).home == (Path.home() / ".jinku").resolve()


def test_the_runtime_folder_is_named_by_the_real_path_of_the_home(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    real = Settings.of(tmp_path / "real", {"XDG_RUNTIME_DIR": "/run/user/5"})
    digest = hashlib.sha256(str((tmp_path / "real").resolve()).encode()).hexdigest()[:16]
    assert real.runtime == Path("/run/user/5/jinku") / digest
    assert Settings.of(tmp_path / "link", {"XDG_RUNTIME_DIR": "/run/user/5"}) == real
    assert Settings.of(tmp_path / "other", {"XDG_RUNTIME_DIR": "/run/user/5"}).runtime != real.runtime


def test_the_records_are_in_the_file_unless_a_server_is_named(tmp_path: Path) -> None:
    assert Settings.of(tmp_path, {}).place == tmp_path.resolve() / "jinku.db"
    named = Settings.of(tmp_path, {"JINKU_DATABASE_URL": "postgresql://ann:geheim@db.internal/wallets"})
    assert str(named.place) == "postgresql://ann@db.internal/wallets"
    assert "geheim" not in repr(named)
    with pytest.raises(UsageError, match="postgresql://USER") as caught:
        _ = Settings.of(tmp_path, {"JINKU_DATABASE_URL": "mysql://ann:geheim@db/wallets"}).place
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("home", ["/dev/null", "file"])
def test_a_home_that_is_no_folder_is_refused(tmp_path: Path, home: str) -> None:
    (tmp_path / "file").touch()
    for given, environment in ((tmp_path / home, {}), (None, {"JINKU_HOME": str(tmp_path / home)})):
        with pytest.raises(UsageError, match="no folder") as caught:
            Settings.of(given, environment)
        assert caught.value.exit_code == 2
    assert Settings.of(tmp_path, {}).home == tmp_path.resolve()
    assert Settings.of(tmp_path / "file" / "below", {}).home.name == "below"  # nothing there: the pin's reader says so


def test_a_home_whose_path_is_no_text_is_refused() -> None:
    with pytest.raises(UsageError, match="UTF-8"):
        Settings.of(None, {"JINKU_HOME": "/srv/\udcff"})


def test_the_owner_cap_is_a_setting(tmp_path: Path) -> None:
    assert Settings.of(tmp_path, {}).owner_cap == 0
    assert Settings.of(tmp_path, {"JINKU_OWNER_CAP": "5"}).owner_cap == 5
    for name in ("JINKU_OWNER_CAP", "JINKU_SIGNER_UID"):
        with pytest.raises(UsageError, match=name):
            Settings.of(tmp_path, {name: "lots"})
