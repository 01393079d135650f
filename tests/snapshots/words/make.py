"""Writes the snapshots beside it. Expected bytes and digests come from plain json and hashlib, not from jinku.

Run by hand when a word changes: ``python tests/snapshots/words/make.py``; review the diff, it is a format change.
Readers put so many letters x for ``@PAD:<number>@``.
"""

import hashlib

from documents import approvals, intents, verdicts
from frozen import VAULT, digest, write
from names import caip
from plans import plans

PAIRS = [
    (' { "b" : [ 1 , null , true , false ] , "a" : "" } ', '{"a":"","b":[1,null,true,false]}'),
    ("9007199254740991", "9007199254740991"),
    ("-9007199254740991", "-9007199254740991"),
    ('"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"', '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
    (
        '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",'
        '"\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O"}',
        '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O",'
        '"\u20ac":"Euro Sign","\U0001f600":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ),
    ('"\\b\\t\\f\\u0000\\u001f\\u007f\\u2028"', '"\\b\\t\\f\\u0000\\u001f\x7f\u2028"'),
    ('{"":{"":[[],{}]}}', '{"":{"":[[],{}]}}'),
    ("[" * 32 + "]" * 32, "[" * 32 + "]" * 32),
    ("\t\r\n 0 ", "0"),
]
INVALID = [
    ("", "json.malformed"),
    (" ", "json.malformed"),
    ("nul", "json.malformed"),
    ("True", "json.malformed"),
    ("NaN", "json.malformed"),
    ("-Infinity", "json.malformed"),
    ("[1,]", "json.malformed"),
    ('{"a":1,}', "json.malformed"),
    ("{a:1}", "json.malformed"),
    ("'a'", "json.malformed"),
    ("1 2", "json.malformed"),
    ("01", "json.malformed"),
    ("-", "json.malformed"),
    ("+1", "json.malformed"),
    (".5", "json.malformed"),
    ("1.", "json.malformed"),
    ("1e", "json.malformed"),
    ("0x10", "json.malformed"),
    ('"a\nb"', "json.malformed"),
    ('"\\x"', "json.malformed"),
    ('"\\u12"', "json.malformed"),
    ('"open', "json.malformed"),
    ("\ufeff1", "json.malformed"),
    ("// c\n1", "json.malformed"),
    ("1.0", "json.number"),
    ("1e2", "json.number"),
    ("1E-2", "json.number"),
    ("0.5", "json.number"),
    ("-0", "json.number"),
    ("-0.0", "json.number"),
    ("9007199254740992", "json.number"),
    ("-9007199254740992", "json.number"),
    ("1" + "0" * 400, "json.number"),
    ('{"a":1,"a":1}', "json.duplicate_key"),
    ('{"a":1,"\\u0061":2}', "json.duplicate_key"),
    ('"\\ud800"', "json.text"),
    ('"\\ude00\\ud83d"', "json.text"),
    ('{"\\udfff":1}', "json.text"),
    ("[" * 33 + "]" * 33, "json.too_deep"),
    ('{"a":' * 33 + "1" + "}" * 33, "json.too_deep"),
    ("[" * 5000 + "]" * 5000, "json.too_deep"),
    ('"@PAD:1048576@"', "json.too_large"),
]


def canonical() -> None:
    write(
        "canonical",
        {
            "valid": [{"text": text, "canonical": expected} for text, expected in PAIRS],
            "invalid": [{"text": text, "code": code} for text, code in INVALID],
            "invalid_hex": [
                {"hex": text, "code": "json.text"} for text in ("22ff22", "22c0af22", "22eda08022", "2280")
            ],
        },
    )


def account(job: str, ts_ms: int, index: int) -> str:
    """The account id by a second reading of its rule."""
    seed = hashlib.sha256(
        b"jinku/account-id/1\0" + bytes.fromhex(job.replace("-", "")) + index.to_bytes(8, "big")
    ).digest()
    low = int.from_bytes(seed[2:10], "big") % 2**62
    text = f"{ts_ms:012x}7{int.from_bytes(seed[:2], 'big') % 2**12:03x}{2**63 + low:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def ids() -> None:
    job = "018bcfe5-6800-7fff-bfff-ffffffffffff"
    rows = [(job, 0, 0), (job, 1700000000000, 0), (job, 1700000000000, 1), (VAULT, 2**48 - 1, 2**64 - 1)]
    valid = ["018bcfe5-6800-7000-8000-000000000000", "ffffffff-ffff-7fff-bfff-ffffffffffff"]
    invalid = [
        "",
        "018bcfe5-6800-7000-8000-00000000000",
        "018bcfe5-6800-7000-8000-0000000000000",
        "018BCFE5-6800-7000-8000-000000000000",
        "018bcfe568007000800000000000000000--",
        "{018bcfe5-6800-7000-8000-00000000000",
        "018bcfe5-6800-4000-8000-000000000000",
        "018bcfe5-6800-7000-0000-000000000000",
        "018bcfe5-6800-7000-c000-000000000000",
        "018bcfe5-6800-7000-8000-00000000000g",
        "00000000-0000-0000-0000-000000000000",
        "018bcfe5_6800_7000_8000_000000000000",
        "018bcfe5-6800-7000-8000-0000000000é",
    ]
    # Times and random bytes handed to one source, and what it makes: same ms adds, back adds, a full tail moves on.
    source = [
        (1700000000000, "00" * 10, "018bcfe5-6800-7000-8000-000000000000"),
        (1700000000000, "00" * 10, "018bcfe5-6800-7000-8000-000000000001"),
        (1699999999999, "ff" * 10, "018bcfe5-6800-7000-8000-000100000001"),
        (1700000000001, "ff" * 10, "018bcfe5-6801-7fff-bfff-ffffffffffff"),
        (1700000000001, "00000001" + "00" * 6, "018bcfe5-6802-7000-8001-000000000000"),
    ]
    write(
        "ids",
        {
            "valid": [
                {"text": text, "hex": text.replace("-", ""), "time_ms": int(text.replace("-", "")[:12], 16)}
                for text in valid
            ],
            "invalid": invalid,
            "account_ids": [{"job": j, "ts_ms": t, "index": str(i), "id": account(j, t, i)} for j, t, i in rows],
            "source": [{"now_ms": t, "random": r, "id": expected} for t, r, expected in source],
        },
    )


def amounts() -> None:
    large = 2**256 - 1
    numbers = [0, 1, 9, 10, 2**64 - 1, 2**64, 10**19, 10**19 - 1, 2**128, 10**38, 10**57 + 1, 10**77, large]
    sums = [(1, 2), (large, 0), (2**64 - 1, 1), (2**192 - 1, 2**192), (large, 1), (2**255, 2**255)]
    rows = [
        {
            "a": str(a),
            "b": str(b),
            "sum": str(a + b) if a + b <= large else None,
            "difference": str(a - b) if a >= b else None,
        }
        for a, b in sums + [(b, a) for a, b in sums]
    ]
    invalid = [
        "",
        "00",
        "01",
        "-1",
        "+1",
        "1.0",
        "1e3",
        " 1",
        "1 ",
        "0x1",
        "1_000",
        "\u0661",
        "\uff11",
        str(large + 1),
        "9" * 78,
        "1" * 500,
    ]
    write(
        "amounts",
        {
            "figures": [{"text": str(n), "hex": f"{n:064x}"} for n in numbers],
            "invalid": invalid,
            "arithmetic": rows,
        },
    )


def digests() -> None:
    rows = [("jinku/intent/1", ""), ("jinku/batch/1", "{}"), ("jinku/approval/1", "金库")]
    write("digests", [{"tag": tag, "text": text, "digest": digest(tag, text)} for tag, text in rows])


if __name__ == "__main__":
    for make in (canonical, ids, amounts, caip, digests, intents, plans, verdicts, approvals):
        make()
