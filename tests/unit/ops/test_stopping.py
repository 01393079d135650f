"""Whatever a database or a deployment file does, the signer is stopped."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from jinku.core import UnavailableError
from jinku.ops import stopping
from jinku.ops.settings import Settings


class Running:
    """A signer that runs until it is stopped."""

    def __init__(self) -> None:
        self.stops = 0

    def connect(self, *, start: bool) -> object:
        assert not start
        return SimpleNamespace(close=lambda: None)

    def stop(self) -> None:
        self.stops += 1


def test_a_fault_that_nobody_foresaw_keeps_no_signer_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never_foreseen(path: Path) -> None:
        raise TypeError(f"no way to read {path.name}")

    signer = Running()
    monkeypatch.setattr(stopping, "launcher", lambda settings, seconds: signer)
    monkeypatch.setattr(stopping.Deployment, "read", never_foreseen)
    found = stopping.stop_signer(Settings.of(tmp_path, {}))
    assert signer.stops == 1
    assert isinstance(found, UnavailableError)
    assert found.found == "TypeError: no way to read deployment.json"
