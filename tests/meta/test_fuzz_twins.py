"""The libFuzzer twins under fuzz/, which no stable build compiles, are those of crates/fuzz: none more, none less."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
TWINS = ROOT / "fuzz" / "fuzz_targets"


def targets() -> list[str]:
    """The names in the table of crates/fuzz."""
    source = (ROOT / "crates" / "fuzz" / "src" / "targets.rs").read_text()
    table = source[source.rindex("targets! {") :]
    return re.findall(r'^    "(\w+)":', table[: table.index("\n}")], re.MULTILINE)


def test_every_target_has_its_twin_and_every_twin_its_target() -> None:
    names = targets()
    assert len(names) == len(set(names)) >= 27
    assert {path.stem for path in TWINS.glob("*.rs")} == set(names)


def test_every_twin_is_built_under_its_name() -> None:
    binaries = tomllib.loads((ROOT / "fuzz" / "Cargo.toml").read_text())["bin"]
    assert sorted((row["name"], row["path"]) for row in binaries) == sorted(
        (name, f"fuzz_targets/{name}.rs") for name in targets()
    )


def test_every_twin_runs_its_own_target() -> None:
    for path in TWINS.glob("*.rs"):
        assert re.findall(r'jinku_fuzz::run\("(\w+)", data\)', path.read_text()) == [path.stem], path
