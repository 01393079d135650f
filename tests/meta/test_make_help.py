"""`make` alone says what there is, on a terminal of 80 columns."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_each_target_is_told_on_a_line_of_its_own_that_fits() -> None:
    told = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    declared = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    targets = [line.split()[1] for line in told if line.startswith("  make ")]
    assert targets == " ".join(declared).split()
    assert max(map(len, told)) < 80
    assert len(told) == len(targets) + 1
