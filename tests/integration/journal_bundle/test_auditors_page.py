"""The auditors' pages are followed literally: every command of theirs is run as it stands there."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from bundle_world import VERIFY, World, verify

ROOT = Path(__file__).parents[3]
PAGES = ("docs/guides/auditors.md", "docs/zh/auditors.md")


def commands(page: str) -> list[list[str]]:
    """The commands of a page's console blocks, in order."""
    blocks = re.findall(r"^ *```console\n(.*?)^ *```$", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
    text = "".join(blocks).replace("\\\n", " ")
    return [shlex.split(line.strip()[2:]) for line in text.splitlines() if line.strip().startswith("$ ")]


@pytest.mark.parametrize("page", PAGES)
def test_each_verification_of_the_page_holds(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """A folder as the page describes it: bundle, trust root, verify.py, and FILE as one receipt of each kind."""
    monkeypatch.chdir(tmp_path)
    for name in ("bundle", "bundle2"):
        world.copy(tmp_path / name)
    shutil.copy(VERIFY, "verify.py")
    shutil.copy(world.trust, "trust-root.json")
    shutil.copy(world.early, "checkpoint")
    ran = 0
    for line in commands(page):
        if line[:3] != ["python3", "-I", "verify.py"]:
            continue
        words = [world.words if word.endswith("-…") else word for word in line[3:]]
        given = [world.home.run("journal", "prove", "0").out] if "FILE" in words else [""]
        given += [world.home.run("accounts", "prove", world.address).out] if "FILE" in words else []
        for receipt in given:
            Path("FILE").write_text(receipt)
            done = verify(*words, script=Path("verify.py"))
            assert done.returncode == 0, (words, done.stderr)
            assert "\nPROVEN\n" in done.stdout
            ran += 1
    assert ran == 5


@pytest.mark.parametrize("page", PAGES)
def test_what_the_operator_runs_is_there(world: World, tmp_path: Path, page: str) -> None:
    ran = 0
    for line in commands(page):
        if line[0] != "jinku" or "export" not in line:
            continue
        real = {"ID": world.job, "bc1p…": world.address, "checkpoint": str(world.early)}
        words = [real.get(word, word) for word in line[1:]]
        words[words.index("--out") + 1] = str(tmp_path / f"out{ran}")
        world.home.run(*words)
        assert world.check(tmp_path / f"out{ran}").returncode == 0
        ran += 1
    assert ran == 4
