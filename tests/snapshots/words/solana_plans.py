"""Plans on Solana for the snapshots: a recent block's hash, a durable nonce, a token; and what is refused."""

from typing import Any

DETAIL: dict[str, Any] = {
    "compute_limit": "450",
    "compute_price": "10000",
    "nonce_account": None,
    "token": None,
    "version": "v0",
}
RECENT: dict[str, Any] = {
    "chain": "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
    "nonce": None,
    "detail": DETAIL,
    "fee": "5005",
    "anchor": "EkSnNWid2cvwEVnVx9aBqawnmiCNiDgp3gUdkDPTKN1N",
    "valid_until_height": str(2**64 - 1),
    "payloads": [{"curve": "ed25519", "digest": "44" * 32, "path": "m/44'/501'/0'/0'"}],
}
"""450 units of 10,000 micro-lamports are 4.5 lamports, which are rounded up; a signature is 5,000."""
DURABLE = RECENT | {
    "valid_until_height": None,
    "fee": "5000",
    "detail": DETAIL
    | {"compute_price": "0", "nonce_account": "FGBRPhsdrNo1bjLWZYBBDd8nEPvBaUQhVWgtYpJTPABC", "version": "legacy"},
}
TOKEN = RECENT | {"fee": "2253085", "detail": DETAIL | {"token": {"decimals": "255", "program": "token_2022"}}}
"""The account of a token that is new: at most 195 bytes, and 128 more, at 6,960 lamports each."""
Fault = tuple[str, str, Any, str, str]


def recent_faults(base: dict[str, Any]) -> list[Fault]:
    """What is wrong with a plan under a recent block's hash."""
    value, shape, nonce = "document.value", "document.shape", "plan.detail.nonce_account"
    token, at = {"decimals": "6", "program": "token"}, "plan.detail.token"
    return [
        ("no detail", "detail", None, value, "plan.detail"),
        ("detail with an unknown field", "detail.creates", "", shape, "plan.detail.creates"),
        ("detail without a version", "detail.version", ..., shape, "plan.detail.version"),
        ("unknown version", "detail.version", "v1", value, "plan.detail.version"),
        ("no compute units", "detail.compute_limit", "0", value, "plan.detail.compute_limit"),
        ("many compute units", "detail.compute_limit", "1400001", "amount.invalid", "plan.detail.compute_limit"),
        ("a price of 2^64", "detail.compute_price", str(2**64), "amount.invalid", "plan.detail.compute_price"),
        ("a price as integer", "detail.compute_price", 1, shape, "plan.detail.compute_price"),
        ("a short nonce account", "detail.nonce_account", "1" * 31, value, nonce),
        ("a token as a text", "detail.token", "token", shape, at),
        ("a token with an unknown field", "detail.token", token | {"mint": ""}, shape, f"{at}.mint"),
        ("another program", "detail.token", token | {"program": "nft"}, value, f"{at}.program"),
        ("decimals beyond a byte", "detail.token", token | {"decimals": "256"}, "amount.invalid", f"{at}.decimals"),
        ("a token's account unpaid", "detail.token", token, value, "plan.fee"),
        ("a fee rounded down", "fee", "5004", value, "plan.fee"),
        ("a nonce", "nonce", "1", value, "plan.nonce"),
        ("inputs", "inputs", [{"outpoint": f"{'33' * 32}:0", "value": "1"}], value, "plan.inputs"),
        ("change", "change", [{"account": f"{base['chain']}:{'1' * 32}", "value": "1"}], value, "plan.change"),
        ("no anchor", "anchor", None, value, "plan.anchor"),
        ("an anchor in hex", "anchor", "0" * 32, value, "plan.anchor"),
        ("a block's hash without its last height", "valid_until_height", None, value, "plan.valid_until_height"),
        ("two payloads", "payloads", base["payloads"] * 2, value, "plan.payloads"),
        ("another curve", "payloads.0.curve", "secp256k1", value, "plan.payloads"),
    ]


def durable_faults() -> list[Fault]:
    """What is wrong with a plan under a durable nonce."""
    place = "plan.valid_until_height"
    return [("a height of a durable nonce", "valid_until_height", "1", "document.value", place)]
