"""Two trees of one log: a witness that knows the other one stops everything, and both heads are kept."""

from __future__ import annotations

import hashlib

import pytest
from log_keys import mth
from log_world import World
from witness_house import RealWitness, Witnesses, asking, house, sequencer, signed_head

from jinku import _native
from jinku.journal import Edge, JournalBehindError, JournalForkedError, LogKeys, consistency_path
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.adapters.witness_client import Place, WitnessClient

OTHER = hashlib.sha256(b"another tree").digest()


def shown(witness: RealWitness, old: int, note: bytes, proof: list[bytes]) -> int:
    """The status of a submission by whoever stole the log's keys."""
    client = WitnessClient(Place(witness.name, tuple(witness.vkeys), witness.url), 60)
    return client.add_checkpoint(_native.make_submission(old, proof, note)).status


def test_another_tree_at_our_size_is_kept_and_nothing_is_published(witnesses: Witnesses) -> None:
    world = World()
    some = house(world, witnesses, 2)
    world.rows.add(5)
    stolen = signed_head(5, OTHER)
    assert shown(some[1], 0, stolen, []) == 200
    for _ in range(2):  # and again, as long as that witness is asked
        one = sequencer(world, asking(world, some, 1))
        one._known = []  # the comparison at the start is left out: the cosignatures have to find it, too
        with pytest.raises(JournalForkedError) as forked:
            one.flush()
    assert forked.value.exit_code == 5
    assert forked.value.fields["size"] == 5
    assert world.tiles.published() is None
    assert not world.rows.notes
    (kept,) = [data for path, data in world.tiles.files.items() if path.startswith("evidence/")]
    ours = kept.partition(b"\n== ours ==\n")[2]
    for note in (ours, stolen):  # each proves to anybody with the log's keys that it was signed
        keys: LogKeys = world.signer.keys
        assert NativeNotes().verify(note, keys) == ("ed25519", "ml-dsa-44")
    assert stolen in kept
    assert "ALARM split view" in some[1].alarms  # and that witness has evidence of its own
    kinds = [row.content for row in world.rows.rows if b"journal.fork_found" in row.content]
    assert len(kinds) == 2
    world.check()


def test_a_witness_that_followed_a_thief_stops_us_before_anything_is_signed(witnesses: Witnesses) -> None:
    world = World()
    some = house(world, witnesses, 2)
    world.rows.add(5)
    sequencer(world, asking(world, some, 1)).flush()
    lone = followed_the_thief(world, some[1])
    world.rows.add(5)
    signed = list(world.signer.signed)
    with pytest.raises(JournalBehindError):
        sequencer(world, asking(world, [lone], 1)).flush()
    assert world.signer.signed == signed
    world.check()


def followed_the_thief(world: World, witness: RealWitness) -> RealWitness:
    """That witness followed the thief from our size 5 to a size that we do not have."""
    leaves = [row.digest for row in world.rows.ordered()]
    later = signed_head(6, mth([*leaves, OTHER]))
    edge = Edge()
    edge.append(b"".join([*leaves, OTHER]))
    tiles = {(level, index): data for level, index, _, data in edge.partials()}
    proof = consistency_path(5, 6, lambda level, index, width: tiles[level, index][: 32 * width])
    assert shown(witness, 5, later, proof) == 200
    return witness


def test_an_older_tree_than_the_witness_knows_is_another_one(witnesses: Witnesses) -> None:
    """A witness that saw the thief's tree grow refuses ours for want of a proof; what it shows says why."""
    world = World()
    some = house(world, witnesses, 1)
    assert shown(some[0], 0, signed_head(3, OTHER), []) == 200
    world.rows.add(9)
    one = sequencer(world, asking(world, some, 1))
    one._known = []
    with pytest.raises(JournalForkedError) as forked:
        one.flush()
    assert forked.value.fields["size"] == 3
    assert world.tiles.published() is None


def test_a_database_behind_the_witness_says_so(witnesses: Witnesses) -> None:
    world = World()
    some = house(world, witnesses, 1)
    assert shown(some[0], 0, signed_head(50, OTHER), []) == 200
    world.rows.add(9)
    for asks_first in (True, False):
        one = sequencer(world, asking(world, some, 1))
        one._known = None if asks_first else []
        with pytest.raises(JournalBehindError) as behind:
            one.flush()
        assert behind.value.fields["size"] == 50
    assert world.tiles.published() is None
