from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "signer"))
sys.path.insert(0, str(Path(__file__).parents[1] / "witness"))
sys.path.insert(0, str(Path(__file__).parents[1] / "journal"))

from signer_house import House, close_secrets
from signing_world import Coordinator


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.stop()
    close_secrets()


@pytest.fixture
def world(house: House) -> Coordinator:
    return Coordinator(house)
