"""`signer stop` ends the signer and nothing else, whatever number stands in the signer's file."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import state
from signer_house import BINARY_VARIABLE, House, plain_binary
from test_signer_hangs import SECONDS, freeze

from jinku.custody.adapters import ending
from jinku.custody.adapters.launcher import Launcher
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.errors import SignerUnavailableError

# Holds the lock of the folder and listens without a word; the file names the process of the argument, or this one.
HANGING = """
import fcntl, os, signal, socket, sys
handle = os.open(sys.argv[1] + "/signer.pid", os.O_RDWR | os.O_CREAT, 0o600)
fcntl.flock(handle, fcntl.LOCK_EX)
os.write(handle, (sys.argv[2] if len(sys.argv) > 2 else str(os.getpid())).encode())
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1] + "/signer.sock")
listener.listen()
print("ready", flush=True)
signal.pause()
"""


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    path = tmp_path / "run"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture
def innocent() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(["sleep", "600"])
    yield child
    child.kill()
    child.wait()


@pytest.fixture
def hanging(runtime: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    pid = [str(request.getfixturevalue("innocent").pid)] if getattr(request, "param", "") == "innocent" else []
    with subprocess.Popen(
        [sys.executable, "-c", HANGING, str(runtime), *pid], stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            yield child
        finally:
            child.kill()


def refused(home: Path, runtime: Path, pid: int, what: str) -> None:
    with pytest.raises(SignerUnavailableError, match="not certainly the signer") as told:
        Launcher(home, runtime, timeout_seconds=SECONDS).stop()
    assert (told.value.code, told.value.retryable) == ("signer.doubtful", False)
    assert f"found pid {pid}, {what}" in str(told.value)
    assert f"kill -9 {pid}" in str(told.value)


@pytest.mark.parametrize("hanging", ["innocent"], indirect=True)
def test_a_process_that_the_file_merely_names_is_left_alone(
    tmp_path: Path, runtime: Path, hanging: subprocess.Popen[str], innocent: subprocess.Popen[bytes]
) -> None:
    """Its number was the signer's once, or is the signer's in another container."""
    refused(tmp_path, runtime, innocent.pid, "sleep")
    assert innocent.poll() is None
    assert hanging.poll() is None


def test_a_program_that_holds_the_lock_and_is_no_signer_is_left_alone(
    tmp_path: Path, runtime: Path, hanging: subprocess.Popen[str]
) -> None:
    refused(tmp_path, runtime, hanging.pid, "python")
    assert hanging.poll() is None


def test_one_that_is_dying_is_waited_for(
    tmp_path: Path, runtime: Path, hanging: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its program is gone before its locks are: there is nothing more to know it by."""

    def gone(_: int) -> str:
        hanging.kill()
        return ""

    monkeypatch.setattr(ending, "_name", gone)
    Launcher(tmp_path, runtime, timeout_seconds=SECONDS).stop()
    assert hanging.wait(60) == -signal.SIGKILL


def test_one_without_a_name_that_does_not_die_is_left_alone(
    tmp_path: Path, runtime: Path, hanging: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "_name", lambda _: "")
    monkeypatch.setattr(ending, "_TERM_SECONDS", 0.2)
    refused(tmp_path, runtime, hanging.pid, "which is not seen from here")
    assert hanging.poll() is None


def test_another_homes_signer_is_left_alone(house: House, signer: SocketSigner, tmp_path: Path) -> None:
    """It is a signer by its program, and holds a lock; not this one."""
    (tmp_path / "other").mkdir()
    other = House(tmp_path / "other")
    true = signer.hello().pid
    try:
        other.ready()
        (house.runtime / "signer.pid").write_text(f"{other.pid}\n")  # the lock is held on, by the file's true holder
        freeze(true)
        refused(house.home, house.runtime, other.pid, plain_binary().name)
        assert state(other.pid) not in {"", "Z", "T"}
    finally:
        (house.runtime / "signer.pid").write_text(f"{true}\n")
        os.kill(true, signal.SIGCONT)
        other.stop()


def test_a_signer_whose_binary_was_replaced_is_stopped(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by an update of the package: the kernel calls the file deleted."""
    copy, installed = tmp_path / "a-signer", plain_binary()
    shutil.copy2(installed, copy)
    monkeypatch.setenv(BINARY_VARIABLE, str(copy))
    house.ready()
    pid = house.pid
    copy.unlink()
    shutil.copy2(installed, copy)
    assert Path(f"/proc/{pid}/exe").readlink().name == "a-signer (deleted)"
    freeze(pid)
    Launcher(house.home, house.runtime, timeout_seconds=SECONDS).stop()
    assert state(pid) in {"", "Z"}


def test_where_only_root_sees_the_program_its_short_name_counts(
    house: House, signer: SocketSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signer without core dumps is such a process to its own user."""
    plain = Path.readlink

    def readlink(path: Path) -> Path:
        if path.name == "exe":
            raise PermissionError(13, "Permission denied")
        return plain(path)

    monkeypatch.setattr(Path, "readlink", readlink)
    monkeypatch.delenv(BINARY_VARIABLE, raising=False)
    pid = house.pid
    freeze(pid)
    monkeypatch.setattr("jinku.custody.adapters.launcher._PROGRAM", "another")
    refused(house.home, house.runtime, pid, "jinku-signer")
    assert state(pid) == "T"
    monkeypatch.setattr("jinku.custody.adapters.launcher._PROGRAM", "jinku-signer")
    Launcher(house.home, house.runtime, timeout_seconds=SECONDS).stop()
    assert state(pid) in {"", "Z"}


def test_a_signer_that_ended_meanwhile_needs_no_signal(house: House, signer: SocketSigner) -> None:
    """The file still names it; nobody holds the lock any more."""
    pid = house.pid
    house.kill()
    while state(pid) not in {"", "Z"}:
        time.sleep(0.01)
    Launcher(house.home, house.runtime, timeout_seconds=SECONDS).stop()
