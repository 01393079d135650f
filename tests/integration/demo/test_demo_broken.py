"""A demo in which something is broken says what, and ends with exit code 1 (the whole play: test_demo.py of cli)."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from demo import __main__ as demo
from demo.acts import Play
from demo.stage import ClaimError, Stage
from rich.console import Console


def stage_of(folder: Path) -> Stage:
    return Stage(Console(file=(folder / "out").open("w"), width=100), folder / "home", {})


def told(stage: Stage) -> str:
    stage.console.file.close()
    return Path(stage.console.file.name).read_text()


def acted(monkeypatch: pytest.MonkeyPatch, stage: Stage, folder: Path, holds: bool) -> int:
    """The exit code of a play of one act with one claim."""

    def act(play: Play) -> None:
        play.stage.claim(holds, "every account is there")

    def nothing(play: Play) -> None:
        assert play.accounts == 7

    for name in ("second", "third", "fourth", "fifth", "sixth"):
        monkeypatch.setattr(demo, name, nothing)
    act.__name__ = "first"
    nothing.__name__ = "other"
    monkeypatch.setattr(demo, "first", act)
    return demo._play(stage, folder, argparse.Namespace(accounts=7, users=1), 3)


def test_a_broken_claim_gives_exit_code_1(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stage = stage_of(tmp_path)
    assert acted(monkeypatch, stage, tmp_path, False) == 1
    assert stage.checked == []
    shown = told(stage)
    assert "✗ every account is there" in shown
    assert "a claim did not hold" in shown
    assert "seed 3" in shown, "the run can be repeated"


def test_a_claim_that_holds_gives_exit_code_0(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stage = stage_of(tmp_path)
    assert acted(monkeypatch, stage, tmp_path, True) == 0
    assert stage.checked == ["every account is there"]
    assert "✓ every account is there" in told(stage)


def test_a_command_that_does_not_end_as_the_story_says_is_a_broken_claim(tmp_path: Path) -> None:
    stage = stage_of(tmp_path)
    with pytest.raises(ClaimError, match="exit code 2, not 0"):
        stage.run(["vault", "nonsense"], quiet=True)
    assert stage.run(["vault", "nonsense"], quiet=True, expect=2).code == 2
    told(stage)
