"""Writes the snapshots beside it. Expected bytes and digests come from plain json and hashlib, not from jinku.

Run by hand when a word changes: ``python tests/snapshots/words/make.py``; review the diff, it is a format change.
Readers put so many letters x for ``@PAD:<number>@``.
"""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DEPLOYMENT = "018bcfe5-6800-7000-8000-0000000000d1"
VAULT = "018bcfe5-6800-7000-8000-0000000000a1"
EVM = "0x9858effd232b4033e47d90003d41ec34ecaeda94"


def plain(value: Any) -> str:
    """Canonical text of values whose keys are ASCII; enough for documents."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(tag: str, text: str) -> str:
    return hashlib.sha256(tag.encode() + b"\0" + text.encode()).hexdigest()


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


def snapshot(name: str, tag: str, valid: list[dict[str, Any]], faults: list[tuple[str, str, Any, str, str]]) -> None:
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
            "text": json.dumps(dict(reversed(sorted(base.items()))), separators=(",", ":")),
            "code": "json.not_canonical",
            "field": "",
        },
        {"why": "an array", "text": "[]", "code": "document.shape", "field": name},
        {"why": "too large", "text": plain(base | {"zz": "@PAD:65535@"}), "code": "json.too_large", "field": ""},
        {"why": "no JSON", "text": "{", "code": "json.malformed", "field": ""},
    ]
    write(name, {"valid": rows, "invalid": refused})


def write(name: str, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=True, indent=1, sort_keys=True)
    (HERE / f"{name}.json").write_text(text + "\n", encoding="ascii")


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
    snapshot("intent", "jinku/intent/1", [base, largest, cosmos], faults)


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
        "replaces": None,
        "created_at": "1700000000002",
    }
    genesis = "bip122:000000000019d6689c085ae165831e93"
    ours = f"{genesis}:bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"
    bitcoin = base | {
        "chain": genesis,
        "nonce": None,
        "inputs": [{"outpoint": f"{'33' * 32}:0", "value": "5000"}, {"outpoint": f"{'33' * 32}:1", "value": "0"}],
        "change": [{"account": ours, "value": "1200"}],
        "replaces": "018bcfe5-6802-7abc-8def-0123456789aa",
    }
    solana = base | {
        "chain": "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
        "nonce": None,
        "anchor": "EkSnNWid2cvwEVnVx9aBqawnmiCNiDgp3gUdkDPTKN1N",
        "valid_until_height": str(2**64 - 1),
        "payloads": [{"curve": "ed25519", "digest": "44" * 32, "path": "m/44'/501'/0'/0'"}],
    }
    value, shape = "document.value", "document.shape"
    twice = [{"outpoint": f"{'33' * 32}:0", "value": "1"}] * 2
    faults = [
        ("unknown field", "note", 1, shape, "plan.note"),
        ("missing nonce", "nonce", ..., shape, "plan.nonce"),
        ("nonce as integer", "nonce", 7, shape, "plan.nonce"),
        ("nonce 2^64", "nonce", str(2**64), "amount.invalid", "plan.nonce"),
        ("nonce beside inputs", "inputs", [twice[0]], value, "plan.inputs"),
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
    ]
    snapshot("plan", "jinku/plan/1", [base, bitcoin, solana], faults)


def verdicts() -> None:
    base = {
        "room": "policy",
        "outcome": "require_approval",
        "reasons": [{"code": "policy.limit", "text": "over 1 ETH a day; \u91d1\u5e93 \"says\"", "facts": {"spent_wei": "2"}}],
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


def canonical() -> None:
    pairs = [
        (' { "b" : [ 1 , null , true , false ] , "a" : "" } ', '{"a":"","b":[1,null,true,false]}'),
        ("9007199254740991", "9007199254740991"),
        ("-9007199254740991", "-9007199254740991"),
        ('"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"', '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        (
            '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",'
            '"\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
            '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis",'
            '"\u20ac":"Euro Sign","\U0001f600":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
        ),
        ('"\\b\\t\\f\\u0000\\u001f\\u007f\\u2028"', '"\\b\\t\\f\\u0000\\u001f\x7f\u2028"'),
        ('{"":{"":[[],{}]}}', '{"":{"":[[],{}]}}'),
        ("[" * 32 + "]" * 32, "[" * 32 + "]" * 32),
        ("\t\r\n 0 ", "0"),
    ]
    invalid = [
        ("", "json.malformed"), (" ", "json.malformed"), ("nul", "json.malformed"), ("True", "json.malformed"),
        ("NaN", "json.malformed"), ("-Infinity", "json.malformed"), ("[1,]", "json.malformed"),
        ('{"a":1,}', "json.malformed"), ("{a:1}", "json.malformed"), ("'a'", "json.malformed"), ("1 2", "json.malformed"),
        ("01", "json.malformed"), ("-", "json.malformed"), ("+1", "json.malformed"), (".5", "json.malformed"),
        ("1.", "json.malformed"), ("1e", "json.malformed"), ("0x10", "json.malformed"),
        ('"a\nb"', "json.malformed"), ('"\\x"', "json.malformed"), ('"\\u12"', "json.malformed"),
        ('"open', "json.malformed"), ("\ufeff1", "json.malformed"), ("// c\n1", "json.malformed"),
        ("1.0", "json.number"), ("1e2", "json.number"), ("1E-2", "json.number"), ("0.5", "json.number"),
        ("-0", "json.number"), ("-0.0", "json.number"), ("9007199254740992", "json.number"),
        ("-9007199254740992", "json.number"), ("1" + "0" * 400, "json.number"),
        ('{"a":1,"a":1}', "json.duplicate_key"), ('{"a":1,"\\u0061":2}', "json.duplicate_key"),
        ('"\\ud800"', "json.text"), ('"\\ude00\\ud83d"', "json.text"), ('{"\\udfff":1}', "json.text"),
        ("[" * 33 + "]" * 33, "json.too_deep"), ('{"a":' * 33 + "1" + "}" * 33, "json.too_deep"),
        ("[" * 5000 + "]" * 5000, "json.too_deep"), ('"@PAD:1048576@"', "json.too_large"),
    ]  # fmt: skip
    write("canonical", {
        "valid": [{"text": text, "canonical": expected} for text, expected in pairs],
        "invalid": [{"text": text, "code": code} for text, code in invalid],
        "invalid_hex": [{"hex": text, "code": "json.text"} for text in ("22ff22", "22c0af22", "22eda08022", "2280")],
    })  # fmt: skip


def account(job: str, ts_ms: int, index: int) -> str:
    """The account id by a second reading of its rule."""
    seed = hashlib.sha256(b"jinku/account-id/1\0" + bytes.fromhex(job.replace("-", "")) + index.to_bytes(8, "big")).digest()
    low = int.from_bytes(seed[2:10], "big") % 2**62
    text = f"{ts_ms:012x}7{int.from_bytes(seed[:2], 'big') % 2**12:03x}{2**63 + low:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def ids() -> None:
    job = "018bcfe5-6800-7fff-bfff-ffffffffffff"
    rows = [(job, 0, 0), (job, 1700000000000, 0), (job, 1700000000000, 1), (VAULT, 2**48 - 1, 2**64 - 1)]
    valid = ["018bcfe5-6800-7000-8000-000000000000", "ffffffff-ffff-7fff-bfff-ffffffffffff"]
    invalid = [
        "", "018bcfe5-6800-7000-8000-00000000000", "018bcfe5-6800-7000-8000-0000000000000",
        "018BCFE5-6800-7000-8000-000000000000", "018bcfe568007000800000000000000000--",
        "{018bcfe5-6800-7000-8000-00000000000", "018bcfe5-6800-4000-8000-000000000000",
        "018bcfe5-6800-7000-0000-000000000000", "018bcfe5-6800-7000-c000-000000000000",
        "018bcfe5-6800-7000-8000-00000000000g", "00000000-0000-0000-0000-000000000000",
        "018bcfe5_6800_7000_8000_000000000000", "018bcfe5-6800-7000-8000-0000000000é",
    ]  # fmt: skip
    # Times and random bytes handed to one source, and what it makes: same ms adds, back adds, a full tail moves on.
    source = [
        (1700000000000, "00" * 10, "018bcfe5-6800-7000-8000-000000000000"),
        (1700000000000, "00" * 10, "018bcfe5-6800-7000-8000-000000000001"),
        (1699999999999, "ff" * 10, "018bcfe5-6800-7000-8000-000100000001"),
        (1700000000001, "ff" * 10, "018bcfe5-6801-7fff-bfff-ffffffffffff"),
        (1700000000001, "00000001" + "00" * 6, "018bcfe5-6802-7000-8001-000000000000"),
    ]
    write("ids", {
        "valid": [{"text": text, "hex": text.replace("-", ""), "time_ms": int(text.replace("-", "")[:12], 16)} for text in valid],
        "invalid": invalid,
        "account_ids": [{"job": j, "ts_ms": t, "index": str(i), "id": account(j, t, i)} for j, t, i in rows],
        "source": [{"now_ms": t, "random": r, "id": expected} for t, r, expected in source],
    })  # fmt: skip


def amounts() -> None:
    large = 2**256 - 1
    numbers = [0, 1, 9, 10, 2**64 - 1, 2**64, 10**19, 10**19 - 1, 2**128, 10**38, 10**57 + 1, 10**77, large]
    sums = [(1, 2), (large, 0), (2**64 - 1, 1), (2**192 - 1, 2**192), (large, 1), (2**255, 2**255)]
    rows = [{"a": str(a), "b": str(b), "sum": str(a + b) if a + b <= large else None,
             "difference": str(a - b) if a >= b else None} for a, b in sums + [(b, a) for a, b in sums]]  # fmt: skip
    invalid = ["", "00", "01", "-1", "+1", "1.0", "1e3", " 1", "1 ", "0x1", "1_000", "\u0661", "\uff11", str(large + 1), "9" * 78, "1" * 500]
    write("amounts", {
        "figures": [{"text": str(n), "hex": f"{n:064x}"} for n in numbers],
        "invalid": invalid,
        "arithmetic": rows,
    })  # fmt: skip


def caip() -> None:
    hub, evm = "cosmos:cosmoshub-4", "0x6B175474E89094C44Da98b954EedeAC495271d0F"
    bitcoin, solana = "bip122:000000000019d6689c085ae165831e93", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"
    mint, tron20 = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
    gas = "0xd2a4cff31913016155e38e474a2c06d08be276cf"
    same = lambda *texts: [{"text": text, "parsed": text} for text in texts]  # noqa: E731
    chains = same(
        "eip155:1", "eip155:9223372036854775771", bitcoin, "bip122:000000000933ea01ad0ee984209779ba", hub, "cosmos:x",
        "cosmos:hashed-c904589232422def", "cosmos:Binance-Chain-Tigris", solana, "neo:860833102", "neo:0",
        "tron:728126428", "tron:4294967295",
    ) + [{"text": "tron:0x2b6653dc", "parsed": "tron:728126428"}]  # fmt: skip
    bad_chains = [
        "", "eip155", "eip155:", ":1", "eip155:0", "eip155:01", "eip155:9223372036854775772", "eip155:-1", "EIP155:1",
        "eip155:1 ", "eip155:\u0661", "bip122:000000000019d6689c085ae165831e9", "bip122:000000000019D6689C085AE165831E93",
        "cosmos:hashed-", "cosmos:hashed-99DF5CD68192B33E", "cosmos:a_b", "cosmos:" + "x" * 33,
        "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvd0", "neo:4294967296", "tron:0x2B6653DC", "tron:0x2b6653d", "ripple:1",
    ]  # fmt: skip
    accounts = same(
        f"eip155:1:{EVM}", f"{bitcoin}:bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu",
        f"{bitcoin}:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", f"{hub}:cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4",
        f"{solana}:{mint}", "neo:860833102:NVTiAjNgagDkTr5HTzDmQP9kPwPHN5BgVq", f"tron:728126428:{tron20}",
    ) + [
        {"text": f"eip155:1:{evm}", "parsed": f"eip155:1:{evm.lower()}"},
        {"text": f"tron:0x2b6653dc:{tron20}", "parsed": f"tron:728126428:{tron20}"},
    ]  # fmt: skip
    bad_accounts = [
        ("", "account.invalid"), ("eip155:1", "account.invalid"), ("eip155:1:0x12", "account.invalid"),
        (f"eip155:1:{EVM}:x", "account.invalid"), (f"eip155:1:0X{EVM[2:]}", "account.invalid"),
        (f"eip155:0:{EVM}", "chain.invalid"), (f"{bitcoin}:BC1QCR8TE4KR609GCAWUTMRZA0J4XV80JY8Z306FYU", "account.invalid"),
        (f"{hub}:cosmos1qb", "account.invalid"), (f"{solana}:{mint}{mint}", "account.invalid"),
        (f"neo:860833102:{tron20}", "account.invalid"), (f"tron:728126428:{EVM}", "account.invalid"),
    ]  # fmt: skip
    assets = same(
        "eip155:1/slip44:60", f"eip155:1/erc20:{EVM}", f"eip155:1/erc721:{EVM}/771769", f"eip155:1/erc1155:{EVM}/{'9' * 78}",
        f"{bitcoin}/slip44:0", f"{hub}/slip44:118", "cosmos:osmosis-1/denom:uosmo", "cosmos:osmosis-1/denom:ibc%2F27394FB092D2",
        "cosmos:osmosis-1/denom:factory%2Fosmo1abc%2Fa%5Fb%3Ac.d-e", "cosmos:x/denom:" + "a" * 128, f"{solana}/slip44:501",
        f"{solana}/token:{mint}", f"neo:860833102/nep17:{gas}", f"neo:860833102/nep11:{gas}/00ff",
        "tron:728126428/slip44:195", f"tron:728126428/trc20:{tron20}", "tron:728126428/trc10:1002000",
    ) + [
        {"text": f"eip155:1/erc20:{evm}", "parsed": f"eip155:1/erc20:{evm.lower()}"},
        {"text": f"neo:860833102/nep11:0x{gas[2:].upper()}/00ff", "parsed": f"neo:860833102/nep11:{gas}/00ff"},
        {"text": f"{hub}/denom:uatom", "parsed": f"{hub}/slip44:118"},
        {"text": "tron:0x2b6653dc/slip44:195", "parsed": "tron:728126428/slip44:195"},
    ]  # fmt: skip
    bad_assets = [
        ("", "asset.invalid"), ("eip155:1", "asset.invalid"), ("eip155:1/erc20", "asset.invalid"),
        ("eip155:1/erc20:0xnope", "asset.invalid"), (f"eip155:1/erc20:{EVM}/1", "asset.invalid"),
        (f"eip155:1/erc721:{EVM}/01", "asset.invalid"), (f"eip155:1/erc721:{EVM}/{'9' * 79}", "asset.invalid"),
        (f"eip155:1/trc20:{tron20}", "asset.invalid"), ("eip155:x/slip44:60", "chain.invalid"),
        ("cosmos:osmosis-1/slip44:118", "asset.invalid"), ("cosmos:osmosis-1/denom:ibc/27394FB092D2", "asset.invalid"),
        ("cosmos:osmosis-1/denom:ibc%2f27394FB092D2", "asset.invalid"), ("cosmos:osmosis-1/denom:u%6Fsmo", "asset.invalid"),
        ("cosmos:osmosis-1/denom:ua", "asset.invalid"), ("cosmos:x/denom:" + "a" * 129, "asset.invalid"),
        ("cosmos:x/denom:1abc", "asset.invalid"), ("cosmos:x/denom:a%2F", "asset.invalid"),
        (f"neo:860833102/nep11:{gas}/0", "asset.invalid"), (f"neo:860833102/nep11:{gas}/{'00' * 40}", "asset.invalid"),
        (f"{solana}/slip44:60", "asset.invalid"), ("tron:728126428/trc10:0", "asset.invalid"),
        ("neo:860833102/slip44:888", "asset.invalid"),
    ]  # fmt: skip
    refused = lambda rows: [{"text": text, "code": code} for text, code in rows]  # noqa: E731
    write("caip", {
        "chains": {"valid": chains, "invalid": refused((text, "chain.invalid") for text in bad_chains)},
        "accounts": {"valid": accounts, "invalid": refused(bad_accounts)},
        "assets": {"valid": assets, "invalid": refused(bad_assets)},
    })  # fmt: skip


def digests() -> None:
    rows = [("jinku/intent/1", ""), ("jinku/batch/1", "{}"), ("jinku/approval/1", "金库")]
    write("digests", [{"tag": tag, "text": text, "digest": digest(tag, text)} for tag, text in rows])


if __name__ == "__main__":
    for make in (canonical, ids, amounts, caip, digests, intents, plans, verdicts, approvals):
        make()
