"""Bitcoin plans through the native codec, beside embit: another reader and signer of PSBT (BIP-143, 174, 341, 370)."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from coincurve import PublicKey
from embit.ec import PrivateKey
from embit.finalizer import finalize_psbt
from embit.networks import NETWORKS
from embit.psbt import PSBT
from embit.script import Script, Witness, p2sh, p2tr, p2wpkh
from embit.transaction import SIGHASH, Transaction, TransactionInput, TransactionOutput
from embit.util.secp256k1 import ecdsa_signature_parse_der, ecdsa_signature_serialize_compact
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

CHAINS = {
    "main": ("bip122:000000000019d6689c085ae165831e93", 0),
    "test": ("bip122:000000000933ea01ad0ee984209779ba", 1),
    "regtest": ("bip122:0f9188f13cb7b2c71f2a335e3a4fc328", 1),
}
KINDS = ("wpkh", "nested", "taproot")


def an_id(tail: int) -> Id:
    return Id.from_parts(1_700_000_000_000, tail)


@dataclass(frozen=True)
class Case:
    """One transfer, and how its plan makes it."""

    chain: str
    kind: str
    secret: int
    to: Script
    amount: int
    values: tuple[int, ...]
    change: tuple[int, ...]
    place: int
    sequence: int
    lock_time: int
    version: int

    @property
    def key(self) -> PrivateKey:
        return PrivateKey(self.secret.to_bytes(32, "big"))

    @property
    def redeem(self) -> Script | None:
        return p2wpkh(self.key) if self.kind == "nested" else None

    @property
    def script(self) -> Script:
        if self.kind == "taproot":
            return p2tr(self.key.get_public_key())
        return p2wpkh(self.key) if self.redeem is None else p2sh(self.redeem)

    def account(self, of: Script) -> AccountId:
        return AccountId.parse(f"{CHAINS[self.chain][0]}:{of.address(NETWORKS[self.chain])}")

    @property
    def fee(self) -> int:
        return sum(self.values) - self.amount - sum(self.change)

    def previous(self) -> list[Transaction]:
        def made(number: int, value: int) -> Transaction:
            spent = TransactionInput(bytes([7] * 32), number)
            return Transaction(vin=[spent], vout=[TransactionOutput(value, self.script)])

        return [made(number, value) for number, value in enumerate(self.values)]

    def intent(self) -> Intent:
        name, coin = CHAINS[self.chain]
        return Intent(
            id=an_id(1),
            deployment=an_id(2),
            kind=IntentKind.TRANSFER,
            vault=an_id(3),
            source=self.account(self.script),
            destination=self.account(self.to),
            asset=AssetId.parse(f"{name}/slip44:{coin}"),
            amount=self.amount,
            bounds=Bounds(max_fee=self.fee, valid_until_ms=1_700_000_600_000, replaceable=True),
            initiator="ed25519:7f4c",
            reason_commitment=None,
            idempotency_key="order-4711",
            created_at_ms=1_700_000_000_000,
        )

    def draft(self, change_to: Script | None = None) -> Plan:
        intent, made = self.intent(), self.previous()
        ours, back = intent.source, self.account(change_to or self.script)
        redeem = None if self.redeem is None else self.redeem.data.hex()
        proofs = [None if self.kind == "taproot" else it.serialize().hex() for it in made]
        places = tuple(at for at in range(len(self.change) + 1) if at != min(self.place, len(self.change)))
        about = tuple(BitcoinInput(ours, self.sequence, redeem, proof) for proof in proofs)
        return Plan(
            id=an_id(4),
            deployment=intent.deployment,
            intent_digest=intent.digest().hex(),
            chain=intent.chain,
            nonce=None,
            inputs=tuple(PlanInput(f"{it.txid().hex()}:0", value) for it, value in zip(made, self.values, strict=True)),
            change=tuple(PlanOutput(back, value) for value in self.change),
            fee=self.fee,
            anchor=None,
            valid_until_height=None,
            payloads=tuple(Payload("00" * 32, Curve.SECP256K1, "m/84'/0'/0'/0/0") for _ in made),
            detail=BitcoinDetail(self.version, self.lock_time, about, places),
            replaces=None,
            created_at_ms=1_700_000_000_001,
        )


hashes = st.binary(min_size=32, max_size=32)
destinations = st.one_of(
    hashes.map(lambda it: Script(b"\x76\xa9\x14" + it[:20] + b"\x88\xac")),
    hashes.map(lambda it: Script(b"\xa9\x14" + it[:20] + b"\x87")),
    hashes.map(lambda it: Script(b"\x00\x14" + it[:20])),
    hashes.map(lambda it: Script(b"\x00\x20" + it)),
    hashes.map(lambda it: Script(b"\x51\x20" + it)),
)
cases = st.builds(
    Case,
    chain=st.sampled_from(sorted(CHAINS)),
    kind=st.sampled_from(KINDS),
    secret=st.integers(1, 2**255),
    to=destinations,
    amount=st.integers(546, 50_000),
    values=st.lists(st.integers(100_000, 10**12), min_size=1, max_size=5).map(tuple),
    change=st.lists(st.integers(546, 10_000), max_size=4).map(tuple),
    place=st.integers(0, 4),
    sequence=st.sampled_from([0xFFFFFFFD, 0xFFFFFFFE]),
    lock_time=st.integers(0, 2**32 - 1),
    version=st.integers(1, 3),
)


def recoverable(witness: Witness, digest: bytes, key: PrivateKey) -> tuple[bytes, int | None]:
    """A signature of a witness as the codec takes it."""
    if len(witness.items) == 1:
        return witness.items[0], None
    compact = ecdsa_signature_serialize_compact(ecdsa_signature_parse_der(witness.items[0][:-1]))
    for number in range(4):
        made = PublicKey.from_signature_and_message(compact + bytes([number]), digest, hasher=None)
        if made.format() == key.sec():
            return compact, number
    raise AssertionError("a signature of another key")


@given(case=cases)
@settings(max_examples=100, deadline=None)
def test_embit_reads_signs_and_sends_the_same(case: Case) -> None:
    intent = case.intent().to_canonical()
    plan = Plan.from_canonical(_native.complete_plan(intent, case.draft().to_canonical()))
    account, unsigned, effects = _native.check_plan(intent, plan.to_canonical())
    source, destination = (str(case.account(it)) for it in (case.script, case.to))
    assert account == source
    read = json.loads(effects)
    assert [(it["account"], it["amount"]) for it in read["losses"]] == [(source, str(case.amount))]
    assert [(it["account"], it["amount"]) for it in read["gains"]] == [(destination, str(case.amount))]
    assert read["fee"]["most"] == str(case.fee)

    psbt = PSBT.parse(unsigned)
    assert psbt.serialize() == unsigned
    assert psbt.verify(ignore_missing=True) == (case.kind != "taproot")
    assert psbt.fee() == case.fee
    outputs = [(it.value, it.script_pubkey) for it in psbt.tx.vout]
    back = [(value, case.script) for value in case.change]
    place = min(case.place, len(back))
    assert outputs == [*back[:place], (case.amount, case.to), *back[place:]]
    whole = SIGHASH.DEFAULT if case.kind == "taproot" else SIGHASH.ALL
    digests = [psbt.sighash(at, sighash=whole) for at in range(len(case.values))]
    assert [it.digest for it in plan.payloads] == [it.hex() for it in digests]

    psbt.version = 2
    two = psbt.serialize()
    assert _native.transaction_effects(source, two) == effects
    assert [it[2] for it in _native.transaction_payloads(source, two)] == digests

    assert psbt.sign_with(case.key) == len(digests)
    sent = finalize_psbt(psbt)
    signatures = [recoverable(it.witness, digest, case.key) for it, digest in zip(sent.vin, digests, strict=True)]
    assert _native.attach_signatures(source, unsigned, signatures) == (sent.serialize(), sent.txid().hex())


@given(case=cases, at=st.integers(0), bit=st.integers(0, 7))
@settings(max_examples=100, deadline=None)
def test_what_is_read_of_a_bent_psbt_is_what_embit_reads(case: Case, at: int, bit: int) -> None:
    bent = bytearray(_native.check_plan(*planned(case))[1])
    bent[at % len(bent)] ^= 1 << bit
    source = str(case.account(case.script))
    try:
        read = json.loads(_native.transaction_effects(source, bytes(bent)))
    except JinkuError:
        return
    psbt = PSBT.parse(bytes(bent))
    assert psbt.verify(ignore_missing=True) == (case.kind != "taproot")
    assert read["fee"]["most"] == str(psbt.fee())
    paid = [it for it in psbt.tx.vout if it.script_pubkey != case.script]
    assert sum(int(it["amount"]) for it in read["gains"]) == sum(it.value for it in paid)
    assert {it["account"] for it in read["gains"]} == {str(case.account(it.script_pubkey)) for it in paid}


def planned(case: Case) -> tuple[bytes, bytes]:
    intent = case.intent().to_canonical()
    return intent, _native.complete_plan(intent, case.draft().to_canonical())


@pytest.mark.parametrize("kind", KINDS)
def test_change_that_goes_elsewhere_is_refused(kind: str) -> None:
    thief = Script(b"\x00\x14" + b"\x05" * 20)
    case = Case("main", kind, 1, thief, 1_000, (4_000, 5_000), (2_000,), 0, 0xFFFFFFFD, 0, 2)
    intent, plan = planned(case)
    assert _native.check_plan(intent, plan)[0] == str(case.account(case.script))
    with pytest.raises(JinkuError) as caught:
        _native.complete_plan(intent, case.draft(change_to=thief).to_canonical())
    assert caught.value.code == "tx.effects"
