"""Real sources of anchors: openssl as the authority of time stamps, and a calendar that keeps its format's rules."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "journal"))
sys.path.insert(0, str(Path(__file__).parents[1] / "journal_bundle"))

from evm_world import Liar, Rig, lying, rig_of

from anvil_fixture import Anvil


@pytest.fixture
def rig(anvil: Anvil) -> Rig:
    """An EVM source with money, at the true node."""
    return rig_of(anvil)


@pytest.fixture
def liar(anvil: Anvil) -> Iterator[Liar]:
    """A node that tells the truth until it is given a lie."""
    with lying(anvil) as made:
        yield made
