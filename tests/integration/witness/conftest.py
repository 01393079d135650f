"""Real witnesses, each a process of the shipped program, and a log in memory that asks them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "journal"))

from witness_house import Witnesses


@pytest.fixture
def witnesses(tmp_path: Path) -> Iterator[Witnesses]:
    with Witnesses(tmp_path / "witnesses") as made:
        yield made
