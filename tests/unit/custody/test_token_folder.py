"""Tokens and outcomes lie in files of their own: whole, for this user alone, or not there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from jinku.core import Id
from jinku.custody.adapters.token_folder import TokenFolder
from jinku.custody.errors import SignerUnavailableError

VAULT = Id.parse("018bcfe5-6800-7000-8000-00000000abcd")
TOKEN = bytes(range(32))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("some", [1, 7])
def test_what_is_written_in_pieces_stands_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, some: int) -> None:
    plain, folder = os.write, TokenFolder(tmp_path / "tokens")
    monkeypatch.setattr(os, "write", lambda fd, data: plain(fd, data[:some]))
    folder.save(VAULT, TOKEN)
    folder.keep_outcome("v.rekey", b'{"key_version":2}')
    assert folder.load(VAULT) == TOKEN
    assert folder.outcome("v.rekey") == b'{"key_version":2}'
    assert names(tmp_path / "tokens") == [str(VAULT), "v.rekey.ended"]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "tokens").iterdir()} == {0o600}


def test_on_a_full_disk_nothing_half_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older token stays as it was; an older outcome goes, for it would speak of another change."""
    folder = TokenFolder(tmp_path / "tokens")
    folder.save(VAULT, TOKEN)
    folder.keep_outcome("v.rekey", b"old")
    plain = os.write

    def full(fd: int, data: bytes) -> int:
        if len(data) < 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        return plain(fd, data[: len(data) - 3])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(SignerUnavailableError, match="No space left"):
        folder.save(VAULT, bytes(32))
    folder.keep_outcome("v.rekey", b"a new one")
    assert folder.load(VAULT) == TOKEN
    assert folder.outcome("v.rekey") is None
    assert names(tmp_path / "tokens") == [str(VAULT)]
    folder.keep_outcome("v.rekey", None)


def test_what_a_killed_writer_left_is_in_nobodys_way(tmp_path: Path) -> None:
    folder = TokenFolder(tmp_path / "tokens")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens" / f"{VAULT}.{os.getpid()}.new").write_bytes(b"half")
    folder.save(VAULT, TOKEN)
    assert folder.load(VAULT) == TOKEN
    folder.drop()
    assert folder.load(VAULT) is None
