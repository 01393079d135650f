"""Transfers on both databases, in the world of the simulator without its faults."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "fault" / "transfers"))

from sim_world import World

from jinku.store import DatabaseUrl, Place


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A new database."""
    if request.param == "sqlite":
        return tmp_path / "jinku.db"
    return DatabaseUrl.parse(request.getfixturevalue("postgres"))


@pytest.fixture
def world(place: Place) -> Iterator[World]:
    """Nothing goes wrong here but what a test does."""
    world = World(7, place, transfers=0)
    world.calm = True
    world.chain.reverts, world.chain.picky = False, 0.0
    yield world
    world.close()
