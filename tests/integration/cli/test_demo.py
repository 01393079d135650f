"""The demo, rehearsed small and without a terminal: every claim holds, colours stay away, nothing is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from demo.stage import ClaimError, Stage
from rich.console import Console

ROOT = Path(__file__).resolve().parents[3]


def play(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"NO_COLOR": "1", "TMPDIR": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", "demo", "--accounts", "2000", "--users", "6", *words],
        cwd=ROOT, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


def test_a_rehearsal_holds_and_leaves_nothing(tmp_path: Path) -> None:
    done = play("--seed", "3", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "18 claims were checked" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "refused with exit code 5" in done.stdout
    last = done.stdout.partition("6  A record that strangers verify")[2]
    for shown in ("$ jinku journal verify\n", "$ python3 -I verify.py receipt", "\nPROVEN\n", "found, named"):
        assert shown in last, shown
    assert "_damaged: " in done.stderr, "by its code, on the error stream"
    assert list(tmp_path.iterdir()) == []


def test_a_claim_that_fails_ends_the_play(tmp_path: Path) -> None:
    stage = Stage(Console(file=(tmp_path / "out").open("w")), tmp_path / "home", {})
    stage.claim(True, "it rains")
    with pytest.raises(ClaimError, match="snows"):
        stage.claim(False, "it snows")
    assert stage.checked == ["it rains"]
    with pytest.raises(ClaimError, match="exit code 4, not 0"):
        stage.run(["vault", "list"], quiet=True)
    stage.console.file.close()


def test_the_same_seed_makes_the_same_choices() -> None:
    import random  # noqa: PLC0415

    from demo.acts import Play  # noqa: PLC0415

    def choices(seed: int) -> list[float]:
        chance = Play(Stage(Console(), Path(), {}), Path(), random.Random(seed), 10, 1).chance
        return [chance.random() for _ in range(5)]

    assert choices(4) == choices(4)
    assert choices(4) != choices(5)
