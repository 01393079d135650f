"""A closed stream or a reader that went away is no defect: quiet, and the exit code stays true."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_RUN = f"{sys.executable} -c 'from jinku.app.main import main; main()' "


def shell(line: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"JINKU_HOME": str(home)}
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize("words", ["version", "--help", "version --json"])
@pytest.mark.parametrize("end", [">&-", "| true; exit ${PIPESTATUS[0]}"])
def test_nobody_reads_stdout_and_nothing_is_wrong(words: str, end: str, tmp_path: Path) -> None:
    done = shell(_RUN + words + end, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("end", [">&-", "2>&-", "2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}"])
def test_a_failure_keeps_its_exit_code(end: str, tmp_path: Path) -> None:
    done = shell(_RUN + "vault list " + end, tmp_path)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_a_failure(tmp_path: Path) -> None:
    assert shell(_RUN + "version > /dev/full", tmp_path).returncode == 1
