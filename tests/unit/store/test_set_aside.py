"""A file that was copied to a server is set aside for good, or the command says that this is not certain."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from jinku.store.copying import NotSetAsideError, _set_aside


def _fails(*_arguments: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


def test_the_file_is_elsewhere_and_its_folder_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "jinku.db").write_bytes(b"rows")
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(Path(f"/proc/self/fd/{fd}").readlink().name))
    _set_aside(tmp_path / "jinku.db", tmp_path / "jinku.db.moved")
    assert synced == [tmp_path.name]
    assert [path.name for path in tmp_path.iterdir()] == ["jinku.db.moved"]


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.rename"])
def test_a_disk_that_does_not_confirm_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    (tmp_path / "jinku.db").write_bytes(b"rows")
    monkeypatch.setattr(step, _fails)
    with pytest.raises(NotSetAsideError, match="every row stands in PostgreSQL") as told:
        _set_aside(tmp_path / "jinku.db", tmp_path / "jinku.db.moved")
    assert (told.value.exit_code, told.value.code, told.value.retryable) == (1, "store.copy_aside", False)
    assert "Input/output error" in str(told.value)
