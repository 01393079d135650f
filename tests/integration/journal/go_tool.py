"""The Go program of ``go/``, built once a session. Without Go its tests are skipped, which in CI is a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "go"


@cache
def _built(source: Path) -> str:
    """The program of a folder; or why there is none, behind a "?"."""
    go = shutil.which("go") or next((str(p) for p in [Path("/usr/local/go/bin/go")] if p.exists()), "")
    if not go:
        return "?Go is not installed: https://go.dev/dl (1.25 or newer); only these tests need it"
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "jinku"
    cache_home.mkdir(parents=True, exist_ok=True)
    program = cache_home / f"go-{source.parent.name}"
    made = program.with_name(f"{program.name}.{os.getpid()}")  # another session may be running the one that stands
    words = [go, "build", "-trimpath", "-o", str(made), "."]
    ran = subprocess.run(words, cwd=source, capture_output=True, text=True, check=False)
    if ran.returncode == 0:
        made.replace(program)
    return str(program) if ran.returncode == 0 else f"?go build failed: {ran.stderr.strip()[-800:]}"


def gotlog(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The program of ``go/``, run."""
    return run_go(SOURCE, *arguments)


def run_go(source: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program of a folder, run."""
    program = _built(source)
    if program.startswith("?"):
        pytest.skip(program[1:])
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=300)
