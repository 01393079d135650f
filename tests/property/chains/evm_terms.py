"""Intents and plans on EVM chains for the tests beside it."""

from __future__ import annotations

from eth_account import Account
from hypothesis import strategies as st

from jinku.core import (
    AccountId,
    AssetId,
    Bounds,
    Curve,
    EvmDetail,
    Id,
    Intent,
    IntentKind,
    Payload,
    Plan,
)

KEY = Account.from_key(b"\x01" * 32)
addresses = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + (b"\x99" + raw[1:]).hex())
words = st.binary(min_size=32, max_size=32).map(bytes.hex)


def an_id(tail: int) -> Id:
    return Id.from_parts(1_700_000_000_000, tail)


def an_intent(chain: str, asset: str, to: str, amount: int, kind: IntentKind = IntentKind.TRANSFER) -> Intent:
    return Intent(
        id=an_id(1),
        deployment=an_id(2),
        kind=kind,
        vault=an_id(3),
        source=AccountId.parse(f"{chain}:{KEY.address}"),
        destination=AccountId.parse(f"{chain}:{to}"),
        asset=AssetId.parse(f"{chain}/{asset}"),
        amount=amount,
        bounds=Bounds(max_fee=2**255, valid_until_ms=1_700_000_600_000, replaceable=True),
        initiator="ed25519:7f4c",
        reason_commitment=None,
        idempotency_key="order-4711",
        created_at_ms=1_700_000_000_000,
    )


def draft(intent: Intent, detail: EvmDetail, nonce: int) -> Plan:
    return Plan(
        id=an_id(4),
        deployment=intent.deployment,
        intent_digest=intent.digest().hex(),
        chain=intent.chain,
        nonce=nonce,
        inputs=(),
        change=(),
        fee=detail.max_fee,
        anchor=None,
        valid_until_height=None,
        payloads=(Payload(digest="00" * 32, curve=Curve.SECP256K1, path="m/44'/60'/0'/0/0"),),
        detail=detail,
        replaces=None,
        created_at_ms=1_700_000_000_001,
    )
