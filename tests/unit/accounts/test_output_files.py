"""A file appears whole, or what stood there before stays."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from jinku.accounts.output import write_file
from jinku.core import UnavailableError


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert write_file(out, lambda file: file.write(b"content")) == 7
    assert out.read_bytes() == b"content"
    assert out.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == {"out"}


def test_a_writer_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("old")

    def fail(file: IO[bytes]) -> int:
        file.write(b"half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_file(out, fail)
    assert out.read_text() == "old"
    assert names(tmp_path) == {"out"}


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="nothing is lost"):
        write_file(tmp_path / "absent" / "out", lambda file: file.write(b"x"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a tmpfs needs privileges")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_leaves_the_old_file(small_disk: Path) -> None:
    out = small_disk / "out"
    out.write_text("old")
    with pytest.raises(UnavailableError, match="No space left") as caught:
        write_file(out, lambda file: file.write(bytes(1 << 20)))
    assert caught.value.retryable
    assert out.read_text() == "old"
    assert names(small_disk) == {"out"}
