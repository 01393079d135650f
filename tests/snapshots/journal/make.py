"""Writes the frozen bytes of the journal's formats, without any code of Jinku: plain hashlib, json, base64, and the
package cryptography for Ed25519 and ML-DSA-44.

`python tests/snapshots/journal/make.py` rewrites the files beside it. ML-DSA-44 signs with fresh randomness, so a
signature that stands there already and still holds is kept: a second run changes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HERE = Path(__file__).parent
ORIGIN = "journal.example/jinku/1"
TIME = 1_800_000_000
SIZE, OLD, INDEX = 300, 256, 273


def canonical(value: Any) -> bytes:
    """RFC 8785 for what stands here: ASCII names, no fractions."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def entry(number: int) -> bytes:
    return canonical({"n": number, "v": 1})


LEAVES = [hashlib.sha256(b"\x00" + entry(number)).digest() for number in range(SIZE)]


def split(width: int) -> int:
    """The largest power of two below a width of at least 2."""
    return 1 << (width - 1).bit_length() - 1


def tree(start: int, end: int) -> bytes:
    """MTH of RFC 6962, section 2.1."""
    if end - start == 1:
        return LEAVES[start]
    middle = start + split(end - start)
    return hashlib.sha256(b"\x01" + tree(start, middle) + tree(middle, end)).digest()


def path(index: int, start: int, end: int) -> list[bytes]:
    """PATH of section 2.1.1."""
    if end - start == 1:
        return []
    middle = start + split(end - start)
    if index < middle:
        return [*path(index, start, middle), tree(middle, end)]
    return [*path(index, middle, end), tree(start, middle)]


def proof(size: int, start: int, end: int, whole: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.2."""
    if size == end - start:
        return [] if whole else [tree(start, end)]
    middle = start + split(end - start)
    if start + size <= middle:
        return [*proof(size, start, middle, whole), tree(middle, end)]
    return [*proof(start + size - middle, middle, end, False), tree(start, middle)]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass(frozen=True)
class Key:
    """A key of one byte's seed: type 1 and 4 are Ed25519, 6 is ML-DSA-44."""

    name: str
    kind: int
    seed: int

    @property
    def private(self) -> Any:
        seed = bytes([self.seed]) * 32
        return MLDSA44PrivateKey.from_seed_bytes(seed) if self.kind == 6 else Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public(self) -> bytes:
        return bytes(self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64(bytes([self.kind]) + self.public)}"

    def message(self, text: str) -> bytes:
        if self.kind == 1:
            return text.encode()
        if self.kind == 4:
            return f"cosignature/v1\ntime {TIME}\n{text}".encode()
        origin, size, root = text.splitlines()
        name, log = self.name.encode(), origin.encode()
        numbers = (0).to_bytes(8, "big") + int(size).to_bytes(8, "big")
        head = b"subtree/v1\n\x00" + bytes([len(name)]) + name + TIME.to_bytes(8, "big")
        return head + bytes([len(log)]) + log + numbers + base64.b64decode(root)

    def line(self, text: str, before: str) -> str:
        time = b"" if self.kind == 1 else TIME.to_bytes(8, "big")
        lead = self.id + time
        for old in before.splitlines():
            words = old.split(" ")
            if words[:2] == ["—", self.name] and base64.b64decode(words[2]).startswith(lead):
                try:
                    self.private.public_key().verify(base64.b64decode(words[2])[len(lead) :], self.message(text))
                except InvalidSignature:
                    continue
                return old + "\n"
        return f"— {self.name} {b64(lead + self.private.sign(self.message(text)))}\n"


LOG = [Key(ORIGIN, 1, 1), Key(ORIGIN, 6, 2)]
EAST = [Key("east.example/w", 4, 11), Key("east.example/w", 6, 12)]
WEST = [Key("west.example/w", 4, 13), Key("west.example/w", 6, 14)]
OWN = [Key("own.example/w", 4, 15)]
ADMINS = {"ada": 21, "bo": 22, "cy": 23}


def ed25519(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def public_hex(seed: int) -> str:
    return ed25519(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def document(version: int) -> dict[str, Any]:
    """Version 2 replaces the admin bo by cy."""
    admins = ("ada", "bo") if version == 1 else ("ada", "cy")
    keys: list[dict[str, Any]] = [
        {"algorithm": "ed25519", "name": name, "not_after": None, "passkey": None, "public": public_hex(ADMINS[name])}
        | {"roles": ["admin", "initiator"] if name == "ada" else ["admin"]}
        for name in admins
    ]
    phone = {"origin": "https://console.example", "rp_id": "console.example"}
    keys.append(
        {"algorithm": "passkey", "name": "dee.phone", "not_after": "1900000000000", "passkey": phone}
        | {"public": "02" + "07" * 32, "roles": ["approver"]}
    )
    witnesses = [("east", EAST, True), ("own", OWN, False), ("west", WEST, True)]
    return {
        "admin_threshold": 2,
        "created_at": str(1_800_000_000_000 + version),
        "deployment": "018bcfe5-6800-7000-8000-000000000000",
        "groups": [{"members": ["dee.phone"], "name": "desk", "threshold": 1}],
        "journal": {"keys": sorted(key.vkey for key in LOG), "origin": ORIGIN},
        "keys": keys,
        "not_after": None,
        "policy_digest": "ab" * 32,
        "quorum": 2,
        "v": 1,
        "version": version,
        "witnesses": [
            {"keys": sorted(key.vkey for key in held), "name": name, "outside": outside}
            for name, held, outside in witnesses
        ],
    }


def digest(root: dict[str, Any]) -> bytes:
    return hashlib.sha256(b"jinku/trust-root/1\x00" + canonical(root)).digest()


def words(data: bytes) -> str:
    """Proquints."""
    consonants, vowels = "bdfghjklmnprstvz", "aiou"
    found = []
    for number in (int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)):
        letters = ((12, consonants), (10, vowels), (6, consonants), (4, vowels), (0, consonants))
        found.append("".join(of[number >> shift & len(of) - 1] for shift, of in letters))
    return "-".join(found)


def signed(root: dict[str, Any], names: tuple[str, ...]) -> bytes:
    def row(seed: int) -> dict[str, str]:
        return {"public": public_hex(seed), "signature": ed25519(seed).sign(digest(root)).hex()}

    rows = sorted((row(ADMINS[name]) for name in names), key=lambda one: one["public"])
    return canonical({"root": root, "signatures": rows, "v": 1})


def policy() -> str:
    lines = ["# who has to cosign the journal", *(f"log {key.vkey}" for key in LOG)]
    for name, held in (("east", EAST), ("west", WEST)):
        labels = ("v1", "pq")
        lines += [f"witness {name}-{label} {key.vkey}" for label, key in zip(labels, held, strict=True)]
        lines.append(f"group {name} any {name}-v1 {name}-pq")
    return "\n".join([*lines, "group outside 2 east west", "quorum outside", ""])


def main() -> None:
    text = f"{ORIGIN}\n{SIZE}\n{b64(tree(0, SIZE))}\n"
    target = HERE / "checkpoint.note"
    before = target.read_text(encoding="utf-8") if target.exists() else ""
    note = text + "\n" + "".join(key.line(text, before) for key in (*LOG, *EAST, WEST[1], *OWN))
    hashes = "".join(f"{b64(one)}\n" for one in path(INDEX, 0, SIZE))
    growth = "".join(f"{b64(one)}\n" for one in proof(OLD, 0, SIZE, True))
    one, two = document(1), document(2)
    facts = {
        "entry": entry(INDEX).decode(),
        "index": INDEX,
        "size": SIZE,
        "time": TIME,
        "root": tree(0, SIZE).hex(),
        "old_size": OLD,
        "old_root": tree(0, OLD).hex(),
        "vkeys": {"log": [key.vkey for key in LOG], "witnesses": [key.vkey for key in (*EAST, *WEST, *OWN)]},
        "trust_root": {"digest": digest(one).hex(), "words": words(digest(one)[:16]), "digest_2": digest(two).hex()},
    }
    files = {
        "checkpoint.note": note.encode(),
        "receipt.tlog-proof": f"c2sp.org/tlog-proof@v1\nindex {INDEX}\n{hashes}\n{note}".encode(),
        "add-checkpoint.txt": f"old {OLD}\n{growth}\n{note}".encode(),
        "witness-policy.txt": policy().encode(),
        "trust-root-1.json": signed(one, ("ada", "bo")),
        "trust-root-2.json": signed(two, ("ada", "bo", "cy")),
        "facts.json": (json.dumps(facts, indent=1) + "\n").encode(),
    }
    for name, data in files.items():
        (HERE / name).write_bytes(data)


if __name__ == "__main__":
    main()
