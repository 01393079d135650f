"""Delegations (EIP-7702) and permits against eth-account: the same bytes and digests, and their effects named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_typed_data
from evm_terms import KEY, addresses, an_intent, draft
from hypothesis import given, settings
from hypothesis import strategies as st

from jinku import _native
from jinku.core import EvmDetail, EvmType, IntegrityError, Intent, IntentKind, ParseError

ZERO = "0x" + "00" * 20
OURS = KEY.address.lower()


def checked(intent: Intent, detail: EvmDetail, nonce: int) -> tuple[str, bytes, dict[str, Any]]:
    """Account, bytes and effects of a completed plan."""
    plan = _native.complete_plan(intent.to_canonical(), draft(intent, detail, nonce).to_canonical())
    account, unsigned, effects = _native.check_plan(intent.to_canonical(), plan)
    return account, unsigned, json.loads(effects)


def delegating(
    to: str, grants: list[Any], *, chain: int = 1, gas: int = 90_000, fee: int = 9, nonce: int = 0, value: int = 0
) -> Any:
    """The signed transaction as eth-account makes it."""
    fields = {
        "type": 4,
        "chainId": chain,
        "nonce": nonce,
        "gas": gas,
        "to": to,
        "value": value,
        "data": b"",
        "maxFeePerGas": fee,
        "maxPriorityFeePerGas": fee // 2,
        "accessList": [],
        "authorizationList": grants,
    }
    return KEY.sign_transaction(fields)


@given(
    st.sampled_from([1, 31_337, 2**53]),
    st.one_of(st.just(ZERO), addresses),
    st.integers(0, 2**64 - 3),
    st.integers(21_000, 2**63),
    st.integers(0, 2**128),
)
@settings(max_examples=60)
def test_a_delegation_is_the_one_of_eth_account(chain: int, code: str, nonce: int, gas: int, fee: int) -> None:
    intent = an_intent(f"eip155:{chain}", "slip44:60", code, 0, IntentKind.DELEGATE)
    theirs = KEY.sign_authorization({"chainId": chain, "address": code, "nonce": nonce + 1})
    account, message, effects = checked(intent, EvmDetail(EvmType.AUTHORIZATION, 0, 0, None), nonce + 1)
    wanted = {"authority": account, "delegate": f"eip155:{chain}:{code}", "every_chain": False}
    assert (effects["delegations"], effects["fee"]["most"]) == ([wanted], "0")
    [(_, _, digest)] = _native.transaction_payloads(account, message)
    assert digest == bytes(theirs.authorization_hash)

    compact = theirs.r.to_bytes(32, "big") + theirs.s.to_bytes(32, "big")
    tuple_bytes, _ = _native.attach_signatures(account, message, [(compact, theirs.y_parity)])
    signature = (compact + bytes([theirs.y_parity])).hex()
    detail = EvmDetail(EvmType.SET_CODE, gas, fee, fee // 2, authorization=signature)
    account, unsigned, effects = checked(intent, detail, nonce)
    assert effects["delegations"] == [wanted]
    assert (effects["losses"], effects["gains"], effects["grants"]) == ([], [], [])
    signed = delegating(ZERO, [theirs], chain=chain, gas=gas, fee=fee, nonce=nonce)
    compact = signed.r.to_bytes(32, "big") + signed.s.to_bytes(32, "big")
    sent, name = _native.attach_signatures(account, unsigned, [(compact, signed.v)])
    assert (sent, name) == (bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex())
    assert tuple_bytes in sent
    with pytest.raises(IntegrityError) as caught:
        checked(intent, detail, nonce ^ 1)
    assert caught.value.code == "tx.effects"


def test_a_sponsored_delegation_is_named_and_no_call_of_what_it_sets_is_read() -> None:
    other = Account.from_key(b"\x02" * 32)
    grant = other.sign_authorization({"chainId": 0, "address": "0x" + "44" * 20, "nonce": 3})
    sent = bytes(delegating("0x" + "99" * 20, [grant], value=1).raw_transaction)
    account, unsigned, _ = _native.open_transaction("eip155:1", sent)
    assert account == f"eip155:1:{OURS}"
    effects = json.loads(_native.transaction_effects(account, unsigned))
    named = {"authority": f"eip155:1:{other.address.lower()}", "delegate": "eip155:1:0x" + "44" * 20}
    assert effects["delegations"] == [named | {"every_chain": True}]
    sent = bytes(delegating(other.address, [grant], value=1).raw_transaction)
    account, unsigned, _ = _native.open_transaction("eip155:1", sent)
    with pytest.raises(ParseError) as caught:
        _native.transaction_effects(account, unsigned)
    assert caught.value.code == "tx.unsupported"


MEMBERS = {"owner": "address", "spender": "address", "value": "uint256", "nonce": "uint256", "deadline": "uint256"}
DOMAIN = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}


@given(addresses, addresses, st.integers(0, 2**256 - 1), st.integers(0, 2**52))
@settings(max_examples=60)
def test_a_permit_has_the_digest_of_eth_account_and_is_a_grant(
    token: str, spender: str, value: int, nonce: int
) -> None:
    types = {
        "EIP712Domain": [{"name": name, "type": form} for name, form in DOMAIN.items()],
        "Permit": [{"name": name, "type": form} for name, form in MEMBERS.items()],
    }
    message = {"owner": OURS, "spender": spender, "value": str(value), "nonce": nonce, "deadline": nonce}
    domain = {"name": "USD Coin", "version": "2", "chainId": 1, "verifyingContract": token}
    data = {"types": types, "primaryType": "Permit", "domain": domain, "message": message}
    text, account = json.dumps(data).encode(), f"eip155:1:{OURS}"
    typed = encode_typed_data(full_message=data | {"message": message | {"value": value}})
    [(_, _, digest)] = _native.transaction_payloads(account, text)
    assert digest == _hash_eip191_message(typed)
    [grant] = json.loads(_native.transaction_effects(account, text))["grants"]
    assert grant["asset"] == f"eip155:1/erc20:{token}"
    assert (grant["owner"], grant["spender"]) == (account, f"eip155:1:{spender}")
    assert grant["limit"] == {"kind": "up_to", "amount": str(value)}
    signed = KEY.sign_message(typed)
    compact = signed.r.to_bytes(32, "big") + signed.s.to_bytes(32, "big")
    assert _native.attach_signatures(account, text, [(compact, signed.v - 27)])[0] == bytes(signed.signature)
    with pytest.raises(ParseError) as caught:
        _native.transaction_effects(f"eip155:1:{spender}", text)
    assert caught.value.code == "tx.unsupported"
