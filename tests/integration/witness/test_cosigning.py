"""Checkpoints that real witnesses cosign: k of m, from what each of them knows, and never without."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from log_keys import ORIGIN, cosigned_message
from log_world import World
from witness_house import RealWitness, Witnesses, asking, house, sequencer, signed_head, trust_root

from jinku import _native
from jinku.core import IntegrityError, UnavailableError, UsageError
from jinku.journal import TileTree, WitnessQuorumError
from jinku.journal.adapters.witness_client import check_url
from jinku.journal.notes import body, read_note, signature_lines


def published(world: World) -> bytes:
    note = world.tiles.published()
    assert note is not None
    return note


def held_by(note: bytes, witness: RealWitness) -> set[int]:
    """Types of the keys of a witness whose lines hold, by another library than the one that counted them."""
    found, head = set(), read_note(note)
    for vkey in witness.vkeys:
        name, number, coded = vkey.split("+", 2)
        kind, public = base64.b64decode(coded)[0], base64.b64decode(coded)[1:]
        assert hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).hexdigest()[:8] == number
        for line in signature_lines(note):
            if (line.name, line.key_id.hex()) != (name, number):
                continue
            time = int.from_bytes(line.payload[:8], "big")
            assert time > 1_700_000_000
            if kind == 4:
                message = f"cosignature/v1\ntime {time}\n{body(head.checkpoint)}".encode()
                Ed25519PublicKey.from_public_bytes(public).verify(line.payload[8:], message)
            else:
                message = cosigned_message(name, ORIGIN, time, head.checkpoint)
                MLDSA44PublicKey.from_public_bytes(public).verify(line.payload[8:], message)
            found.add(kind)
    return found


def test_two_witnesses_follow_a_log_that_grows(witnesses: Witnesses) -> None:
    world = World()
    some = house(world, witnesses, 2)
    for count in (1, 1, 254, 300):
        world.rows.add(count)
        sequencer(world, asking(world, some, 2)).flush()
        assert read_note(published(world)).size == world.rows.size()
        assert [held_by(published(world), one) for one in some] == [{4, 6}, {4, 6}]
    *_, cosigned, dev = _native.check_trusted_checkpoint(trust_root(world, some, 2), published(world))
    assert ([(name, outside) for name, outside, _ in cosigned], dev) == ([("w0", True), ("w1", True)], False)
    assert world.rows.notes[-1][2] == world.outside.note == published(world)
    world.check()


def test_one_process_asks_again_from_where_it_was(witnesses: Witnesses) -> None:
    world = World()
    some = house(world, witnesses, 1)
    one = sequencer(world, asking(world, some, 1))
    for _ in range(3):
        world.rows.add(200)
        one.flush()
    assert held_by(published(world), some[0]) == {4, 6}
    assert 'status="409"' not in some[0].status
    # a process that knows nothing of it is told the size, and asks again from there
    world.rows.add(7)
    blind = sequencer(world, asking(world, some, 1))
    for step in blind.steps():
        if step == "tiled":
            break
    note = read_note(signed_head(607, world.roots()[607]))
    done = asking(world, some, 1).cosign(note, TileTree(world.tiles, 607).consistency)
    assert (done.by, done.heads, done.silent) == (("w0",), (), ())
    assert held_by(done.note, some[0]) == {4, 6}
    assert 'status="409"} 1' in some[0].status


def test_k_of_m_publishes_and_less_signs_nothing(witnesses: Witnesses) -> None:
    world = World()
    some = house(world, witnesses, 3)
    world.rows.add(5)
    sequencer(world, asking(world, some, 2)).flush()
    some[1].stop()
    world.rows.add(5)
    sequencer(world, asking(world, some, 2)).flush()
    assert [bool(held_by(published(world), one)) for one in some] == [True, False, True]
    some[2].stop()
    world.rows.add(5)
    signed = list(world.signer.signed)
    with pytest.raises(WitnessQuorumError) as few:
        sequencer(world, asking(world, some, 2)).flush()
    assert few.value.retryable
    assert "w1" in str(few.value.found)
    assert (world.signer.signed, read_note(published(world)).size) == (signed, 10)
    assert len(world.rows.rows) == 15
    for one in some[1:]:
        one.serve()
    sequencer(world, asking(world, some, 3)).flush()
    assert [bool(held_by(published(world), one)) for one in some] == [True, True, True]
    world.check()


def test_a_witness_that_dies_between_the_questions_leaves_the_checkpoint_unpublished(witnesses: Witnesses) -> None:
    world = World()
    some = house(world, witnesses, 2)
    world.rows.add(5)
    one = sequencer(world, asking(world, some, 2))
    with pytest.raises(WitnessQuorumError):  # noqa: PT012  the steps are the test
        for step in one.steps():
            if step == "signed":
                some[0].stop()
    assert world.tiles.published() is None
    assert not world.rows.notes
    assert world.rows.size() == 5
    some[0].serve()
    sequencer(world, asking(world, some, 2)).flush()
    assert read_note(published(world)).size == 5
    world.check()


def test_who_does_not_know_the_log_or_has_no_address_does_not_count(witnesses: Witnesses) -> None:
    world = World()
    some = [*house(world, witnesses, 1), witnesses.make("w9").serve()]
    world.rows.add(3)
    with pytest.raises(WitnessQuorumError) as few:
        sequencer(world, asking(world, some, 2)).flush()
    assert "w9: 404" in str(few.value.found)
    with pytest.raises(WitnessQuorumError) as nowhere:
        sequencer(world, asking(world, some, 2, [some[0].url, ""])).flush()
    assert "nobody knows where" in str(nowhere.value.found)
    sequencer(world, asking(world, some, 1)).flush()
    assert held_by(published(world), some[0]) == {4, 6}
    known, unknown = asking(world, some, 1).look()
    assert (known.size, known.root, known.why) == (3, world.roots()[3], "")
    assert (unknown.size, unknown.root, unknown.why) == (None, b"", "")


def test_an_own_witness_is_asked_and_does_not_count(witnesses: Witnesses) -> None:
    world = World()
    some = house(world, witnesses, 1)
    world.rows.add(1)
    sequencer(world, asking(world, some, 1)).flush()
    root = trust_root(world, some, 0, outside=False)
    *_, cosigned, dev = _native.check_trusted_checkpoint(root, published(world))
    assert ([name for name, outside, _ in cosigned if outside], dev) == ([], True)


def test_addresses_of_witnesses() -> None:
    assert check_url("https://witness.example/w1/") == "https://witness.example/w1"
    for bad in (
        "witness.example",
        "ftp://w.example",
        "http://",
        "https://w/?a",
        "https://u:p@w",
        "https://w:0",
        "http://é",
    ):
        with pytest.raises(UsageError):
            check_url(bad)
    assert issubclass(WitnessQuorumError, UnavailableError)
    assert not issubclass(WitnessQuorumError, IntegrityError)  # a command that was done does not end with 5
