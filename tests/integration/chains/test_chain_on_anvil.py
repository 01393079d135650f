"""The EVM family conforms on a real node."""

from __future__ import annotations

import pytest
from evm_bench import AnvilBench

from anvil_fixture import Anvil
from chain_conformance import Conformance


@pytest.fixture
def bench(anvil: Anvil) -> AnvilBench:
    return AnvilBench(anvil)


class TestOnAnvil(Conformance):
    """With the fixture of this module."""
