"""What the suites of custody have (shapes of forms, secrets behind pipes), and an installation to walk over."""

from __future__ import annotations

import contextlib
import functools
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "custody"))

from verb_table import PORT
from walking import Walk

from jinku.custody.adapters.launcher import Launcher
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.ops.platform import launcher
from jinku.ops.settings import Settings


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Walk]:
    """An installation; what the signer is asked for meanwhile is written down."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with tempfile.TemporaryDirectory(prefix="jk") as runtime:  # a socket's path is short
        walked = Walk(Settings.of(tmp_path / "home", {"XDG_RUNTIME_DIR": runtime}), tmp_path)
        for verb in PORT:
            _listen(monkeypatch, Launcher if verb == "stop" else SocketSigner, verb, walked.heard)
        try:
            yield walked
        finally:
            with contextlib.suppress(FileNotFoundError):
                launcher(walked.settings).stop()


def _listen(monkeypatch: pytest.MonkeyPatch, where: type, verb: str, heard: list[str]) -> None:
    plain = getattr(where, verb)

    @functools.wraps(plain)
    def noted(*given: Any, **words: Any) -> Any:
        heard.append(verb)
        return plain(*given, **words)

    monkeypatch.setattr(where, verb, noted)
