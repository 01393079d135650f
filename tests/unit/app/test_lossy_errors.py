"""Remarks that find no room on a full disk end nothing; a reader that left is still noticed."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from jinku.app.streams import fill_gaps, silence
from jinku.cli.output import Output


def errors_to(fd: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard error as the interpreter opens it, on another descriptor."""
    raw = io.BufferedWriter(io.FileIO(fd, "w", closefd=False))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(raw, "utf-8", "backslashreplace", line_buffering=True))


def test_a_full_disk_takes_remarks_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    full = os.open("/dev/full", os.O_WRONLY | os.O_CLOEXEC)
    with pytest.raises(OSError, match="No space left"):
        os.write(full, b"as it would be")
    errors_to(full, monkeypatch)
    fill_gaps()
    output = Output(as_json=False)
    output.note("one")
    output.warn("two")
    sys.stderr.flush()
    os.close(full)


def test_what_finds_room_is_written_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "errors").open("wb") as file:
        errors_to(file.fileno(), monkeypatch)
        fill_gaps()
        assert (sys.stderr.fileno(), sys.stderr.encoding) == (file.fileno(), "utf-8")
        print("金\udc80", file=sys.stderr)
    assert (tmp_path / "errors").read_bytes() == "金\\udc80\n".encode()


def test_a_reader_that_left_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    errors_to(writing, monkeypatch)
    fill_gaps()
    with pytest.raises(BrokenPipeError):
        print("to nobody", file=sys.stderr)
    silence(writing)
    sys.stderr.flush()
    os.close(writing)
