"""Starting: alone on its home and runtime folder, on folders of its own, with an exit code that says what came."""

from __future__ import annotations

from pathlib import Path

import pytest
from signer_house import House, serve

from jinku.custody.adapters.launcher import BINARY_VARIABLE, Launcher
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.errors import SignerAbsentError, SignerUnavailableError


def test_no_second_signer_on_a_runtime_or_a_home(house: House, signer: SocketSigner, tmp_path: Path) -> None:
    pid, other_home = house.pid, tmp_path / "other-home"
    for home, runtime in ((other_home, house.runtime), (house.home, tmp_path / "other-run")):
        for more in ((), ("--foreground",)):
            second = serve(home, runtime, *more)
            assert second.returncode == 6
            assert f"found pid {pid}" in second.stderr
    assert signer.hello().pid == house.pid == pid


def _stand_in(path: Path, code: int, says: str) -> Path:
    """A program in the signer's place that ends at once."""
    path.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit {code}\n")
    path.chmod(0o755)
    return path


def test_the_launcher_goes_by_the_exit_code_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jinku.custody.adapters.launcher._START_SECONDS", 0.3)
    launcher = Launcher(tmp_path / "home", tmp_path / "run")
    monkeypatch.setenv(BINARY_VARIABLE, str(_stand_in(tmp_path / "held", 6, "in no words that anyone knows")))
    with pytest.raises(SignerAbsentError):  # waits for the one that holds the lock, in vain
        launcher.connect()
    monkeypatch.setenv(BINARY_VARIABLE, str(_stand_in(tmp_path / "broken", 1, "signer.running: not really")))
    with pytest.raises(SignerUnavailableError, match="does not start") as refused:
        launcher.connect()
    assert not refused.value.retryable


def test_a_dead_signers_socket_and_pid_file_do_not_stop_the_next(house: House, signer: SocketSigner) -> None:
    first = house.pid
    house.kill()
    again = house.signer()
    assert again.hello().pid == house.pid != first


def test_folders_open_to_others_are_refused(tmp_path: Path) -> None:
    for name in ("run", "home/signer"):
        place = tmp_path / name.replace("/", "-")
        (place / "home").mkdir(mode=0o700, parents=True)
        (place / name).mkdir()
        (place / name).chmod(0o755)
        done = serve(place / "home", place / "run")
        assert done.returncode == 1
        assert "found mode 0755" in done.stderr
    (tmp_path / "link").symlink_to(tmp_path / "home-signer")
    assert "no folder" in serve(tmp_path / "home", tmp_path / "link").stderr


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = serve(tmp_path / "file" / "home", tmp_path / "run")
    assert done.returncode == 1
    assert str(tmp_path / "file") in done.stderr
