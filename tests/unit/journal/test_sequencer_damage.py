"""The sequencer among files and rows that somebody changed: nothing is signed, nothing false is published."""

from __future__ import annotations

import pytest
from log_world import World

from jinku.journal import CheckpointDamagedError, TileDamagedError


@pytest.fixture
def world() -> World:
    return World()


def test_lost_edge_tiles_are_named_and_nothing_is_signed(world: World) -> None:
    world.rows.add(300)
    world.sequencer().flush()
    world.rows.add(1)
    del world.tiles.files["tile/0/001.p/44"]
    with pytest.raises(TileDamagedError, match=r"tile/0/001.p/44"):
        world.sequencer().flush()
    assert len(world.signer.signed) == 1


def test_a_changed_checkpoint_of_the_database_is_not_published(world: World) -> None:
    world.rows.add(300)
    world.sequencer().flush()
    good = world.tiles.published()
    size, root, note = world.rows.notes[-1]
    at = len(note) - 20  # within the last signature
    other = b"B" if note[at : at + 1] == b"A" else b"A"
    world.rows.notes[-1] = (size, root, note[:at] + other + note[at + 1 :])
    with pytest.raises(CheckpointDamagedError):
        world.sequencer().flush()
    assert world.tiles.published() == good
