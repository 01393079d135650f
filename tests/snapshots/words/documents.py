"""Snapshots of the governed documents: valid ones with their digests, and each fault beside them."""

import copy
import json
from typing import Any

from frozen import DEPLOYMENT, EVM, VAULT, digest, plain, write


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with one field set, or removed when ``value`` is Ellipsis."""
    result = copy.deepcopy(document)
    *parents, last = path.split(".")
    place: Any = result
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    if value is ...:
        del place[last]
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return result


DETAIL: dict[str, Any] = {
    "access_list": [],
    "authorization": None,
    "gas_limit": "21000",
    "max_fee_per_gas": "20000000000",
    "max_priority_fee_per_gas": "1000000000",
    "type": "dynamic_fee",
}
SIGNATURE = "5a" * 64 + "01"
Fault = tuple[str, str, Any, str, str]
"""Why it is refused, the place that is changed, to what, and the code and field of the refusal."""


def snapshot(name: str, tag: str, valid: list[dict[str, Any]], faults: list[Fault]) -> None:
    """Valid documents with digest; faulty ones made of the first, with the code and field of the refusal."""
    base = valid[0]
    rows = []
    for document in valid:
        row = {"canonical": plain(document), "digest": digest(tag, plain(document))}
        if name == "intent":
            body = {key: value for key, value in document.items() if key != "id"}
            row["body_digest"] = digest("jinku/intent-body/1", plain(body))
        rows.append(row)
    refused = [
        {"why": why, "text": plain(changed(base, path, value)), "code": code, "field": field}
        for why, path, value, code, field in faults
    ]
    refused += [
        {"why": "spaces", "text": json.dumps(base, sort_keys=True), "code": "json.not_canonical", "field": ""},
        {
            "why": "keys out of order",
            "text": json.dumps(dict(sorted(base.items(), reverse=True)), separators=(",", ":")),
            "code": "json.not_canonical",
            "field": "",
        },
        {"why": "an array", "text": "[]", "code": "document.shape", "field": name},
        {"why": "too large", "text": plain(base | {"zz": "@PAD:65535@"}), "code": "json.too_large", "field": ""},
        {"why": "no JSON", "text": "{", "code": "json.malformed", "field": ""},
    ]
    write(name, {"valid": rows, "invalid": refused})


def intents() -> None:
    base = {
        "v": 1,
        "id": "018bcfe5-6801-7abc-8def-0123456789ab",
        "deployment": DEPLOYMENT,
        "kind": "transfer",
        "vault": VAULT,
        "source": f"eip155:1:{EVM}",
        "destination": "eip155:1:0x6fac4d18c912343bf86fa7049364dd4e424ab9c0",
        "asset": "eip155:1/slip44:60",
        "amount": "1500000000000000000",
        "bounds": {"max_fee": "21000000000000000", "replaceable": True, "valid_until": "1700000600000"},
        "initiator": "ed25519:7f4c",
        "reason_commitment": None,
        "idempotency_key": "order-4711/1",
        "created_at": "1700000000001",
    }
    largest = changed(changed(base, "amount", str(2**256 - 1)), "reason_commitment", "ab" * 32)
    cosmos = base | {
        "source": "cosmos:osmosis-1:osmo1qypqxpq9qcrsszg2pvxq6rs0zqg3yyc5lzv7xu",
        "destination": "cosmos:osmosis-1:osmo1qypqxpq9qcrsszg2pvxq6rs0zqg3yyc5lzv7xu",
        "asset": "cosmos:osmosis-1/denom:ibc%2F27394FB092D2ECCD56123C74F36E4C1F926001CEADA9CA97EA622B25F41E5EB2",
        "amount": "0",
    }
    delegate = base | {"kind": "delegate", "amount": "0"}
    upper = base["destination"].replace("fac", "FAC")
    value, shape = "document.value", "document.shape"
    faults = [
        ("unknown field", "memo", "hi", shape, "intent.memo"),
        ("missing field", "vault", ..., shape, "intent.vault"),
        ("missing nullable field", "reason_commitment", ..., shape, "intent.reason_commitment"),
        ("version 2", "v", 2, value, "intent.v"),
        ("version as text", "v", "1", shape, "intent.v"),
        ("version as true", "v", True, shape, "intent.v"),
        ("unknown kind", "kind", "burn", value, "intent.kind"),
        ("kind null", "kind", None, shape, "intent.kind"),
        ("a delegation of an amount", "kind", "delegate", value, "intent.amount"),
        ("id is UUIDv4", "id", "018bcfe5-6801-4abc-8def-0123456789ab", "id.invalid", "intent.id"),
        ("upper-case id", "vault", VAULT.upper(), "id.invalid", "intent.vault"),
        ("amount as integer", "amount", 15, shape, "intent.amount"),
        ("amount with leading zero", "amount", "015", "amount.invalid", "intent.amount"),
        ("negative amount", "amount", "-1", "amount.invalid", "intent.amount"),
        ("amount 2^256", "amount", str(2**256), "amount.invalid", "intent.amount"),
        ("mixed-case account", "destination", upper, "account.invalid", "intent.destination"),
        ("destination elsewhere", "destination", f"eip155:137:{EVM}", value, "intent.destination"),
        ("asset elsewhere", "asset", "eip155:137/slip44:966", value, "intent.asset"),
        ("unknown chain", "asset", "ripple:1/slip44:144", "chain.invalid", "intent.asset"),
        ("bounds null", "bounds", None, shape, "intent.bounds"),
        ("bounds with an unknown field", "bounds.max", "1", shape, "intent.bounds.max"),
        ("bounds without fee", "bounds.max_fee", ..., shape, "intent.bounds.max_fee"),
        ("replaceable as text", "bounds.replaceable", "true", shape, "intent.bounds.replaceable"),
        ("time beyond 2^53-1", "bounds.valid_until", str(2**53), "amount.invalid", "intent.bounds.valid_until"),
        ("ends before it begins", "bounds.valid_until", "1700000000001", value, "intent.bounds.valid_until"),
        ("initiator with a space", "initiator", "a b", value, "intent.initiator"),
        ("empty initiator", "initiator", "", value, "intent.initiator"),
        ("short commitment", "reason_commitment", "ab", value, "intent.reason_commitment"),
        ("long idempotency key", "idempotency_key", "k" * 129, value, "intent.idempotency_key"),
        ("created_at as integer", "created_at", 1700000000001, shape, "intent.created_at"),
    ]
    snapshot("intent", "jinku/intent/1", [base, largest, cosmos, delegate], faults)


def evm_faults(base: dict[str, Any], legacy: dict[str, Any], listed: dict[str, Any]) -> list[Fault]:
    """What is wrong with the plan of an EVM chain; ``legacy`` is a detail, ``listed`` an item of an access list."""
    value, shape = "document.value", "document.shape"
    tip, at = "plan.detail.max_priority_fee_per_gas", "plan.detail.access_list"
    signature, fee = "plan.detail.authorization", "plan.detail.max_fee_per_gas"
    named = {"type": "authorization", "gas_limit": "0", "max_fee_per_gas": "0"}
    return [
        ("no detail", "detail", ..., shape, "plan.detail"),
        ("detail null", "detail", None, value, "plan.detail"),
        ("detail with an unknown field", "detail.data", "", shape, "plan.detail.data"),
        ("detail without gas", "detail.gas_limit", ..., shape, "plan.detail.gas_limit"),
        ("unknown type", "detail.type", "blob", value, "plan.detail.type"),
        ("type as a number", "detail.type", 2, shape, "plan.detail.type"),
        ("little gas", "detail.gas_limit", "20999", value, "plan.detail.gas_limit"),
        ("gas 2^64", "detail.gas_limit", str(2**64), "amount.invalid", "plan.detail.gas_limit"),
        ("tip above fee", "detail.max_priority_fee_per_gas", "20000000001", value, tip),
        ("no tip", "detail.max_priority_fee_per_gas", None, value, tip),
        ("a tip in another type", "detail.type", "legacy", value, tip),
        (
            "a list in a legacy transaction",
            "detail",
            legacy | {"access_list": [listed]},
            value,
            at,
        ),
        ("a signature in another type", "detail.authorization", SIGNATURE, value, signature),
        ("an authorisation not signed", "detail.type", "set_code", value, signature),
        ("a short signature", "detail", DETAIL | {"type": "set_code", "authorization": "00" * 64}, value, signature),
        ("an authorisation with gas", "detail", legacy | {"type": "authorization"}, value, "plan.detail.gas_limit"),
        ("a dear authorisation", "detail", legacy | named | {"max_fee_per_gas": "1"}, value, fee),
        ("a list in an authorisation", "detail", legacy | named | {"access_list": [listed]}, value, at),
        ("mixed-case address", "detail.access_list", [listed | {"address": EVM.upper()}], value, f"{at}.address"),
        (
            "short storage key",
            "detail.access_list",
            [listed | {"storage_keys": ["00"]}],
            value,
            f"{at}.storage_keys",
        ),
        ("key as a number", "detail.access_list", [listed | {"storage_keys": [0]}], shape, f"{at}.storage_keys"),
        ("long access list", "detail.access_list", [listed | {"storage_keys": []}] * 257, value, at),
        ("no nonce", "nonce", None, value, "plan.nonce"),
        ("nonce 2^64 - 1", "nonce", str(2**64 - 1), value, "plan.nonce"),
        ("a fee that is not gas times price", "fee", "420000000000001", value, "plan.fee"),
        ("an anchor on an account chain", "anchor", "00", value, "plan.anchor"),
        ("a height on an account chain", "valid_until_height", "1", value, "plan.valid_until_height"),
        ("two payloads", "payloads", base["payloads"] * 2, value, "plan.payloads"),
        ("another curve", "payloads.0.curve", "ed25519", value, "plan.payloads"),
    ]


def plans() -> None:
    base = {
        "v": 1,
        "id": "018bcfe5-6802-7abc-8def-0123456789ab",
        "deployment": DEPLOYMENT,
        "intent_digest": "11" * 32,
        "chain": "eip155:1",
        "nonce": "7",
        "inputs": [],
        "change": [],
        "fee": "420000000000000",
        "anchor": None,
        "valid_until_height": None,
        "payloads": [{"curve": "secp256k1", "digest": "22" * 32, "path": "m/44'/60'/0'/0/0"}],
        "detail": DETAIL,
        "replaces": None,
        "created_at": "1700000000002",
    }
    listed = {"address": EVM, "storage_keys": ["00" * 32, "0a" * 32]}
    both = {"access_list": [listed, listed | {"storage_keys": []}], "max_priority_fee_per_gas": None}
    access = base | {"nonce": "0", "detail": base["detail"] | both | {"type": "access_list"}}
    legacy = access | {"detail": access["detail"] | {"access_list": [], "type": "legacy"}}
    dear = base["detail"] | {"gas_limit": "32767", "max_fee_per_gas": str(2**241)}
    dearest = base | {"nonce": str(2**64 - 2), "detail": dear, "fee": str(2**241 * 32767)}
    set_code = base | {"detail": DETAIL | {"type": "set_code", "authorization": SIGNATURE}}
    free = {"type": "authorization", "gas_limit": "0", "max_fee_per_gas": "0", "max_priority_fee_per_gas": None}
    authorization = base | {"nonce": "8", "detail": DETAIL | free, "fee": "0"}
    genesis = "bip122:000000000019d6689c085ae165831e93"
    ours = f"{genesis}:bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"
    bitcoin = base | {
        "chain": genesis,
        "nonce": None,
        "detail": None,
        "inputs": [{"outpoint": f"{'33' * 32}:0", "value": "5000"}, {"outpoint": f"{'33' * 32}:1", "value": "0"}],
        "change": [{"account": ours, "value": "1200"}],
        "replaces": "018bcfe5-6802-7abc-8def-0123456789aa",
    }
    solana = base | {
        "chain": "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
        "nonce": None,
        "detail": None,
        "anchor": "EkSnNWid2cvwEVnVx9aBqawnmiCNiDgp3gUdkDPTKN1N",
        "valid_until_height": str(2**64 - 1),
        "payloads": [{"curve": "ed25519", "digest": "44" * 32, "path": "m/44'/501'/0'/0'"}],
    }
    value, shape = "document.value", "document.shape"
    spent = {"outpoint": f"{'33' * 32}:0", "value": "1"}
    faults: list[Fault] = [
        ("unknown field", "note", 1, shape, "plan.note"),
        ("missing nonce", "nonce", ..., shape, "plan.nonce"),
        ("nonce as integer", "nonce", 7, shape, "plan.nonce"),
        ("nonce 2^64", "nonce", str(2**64), "amount.invalid", "plan.nonce"),
        ("nonce beside inputs", "inputs", [spent], value, "plan.inputs"),
        ("inputs null", "inputs", None, shape, "plan.inputs"),
        ("an input is a text", "inputs", ["x"], shape, "plan.inputs"),
        ("change elsewhere", "change", [{"account": ours, "value": "1"}], value, "plan.change"),
        ("no payload", "payloads", [], value, "plan.payloads"),
        ("unknown curve", "payloads.0.curve", "ed448", value, "plan.payloads.curve"),
        ("payload with an unknown field", "payloads.0.key", "x", shape, "plan.payloads.key"),
        ("malformed path", "payloads.0.path", "44'/60'", value, "plan.payloads.path"),
        ("upper-case digest", "payloads.0.digest", "AA" * 32, value, "plan.payloads.digest"),
        ("replaces itself", "replaces", base["id"], value, "plan.replaces"),
        ("anchor with a slash", "anchor", "a/b", value, "plan.anchor"),
        ("unknown chain", "chain", "eip155:01", "chain.invalid", "plan.chain"),
        ("detail elsewhere", "chain", solana["chain"], value, "plan.detail"),
    ]
    faults += evm_faults(base, legacy["detail"], listed)
    snapshot("plan", "jinku/plan/1", [base, bitcoin, solana, access, legacy, dearest, set_code, authorization], faults)


def verdicts() -> None:
    base = {
        "room": "policy",
        "outcome": "require_approval",
        "reasons": [
            {"code": "policy.limit", "text": 'over 1 ETH a day; \u91d1\u5e93 "says"', "facts": {"spent_wei": "2"}}
        ],
        "obligations": [{"code": "approvals", "facts": {"count": "2", "group": "treasury"}}],
    }
    allow = {"room": "risk", "outcome": "allow", "reasons": [], "obligations": []}
    value, shape = "document.value", "document.shape"
    faults = [
        ("unknown field", "v", 1, shape, "verdict.v"),
        ("unknown outcome", "outcome", "maybe", value, "verdict.outcome"),
        ("a refusal without a reason", "reasons", [], value, "verdict.reasons"),
        ("fact as integer", "reasons.0.facts.spent_wei", 2, shape, "verdict.reasons.facts.spent_wei"),
        ("fact with a bad name", "reasons.0.facts.Spent", "2", value, "verdict.reasons.facts.Spent"),
        ("long text", "reasons.0.text", "\u91d1@PAD:1000@", value, "verdict.reasons.text"),
        ("code in upper case", "reasons.0.code", "Policy", value, "verdict.reasons.code"),
        ("code of five words", "reasons.0.code", "a.b.c.d.e", value, "verdict.reasons.code"),
        ("missing facts", "obligations.0.facts", ..., shape, "verdict.obligations.facts"),
        ("empty room", "room", "", value, "verdict.room"),
    ]
    snapshot("verdict", "jinku/verdict/1", [base, allow], faults)


def approvals() -> None:
    base = {
        "v": 1,
        "deployment": DEPLOYMENT,
        "intent_digest": "55" * 32,
        "effects_digest": "66" * 32,
        "bounds": {"max_fee": "0", "replaceable": False, "valid_until": "1700000600000"},
        "policy_digest": "77" * 32,
        "decision": "approve",
        "not_after": "1700000300000",
        "approver": "passkey:alice-1",
    }
    value, shape = "document.value", "document.shape"
    faults = [
        ("unknown field", "x", None, shape, "approval.x"),
        ("missing policy", "policy_digest", ..., shape, "approval.policy_digest"),
        ("policy null", "policy_digest", None, shape, "approval.policy_digest"),
        ("odd digest", "effects_digest", "6" * 63, value, "approval.effects_digest"),
        ("unknown decision", "decision", "yes", value, "approval.decision"),
        ("time as integer", "not_after", 1, shape, "approval.not_after"),
        ("version 0", "v", 0, value, "approval.v"),
    ]
    snapshot("approval", "jinku/approval/1", [base, changed(base, "decision", "reject")], faults)
