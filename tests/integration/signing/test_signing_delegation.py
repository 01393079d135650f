"""An account that is handed to code is bound by no figure: a vault with limits of its own hands none over."""

from __future__ import annotations

import pytest
from signer_house import House
from signing_world import COIN, EMPTY, PATH, Case, Coordinator

from jinku.core import JinkuError, Json, canonical_bytes
from jinku.custody.signing import Reserved, SigningRequest

POLICY = {
    **EMPTY,
    "name": "main",
    "rules": [{"effect": "permit", "name": "hand", "then": {}, "when": {"kind": ["delegate"]}}],
    "v": 1,
}
LIMITS = canonical_bytes({"velocity": [{"amount": "2500", "asset": COIN, "window_seconds": 3600}]}).decode()


def handed(world: Coordinator, code: str) -> SigningRequest:
    """An authorisation (EIP-7702) of the vault's account for this code."""
    intent = world.intent(kind="delegate", amount="0", destination=f"eip155:1:{code}")
    detail: dict[str, Json] = {
        "access_list": [],
        "authorization": None,
        "gas_limit": "0",
        "max_fee_per_gas": "0",
        "max_priority_fee_per_gas": None,
        "type": "authorization",
    }
    payloads = [{"curve": "secp256k1", "digest": "00" * 32, "path": PATH}]
    plan = world.completed(intent, {"detail": detail, "fee": "0", "nonce": "1", "payloads": payloads})
    return world.request(Case(intent, plan), approvals=())


def test_a_vault_with_limits_hands_no_account_to_code_and_takes_it_back(house: House) -> None:
    world = Coordinator(house, POLICY, limits=LIMITS)
    with pytest.raises(JinkuError, match="to code") as refused:
        world.reserve(handed(world, "0x" + "bb" * 20))
    assert refused.value.code == "sign.limit"
    assert isinstance(world.reserve(handed(world, "0x" + "00" * 20)), Reserved), "back to itself"


def test_one_without_limits_does_what_its_policy_permits(house: House) -> None:
    world = Coordinator(house, POLICY)
    assert isinstance(world.reserve(handed(world, "0x" + "bb" * 20)), Reserved)
