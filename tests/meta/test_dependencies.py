"""The check of licences and advisories catches what is planted, and lets pass what is allowed."""

import datetime
import subprocess
import sys
import tomllib
from email.message import Message
from pathlib import Path

import dependencies
import pytest
from dependencies import Package

ROOT = dependencies.ROOT
POLICY = tomllib.loads((ROOT / "deny" / "policy.toml").read_text())
ADVISORIES = tomllib.loads((ROOT / "deny" / "advisories.toml").read_text())
TODAY = datetime.date(2026, 11, 21)


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-only", "AGPL-3.0-or-later", "MIT AND GPL-2.0-only", "LGPL-3.0", "SSPL-1.0"]
)
def test_a_planted_copyleft_dependency_is_named(licence: str) -> None:
    (finding,) = dependencies.licence_findings([Package("rust", "planted", "1.0.0", licence)], POLICY)
    assert "planted 1.0.0" in finding
    assert licence in finding


def test_a_licence_that_one_package_may_have_is_no_other_s() -> None:
    allowed = Package("python", "psycopg", "3.3.9", "LGPL-3.0-only")
    assert not list(dependencies.licence_findings([allowed], POLICY))
    for ecosystem, name in (("python", "planted"), ("rust", "psycopg")):
        assert list(dependencies.licence_findings([Package(ecosystem, name, "1", "LGPL-3.0-only")], POLICY))


def test_a_dependency_that_states_no_licence_is_named() -> None:
    (finding,) = dependencies.licence_findings([Package("python", "planted", "1.0.0", "")], POLICY)
    assert "no licence stated" in finding


@pytest.mark.parametrize(
    "licence",
    ["MIT", "Apache-2.0 OR GPL-2.0-only", "(MIT OR Apache-2.0) AND Unicode-3.0", "Apache-2.0 WITH LLVM-exception"],
)
def test_an_allowed_licence_passes(licence: str) -> None:
    assert not list(dependencies.licence_findings([Package("rust", "fine", "1.0.0", licence)], POLICY))


@pytest.mark.parametrize("expression", ["", "MIT OR", "(MIT", "MIT Apache-2.0", "MIT WITH"])
def test_a_broken_expression_is_no_licence(expression: str) -> None:
    assert not dependencies.permitted(expression, frozenset({"MIT", "Apache-2.0"}))


def test_a_classifier_that_says_gpl_is_believed() -> None:
    metadata = Message()
    metadata["Classifier"] = "License :: OSI Approved :: GNU General Public License (GPL)"
    assert dependencies.stated_licence(metadata) == "GPL-2.0-or-later"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("package", "version", "named"),
    [
        ("curve25519-dalek", "4.1.2", True),
        ("curve25519-dalek", "4.1.3", False),
        ("pyo3", "0.28.1", True),
        ("pyo3", "0.27.0", True),  # of other advisories
        ("arc-swap", "1.0.0", True),
        ("arc-swap", "0.4.8", False),
        ("rand", "0.8.5", True),
        ("rand", "0.8.6", False),
        ("rand", "0.9.0", True),
    ],
)
def test_a_planted_advisory_is_found_in_its_versions_only(package: str, version: str, named: bool) -> None:
    found = list(dependencies.advisory_findings([Package("rust", package, version, "MIT")], ADVISORIES, TODAY))
    assert bool(found) == named, found


def test_python_ranges_hold_the_first_and_not_the_fixed_version() -> None:
    def named(version: str) -> bool:
        package = Package("python", "pyarrow", version, "Apache-2.0")
        return bool(list(dependencies.advisory_findings([package], ADVISORIES, TODAY)))

    assert [named(v) for v in ("0.13.0", "0.14.0", "14.0.0", "14.0.1")] == [False, True, True, False]


def test_an_excuse_ends() -> None:
    package = Package("python", "ecdsa", "0.19.2", "MIT")
    (excuse,) = ADVISORIES["excuse"]
    assert not list(dependencies.advisory_findings([package], ADVISORIES, excuse["until"]))
    assert list(dependencies.advisory_findings([package], ADVISORIES, excuse["until"] + datetime.timedelta(days=1)))


@pytest.mark.parametrize(
    ("version", "requirement", "expected"),
    [
        ("0.3.9", "^ 0.3.1", True),
        ("0.4.0", "^ 0.3.1", False),
        ("2.9.9", "2", True),
        ("3.0.0", "2", False),
        ("1.2.9", "~1.2", True),
        ("1.3.0", "~1.2", False),
        ("1.0.0-rc.1", ">= 1.0.0", False),
        ("1.10.0", ">= 1.9", True),
        ("5.1.0", ">= 5, < 5.1", False),
    ],
)
def test_requirements_mean_what_cargo_means(version: str, requirement: str, expected: bool) -> None:
    assert dependencies.meets(version, requirement) == expected


def test_the_whole_check_fails_on_a_planted_crate(tmp_path: Path) -> None:
    """A workspace with a GPL crate in its lock file makes the command exit with 1 and name it."""
    for name, licence, extra in (
        ("app", "MIT", '[dependencies]\nplanted = { path = "../planted" }'),
        ("planted", "GPL-3.0-only", ""),
    ):
        folder = tmp_path / name
        (folder / "src").mkdir(parents=True)
        (folder / "src" / "lib.rs").touch()
        (folder / "Cargo.toml").write_text(
            f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2024"\nlicense = "{licence}"\n{extra}\n'
        )
    manifest = tmp_path / "app" / "Cargo.toml"
    subprocess.run(["cargo", "generate-lockfile", "--offline", "--manifest-path", str(manifest)], check=True)
    command = [sys.executable, str(ROOT / "tools" / "dependencies.py"), "--manifest", str(manifest)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "planted 1.0.0 (rust): licence 'GPL-3.0-only' is not on the allow-list" in answer.stdout


def test_no_advisory_stands_twice_and_each_excuse_names_one() -> None:
    ids = [(a["id"], a["package"]) for a in ADVISORIES["advisory"]]
    assert len(ids) == len(set(ids))
    assert {e["id"] for e in ADVISORIES["excuse"]} <= {name for name, _ in ids}
