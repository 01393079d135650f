"""A signer that was copied or restored: witnesses cosign one history of slots, so of two signers one signs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from signer_house import House
from signing_people import RefusedCosignature, Submitted
from signing_world import Coordinator
from witness_house import LONG, RealWitness, Witnesses

from jinku.custody.errors import SignerRefusedError, VaultIntegrityError
from jinku.custody.signing import Reserved


class Posted:
    """The shipped jinku-witness behind its port, as the coordinator's own witnesses are asked."""

    def __init__(self, real: RealWitness) -> None:
        self.real, self.name, self.vkeys = real, real.name, real.vkeys

    def add_checkpoint(self, body: bytes) -> str:
        where = urlsplit(self.real.url)
        connection = HTTPConnection(where.hostname or "", where.port, timeout=LONG)
        try:
            connection.request("POST", "/add-checkpoint", body)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status != 200:
            raise RefusedCosignature(int(text) if answer.status == 409 else answer.status)
        return text


@pytest.fixture
def witnesses(tmp_path: Path) -> Iterator[Witnesses]:
    with Witnesses(tmp_path / "witnesses") as some:
        yield some


def test_of_two_copies_one_is_refused(world: Coordinator) -> None:
    world.sign(world.transfer(nonce=0))
    house, copy, token = world.copied()
    try:
        case = world.transfer(nonce=1)
        ours = world.request(case)
        case.plan = world.plan(case.intent, 2)
        theirs = world.request(case)  # the same intent, so that both plans would pay
        reserved = world.reserve(ours)
        other = copy.sign(token, theirs)
        assert isinstance(other, Reserved), "by itself a copy cannot know"
        head = world.cosigned(reserved.submission)
        with pytest.raises(RefusedCosignature):
            world.cosigned(other.submission)
        assert world.finish(ours, head).id
        with pytest.raises(VaultIntegrityError) as refused:
            copy.sign(token, replace(theirs, slots_head=head))
        assert refused.value.code == "slots.forked"
        later = world.request(world.transfer(nonce=3))
        head = world.cosigned(world.reserve(later).submission)
        with pytest.raises(VaultIntegrityError) as refused:
            copy.sign(token, replace(theirs, slots_head=head))
        assert refused.value.code == "slots.behind"
        with pytest.raises(VaultIntegrityError) as refused:
            copy.slot_head(Submitted.parse(b"old 3\n\n" + head).size)
        assert refused.value.code == "slots.behind", "also where a witness says so"
    finally:
        house.stop()


def test_a_restored_signer_signs_nothing_new_with_real_witnesses(house: House, witnesses: Witnesses) -> None:
    real = [witnesses.make(name) for name in ("east", "west")]
    world = Coordinator(house, witnesses=0)
    journal = json.loads(world.signer.trust_root())["root"]["journal"]["keys"]
    for one in real:
        one.say("add-log", *journal)
        one.serve([world.signer.slot_head().vkey])
    world.witnesses = [Posted(one) for one in real]
    world.trust(witnesses=[world.named(one) for one in world.witnesses], quorum=2)
    world.sign(world.transfer(nonce=0))
    house.stop()
    shutil.copytree(house.home, house.folder / "backup")
    world.started_anew()
    case = world.transfer(nonce=1)
    ours = world.request(case)
    case.plan = world.plan(case.intent, 2)
    theirs = world.request(case)
    assert world.finish(ours, world.cosigned(world.reserve(ours).submission)).id

    house.stop()
    shutil.rmtree(house.home)
    shutil.copytree(house.folder / "backup", house.home)
    world.started_anew()
    reserved = world.reserve(theirs)  # it has forgotten the first plan
    with pytest.raises(RefusedCosignature):
        world.cosigned(reserved.submission)
    with pytest.raises(SignerRefusedError) as refused:
        world.finish(theirs, reserved.submission.partition(b"\n\n")[2])
    assert refused.value.code == "slots.head", "its own word is not enough"
