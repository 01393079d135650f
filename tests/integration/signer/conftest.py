from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from signer_house import House, close_secrets

from jinku.custody.adapters.signer_socket import SocketSigner


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.stop()
    close_secrets()


@pytest.fixture
def signer(house: House) -> SocketSigner:
    return house.ready()
