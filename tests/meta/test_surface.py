"""What the rooms show is what they say they show; versions agree; `unsafe` stands where SECURITY.md says."""

import importlib
import os
import re
import tomllib
import types
from pathlib import Path

import pytest
import sizes

ROOT = Path(__file__).resolve().parents[2]
ROOMS = sorted(path.parent.name for path in (ROOT / "src" / "jinku").glob("*/__init__.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_all_is_the_whole_truth(room: str) -> None:
    module = importlib.import_module(f"jinku.{room}")
    assert module.__doc__, "say what the room is for"
    shown = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and name != "annotations"
    }
    said = list(getattr(module, "__all__", []))
    assert len(said) == len(set(said)), "a name stands twice"
    assert shown == set(said)


def test_python_and_rust_have_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]
    assert project["version"] == workspace["version"]
    assert project["license"] == workspace["license"] == "Apache-2.0"
    assert project["version"] in (ROOT / "CHANGELOG.md").read_text()


def test_unsafe_stands_only_where_security_says() -> None:
    code = {path: sizes.without_noise(path.read_text()) for path in sizes.sources() if path.suffix == ".rs"}
    found = {path for path, text in code.items() if re.search(r"\bunsafe\s*(\{|fn|impl|extern)", text)}
    named = set(re.findall(r"\]\((crates/[\w/.-]+\.rs)\)", (ROOT / "SECURITY.md").read_text()))
    assert {path.relative_to(ROOT).as_posix() for path in found if path.stem != "tests"} == named


def test_ci_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
