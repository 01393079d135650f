"""The rule of tests/conftest.py works: a skip, however it is written, fails a run in CI and only there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPS = {
    "call": "def test_it():\n    pytest.skip('no disk')\n",
    "mark": "@pytest.mark.skipif(True, reason='no disk')\ndef test_it():\n    pass\n",
    "fixture": "@pytest.fixture\ndef disk():\n    pytest.skip('no disk')\n\ndef test_it(disk):\n    pass\n",
    "file": "pytest.skip('no disk', allow_module_level=True)\n",
}


def _run(folder: Path, body: str, ci: str, *more: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    (folder / "test_it.py").write_text("import pytest\n\ndef test_runs():\n    pass\n\n" + body)
    words = ["-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder), *more]
    environment = {**os.environ, "CI": ci}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("how", "workers"), [*((how, "-n0") for how in SKIPS), ("fixture", "-n1"), ("file", "-n1")])
def test_a_skip_fails_in_ci(tmp_path: Path, how: str, workers: str) -> None:
    done = _run(tmp_path, SKIPS[how], "true", workers)
    assert done.returncode in {1, 2}, done.stdout
    assert "in CI a skipped test is a failure" in done.stdout
    assert "no disk" in done.stdout
    assert "skipped" not in done.stdout.splitlines()[-1]


def test_outside_ci_it_stays_a_skip_and_an_expected_failure_stays_one(tmp_path: Path) -> None:
    expected = "@pytest.mark.xfail(strict=True)\ndef test_wrong():\n    assert 0\n"
    outside = _run(tmp_path, SKIPS["mark"] + expected, "")
    assert outside.returncode == 0, outside.stdout
    assert "1 skipped" in outside.stdout
    inside = _run(tmp_path, expected, "true")
    assert inside.returncode == 0, inside.stdout
    assert "1 xfailed" in inside.stdout
