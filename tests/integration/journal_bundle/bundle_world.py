"""A home with a log, a bundle of it, and `verify.py` run as an auditor runs it: with cryptography, without Jinku."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cli_home import CliHome, made_home

import jinku
from jinku.core import IntegrityError, SystemClock
from jinku.journal import BundleReport
from jinku.ops.auditing import audit_bundle, pinned_trust

VERIFY = Path(jinku.__file__).parent / "journal" / "verifier" / "verify.py"


def verify(*words: str | Path, script: Path = VERIFY, before: str = "") -> subprocess.CompletedProcess[str]:
    """How verify.py ended. Jinku cannot be imported there; ``before`` is code that runs first."""
    hide = "import sys, runpy; sys.modules['jinku'] = None; sys.argv = sys.argv[1:]; "
    line = [
        sys.executable,
        "-I",
        "-c",
        f"{hide}{before}\nrunpy.run_path(sys.argv[0], run_name='__main__')",
        str(script),
    ]
    return subprocess.run([*line, *map(str, words)], capture_output=True, text=True, check=False, timeout=60)


def refused(ran: subprocess.CompletedProcess[str]) -> str:
    """What verify.py found broken."""
    assert ran.returncode == 5, (ran.returncode, ran.stdout, ran.stderr)
    assert ran.stderr.startswith("BROKEN "), ran.stderr
    assert not ran.stdout
    assert "Traceback" not in ran.stderr
    return ran.stderr.partition("\n")[0].removeprefix("BROKEN ")


def canonical(value: Any) -> bytes:
    """RFC 8785 for what stands here: ASCII names."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sealed(folder: Path, **changes: Any) -> None:
    """The manifest speaks of the files as they are now, as one who forges a bundle would write it."""
    path = folder / "manifest.json"
    facts = json.loads(path.read_bytes()) | changes
    facts.pop("digest")
    names = [one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()]
    names.remove("manifest.json")
    facts["files"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    facts["digest"] = hashlib.sha256(b"jinku/bundle/1\0" + canonical(facts)).hexdigest()
    path.write_bytes(canonical(facts))


@dataclass(frozen=True)
class World:
    """The home and what an auditor got from it."""

    home: CliHome
    bundle: Path
    job: str
    address: str
    trust: Path
    fingerprint: str
    words: str
    early: Path

    def check(self, folder: Path | None = None, *more: str | Path) -> subprocess.CompletedProcess[str]:
        """verify.py on a bundle, under the right trust root."""
        return verify(folder or self.bundle, "--trust-root", self.trust, "--fingerprint", self.fingerprint, *more)

    def check_here(
        self, folder: Path | None = None, trust: Path | None = None, told: str | None = None
    ) -> BundleReport:
        """What `jinku journal verify DIR --trust-root F` finds: the same, by the code that the signer uses."""
        clock, told = SystemClock(), self.fingerprint if told is None else told
        report = audit_bundle(folder or self.bundle, pinned_trust(trust or self.trust, clock, told))
        assert report is not None, "it has no manifest"
        return report

    def refused(self, folder: Path) -> str:
        """What both verifiers find broken, as verify.py says it."""
        said = refused(self.check(folder))
        with pytest.raises(IntegrityError) as caught:
            self.check_here(folder)
        assert caught.value.exit_code == 5
        return said

    def copy(self, to: Path) -> Path:
        """A copy of the bundle to spoil."""
        return Path(shutil.copytree(self.bundle, to))


@contextmanager
def world() -> Iterator[World]:
    """Two jobs; the earlier checkpoint lies between them; the bundle is of the first, with one address."""
    with made_home() as home:
        home.vault()
        home.accounts(12, "--job-key", "first")
        early, trust, bundle = (home.folder / name for name in ("early", "trust.json", "bundle"))
        early.write_text(home.run("journal", "checkpoint").out)
        home.accounts(3, "--job-key", "second")
        address = home.run("accounts", "list", "--vault", "main", "--json").lines[3]["address"]
        job = next(row["job"] for row in home.run("jobs", "list", "--json").lines if row["key"] == "first")
        shown = home.run("trust", "show", "--json").document
        home.run("trust", "export", "--out", str(trust))
        words = ("--subject", job, "--address", address, "--from-checkpoint", str(early), "--out", str(bundle))
        home.run("journal", "export", *words)
        yield World(home, bundle, job, address, trust, shown["fingerprint"], shown["words"], early)
