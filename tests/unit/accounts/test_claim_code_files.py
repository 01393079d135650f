"""Claim codes on their way to a file: lines of their own, and on the disk; a pipe is left alone."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from jinku.accounts.codes import begin_line, bring_to_disk
from jinku.core import UnavailableError

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND  # as a shell opens 3>>file: not readable


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"", b""), (b"1\ta\tcode\n", b"1\ta\tcode\n"), (b"1\ta\tcode\n2\ta", b"1\ta\tcode\n2\ta\n")],
)
def test_a_torn_line_is_ended_and_a_whole_one_is_left(tmp_path: Path, before: bytes, after: bytes) -> None:
    (tmp_path / "codes").write_bytes(before)
    fd = os.open(tmp_path / "codes", _APPEND)
    try:
        begin_line(fd)
        begin_line(fd)  # once is enough
    finally:
        os.close(fd)
    assert (tmp_path / "codes").read_bytes() == after


def test_a_pipe_gets_neither_a_line_nor_an_order_to_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("jinku.accounts.codes.os.fsync", synced.append)
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    try:
        begin_line(writer)
        bring_to_disk(writer)
        with pytest.raises(BlockingIOError):
            os.read(reader, 1)
    finally:
        os.close(reader)
        os.close(writer)
    assert synced == []


def test_a_file_is_synced_and_a_disk_that_fails_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("jinku.accounts.codes.os.fsync", synced.append)
    fd = os.open(tmp_path / "codes", _APPEND)
    try:
        bring_to_disk(fd)
        assert synced == [fd]

        def broken(_fd: int) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr("jinku.accounts.codes.os.fsync", broken)
        with pytest.raises(UnavailableError, match="brought to the disk") as raised:
            bring_to_disk(fd)
    finally:
        os.close(fd)
    assert (raised.value.code, raised.value.retryable) == ("accounts.codes_failed", False)
    with pytest.raises(UnavailableError, match="not open"):
        bring_to_disk(fd)
