"""The place of the claim codes is checked before a job is made: a descriptor, or a file that only its owner reads."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from jinku.cli import claim_codes
from jinku.cli.claim_codes import codes_descriptor
from jinku.core import RefusedError, UnavailableError, UsageError


def opened(fd: int | None = None, path: Path | None = None, as_json: bool = False) -> None:
    with codes_descriptor(fd, path, as_json):
        pass


def test_a_new_file_is_its_owners_and_an_old_one_is_added_to(tmp_path: Path) -> None:
    path = tmp_path / "codes"
    for line in (b"one\n", b"two\n"):
        with codes_descriptor(None, path) as fd:
            os.write(fd, line)
    assert path.read_bytes() == b"one\ntwo\n"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o604])
def test_a_file_that_others_can_read_is_refused_and_not_written(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "codes"
    path.write_text("before\n")
    path.chmod(mode)
    with pytest.raises(RefusedError, match="others could read") as raised:
        opened(path=path)
    assert raised.value.exit_code == 3
    assert "chmod 600" in str(raised.value.advice)
    assert path.read_text() == "before\n"
    path.chmod(0o600)
    opened(path=path)


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = os.geteuid()
    monkeypatch.setattr("jinku.cli.claim_codes.os.geteuid", lambda: uid + 1)
    with pytest.raises(RefusedError, match="others could read") as raised:
        opened(path=tmp_path / "codes")
    assert "another user" in str(raised.value.found)


def test_a_pipe_without_a_reader_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(RefusedError, match="not written to this") as raised:
        opened(path=tmp_path / "pipe")
    assert "--codes-fd" in str(raised.value.advice)
    with pytest.raises(RefusedError):
        opened(path=Path("/dev/null"))


def test_a_link_or_a_missing_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for path in (tmp_path / "link", tmp_path / "none" / "codes", tmp_path):
        with pytest.raises(UsageError, match="cannot be opened"):
            opened(path=path)
    assert not (tmp_path / "elsewhere").exists()


def test_two_runs_do_not_write_to_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim_codes, "_WAIT_SECONDS", 0.0)
    path = tmp_path / "codes"
    with codes_descriptor(None, path), pytest.raises(UnavailableError, match="another run"):
        opened(path=path)
    opened(path=path)
    other = os.open(path, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    monkeypatch.setattr(claim_codes, "_WAIT_SECONDS", 30.0)
    monkeypatch.setattr("jinku.cli.claim_codes.time.sleep", lambda _seconds: os.close(other))
    opened(path=path)  # waited until the other one let go


def test_a_descriptor_must_be_open_writable_and_not_where_json_goes() -> None:
    reader, writer = os.pipe()
    try:
        opened(writer)
        opened(writer, as_json=True)
        with pytest.raises(UsageError, match="cannot be written to"):
            opened(reader)
    finally:
        os.close(reader)
        os.close(writer)
    for fd in (writer, -1, 1 << 40):
        with pytest.raises(UsageError, match="no open descriptor"):
            opened(fd)
    with pytest.raises(UsageError, match="would mix"):
        opened(1, as_json=True)
    with pytest.raises(UsageError, match="one place"):
        opened(1, Path("codes"))
