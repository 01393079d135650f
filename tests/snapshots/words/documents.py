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


Fault = tuple[str, str, Any, str, str]
"""Why it is refused, the place that is changed, to what, and the code and field of the refusal."""


def snapshot(
    name: str,
    tag: str,
    valid: list[dict[str, Any]],
    faults: list[Fault],
    more: list[tuple[dict[str, Any], list[Fault]]] | None = None,
) -> None:
    """Valid documents with digest; faulty ones, made of the first or as ``more`` says, with code and field."""
    base = valid[0]
    rows = []
    for document in valid:
        row = {"canonical": plain(document), "digest": digest(tag, plain(document))}
        if name == "intent":
            body = {key: value for key, value in document.items() if key != "id"}
            row["body_digest"] = digest("jinku/intent-body/1", plain(body))
        rows.append(row)
    refused = [
        {"why": why, "text": plain(changed(start, path, value)), "code": code, "field": field}
        for start, each in [(base, faults), *(more or [])]
        for why, path, value, code, field in each
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
