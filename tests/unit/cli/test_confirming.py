"""What is asked before what nothing undoes: at a terminal, or not at all."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from jinku.cli.confirming import check_terminal, say_yes
from jinku.core import RefusedError, UsageError


class _Typed(io.StringIO):
    """What somebody types, at a terminal or into a pipe."""

    def __init__(self, text: str, terminal: bool = True) -> None:
        super().__init__(text)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def session(terminal: bool = True) -> Any:
    return SimpleNamespace(out=SimpleNamespace(errors=Console(file=io.StringIO(), force_terminal=terminal, width=200)))


@pytest.mark.parametrize("typed", ["yes\n", " YES \n"])
def test_a_yes_goes_on(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", _Typed(typed))
    at = session()
    say_yes(at, "Really?")
    assert "Really? Type yes:" in at.out.errors.file.getvalue()


@pytest.mark.parametrize("typed", ["y\n", "no\n", "\n", ""])
def test_anything_else_is_refused_by_one_code(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", _Typed(typed))
    with pytest.raises(RefusedError) as caught:
        say_yes(session(), "Really?")
    assert (caught.value.code, caught.value.exit_code) == ("usage.not_confirmed", 3)


@pytest.mark.parametrize(("stdin", "stderr"), [(False, True), (True, False)])
def test_nobody_to_ask_is_told_which_option_says_it(stdin: bool, stderr: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", _Typed("yes\n", stdin))
    with pytest.raises(UsageError, match="no terminal to ask at") as caught:
        check_terminal(session(stderr), "the write-off of job 1", "--yes")
    assert (caught.value.code, caught.value.found, caught.value.expected) == (
        "usage.confirmation_needed",
        "the write-off of job 1",
        "--yes",
    )
    monkeypatch.setattr("sys.stdin", _Typed("yes\n"))
    check_terminal(session(), "the write-off of job 1", "--yes")
