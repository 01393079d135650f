"""A signer whose files are exchanged under it: what stands open signs for nobody new."""

from __future__ import annotations

import shutil

import pytest
from signer_house import HOME_PASS, secret, unlock
from signing_world import Coordinator, permit

from jinku.core import canonical_bytes
from jinku.custody.errors import SignerConflictError, SignerRefusedError
from jinku.custody.signing import SigningRequest


def taken_over(world: Coordinator) -> SigningRequest:
    """System keys of somebody else stand open: their trust root, their policy, no witness, nobody's approval."""
    world.policy = canonical_bytes(permit())
    world.witnesses, world.entries, world.signed, world.seen = [], [], 0, 0
    world.trust(witnesses=[], quorum=0)
    return world.request(world.transfer(nonce=0), approvals=())


def test_other_system_keys_sign_with_no_vault_that_stood_open(world: Coordinator) -> None:
    own = world.house.home / "signer" / "system.vault"
    shutil.move(own, world.house.folder / "aside")
    with pytest.raises(SignerConflictError) as refused:
        world.signer.init_system(world.deployment, secret(HOME_PASS))
    assert refused.value.code == "system.exists", "the keys stand open, though their file is gone"
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
