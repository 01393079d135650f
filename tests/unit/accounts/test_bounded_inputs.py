"""What commands about accounts read is bounded, and what they print of rows cannot steer a terminal."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from jinku.cli.account_files import read_text
from jinku.cli.claim_codes import check_writable
from jinku.cli.evidence_options import EvidenceOptions, evidence_from
from jinku.cli.output import Output, facts, printable, table
from jinku.cli.self_options import recipients_from
from jinku.core import NotFoundError, UsageError


def test_a_device_that_does_not_end_is_refused_at_once() -> None:
    zero = Path("/dev/zero")
    for way in (lambda: recipients_from(zero, 3), lambda: evidence_from(EvidenceOptions(evidence_file=zero), 3)):
        with pytest.raises(UsageError, match="cannot be read: found /dev/zero: a device") as caught:
            way()
        assert caught.value.exit_code == 2


def test_a_file_without_end_is_refused_unread(tmp_path: Path) -> None:
    huge = tmp_path / "huge"
    with huge.open("wb") as file:
        file.truncate(3 << 30)
    with pytest.raises(UsageError, match=r"file of recipients is too long: found .*more than 67,108,864 bytes"):
        recipients_from(huge, 3)
    with pytest.raises(UsageError, match=r"evidence file is too long: found .*more than 1,048,576 bytes"):
        evidence_from(EvidenceOptions(evidence_file=huge), 3)


def test_what_fits_is_read_also_from_a_pipe(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"age1one\n# two\nage1three\n")
    os.close(writer)
    assert recipients_from(Path(f"/dev/fd/{reader}"), 2) == ("age1one", "age1three")
    os.close(reader)
    path = tmp_path / "file"
    path.write_bytes(b"right\n\xff\n")
    with pytest.raises(UsageError, match="line 2 is no text, expected ASCII"):
        recipients_from(path, 2)
    path.write_bytes(b"12345")
    assert read_text(path, "file", 5) == "12345"
    with pytest.raises(UsageError, match="too long"):
        read_text(path, "file", 4)


def test_a_descriptor_that_is_not_there_is_refused() -> None:
    for fd in (977, 10**20, -1):
        with pytest.raises(UsageError, match="--progress-fd names no open descriptor"):
            check_writable(fd, "--progress-fd")
    with open(os.devnull, "rb") as file, pytest.raises(UsageError, match="cannot be written to"):  # noqa: PTH123
        check_writable(file.fileno(), "--progress-fd")
    with open(os.devnull, "wb") as file:  # noqa: PTH123
        check_writable(file.fileno(), "--progress-fd")


def test_no_row_steers_the_terminal() -> None:
    evil = "a\x1b[31mred\x9b2J\u202eb\rc"
    out, err = io.StringIO(), io.StringIO()
    output = Output(False, out, err)
    output.console.print(facts([("owner", evil)]))
    output.console.print(table(("owner",), [(evil + "\n",)]))
    output.note(evil)
    output.warn(evil)
    output.error(NotFoundError(evil, found=evil))
    for text in (out.getvalue(), err.getvalue()):
        assert "a\\x1b[31mred\\x9b2J\\u202eb\\rc" in text
        assert not set(text) & set("\x1b\x9b\u202e\r")
    assert "\\n" in out.getvalue()
    assert printable("Größe 大 \xa0 10\u202f000") == "Größe 大 \xa0 10\u202f000"
