"""Snapshots of plans: one of each family and type, and each fault beside them."""

import copy
from typing import Any

from documents import Fault, snapshot
from frozen import DEPLOYMENT, EVM
from solana_plans import DURABLE, RECENT, TOKEN, durable_faults, recent_faults

DETAIL: dict[str, Any] = {
    "access_list": [],
    "authorization": None,
    "gas_limit": "21000",
    "max_fee_per_gas": "20000000000",
    "max_priority_fee_per_gas": "1000000000",
    "type": "dynamic_fee",
}
SIGNATURE = "5a" * 64 + "01"


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


def bitcoin_faults(base: dict[str, Any], detail: dict[str, Any]) -> list[Fault]:
    """What is wrong with the plan of a Bitcoin chain of two inputs and two change outputs."""
    value, shape, number, at = "document.value", "document.shape", "amount.invalid", "plan.detail"
    account = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328:bcrt1qcr8te4kr609gcawutmrza0j4xv80jy8zeqchgx"
    one, three = detail["inputs"][:1], detail["inputs"] + detail["inputs"][:1]
    return [
        ("no Bitcoin detail", "detail", None, value, at),
        ("an EVM detail in it", "detail", DETAIL, shape, f"{at}.version"),
        ("version 0", "detail.version", "0", value, f"{at}.version"),
        ("version 4", "detail.version", "4", value, f"{at}.version"),
        ("version of 33 bits", "detail.version", str(2**32), number, f"{at}.version"),
        ("a lock time that nothing switches on", "detail.lock_time", "850000", value, f"{at}.lock_time"),
        ("lock time of 33 bits", "detail.lock_time", str(2**32), number, f"{at}.lock_time"),
        ("fewer inputs in the detail", "detail.inputs", one, value, f"{at}.inputs"),
        ("more inputs in the detail", "detail.inputs", three, value, f"{at}.inputs"),
        ("an unknown field in an input", "detail.inputs.0.script", "00", shape, f"{at}.inputs.script"),
        ("an input elsewhere", "detail.inputs.0.account", account, value, f"{at}.inputs.account"),
        ("a relative lock", "detail.inputs.0.sequence", "144", value, f"{at}.inputs.sequence"),
        ("another sequence", "detail.inputs.0.sequence", str(2**32 - 4), value, f"{at}.inputs.sequence"),
        ("sequence of 33 bits", "detail.inputs.0.sequence", str(2**32), number, f"{at}.inputs.sequence"),
        (
            "a script's program",
            "detail.inputs.1.redeem_script",
            "0020" + "77" * 32,
            value,
            f"{at}.inputs.redeem_script",
        ),
        ("half a byte", "detail.inputs.1.previous_transaction", "0", value, f"{at}.inputs.previous_transaction"),
        (
            "an empty transaction",
            "detail.inputs.1.previous_transaction",
            "",
            value,
            f"{at}.inputs.previous_transaction",
        ),
        ("places that descend", "detail.change_at", ["2", "0"], value, f"{at}.change_at"),
        ("a place twice", "detail.change_at", ["0", "0"], value, f"{at}.change_at"),
        ("a place behind the last", "detail.change_at", ["0", "3"], value, f"{at}.change_at"),
        ("a place too few", "detail.change_at", ["0"], value, f"{at}.change_at"),
        ("a place with a leading zero", "detail.change_at", ["0", "02"], value, f"{at}.change_at"),
        ("a place as integer", "detail.change_at", [0, 2], shape, f"{at}.change_at"),
        ("an anchor in it", "anchor", "ab", value, "plan.anchor"),
        ("a height in it", "valid_until_height", "1", value, "plan.valid_until_height"),
        ("one payload for two inputs", "payloads", base["payloads"][:1], value, "plan.payloads"),
        ("another curve in it", "payloads.1.curve", "ed25519", value, "plan.payloads"),
    ]


def bitcoin_plans(base: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], str]:
    """One with two change outputs and one with a lock time, of two inputs each; and the account that pays."""
    genesis = "bip122:000000000019d6689c085ae165831e93"
    ours = f"{genesis}:bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"
    nested, wrapped = f"{genesis}:37VucYSaXLCAsxYyAPfbSi9eh4iEcbShgf", "0014" + "77" * 20
    bitcoin = base | {
        "chain": genesis,
        "nonce": None,
        "detail": {
            "change_at": ["0", "2"],
            "inputs": [
                {"account": ours, "sequence": str(2**32 - 1), "redeem_script": None, "previous_transaction": None},
                {"account": nested, "sequence": str(2**32 - 1), "redeem_script": wrapped, "previous_transaction": "0a"},
            ],
            "lock_time": "0",
            "version": "2",
        },
        "inputs": [{"outpoint": f"{'33' * 32}:0", "value": "5000"}, {"outpoint": f"{'33' * 32}:1", "value": "0"}],
        "change": [{"account": ours, "value": "1200"}, {"account": ours, "value": "1300"}],
        "payloads": [
            {"curve": "secp256k1", "digest": "22" * 32, "path": "m/84'/0'/0'/0/0"},
            {"curve": "secp256k1", "digest": "23" * 32, "path": "m/49'/0'/0'/0/0"},
        ],
        "replaces": "018bcfe5-6802-7abc-8def-0123456789aa",
    }
    locked = copy.deepcopy(bitcoin) | {"change": []}
    locked["detail"] |= {"change_at": [], "lock_time": str(2**32 - 1), "version": "3"}
    locked["detail"]["inputs"][0]["sequence"] = str(2**32 - 2)
    locked["detail"]["inputs"][1]["sequence"] = str(2**32 - 3)
    return bitcoin, locked, ours


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
    bitcoin, locked, ours = bitcoin_plans(base)
    solana, durable, token = base | RECENT, base | DURABLE, base | TOKEN
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
        ("detail elsewhere", "chain", "cosmos:cosmoshub-4", value, "plan.detail"),
        ("detail of another family", "chain", solana["chain"], shape, "plan.detail.version"),
    ]
    faults += evm_faults(base, legacy["detail"], listed)
    valid = [base, bitcoin, solana, access, legacy, dearest, set_code, authorization, locked, durable, token]
    more = [
        (bitcoin, bitcoin_faults(bitcoin, bitcoin["detail"])),
        (solana, recent_faults(solana)),
        (durable, durable_faults()),
    ]
    snapshot("plan", "jinku/plan/1", valid, faults, more)
