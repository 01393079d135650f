"""Where a secret comes from: one source, never a terminal that echoes, never an argument."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from jinku.cli.output import Output
from jinku.cli.session import SecretOptions, Session
from jinku.cli.vault_view import lifetime
from jinku.core import JinkuError, RefusedError, UnavailableError, UsageError
from jinku.ops.keyfile import make_key_file
from jinku.ops.settings import Settings


def session(tmp_path: Path, environment: dict[str, str] | None = None) -> tuple[Session, io.StringIO]:
    err = io.StringIO()
    output = Output(as_json=False, out=io.StringIO(), err=err)
    return Session(Settings.of(tmp_path / "home", {}), output, environment or {}), err


def test_a_descriptor_is_passed_on_unread(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"secret")
    os.close(writing)
    with session(tmp_path)[0].secret(SecretOptions(fd=reading, given=("--passphrase-fd",)), "x") as given:
        assert (given.fd, given.kind) == (reading, "passphrase")
        assert os.read(given.fd, 100) == b"secret"
    os.close(reading)


def test_one_descriptor_cannot_hold_two_secrets(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    own, _ = session(tmp_path)
    options = SecretOptions(fd=reading, given=("--passphrase-fd",))
    with own.secret(options, "x"), pytest.raises(UsageError, match="two secrets"), own.secret(options, "y"):
        pass
    os.close(reading)
    os.close(writing)


def test_a_closed_descriptor_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no open descriptor: found 987"):
        session(tmp_path)[0].secret(SecretOptions(fd=987, given=("--passphrase-fd",)), "x").__enter__()


@pytest.mark.parametrize("fd", [10**20, -1, 2**31])
def test_a_number_that_no_descriptor_has_is_a_mistake_of_the_caller(tmp_path: Path, fd: int) -> None:
    with pytest.raises(UsageError, match="no open descriptor") as told:
        session(tmp_path)[0].secret(SecretOptions(fd=fd, given=("--passphrase-fd",)), "x").__enter__()
    assert told.value.exit_code == 2


def test_two_sources_are_refused(tmp_path: Path) -> None:
    options = SecretOptions(fd=3, file=tmp_path, given=("--passphrase-fd", "--passphrase-file"))
    with pytest.raises(UsageError, match="more than one source"):
        session(tmp_path)[0].secret(options, "x").__enter__()


@pytest.mark.parametrize("by_variable", [True, False])
def test_a_file_is_used_with_a_warning_that_it_lies_on_disk(tmp_path: Path, by_variable: bool) -> None:
    path = tmp_path / "pass"
    path.write_text("secret\n")
    path.chmod(0o600)
    own, err = session(tmp_path, {"JINKU_PASSPHRASE_FILE": str(path)} if by_variable else {})
    options = SecretOptions() if by_variable else SecretOptions(file=path, given=("--passphrase-file",))
    with own.secret(options, "x") as given:
        assert os.read(given.fd, 100) == b"secret\n"
    assert "lies on disk" in err.getvalue()
    assert "others may read" not in err.getvalue()
    path.chmod(0o644)
    with own.secret(options, "x"):
        pass
    assert "others may read" in err.getvalue()


def test_a_file_that_is_a_pipe_lies_nowhere(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    own, err = session(tmp_path)
    with own.secret(SecretOptions(file=Path(f"/dev/fd/{reading}"), given=("--passphrase-file",)), "x"):
        assert err.getvalue() == ""
    os.close(reading)
    os.close(writing)


def test_a_key_file_is_checked_before_it_is_used(tmp_path: Path) -> None:
    path = tmp_path / "key"
    make_key_file(path, tmp_path / "home")
    own, _ = session(tmp_path)
    options = SecretOptions(key_file=path, given=("--key-file",))
    with own.secret(options, "x") as given:
        assert given.kind == "keyfile"
    path.chmod(0o644)
    with pytest.raises(RefusedError, match="others can read"):
        own.secret(options, "x").__enter__()


def test_no_source_and_no_terminal_says_what_would_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: str, *_: object) -> int:
        raise OSError(6, "No such device", path)

    own, _ = session(tmp_path)
    monkeypatch.setattr("jinku.cli.session.os.open", closed)
    with pytest.raises(UsageError, match="--passphrase-fd N") as caught:
        own.secret(SecretOptions(), "Passphrase").__enter__()
    assert caught.value.code == "usage.secret_needed"


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("30m", 1800), ("8h", 28800), ("7d", 604800)])
def test_a_time_is_understood(text: str, seconds: int) -> None:
    assert lifetime(text) == seconds


@pytest.mark.parametrize("text", ["", "0h", "8", "h", "8d", "-1h", "1.5h", "999999999h", "\uff18h"])
def test_another_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="8h"):
        lifetime(text)


class _Closing:
    """A platform whose server goes away between the command and what follows it."""

    class database:  # noqa: N801  as the attribute it stands for
        appended = 1

    class journal:  # noqa: N801
        @staticmethod
        def flush() -> None:
            raise UnavailableError("the tiles cannot be written")

        @staticmethod
        def waiting() -> int:
            raise UnavailableError("the server went away")


def test_a_command_that_was_done_ends_well_whatever_can_be_said_of_the_journal(tmp_path: Path) -> None:
    own, err = session(tmp_path)
    own._platform = _Closing()  # type: ignore[assignment]
    own.publish()
    assert "some journal entries wait for a checkpoint: the tiles cannot be written" in err.getvalue()


@pytest.mark.parametrize(
    ("waits", "said"),
    [(1, "1 journal entry waits for a checkpoint: locked"), (2, "2 journal entries wait for a checkpoint: locked")],
)
def test_how_many_entries_wait_is_told_in_their_number(waits: int, said: str, tmp_path: Path) -> None:
    own, err = session(tmp_path)
    closing = _Closing()
    closing.journal = SimpleNamespace(flush=lambda: SimpleNamespace(held="locked", waiting=waits))  # type: ignore[assignment,misc]
    own._platform = closing  # type: ignore[assignment]
    own.publish()
    assert said in err.getvalue()


@pytest.mark.parametrize("as_json", [True, False])
def test_what_was_noted_on_an_error_is_told_beside_it(as_json: bool) -> None:
    err = io.StringIO()
    error = JinkuError("the first", advice="mend it")
    error.add_note("the second")
    Output(as_json=as_json, out=io.StringIO(), err=err).error(error)
    told = err.getvalue()
    assert told.index("the first") < told.index("the second")
    assert ('"notes":["the second"]' in told) == as_json


class Log:
    """A journal that notes how it was followed."""

    def __init__(self, error: JinkuError | None = None) -> None:
        self.began, self.ended = threading.Event(), threading.Event()
        self.at_once = True
        self._error = error

    def follow(self, over: Callable[[float], bool], tell: Callable[[object], None], at_once: bool = True) -> None:
        self.at_once = at_once
        self.began.set()
        while not over(0.001):
            pass
        self.ended.set()
        if self._error is not None:
            raise self._error


@pytest.mark.parametrize("error", [None, UnavailableError("the disk is full")])
def test_a_long_command_publishes_beside_its_work(tmp_path: Path, error: JinkuError | None) -> None:
    own, log = session(tmp_path)[0], Log(error)
    own._platform = cast(Any, SimpleNamespace(journal=log))
    with suppress(ZeroDivisionError), own.publishing():
        assert log.began.wait(60)
        assert not log.ended.is_set()
        raise ZeroDivisionError
    assert log.ended.is_set(), "nothing goes on after the command's work"
    assert not log.at_once, "a short one is published at its end only"
