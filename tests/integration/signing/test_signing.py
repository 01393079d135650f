"""A native EVM transfer, signed by the real signer: what has to be there, in which order, and what comes out."""

from __future__ import annotations

import json

import pytest
from eth_account import Account
from signer_house import House
from signing_world import OURS, THEIRS, Coordinator

from jinku.custody.errors import SignerRefusedError, VaultIntegrityError
from jinku.custody.signing import Reserved, SignedPlan


def test_a_transfer_is_signed_once_its_slot_is_cosigned(world: Coordinator) -> None:
    case = world.transfer(nonce=7)
    request = world.request(case)
    reserved = world.reserve(request)
    assert not reserved.dev
    assert (world.signer.slot_head().size, world.signer.slot_head().covered) == (1, 0)
    bare = world.signer.sign(world.token, request)
    assert isinstance(bare, Reserved), "asked again without a head, it signs nothing"
    signed = world.finish(request, world.cosigned(reserved.submission))
    assert Account.recover_transaction(signed.transaction).lower() == OURS.rpartition(":")[2]
    assert len(signed.signatures) == 1
    assert signed.signatures[0][1] in {0, 1}
    again = world.signer.sign(world.token, request)
    assert again == signed, "what is cosigned stays so, and signatures are deterministic"
    assert world.signer.slot_head().covered == 1
    entry = json.loads((world.house.home / "signer" / "slots.log").read_text())
    assert (entry["destination"], entry["amount"], entry["keys"]) == (THEIRS, "1000", [f"{OURS}/nonce/7"])


def test_one_head_serves_many(world: Coordinator) -> None:
    cases = [world.transfer(nonce=nonce) for nonce in range(3)]
    requests = []
    for case in cases:
        requests.append(world.request(case))
        last = world.reserve(requests[-1])
    head = world.cosigned(last.submission)
    ids = {world.finish(request, head).id for request in requests}
    assert len(ids) == 3
    assert world.signer.slot_head().covered == 3


def test_a_bump_takes_the_same_nonce_and_nothing_else_follows(world: Coordinator) -> None:
    case = world.transfer(nonce=3)
    first = world.sign(case)
    case.plan = world.plan(case.intent, 3, tip=10_000_000_000, replaces=case.plan["id"])
    assert world.sign(case).id != first.id
    other = world.transfer(nonce=3)
    with pytest.raises(SignerRefusedError) as refused:
        world.reserve(world.request(other))
    assert refused.value.code == "slot.taken"


def test_without_outside_witnesses_the_answer_says_dev(house: House) -> None:
    world = Coordinator(house, witnesses=0)
    answer = world.signer.sign(world.token, world.request(world.transfer()))
    assert isinstance(answer, SignedPlan)
    assert answer.dev
    head = world.signer.slot_head()
    assert (head.size, head.covered) == (1, 1)


def test_a_minority_of_the_witnesses_covers_no_slot(house: House) -> None:
    world = Coordinator(house, witnesses=3)
    world.trust(witnesses=[world.named(one) for one in world.witnesses], quorum=1)
    request = world.request(world.transfer())
    reserved = world.reserve(request)
    note = reserved.submission.partition(b"\n\n")[2].decode()
    one = (note + world.witnesses[0].add_checkpoint(reserved.submission)).encode()
    with pytest.raises(SignerRefusedError) as refused:
        world.finish(request, one)
    assert refused.value.code == "slots.head"
    two = one.decode() + world.witnesses[1].add_checkpoint(reserved.submission)
    assert world.finish(request, two.encode()).id


def test_a_killed_signer_signs_the_same_plan_and_no_second_one(world: Coordinator) -> None:
    case = world.transfer(nonce=5)
    request = world.request(case)
    world.reserve(request)
    world.house.kill()
    world.started_anew()
    double = world.plan(case.intent, 6)
    first = case.plan
    case.plan = double
    with pytest.raises(SignerRefusedError) as refused:
        world.reserve(world.request(case))
    assert refused.value.code == "slot.second_plan"
    case.plan = first
    reserved = world.reserve(request)
    head = world.cosigned(reserved.submission)
    signed = world.finish(request, head)
    world.house.kill()
    world.started_anew()
    assert world.signer.sign(world.token, request) == signed, "the cosigned head is on the disk"
    assert world.signer.slot_head().size == 1


def test_a_torn_line_was_never_given_and_a_shortened_file_is_refused(world: Coordinator) -> None:
    log = world.house.home / "signer" / "slots.log"
    world.sign(world.transfer(nonce=0))
    world.reserve(world.request(world.transfer(nonce=1)))
    world.house.stop()
    whole = log.read_bytes()
    assert whole.count(b"\n") == 2
    log.write_bytes(whole + whole[:100])
    world.started_anew()
    assert world.signer.slot_head().size == 2
    assert log.read_bytes() == whole
    for bent, says in (
        (whole[:40], "0 slots of at least 1"),
        (b"", "0 slots of at least 1"),
        (whole.replace(b'"1000"', b'"1001"', 1), "another slot stands among the first 1"),
        (whole.replace(b'"v":1', b'"v":2', 1), "line 1"),
        (whole + whole, "line 3"),
    ):
        world.house.stop()
        log.write_bytes(bent)
        with pytest.raises(VaultIntegrityError, match=says) as damaged:
            world.house.ready().slot_head()
        assert damaged.value.code == "slots.damaged"
    world.started_anew()
    request = world.request(world.transfer(nonce=9))
    with pytest.raises(VaultIntegrityError, match=r"slots\.log"):
        world.signer.sign(world.token, request)
    world.house.stop()
    log.unlink()
    (log.parent / "slots.head").unlink()
    with pytest.raises(VaultIntegrityError, match="it is missing"):
        world.house.ready().slot_head()
