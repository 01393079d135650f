"""A signer whose files are exchanged under it: what stands open signs for nobody new, and nothing counts for less."""

from __future__ import annotations

import shutil

import pytest
from signer_house import HOME_PASS, House, secret, unlock
from signing_people import MemoryWitness
from signing_world import COIN, OURS, Coordinator, permit

from jinku.core import JinkuError, canonical_bytes
from jinku.custody.errors import SignerConflictError, SignerRefusedError, VaultIntegrityError
from jinku.custody.signing import Reserved, SigningRequest


def taken_over(world: Coordinator) -> SigningRequest:
    """System keys of somebody else stand open: their trust root, their policy, no witness, nobody's approval."""
    world.policy = canonical_bytes(permit())
    world.witnesses, world.entries, world.signed, world.seen = [], [], 0, 0
    world.trust(witnesses=[], quorum=0)
    return world.request(world.transfer(nonce=0), approvals=())


def test_other_system_keys_sign_with_no_vault_that_stood_open(world: Coordinator) -> None:
    own = world.house.home / "signer" / "system.vault"
    shutil.move(own, world.house.folder / "aside")
    with pytest.raises(SignerConflictError) as exists:
        world.signer.init_system(world.deployment, secret(HOME_PASS))
    assert exists.value.code == "system.exists", "the keys stand open, though their file is gone"
    shutil.move(world.house.folder / "aside", own)

    world.house.stop()
    world.signer = world.house.signer()
    world.token = unlock(world.signer, world.vault)  # before any system keys
    own.unlink()
    world.signer.init_system(world.deployment, secret(HOME_PASS))
    request = taken_over(world)
    with pytest.raises(SignerRefusedError) as refused:
        world.signer.sign(world.token, request)
    assert refused.value.code == "sign.system"
    world.signer.lock(world.vault)
    assert world.signer.sign(unlock(world.signer, world.vault), request).dev, "whoever has its secret may"


@pytest.mark.parametrize("running", [True, False])
def test_an_older_trust_root_is_not_believed_again(house: House, running: bool) -> None:
    world = Coordinator(house, witnesses=0)
    pinned = house.home / "signer" / "trust.root"
    lax = pinned.read_bytes()
    witnesses = [MemoryWitness("w0"), MemoryWitness("w1")]
    world.witnesses = witnesses
    world.trust(witnesses=[world.named(one) for one in witnesses], quorum=2)
    strict = pinned.read_bytes()
    first = world.transfer(nonce=0)
    world.sign(first)
    request = world.request(world.transfer(nonce=1))
    if not running:
        house.stop()
    pinned.write_bytes(lax)
    if not running:
        world.started_anew()
        assert world.signer.slot_head().size == 1, "the slots say under which version they were given"
    with pytest.raises(VaultIntegrityError, match="an older copy of") as refused:
        world.signer.sign(world.token, request)
    assert refused.value.code == "trust.damaged"
    pinned.write_bytes(strict)
    answer = world.signer.sign(world.token, request)
    assert isinstance(answer, Reserved)
    assert not answer.dev


def test_a_line_that_no_head_covers_is_sealed(house: House) -> None:
    limits = {"velocity": [{"amount": "2500", "asset": COIN, "window_seconds": 3600}]}
    world = Coordinator(house, limits=canonical_bytes(limits).decode())
    for nonce in range(2):
        world.reserve(world.request(world.transfer(nonce=nonce)))
    log = house.home / "signer" / "slots.log"
    whole = log.read_bytes()
    third = world.request(world.transfer(nonce=2))
    for bent in (
        whole.replace(b'"amount":"1000"', b'"amount":"1"'),
        whole.replace(f'"{OURS}/nonce/1"'.encode(), f'"{OURS}/nonce/9"'.encode()),
        whole.replace(b'"trust":"2"', b'"trust":"1"'),
    ):
        assert bent != whole
        house.stop()
        log.write_bytes(bent)
        world.started_anew()
        with pytest.raises(VaultIntegrityError, match=r"line [12]: the field slot\.seal") as refused:
            world.signer.sign(world.token, third)
        assert refused.value.code == "slots.damaged"
    house.stop()
    log.write_bytes(whole)
    world.started_anew()
    with pytest.raises(JinkuError) as limited:
        world.signer.sign(world.token, third)
    assert limited.value.code == "sign.limit"
