from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "integration" / "signer"))

from signer_house import BINARY_VARIABLE, House, close_secrets, hooked_binary


@pytest.fixture(scope="session")
def _hooked() -> Iterator[Path]:
    binary = hooked_binary()
    yield binary
    binary.unlink()


@pytest.fixture(autouse=True)
def _hooked_is_started(_hooked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests, and no others of the same run, start the build with fault points."""
    monkeypatch.setenv(BINARY_VARIABLE, str(_hooked))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    os.environ.pop("JINKU_SIGNER_FAULT", None)
    house.stop()
    close_secrets()
