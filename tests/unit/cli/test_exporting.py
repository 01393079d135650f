"""The file of an export stays exactly when the key left the signer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jinku.cli.exporting import Destination, destination
from jinku.cli.output import Output
from jinku.cli.session import Session
from jinku.core import JinkuError, UnavailableError
from jinku.custody.errors import ExportedUnrecordedError
from jinku.ops.settings import Settings


def export(home: Path, to: Path, failure: JinkuError | None) -> None:
    session = Session(Settings.of(home, {}), Output(as_json=False))
    with destination(session, Destination("xprv", "", to)) as fd:
        os.write(fd, b"what the signer wrote")
        if failure is not None:
            raise failure


def test_an_export_that_could_not_be_noted_keeps_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "key"
    with pytest.raises(ExportedUnrecordedError):
        export(tmp_path, path, ExportedUnrecordedError("the key WAS exported"))
    assert path.read_bytes() == b"what the signer wrote"
    assert f"{path} is kept" in capsys.readouterr().err


def test_an_export_that_failed_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with pytest.raises(UnavailableError):
        export(tmp_path, path, UnavailableError("the signer went away"))
    assert not path.exists()
    export(tmp_path, path, None)
    assert path.read_bytes() == b"what the signer wrote"
