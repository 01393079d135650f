"""An interrupt is told, whoever took it first: typer turns it into an exit before the supervisor sees it."""

from __future__ import annotations

import json

import pytest
import typer

from jinku.app import main as supervisor
from jinku.cli.root import _Branches


def _app(error: BaseException) -> typer.Typer:
    app = typer.Typer(cls=_Branches)

    @app.callback(invoke_without_command=True)
    def only(as_json: bool = typer.Option(False, "--json")) -> None:
        raise error

    return app


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_an_interrupt_says_what_stands(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervisor, "app", _app(KeyboardInterrupt()))
    with pytest.raises(SystemExit) as end:
        supervisor.main(words)
    told = capsys.readouterr().err
    assert end.value.code == 130
    assert "what was committed stands" in told
    if words:
        assert json.loads(told)["error"]["code"] == "interrupted"


def test_an_exit_of_the_commands_own_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervisor, "app", _app(typer.Exit(130)))
    with pytest.raises(SystemExit) as end:
        supervisor.main([])
    assert (end.value.code, capsys.readouterr().err) == (130, "")
