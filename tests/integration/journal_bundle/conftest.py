"""One home and one bundle for all; what spoils a bundle copies it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "journal"))

from bundle_world import World
from bundle_world import world as made_world


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    with made_world() as made:
        yield made
