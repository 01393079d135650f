"""The EVM codec against eth-account: the same bytes, the same digests, the same signer, and every effect named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from eth_abi import encode
from eth_account.messages import _hash_eip191_message, encode_defunct, encode_typed_data
from eth_utils import keccak
from evm_terms import KEY, addresses, an_intent, draft, words
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jinku import _native
from jinku.core import AccessItem, EvmDetail, EvmType, IntegrityError, Intent, ParseError, Plan

NUMBERS = {EvmType.LEGACY: 0, EvmType.ACCESS_LIST: 1, EvmType.DYNAMIC_FEE: 2}


@st.composite
def details(draw: st.DrawFn) -> EvmDetail:
    kind = draw(st.sampled_from(sorted(NUMBERS)))
    fee = draw(st.integers(0, 2**128))
    items = st.builds(AccessItem, addresses, st.lists(words, max_size=3).map(tuple))
    return EvmDetail(
        kind=kind,
        gas_limit=draw(st.integers(21_000, 2**64 - 1)),
        max_fee_per_gas=fee,
        max_priority_fee_per_gas=draw(st.integers(0, fee)) if kind is EvmType.DYNAMIC_FEE else None,
        access_list=() if kind is EvmType.LEGACY else tuple(draw(st.lists(items, max_size=3))),
    )


@st.composite
def intents(draw: st.DrawFn) -> Intent:
    chain = f"eip155:{draw(st.sampled_from([1, 10, 31_337, 2**53, 9_223_372_036_854_775_771]))}"
    asset = draw(st.sampled_from(["slip44:60", "erc20:0x" + "dd" * 20]))
    return an_intent(chain, asset, draw(addresses), draw(st.integers(1, 2**200)))


def theirs(intent: Intent, detail: EvmDetail, nonce: int) -> dict[str, Any]:
    """The transaction as eth-account wants it, made without our codec."""
    to, amount = intent.destination.address, intent.amount
    fields: dict[str, Any] = {
        "chainId": int(intent.chain.reference),
        "nonce": nonce,
        "gas": detail.gas_limit,
        "to": bytes.fromhex(to[2:]),
        "value": amount,
        "data": b"",
    }
    if intent.asset.namespace == "erc20":
        call = keccak(text="transfer(address,uint256)")[:4] + encode(["address", "uint256"], [to, amount])
        fields |= {"to": bytes.fromhex(intent.asset.reference[2:]), "value": 0, "data": call}
    if detail.kind is EvmType.DYNAMIC_FEE:
        fields |= {"maxFeePerGas": detail.max_fee_per_gas, "maxPriorityFeePerGas": detail.max_priority_fee_per_gas}
    else:
        fields["gasPrice"] = detail.max_fee_per_gas
    if detail.kind is not EvmType.LEGACY:
        listed = [
            {"address": item.address, "storageKeys": ["0x" + key for key in item.storage_keys]}
            for item in detail.access_list
        ]
        fields |= {"type": NUMBERS[detail.kind], "accessList": listed}
    return fields


@given(intents(), details(), st.integers(0, 2**64 - 2))
@settings(max_examples=150)
def test_what_is_signed_is_what_eth_account_signs(intent: Intent, detail: EvmDetail, nonce: int) -> None:
    made = draft(intent, detail, nonce)
    plan = _native.complete_plan(intent.to_canonical(), made.to_canonical())
    account, unsigned, effects = _native.check_plan(intent.to_canonical(), plan)
    assert account == str(intent.source)
    asked = json.loads(_native.asked_effects(intent.to_canonical()))
    asked["fee"]["most"] = str(detail.max_fee)
    assert json.loads(effects) == asked

    signed = KEY.sign_transaction(theirs(intent, detail, nonce))
    [(signer, curve, digest)] = _native.transaction_payloads(account, unsigned)
    assert (signer, curve, digest) == (account, "secp256k1", keccak(unsigned))
    assert Plan.from_canonical(plan).payloads[0].digest == digest.hex()
    compact = signed.r.to_bytes(32, "big") + signed.s.to_bytes(32, "big")
    parity = signed.v if detail.kind is not EvmType.LEGACY else (signed.v - 35) % 2
    sent, name = _native.attach_signatures(account, unsigned, [(compact, parity)])
    assert (sent, name) == (bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex())
    assert _native.open_transaction(str(intent.chain), sent) == (account, unsigned, name)
    with pytest.raises(IntegrityError) as caught:
        _native.attach_signatures(account, unsigned, [(compact, parity ^ 1)])
    assert caught.value.code == "tx.signature"


@given(
    st.lists(st.tuples(st.integers(0, 2**256 - 1), st.integers(1, 2**240)), min_size=1, max_size=6),
    addresses,
    addresses,
    st.booleans(),
)
@settings(max_examples=100)
def test_a_batch_by_eth_abi_adds_up(rows: list[tuple[int, int]], giver: str, taker: str, data: bool) -> None:
    selector = keccak(text="safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)")[:4]
    arguments = [giver, taker, [row[0] for row in rows], [row[1] for row in rows], b"x" if data else b""]
    call = selector + encode(["address", "address", "uint256[]", "uint256[]", "bytes"], arguments)
    fields = {"chainId": 1, "nonce": 0, "gas": 99_000, "gasPrice": 1, "to": "0x" + "99" * 20, "value": 0, "data": call}
    account, unsigned, _ = _native.open_transaction("eip155:1", bytes(KEY.sign_transaction(fields).raw_transaction))
    if data:
        with pytest.raises(ParseError) as caught:
            _native.transaction_effects(account, unsigned)
        assert caught.value.code == "tx.unsupported"
        return
    expected: dict[str, int] = {}
    for token, amount in rows:
        name = f"eip155:1/erc1155:0x{'99' * 20}/{token}"
        expected[name] = expected.get(name, 0) + amount
    effects = json.loads(_native.transaction_effects(account, unsigned))
    for side, who in (("losses", giver), ("gains", taker)):
        assert {part["asset"]: int(part["amount"]) for part in effects[side]} == expected
        assert {part["account"] for part in effects[side]} <= {f"eip155:1:{who}"}


@given(st.binary(max_size=300))
@example(b"")
def test_messages_have_the_digest_of_eth_account(message: bytes) -> None:
    assert _native.message_digest(message) == _hash_eip191_message(encode_defunct(primitive=message))


TYPES = {
    "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
    "Order": [
        {"name": "maker", "type": "Person"},
        {"name": "amounts", "type": "uint256[]"},
        {"name": "legs", "type": "Leg[]"},
        {"name": "salt", "type": "bytes32"},
        {"name": "data", "type": "bytes"},
    ],
    "Leg": [{"name": "delta", "type": "int64"}, {"name": "open", "type": "bool"}, {"name": "to", "type": "Person"}],
    "Person": [{"name": "name", "type": "string"}, {"name": "wallet", "type": "address"}],
}
people = st.fixed_dictionaries(
    {"name": st.text(st.characters(exclude_categories=["Cs"]), max_size=9), "wallet": addresses}
)
legs = st.fixed_dictionaries({"delta": st.integers(-(2**63), 2**63 - 1), "open": st.booleans(), "to": people})
orders = st.fixed_dictionaries(
    {
        "maker": people,
        "amounts": st.lists(st.integers(0, 2**256 - 1), max_size=3),
        "legs": st.lists(legs, max_size=3),
        "salt": words.map(lambda text: "0x" + text),
        "data": st.binary(max_size=40).map(lambda raw: "0x" + raw.hex()),
    }
)


def spelled(value: Any) -> Any:
    """Integers as the strict reader wants them: beyond 2^53 they are texts."""
    if isinstance(value, dict):
        return {name: spelled(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [spelled(inner) for inner in value]
    return str(value) if isinstance(value, int) and abs(value) >= 2**53 else value


@given(orders, st.integers(1, 2**63))
@settings(max_examples=150)
def test_typed_data_has_the_digest_of_eth_account(message: dict[str, Any], chain: int) -> None:
    domain = {"name": "market", "chainId": chain}
    data = {"types": TYPES, "primaryType": "Order", "domain": domain, "message": message}
    expected = _hash_eip191_message(encode_typed_data(full_message=data))
    text = json.dumps(spelled(data)).encode()
    assert _native.read_typed_data(text) == (expected, "Order", chain, None)
    with pytest.raises(ParseError) as caught:
        _native.read_typed_data(text.replace(b'"maker"', b'"taker"', 1))
    assert caught.value.code == "message.malformed"
