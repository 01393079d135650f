"""Bitcoin plans through the native codec, beside python-bitcoinlib's own digest of SegWit v0 (BIP-143)."""

from __future__ import annotations

import json

import pytest
from bitcoin.core import COutPoint, CTransaction, CTxIn, CTxOut, lx
from bitcoin.core.script import SIGHASH_ALL, SIGVERSION_WITNESS_V0, CScript, SignatureHash
from hypothesis import given, settings
from hypothesis import strategies as st

from jinku import _native
from jinku.core import (
    AccountId,
    AssetId,
    BitcoinDetail,
    BitcoinInput,
    Bounds,
    Curve,
    Id,
    Intent,
    IntentKind,
    JinkuError,
    Payload,
    Plan,
    PlanInput,
    PlanOutput,
)

MAIN = "bip122:000000000019d6689c085ae165831e93"
OURS = AccountId.parse(f"{MAIN}:bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu")
OUR_HASH = "c0cebcd6c3d3ca8c75dc5ec62ebe55330ef910e2"
THEIRS = AccountId.parse(f"{MAIN}:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
THEIR_HASH = "751e76e8199196d454941c45d1b3a323f1433bd6"


def an_id(tail: int) -> Id:
    return Id.from_parts(1_700_000_000_000, tail)


def planned(values: tuple[int, int, int], outpoint: str, lock_time: int = 0) -> tuple[Intent, Plan]:
    """An intent, and the draft of its plan: one input, the change in front; the values are amount, change and fee."""
    amount, change, fee = values
    intent = Intent(
        id=an_id(1),
        deployment=an_id(2),
        kind=IntentKind.TRANSFER,
        vault=an_id(3),
        source=OURS,
        destination=THEIRS,
        asset=AssetId.parse(f"{MAIN}/slip44:0"),
        amount=amount,
        bounds=Bounds(max_fee=100_000, valid_until_ms=1_700_000_600_000, replaceable=True),
        initiator="ed25519:7f4c",
        reason_commitment=None,
        idempotency_key="order-4711",
        created_at_ms=1_700_000_000_000,
    )
    draft = Plan(
        id=an_id(4),
        deployment=intent.deployment,
        intent_digest=intent.digest().hex(),
        chain=intent.chain,
        nonce=None,
        inputs=(PlanInput(outpoint, sum(values)),),
        change=(PlanOutput(OURS, change),),
        fee=fee,
        anchor=None,
        valid_until_height=None,
        payloads=(Payload(digest="00" * 32, curve=Curve.SECP256K1, path="m/84'/0'/0'/0/0"),),
        detail=BitcoinDetail(2, lock_time, (BitcoinInput(OURS, 0xFFFFFFFD),), (0,)),
        replaces=None,
        created_at_ms=1_700_000_000_001,
    )
    return intent, draft


@given(
    values=st.tuples(st.integers(294, 10**12), st.integers(294, 10**12), st.integers(0, 100_000)),
    txid=st.binary(min_size=32, max_size=32).map(bytes.hex),
    number=st.integers(0, 2**32 - 2),
    lock_time=st.integers(0, 2**31 - 1),  # the other library takes a signed one
)
@settings(max_examples=150)
def test_the_digest_is_that_of_another_library(
    values: tuple[int, int, int], txid: str, number: int, lock_time: int
) -> None:
    amount, change, fee = values
    intent, draft = planned(values, f"{txid}:{number}", lock_time)
    plan = Plan.from_canonical(_native.complete_plan(intent.to_canonical(), draft.to_canonical()))
    account, unsigned, effects = _native.check_plan(intent.to_canonical(), plan.to_canonical())
    outputs = [(change, OUR_HASH), (amount, THEIR_HASH)]
    theirs = CTransaction(
        [CTxIn(COutPoint(lx(txid), number), nSequence=0xFFFFFFFD)],
        [CTxOut(value, CScript(bytes.fromhex(f"0014{program}"))) for value, program in outputs],
        nLockTime=lock_time,
        nVersion=2,
    )
    code = CScript(bytes.fromhex(f"76a914{OUR_HASH}88ac"))
    digest = SignatureHash(code, theirs, 0, SIGHASH_ALL, sum(values), SIGVERSION_WITNESS_V0)
    assert plan.payloads[0].digest == digest.hex()
    assert theirs.serialize() in unsigned
    assert account == str(OURS)
    read = json.loads(effects)
    assert [(part["account"], part["amount"]) for part in read["losses"]] == [(str(OURS), str(amount))]
    assert [(part["account"], part["amount"]) for part in read["gains"]] == [(str(THEIRS), str(amount))]
    assert read["fee"]["most"] == str(fee)


def test_change_that_goes_elsewhere_is_refused() -> None:
    intent, draft = planned((1_000, 2_000, 300), f"{'11' * 32}:0")
    stolen = json.loads(draft.to_canonical())
    stolen["change"][0]["account"] = str(THEIRS)
    text = json.dumps(stolen, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(JinkuError) as caught:
        _native.complete_plan(intent.to_canonical(), text)
    assert caught.value.code == "tx.effects"
