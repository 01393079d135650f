"""A claim cut short at any step: the words stand in the file, or their blob in the database. Never neither."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from home_double import EVM, Home, open_home
from shapes import secret

from jinku.accounts import JobRequest, Mode
from jinku.accounts.adapters.account_rows import SqlAccountRows
from jinku.cli.exporting import Destination, destination
from jinku.cli.output import Output
from jinku.cli.session import Session
from jinku.core import SystemClock, UnavailableError
from jinku.store import Database, Unit

STEPS: dict[str, tuple[Any, str]] = {
    "deliver": (None, "claim"),
    "sync": (os, "fsync"),
    "owe": (Database, "owe_purge"),
    "destroy": (SqlAccountRows, "destroy_claim"),
    "entry": (Unit, "append_entry"),
    "purge": (Database, "purge_log"),
}
SESSION = cast(Session, SimpleNamespace(out=Output(True)))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = open_home(tmp_path / "home")
    home.vault(forms=(EVM,))
    return home


def code_of(home: Home) -> str:
    home.accounts.create(JobRequest("ops", 1, mode=Mode.SELF, key="self"))
    with tempfile.TemporaryFile() as codes:
        home.accounts.run("self", codes_fd=codes.fileno())
        codes.seek(0)
        return codes.read().decode().split()[1]


def claim(home: Home, code: str, path: Path) -> bool:
    """As the command does it; True when nothing of the blob is left in the log."""
    target = Destination("mnemonic", "", path, only_copy=True)
    with secret(code) as given, destination(SESSION, target) as fd:
        return home.accounts.claim(given, fd).purged


def blobs(path: Path) -> int:
    with sqlite3.connect(path / "home" / "jinku.db") as base:
        (count,) = base.execute("SELECT count(*) FROM claim_blob").fetchone()
    base.close()
    return int(count)


def cut(patch: pytest.MonkeyPatch, home: Home, step: str, when: str, how: Callable[[], None]) -> None:
    """``how`` happens just before or after the step."""
    owner, name = STEPS[step]
    owner = home.signer if owner is None else owner
    real = getattr(owner, name)

    def broken(*given: Any, **more: Any) -> Any:
        if when == "before":
            how()
        answer = real(*given, **more)
        how()
        return answer

    patch.setattr(owner, name, broken)


def name_of(fd: int) -> Path:
    return Path(f"/proc/self/fd/{fd}").readlink()


def interrupted() -> None:
    raise KeyboardInterrupt


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_an_interrupted_claim_loses_nothing(home: Home, tmp_path: Path, step: str, when: str) -> None:
    code, path = code_of(home), tmp_path / "words"
    with pytest.MonkeyPatch.context() as patch:
        cut(patch, home, step, when, interrupted)
        with pytest.raises(KeyboardInterrupt):
            claim(home, code, path)
    if blobs(tmp_path):
        claim(home, code, tmp_path / "again")
        path = tmp_path / "again"
    assert path.read_text().startswith("words of")
    assert blobs(tmp_path) == 0


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_killed_claim_loses_nothing(home: Home, tmp_path: Path, step: str, when: str) -> None:
    code, path = code_of(home), tmp_path / "words"
    home.database.close()
    child = os.fork()
    if child == 0:
        with suppress(BaseException), pytest.MonkeyPatch.context() as patch:
            cut(patch, home, step, when, killed)
            claim(home, code, path)
        os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    again = open_home(tmp_path / "home")
    if blobs(tmp_path):
        path = tmp_path / "again"
        claim(again, code, path)
    assert path.read_text().startswith("words of")
    assert blobs(tmp_path) == 0


def test_words_that_cannot_be_synced_do_not_spend_the_code(home: Home, tmp_path: Path) -> None:
    code, path = code_of(home), tmp_path / "words"
    real = os.fsync

    def failing(fd: int) -> None:
        if os.fstat(fd).st_size and name_of(fd) == path:
            raise OSError(errno.EIO, "Input/output error")
        real(fd)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", failing)
        with pytest.raises(UnavailableError, match="to the disk"):
            claim(home, code, path)
    assert blobs(tmp_path) == 1
    assert path.read_text().startswith("words of")  # not unlinked: what may be the only copy is the holder's to judge
    assert claim(home, code, tmp_path / "again")


def test_words_are_on_disk_before_the_blob_goes(home: Home, tmp_path: Path) -> None:
    code, path = code_of(home), tmp_path / "words"
    seen: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        real = os.fsync

        def noted(fd: int) -> None:
            seen.append(f"sync {name_of(fd).name} {os.fstat(fd).st_size > 0}")
            real(fd)

        patch.setattr(os, "fsync", noted)
        cut(patch, home, "destroy", "after", lambda: seen.append("destroyed"))
        claim(home, code, path)
    folder = f"sync {tmp_path.name} True"
    assert seen[:4] == [folder, "sync words True", folder, "destroyed"]


def test_a_reader_only_delays_the_emptying_of_the_log(home: Home, tmp_path: Path) -> None:
    code, path = code_of(home), tmp_path / "words"
    mark = tmp_path / "home" / "jinku.db-purge"
    with sqlite3.connect(tmp_path / "home" / "jinku.db", isolation_level=None) as reader:
        reader.execute("BEGIN")
        (blob,) = reader.execute("SELECT blob FROM claim_blob").fetchone()
        assert not claim(home, code, path)
        assert mark.exists()
        Database.open(home.database.place, SystemClock()).close()
        assert mark.exists()  # still read: still owed
        reader.execute("COMMIT")
    reader.close()
    assert path.read_text().startswith("words of")
    Database.open(home.database.place, SystemClock()).close()
    assert not mark.exists()
    assert not any(blob in file.read_bytes() for file in (tmp_path / "home").glob("jinku.db*"))
