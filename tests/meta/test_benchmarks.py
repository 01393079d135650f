"""Each benchmark starts: what it imports is where it looks for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
RUN = [file for file in sorted(BENCHMARKS.glob("*.py")) if "__main__" in file.read_text(encoding="utf-8")]


@pytest.mark.parametrize("file", RUN, ids=lambda file: file.stem)
def test_a_benchmark_says_how_it_is_run(file: Path) -> None:
    told = subprocess.run([sys.executable, file, "--help"], capture_output=True, timeout=300, check=False)
    assert (told.returncode, told.stdout.startswith(b"usage:")) == (0, True), told.stderr


def test_every_table_of_the_page_has_a_benchmark() -> None:
    page = (BENCHMARKS.parent / "docs/reference/benchmarks.md").read_text(encoding="utf-8")
    tables = {line.split()[2] for line in page.splitlines() if line.startswith("<!-- bench:")}
    assert tables
    assert tables <= {file.stem for file in RUN}
