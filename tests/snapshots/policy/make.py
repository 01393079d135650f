"""Writes the snapshot beside it: a document with every column. Run by hand; review the diff, it is a format change.

The digest comes from hashlib over plain json, not from jinku.
"""

import hashlib
import json
from pathlib import Path

HERE = Path(__file__).parent
ETHER, TOKEN = "eip155:1/slip44:60", "eip155:1/erc20:0x" + "aa" * 20
KRAKEN, OWN = "eip155:1:0x" + "11" * 20, "eip155:1:0x" + "22" * 20
VAULT = "018bcfe5-6800-7000-8000-000000000003"

FULL = {
    "assets": [{"members": [TOKEN, ETHER], "name": "liquid"}],
    "book": [
        {"accounts": [KRAKEN], "label": "kraken", "since": "1700000000000"},
        {"accounts": [OWN], "label": "own.warm", "since": "1690000000000"},
    ],
    "destinations": [{"members": ["kraken"], "name": "exchanges"}, {"members": [], "name": "nobody"}],
    "initiators": [{"members": ["alice", "bob"], "name": "desk"}],
    "name": "full",
    "reference": {"currency": "usd", "max_age_seconds": 300, "quorum": 2},
    "rules": [
        {
            "effect": "permit",
            "name": "all_columns",
            "then": {
                "approvals": [{"count": 2, "group": "ops"}, {"count": 1, "group": "risk"}],
                "ceiling": {"most": "900", "need_percent": 150},
                "hold_hours": 12,
                "limits": [
                    {
                        "amount": "1000",
                        "count": 10,
                        "over": "throttle",
                        "per": ["asset", "destination", "initiator", "source", "vault"],
                        "value": "5000",
                        "window_seconds": 86400,
                    }
                ],
            },
            "when": {
                "age_hours": {"least": "24"},
                "amount": {"least": "1", "most": "500"},
                "asset": ["@liquid"],
                "chain": ["eip155:1"],
                "destination": ["@exchanges", OWN, "own.warm"],
                "fee": {"most": "100"},
                "fee_share_bps": {"most": "10000"},
                "grants": ["up_to"],
                "initiator": ["@desk", "carol"],
                "kind": ["transfer"],
                "source": [OWN, "unknown"],
                "time": {
                    "days": ["mon", "tue", "wed", "thu", "fri"],
                    "from": "08:00",
                    "offset": "+01:00",
                    "to": "18:00",
                },
                "value": {"most": "2500"},
                "vault": [VAULT, "@main"],
            },
        },
        {"effect": "forbid", "name": "risky", "then": {}, "when": {"told": [{"fact": "risk", "least": "80"}]}},
        {
            "effect": "require",
            "name": "watch",
            "then": {"hold_hours": 1},
            "when": {"told": [{"fact": "odd", "least": "1"}]},
        },
    ],
    "v": 1,
    "vaults": [{"members": [VAULT], "name": "main"}],
}


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(data: bytes) -> str:
    return hashlib.sha256(b"jinku/policy/1\x00" + data).hexdigest()


if __name__ == "__main__":
    text = canonical(FULL)
    rows = {"document": text.decode(), "digest": digest(text)}
    (HERE / "full.json").write_text(json.dumps(rows, indent=1) + "\n")
