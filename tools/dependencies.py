"""Every Python and Rust dependency has an allowed licence and no known advisory, or this exits with 1.

Works offline: Rust packages come from `cargo metadata --offline`, Python packages from uv.lock and the metadata of the
environment it filled, the rules from deny/policy.toml, advisories from the dated snapshot deny/advisories.toml. Where
cargo-deny is installed with a local database, it runs as well (pip-audit has no offline mode, so it does not).
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Package:
    """One dependency as it is locked. ``licence`` is an SPDX expression, or empty when nobody states one."""

    ecosystem: str  # "rust" | "python"
    name: str
    version: str
    licence: str

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.ecosystem})"


# --- what there is -------------------------------------------------------------------------------


def rust_packages(manifest: Path) -> list[Package]:
    """Every package of the workspace's lock file but the workspace's own, on any platform."""
    command = ["cargo", "metadata", "--offline", "--locked", "--format-version", "1", "--manifest-path", str(manifest)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:  # a machine that never built: packages of other platforms are not in its store yet
        subprocess.run(["cargo", "fetch", "--locked", "--quiet", "--manifest-path", str(manifest)], check=True)
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
    metadata = json.loads(answer.stdout)
    own = set(metadata["workspace_members"])
    return [
        Package("rust", p["name"], p["version"], (p["license"] or "").replace("/", " OR "))
        for p in metadata["packages"]
        if p["id"] not in own
    ]


# Trove classifiers and free text that packages write instead of an SPDX identifier.
_SPELLINGS = {
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD-3-Clause",
    "gnu general public license (gpl)": "GPL-2.0-or-later",
    "gnu affero general public license v3": "AGPL-3.0-only",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}
_SPDX = re.compile(r"^[A-Za-z0-9.+()\- ]+$")


def stated_licence(metadata: Mapping[str, Any] | importlib.metadata.PackageMetadata) -> str:
    """The SPDX expression that the metadata states, by field or by classifier; empty when it states none."""
    fields = ("License-Expression", "License")
    expression, free = (str(metadata[field] or "").strip() if field in metadata else "" for field in fields)
    if expression:
        return expression
    if free.lower() in _SPELLINGS:
        return _SPELLINGS[free.lower()]
    if free and "\n" not in free and _SPDX.match(free) and free.upper() != "UNKNOWN":
        return free
    get_all = getattr(metadata, "get_all", None)
    classifiers = (get_all("Classifier") if get_all else None) or []
    named = [c.rsplit(" :: ", 1)[1].lower() for c in classifiers if c.startswith("License :: ") and c.count("::") > 1]
    return " AND ".join(_SPELLINGS.get(n, n.replace(" ", "-")) for n in named)


def python_packages(lock: Path) -> list[Package]:
    """Every package of uv.lock but jinku itself; licences as stated by what is installed."""
    installed = {d.name.lower().replace("_", "-"): d for d in importlib.metadata.distributions()}
    found = []
    for entry in tomllib.loads(lock.read_text())["package"]:
        if "registry" not in entry["source"]:
            continue
        here = installed.get(entry["name"])
        found.append(Package("python", entry["name"], entry["version"], stated_licence(here.metadata) if here else ""))
    return found


# --- licences ------------------------------------------------------------------------------------


def permitted(expression: str, allowed: frozenset[str]) -> bool:
    """True when the SPDX expression can be met with allowed licences alone (OR: one side, AND: both, WITH: as one)."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression)

    def either() -> bool:
        value = both()
        while tokens and tokens[0].upper() == "OR":
            tokens.pop(0)
            value = both() or value
        return value

    def both() -> bool:
        value = one()
        while tokens and tokens[0].upper() == "AND":
            tokens.pop(0)
            value = one() and value
        return value

    def one() -> bool:
        token = tokens.pop(0)
        if token == "(":
            value = either()
            return tokens.pop(0) == ")" and value
        if len(tokens) > 1 and tokens[0].upper() == "WITH":
            tokens.pop(0)
            token = f"{token} WITH {tokens.pop(0)}"
        return token in allowed

    try:
        return either() and not tokens
    except IndexError:  # the expression breaks off
        return False


def licence_findings(packages: Iterable[Package], policy: Mapping[str, Any]) -> Iterator[str]:
    """One line for each package whose licence is not allowed or not known."""
    allow = frozenset(policy["licences"]["allow"])
    for package in packages:
        allowed = allow | set(policy["one"].get(package.ecosystem, {}).get(package.name, {}).get("allow", ()))
        stated = policy["clarify"].get(package.ecosystem, {}).get(package.name, {}).get("licence", package.licence)
        if not stated:
            yield f"{package}: no licence stated; read its licence file, then add it to [clarify] in deny/policy.toml"
        elif not permitted(stated, allowed):
            yield f"{package}: licence {stated!r} is not on the allow-list of deny/policy.toml; use another package"


# --- advisories ----------------------------------------------------------------------------------


def version_key(version: str) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
    """Orders the versions that lock files and advisories hold: numbers first, a pre-release before its release."""
    plain = version.split("+", 1)[0].lstrip("v")
    release = re.match(r"\d+(?:\.\d+)*", plain)
    if release is None:
        raise ValueError(f"not a version: {version!r}")
    numbers = [int(n) for n in release.group().split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    rest = plain[release.end() :]
    final = 0 if re.match(r"-|\.?(?:a|b|c|rc|pre|alpha|beta|dev)", rest) else 1
    return tuple(numbers), final, tuple(int(n) for n in re.findall(r"\d+", rest))


def meets(version: str, requirement: str) -> bool:
    """True when the version meets every comma-separated comparator (>=, >, <=, <, =, ^, ~; Cargo's meaning)."""
    here = version_key(version)
    for part in requirement.split(","):
        match = re.fullmatch(r"\s*(>=|<=|>|<|=|\^|~)?\s*(\S+)\s*", part)
        if match is None:
            raise ValueError(f"not a version requirement: {requirement!r}")
        sign, bound = match.group(1) or "^", match.group(2)
        there = version_key(bound)
        holds = {
            ">=": here >= there,
            ">": here > there,
            "<=": here <= there,
            "<": here < there,
            "=": here == there,
            "^": there <= here < version_key(_next(bound, keep_first=True)),
            "~": there <= here < version_key(_next(bound, keep_first=False)),
        }[sign]
        if not holds:
            return False
    return True


def _next(bound: str, *, keep_first: bool) -> str:
    """The first version outside ^bound (the leftmost non-zero number changes) or ~bound (the minor number changes)."""
    numbers = [int(n) for n in re.match(r"[\d.]+", bound).group().strip(".").split(".")]  # type: ignore[union-attr]
    leftmost = next((i for i, n in enumerate(numbers) if n), len(numbers) - 1)
    at = leftmost if keep_first else min(1, len(numbers) - 1)
    return ".".join(str(n) for n in [*numbers[:at], numbers[at] + 1])


def affected(version: str, advisory: Mapping[str, Any]) -> bool:
    """True when the advisory holds for this version: inside a range, or in no patched or unaffected requirement."""
    if "ranges" in advisory:
        return any(
            version_key(low) <= version_key(version) and (not high or version_key(version) < version_key(high))
            for low, high in advisory["ranges"]
        )
    return not any(meets(version, r) for r in [*advisory["patched"], *advisory.get("unaffected", [])])


def advisory_findings(
    packages: Iterable[Package], advisories: Mapping[str, Any], today: datetime.date
) -> Iterator[str]:
    """One line for each locked version that an advisory names and no unexpired exception excuses."""
    excused = {e["id"]: e["until"] for e in advisories.get("excuse", [])}
    by_package: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for advisory in advisories["advisory"]:
        by_package.setdefault((advisory["ecosystem"], advisory["package"]), []).append(advisory)
    for package in packages:
        for advisory in by_package.get((package.ecosystem, package.name), []):
            name = advisory["id"]
            if affected(package.version, advisory) and not (name in excused and today <= excused[name]):
                yield f"{package}: {name} {advisory['title']}; update it, or excuse it until a date in deny/"


def outside_findings() -> Iterator[str]:
    """What cargo-deny says of advisories, where it and its database are on this machine."""
    database = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo")) / "advisory-dbs"
    if shutil.which("cargo-deny") and database.is_dir():
        command = ["cargo-deny", "--offline", "check", "advisories"]
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if answer.returncode:
            yield f"cargo-deny failed:\n{answer.stderr}"


def main(arguments: list[str] | None = None) -> int:
    """0 when nothing was found, else 1 with one line a finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifest", type=Path, default=ROOT / "Cargo.toml")
    parser.add_argument("--lock", type=Path, default=ROOT / "uv.lock")
    parser.add_argument("--rules", type=Path, default=ROOT / "deny")
    chosen = parser.parse_args(arguments)
    policy = tomllib.loads((chosen.rules / "policy.toml").read_text())
    advisories = tomllib.loads((chosen.rules / "advisories.toml").read_text())
    rust, python = rust_packages(chosen.manifest), python_packages(chosen.lock)
    findings = [
        *licence_findings([*rust, *python], policy),
        *advisory_findings([*rust, *python], advisories, datetime.datetime.now(datetime.UTC).date()),
        *outside_findings(),
    ]
    for finding in findings:
        print(finding)
    print(
        f"{len(rust)} Rust and {len(python)} Python packages, {len(advisories['advisory'])} advisories "
        f"as of {advisories['snapshot']}: {len(findings)} findings"
    )
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
