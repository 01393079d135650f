from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "integration" / "signer"))

from signer_house import BINARY_VARIABLE, House, close_secrets, hooked_binary


@pytest.fixture(scope="session", autouse=True)
def _hooked() -> Iterator[None]:
    """These tests run the build with fault points."""
    before = os.environ.get(BINARY_VARIABLE)
    binary = hooked_binary()
    os.environ[BINARY_VARIABLE] = str(binary)
    yield
    binary.unlink()
    if before is None:
        del os.environ[BINARY_VARIABLE]
    else:
        os.environ[BINARY_VARIABLE] = before


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    os.environ.pop("JINKU_SIGNER_FAULT", None)
    house.stop()
    close_secrets()
