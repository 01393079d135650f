"""Each benchmark starts: what it imports is where it looks for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def test_every_benchmark_says_how_it_is_run():
    asked = {
        file.name: subprocess.Popen([sys.executable, file, "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for file in sorted(BENCHMARKS.glob("*.py"))
        if "argparse" in file.read_text(encoding="utf-8")
    }
    told = {name: (child.communicate()[0], child.returncode) for name, child in asked.items()}
    assert len(told) >= 6
    assert {name: output for name, (output, code) in told.items() if code != 0 or b"usage:" not in output} == {}
