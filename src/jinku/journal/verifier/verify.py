#!/usr/bin/env python3
"""Verifies what a Jinku log handed out, without Jinku: Python 3.9 or newer and the package ``cryptography``.

    python3 verify.py DIR --trust-root FILE               a bundle of `jinku journal export`
    python3 verify.py receipt FILE --trust-root FILE      one receipt of `jinku journal prove` or `jinku accounts prove`

Only the trust root is believed, and that one because its fingerprint was compared; no key beside the entries is.
Exit code 0: all of it holds. 5: something does not, and it is named. 2: the command cannot be meant.
Formats: RFC 6962, RFC 8785, C2SP signed-note, tlog-checkpoint, tlog-cosignature and tlog-proof, FIPS 204.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import stat
import sys
import time
from pathlib import Path
from typing import Any, NoReturn, TextIO

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    sys.stderr.write("verify.py needs the Python package cryptography: python3 -m pip install cryptography\n")
    sys.exit(2)
MlDsa: Any = None  # cryptography before version 47, or built without it, has none
try:
    from cryptography.hazmat.primitives.asymmetric import mldsa

    MlDsa = getattr(mldsa, "MLDSA44PublicKey", None) or getattr(mldsa, "MlDsa44PublicKey", None)
    MlDsa.from_public_bytes(bytes(1312))
except (ImportError, UnsupportedAlgorithm, AttributeError, ValueError):
    MlDsa = None

MAX_ENTRY, MAX_NOTE, MAX_FILE, MAX_MANIFEST, MAX_INT = 65_535, 1_000_000, 4 << 20, 1 << 20, (1 << 53) - 1
MAX_BUNDLE, MAX_FILES = 1 << 30, 20_000
ED25519, COSIGNATURE, MLDSA44 = 1, 4, 6
PUBLIC_BYTES = {ED25519: 32, COSIGNATURE: 32, MLDSA44: 1312}
PLAIN = ("README.md", "verify.py", "checkpoint", "keys.txt", "anchors/README.md")
MAY_BE = ("trust-root.json", "consistency", "earlier-checkpoint", "verify_anchors.py")
Head = tuple[int, bytes]  # size and root
Shown = tuple[list[str], list[str]]  # what is proven, and what is not
NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class Broken(Exception):  # noqa: N818  what is wrong, what was found and what was expected
    """Something does not hold."""


def broken(what: str, found: object = "", expected: object = "") -> NoReturn:
    """Raises."""
    raise Broken(what, str(found)[:300], str(expected)[:300])


def require(holds: bool, what: str, found: object = "", expected: object = "") -> None:
    """Raises unless it holds."""
    if not holds:
        broken(what, found, expected)


def read(path: Path, limit: int, name: str) -> bytes:
    """The bytes of a plain file: no link, no device, not above the limit."""
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(fd, "rb") as file:
            require(stat.S_ISREG(os.fstat(fd).st_mode), name + " is no plain file")
            data = file.read(limit + 1)
    except OSError as error:
        broken(name + " cannot be read", error.strerror, "a plain file")
    require(len(data) <= limit, name + " is too large", f"more than {limit} bytes")
    return data


def sha256(*parts: bytes) -> bytes:
    """32 bytes."""
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text: str, name: str, length: int = 0) -> bytes:
    """The bytes of the one base64 text that they have."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    if base64.b64encode(data).decode() != text or (length and len(data) != length):
        broken(name + " holds what is no base64 of its length", text[:40])
    return data


def number(text: str, name: str) -> int:
    """A decimal number below 2^63."""
    if not NUMBER.fullmatch(text) or int(text) >= 1 << 63:
        broken(name + " holds what is no decimal number", text[:40])
    return int(text)


def ordered(value: Any, name: str, depth: int = 0) -> Any:
    """The value with the members of each object in the order of RFC 8785."""
    require(depth <= 32, name + " is nested too deep")
    if isinstance(value, dict):
        names = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {key: ordered(value[key], name, depth + 1) for key in names}
    if isinstance(value, list):
        return [ordered(item, name, depth + 1) for item in value]
    if isinstance(value, int) and abs(value) > MAX_INT:
        broken(name + " holds a number beyond 2^53 - 1", value)
    return value


def to_bytes(value: Any, name: str) -> bytes:
    """The one text of a value, RFC 8785."""
    try:
        return json.dumps(ordered(value, name), ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        broken(name + " holds a lone surrogate")


def parse(data: bytes, name: str, canonical: bool = True) -> dict[str, Any]:
    """The object of a JSON text without fractions or repeated names; its bytes are the only ones for its value."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        require(len(dict(found)) == len(found), name + " names a member twice")
        return dict(found)

    def fraction(text: str) -> NoReturn:
        broken(name + " holds a number that is no integer", text)

    try:
        text = data.decode()
        value = json.loads(text, object_pairs_hook=pairs, parse_float=fraction, parse_constant=fraction)
    except (ValueError, RecursionError) as error:
        broken(name + " is no JSON", error)
    require(isinstance(value, dict), name + " is no JSON object")
    require(not canonical or to_bytes(value, name) == data, name + " is not canonical (RFC 8785)")
    return dict(value)


# -- trees (RFC 9162, sections 2.1.3.2 and 2.1.4.2)


def climb(first: int, last: int, start: bytes, path: list[bytes], name: str) -> tuple[bytes, bytes]:
    """The roots to which a path leads: of the tree that ends with the leaf ``first``, and of the one up to ``last``."""
    one = two = start
    for sibling in path:
        require(last > 0, name + " has a path that is too long")
        if first & 1 or first == last:
            one, two = sha256(b"\x01", sibling, one), sha256(b"\x01", sibling, two)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            two = sha256(b"\x01", two, sibling)
        first, last = first >> 1, last >> 1
    require(last == 0, name + " has a path that is too short")
    return one, two


def root_of(leaf: bytes, index: int, size: int, path: list[bytes], name: str) -> bytes:
    """The root to which a leaf at its place and its path lead."""
    require(0 <= index < size, name + " has an index outside its tree", index, f"below {size}")
    return climb(index, size - 1, leaf, path, name)[1]


def check_growth(old: Head, new: Head, proof: list[bytes], name: str) -> None:
    """Holds when the tree ``new`` begins with the whole tree ``old``."""
    if old[0] in (0, new[0]):
        require(not proof and (old[0] == 0 or old[1] == new[1]), name + ": two trees of one size differ")
        return
    require(old[0] < new[0], name + ": the earlier tree is the larger one", old[0], f"below {new[0]}")
    first, last, path = old[0] - 1, new[0] - 1, list(proof)
    if old[0] & (old[0] - 1) == 0:
        path.insert(0, old[1])
    while first & 1:
        first, last = first >> 1, last >> 1
    require(bool(path), name + ": the proof is too short")
    roots = climb(first, last, path[0], path[1:], name)
    require(roots == (old[1], new[1]), name + ": the log was rewritten, or the proof is another's", roots[0].hex())


class Key:
    """A verifier key: ``NAME+ID+BASE64(type, public key)``."""

    def __init__(self, vkey: str, types: tuple[int, ...]) -> None:
        """The key of a text; its id has to follow from it."""
        self.name, given, coded = vkey.split("+", 2)
        raw = unbase64(coded, "the key " + self.name)
        self.type, self.public = raw[0], raw[1:]
        self.id = sha256(self.name.encode(), b"\n", raw)[:4]
        right = self.type in types and len(self.public) == PUBLIC_BYTES[self.type] and given == self.id.hex()
        require(right, "the trust root has a key out of form", vkey[:60])

    def holds(self, text: str, payload: bytes) -> bool | None:
        """Whether the payload of a signature line holds over a checkpoint; None when it cannot be checked here."""
        message = text.encode()
        if self.type == COSIGNATURE:
            message = f"cosignature/v1\ntime {int.from_bytes(payload[:8], 'big')}\n".encode() + message
        if self.type == MLDSA44:
            if MlDsa is None:
                return None
            origin, size, root = text.split("\n")[:3]
            names = [bytes([len(one.encode())]) + one.encode() for one in (self.name, origin)]
            message = b"subtree/v1\n\0" + names[0] + payload[:8] + names[1] + bytes(8)
            message += int(size).to_bytes(8, "big") + base64.b64decode(root)
        signature = payload if self.type == ED25519 else payload[8:]
        kind: Any = MlDsa if self.type == MLDSA44 else Ed25519PublicKey
        try:
            kind.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return self.type == ED25519 or payload[0] < 0x80


def split_note(data: bytes, name: str) -> tuple[str, Head, str, list[tuple[str, bytes]]]:
    """Text, (size, root), origin and signature lines (name, id and payload) of a checkpoint."""
    require(len(data) <= MAX_NOTE, name + " is too large")
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        broken(name + " is not UTF-8", f"byte {error.start}")
    text, gap, tail = whole.rpartition("\n\n")
    lines, signatures = text.split("\n"), tail.split("\n")
    require(not any(char < " " and char != "\n" for char in whole), name + " holds a control character")
    require(bool(gap) and len(lines) == 3, name + " is no checkpoint of three lines")
    require(1 < len(signatures) <= 101 and signatures.pop() == "", name + " has no whole lines of signatures")
    head = number(lines[1], name), unbase64(lines[2], name, 32)
    found = []
    for line in signatures:
        dash, _, rest = line.partition(" ")
        who, _, coded = rest.partition(" ")
        require(dash == "\u2014" and bool(who), name + " has a signature line out of form", line[:60])
        found.append((who, unbase64(coded, name)))
    return text + "\n", head, lines[0], found


class Trust:
    """The trust root: what the verifier was told to believe."""

    def __init__(self, data: bytes, fingerprint: str) -> None:
        """The document, after its fingerprint, or at least its own admins' signatures, held."""
        self._read(parse(data, "the trust root"))
        wanted = fingerprint.strip().lower()
        self.compared = bool(wanted)
        if wanted not in ("", self.digest.hex(), words(self.digest)):
            broken("this is not the trust root that was meant", self.digest.hex(), wanted)
        if not self.compared and self.signed < self.threshold:
            expected = f"{self.threshold}, or --fingerprint with the one that you were told"
            broken("too few admins signed the trust root", self.signed, expected)

    def _read(self, outer: dict[str, Any]) -> None:
        root = outer["root"]
        form = set(outer) == {"root", "signatures", "v"} and outer["v"] == root["v"] == 1
        require(form, "this is no trust root")
        self.digest = sha256(b"jinku/trust-root/1\0", to_bytes(root, "the trust root"))
        self.deployment, self.version, self.quorum = str(root["deployment"]), int(root["version"]), int(root["quorum"])
        self.expires = None if root["not_after"] is None else int(root["not_after"])
        journal, now = root["journal"], time.time() * 1000
        self.origin = str(journal["origin"])
        self.keys = [Key(vkey, (ED25519, MLDSA44)) for vkey in journal["keys"]]
        require(bool(self.keys) and all(key.name == self.origin for key in self.keys), "no keys of the pinned log")
        self.witnesses = [
            (str(one["name"]), one["outside"] is True, [Key(vkey, (COSIGNATURE, MLDSA44)) for vkey in one["keys"]])
            for one in root["witnesses"]
        ]
        publics = [key.public for key in self.keys] + [key.public for one in self.witnesses for key in one[2]]
        require(len(set(publics)) == len(publics), "the trust root names a key twice")
        outside = sum(one[1] for one in self.witnesses)
        require(0 <= self.quorum <= outside, "the trust root wants more witnesses than it has", self.quorum, outside)
        admins = {
            key["public"]: key["name"]
            for key in root["keys"]
            if "admin" in key["roles"] and (key["not_after"] is None or int(key["not_after"]) >= now)
        }
        self.threshold, signers = int(root["admin_threshold"]), set()
        require(self.threshold >= 1, "the trust root needs no admin")
        for one in outer["signatures"]:
            if one["public"] in admins:
                who = admins[one["public"]]
                check_ed25519(one["public"], one["signature"], self.digest, "the trust root's signature of " + who)
                signers.add(one["public"])
        self.signed = len(signers)

    def check(self, data: bytes, name: str) -> tuple[Head, list[str]]:
        """Size and root of a checkpoint that the log and enough witnesses signed, and what was not checked."""
        text, head, origin, lines = split_note(data, name)
        require(origin == self.origin, name + " is another log's", origin, self.origin)
        unchecked = []
        for key in self.keys:
            said = signed_by(key, text, lines, name)
            if said is None:
                unchecked.append("the log's ML-DSA-44 signature: this cryptography cannot, install version 47 or newer")
            elif not said:
                broken(name + " is not signed by the pinned log", "no line of key " + key.id.hex(), "each of its keys")
        found = []
        for who, outside, keys in self.witnesses:
            said_by = [signed_by(key, text, lines, name) for key in keys]
            if any(said_by) and outside:
                found.append(who)
            if None in said_by:
                unchecked.append("the ML-DSA-44 cosignature of " + who)
        self.cosigned = found
        require(len(found) >= self.quorum, name + " has too few witnesses", ", ".join(found), f"{self.quorum} outside")
        return head, unchecked


def signed_by(key: Key, text: str, lines: list[tuple[str, bytes]], name: str) -> bool | None:
    """Whether a key signed the note; a line of it that does not hold refuses the whole note."""
    mine = [raw[4:] for who, raw in lines if (who, raw[:4]) == (key.name, key.id)]
    results = [key.holds(text, payload) for payload in mine]
    require(False not in results, name + " has a signature that does not hold", f"key {key.id.hex()} of {key.name}")
    # a cosignature of time 0 says nothing about the largest tree
    return None if None in results else any(key.type == ED25519 or any(payload[:8]) for payload in mine)


def check_ed25519(public: str, signature: str, message: bytes, name: str) -> None:
    """Holds when the signature (hex) does."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError, TypeError):
        broken(name + " does not hold")


def words(digest: bytes) -> str:
    """The first 128 bits as eight words that can be read out (proquints)."""
    found = []
    for at in range(0, 16, 2):
        bits = digest[at] << 8 | digest[at + 1]
        shifts = ((12, 15), (10, 3), (6, 15), (4, 3), (0, 15))
        found.append("".join(("bdfghjklmnprstvz" if mask == 15 else "aiou")[bits >> s & mask] for s, mask in shifts))
    return "-".join(found)


def split_receipt(data: bytes, name: str) -> tuple[int, list[bytes], bytes, bytes]:
    """Index, path, checkpoint and extra data of a ``c2sp.org/tlog-proof@v1``."""
    head, _, note = data.partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    require(lines.pop(0) == "c2sp.org/tlog-proof@v1", name + " is no receipt")
    extra = unbase64(lines.pop(0)[6:], name) if lines and lines[0].startswith("extra ") else b""
    require(bool(lines) and lines[0].startswith("index "), name + " names no index")
    return number(lines[0][6:], name), [unbase64(line, name, 32) for line in lines[1:]], note, extra


def check_entry(entry: bytes, receipt: tuple[int, list[bytes], bytes, bytes], head: Head, name: str) -> dict[str, Any]:
    """What the entry says, after its bytes were found to stand at their place in the tree."""
    require(0 < len(entry) <= MAX_ENTRY, name + " has a wrong length", len(entry), "1 to 65535 bytes")
    said = parse(entry, name)
    root = root_of(sha256(b"\0", entry), receipt[0], head[0], receipt[1], name)
    require(root == head[1], name + " does not stand in the log", "root " + root.hex(), "root " + head[1].hex())
    return said


def identity_of(entries: dict[int, dict[str, Any]], trust: Trust) -> str:
    """The signer's identity key, as the log's very first entry names it: none that came later can take its place."""
    first = entries.get(0, {})
    right = first.get("kind") == "deployment.made" and first.get("subject") == trust.deployment
    require(right, "the log's first entry does not name the identity key", first.get("kind", "no entry 0"))
    return str(first.get("identity"))


def check_statement(statement: bytes, entry: dict[str, Any], identity: str, trust: Trust, name: str) -> dict[str, Any]:
    """What the signer said of a batch of accounts, after its signature and the entry of the log agreed."""
    said = parse(statement, name)
    require(said.get("deployment") == trust.deployment, name + " is another deployment's", said.get("deployment"))
    for member in ("root", "start", "count", "vault", "mode", "forms"):
        same = said.get(member) == entry.get(member) and member in said
        require(same, f"{name} and the entry differ in {member}", said.get(member), entry.get(member))
    require(said.get("job") == entry.get("subject"), name + " is another job's", said.get("job"))
    digest = sha256(b"jinku/batch/1\0", statement)
    check_ed25519(identity, str(entry.get("signature")), digest, "the signature of " + name)
    return said


def check_address(claim: dict[str, Any], entries: dict[int, dict[str, Any]], trust: Trust, name: str) -> str:
    """The address that a receipt claims, after it led to a batch that was signed and stands in the log."""
    statement, leaf = claim["statement"].encode(), claim["leaf"].encode()
    signed, place = parse(statement, name), claim["place"]
    batches = [e for e in entries.values() if e["kind"] == "accounts.batch" and e["subject"] == signed.get("job")]
    batches = [e for e in batches if (e.get("start"), e.get("root")) == (signed.get("start"), signed.get("root"))]
    require(bool(batches), name + ": no entry here speaks of its batch")
    said = check_statement(statement, batches[0], identity_of(entries, trust), trust, name)
    path = [bytes.fromhex(node) for node in claim["inclusion"]]
    root = root_of(sha256(b"\0", leaf), place, said["count"], path, name)
    require(root.hex() == said["root"] == claim["root"], name + " does not stand in its batch", root.hex())
    account = parse(leaf, name)
    rows = [{key: row[key] for key in ("address", "chain", "path")} for row in account["addresses"]]
    same = {key: claim[key] for key in ("address", "chain", "path")} in rows
    same = same and (account["account"], account["index"]) == (claim["account"], claim["index"])
    require(same and account["index"] == said["start"] + place, name + " claims what its leaf does not say")
    require(claim["signature"] == batches[0]["signature"] and claim["count"] == said["count"], name + " was changed")
    return "{} on {}, account {}".format(claim["address"], claim["chain"], claim["account"])


def files_of(folder: Path) -> list[str]:
    """The names of all plain files; a link or a device is refused."""
    found, total = [], 0
    for here, folders, names in os.walk(str(folder)):
        for name in folders + names:
            path = Path(here) / name
            label, facts = path.relative_to(folder).as_posix(), path.lstat()
            plain = stat.S_ISREG(facts.st_mode)
            require(plain or stat.S_ISDIR(facts.st_mode), label + " is a link or device", "", "a plain file")
            if plain:
                found.append(label)
            total += facts.st_size if plain else 0
            require(total <= MAX_BUNDLE and len(found) <= MAX_FILES, label + " makes the bundle too large")
    return found


def read_bundle(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest and the files, which are those that it lists, byte for byte."""
    require(folder.is_dir() and not folder.is_symlink(), f"{folder} is no folder")
    names = files_of(folder)
    manifest = parse(read(folder / "manifest.json", MAX_MANIFEST, "manifest.json"), "manifest.json")
    given = manifest.pop("digest", None)
    digest = sha256(b"jinku/bundle/1\0", to_bytes(manifest, "manifest.json")).hex()
    require(given == digest, "manifest.json was changed", digest, given)
    kind = manifest.get("kind"), manifest.get("v")
    require(kind == ("jinku/journal-bundle", 1), "manifest.json is of another kind")
    listed, entries = manifest.get("files"), manifest.get("entries")
    if not isinstance(listed, dict) or not isinstance(entries, list):
        broken("manifest.json is malformed", "no files or entries")
    for name in sorted(set(names) ^ set(listed) - {"manifest.json"}):
        if name != "manifest.json":
            broken("{} is {}".format(name, "missing" if name in listed else "not listed in manifest.json"))
    own = {f"entries/{n}.json" for n in entries} | {f"receipts/{n}.tlog-proof" for n in entries} | set(PLAIN)
    for name in sorted(own - set(listed)):
        broken(name + " is missing")
    more = {f"statements/{n}.json" for n in entries} | set(MAY_BE)
    for name in sorted(set(listed) - own - more):
        right = re.fullmatch(r"addresses/[0-9]+\.json|anchors/[0-9-]+\.[a-z0-9]+", name)
        require(right is not None, name + " has no place in a bundle")
    data = {}
    for name, facts in sorted(listed.items()):
        data[name] = read(folder / name, MAX_FILE, name)
        require(hashlib.sha256(data[name]).hexdigest() == facts, name + " was changed", sha256(data[name]).hex(), facts)
    return manifest, data


def check_wanted(said: dict[str, Any], wanted: dict[str, Any], name: str) -> None:
    """The entry is one of those that the manifest says were selected."""
    kind = wanted["kind"]
    right = kind is None or said["kind"] == kind or (kind.endswith(".*") and said["kind"].startswith(kind[:-1]))
    right = right and wanted["subject"] in (None, said["subject"]) and wanted["actor"] in (None, said.get("actor", ""))
    at = number(said["ts"], name)
    right = right and (wanted["since"] is None or int(wanted["since"]) <= at)
    require(right and (wanted["until"] is None or at < int(wanted["until"])), name + " is not what was selected")


def check_bundle(folder: Path, trust: Trust, earlier: bytes | None) -> Shown:
    """What is proven by a bundle, and what is not."""
    manifest, data = read_bundle(folder)
    head, unproven = trust.check(data["checkpoint"], "checkpoint")
    said = (manifest.get("deployment"), manifest.get("origin"), manifest.get("size"), manifest.get("root"))
    known = (trust.deployment, trust.origin, str(head[0]), head[1].hex())
    require(said == known, "manifest.json speaks of another log", said, known)
    entries, count = {}, 0
    for index in manifest["entries"]:
        name, proof = f"entries/{index}.json", f"receipts/{index}.tlog-proof"
        receipt = split_receipt(data[proof], proof)
        require(receipt[2] == data["checkpoint"], proof + " has another checkpoint")
        require(str(receipt[0]) == str(index), proof + " is of another entry", receipt[0], index)
        entries[receipt[0]] = check_entry(data[name], receipt, head, name)
    aside = manifest["besides"]
    for index in set(manifest["entries"]) - set(aside):
        check_wanted(entries[int(index)], manifest["selected"], f"entries/{index}.json")
        count += 1
    proven = [f"{count} entries of {trust.origin}, each these bytes at its place in the tree"]
    proven.append(f"the tree: {head[0]} entries, root {head[1].hex()}")
    statements = [name for name in data if name.startswith("statements/")]
    for name in statements:
        batch = entries[int(name[11:-5])]
        require(batch["kind"] == "accounts.batch", name + " belongs to no batch")
        check_statement(data[name], batch, identity_of(entries, trust), trust, name)
    if statements:
        proven.append(f"{len(statements)} batches of accounts, signed by the identity key that entry 0 names")
    for name in sorted(name for name in data if name.startswith("addresses/")):
        proven.append("the address " + check_address(parse(data[name], name), entries, trust, name))
    cosigned = trust.cosigned
    grown, missing = check_consistency(data, head, trust, earlier)
    trust.cosigned = cosigned  # of this checkpoint, not of the earlier one
    if "verify_anchors.py" in data:
        unproven.append("when it stood: there are anchors here, see `verify_anchors.py --help`")
    unproven += ["that no entry was left out: the whole log shows it (`jinku journal verify`)", *missing]
    return proven + grown, unproven


def check_consistency(data: dict[str, bytes], head: Head, trust: Trust, earlier: bytes | None) -> Shown:
    """What is proven of earlier trees, and what is not."""
    if "consistency" not in data:
        require(earlier is None, "there is no consistency proof here", "", "an export with --from-checkpoint")
        return [], ["that earlier trees were not rewritten: hand --from-checkpoint to the export"]
    first, _, note = data["consistency"].partition(b"\n\n")
    lines = first.decode("utf-8", "replace").split("\n")
    require(note == data["checkpoint"] and lines[0].startswith("old "), "consistency is malformed", lines[0])
    old, _ = trust.check(data.get("earlier-checkpoint", b""), "earlier-checkpoint")
    require(lines[0] == f"old {old[0]}", "consistency is from another tree", lines[0], old[0])
    check_growth(old, head, [unbase64(line, "consistency", 32) for line in lines[1:]], "consistency")
    if earlier is None:
        return [], [f"that the tree of {old[0]} entries is the one you know: give --from-checkpoint"]
    mine, _ = trust.check(earlier, "your earlier checkpoint")
    require(mine == old, "the bundle starts from another tree than yours", f"{old[0]} {old[1].hex()}", mine[0])
    return [f"it extends your tree of {old[0]} entries: nothing in that was changed"], []


def check_receipt(data: bytes, entry: bytes, trust: Trust) -> Shown:
    """What is proven by one receipt: of an entry, or of an address with the receipts of the entries behind it."""
    claim = None if data.startswith(b"c2sp.org/tlog-proof") else parse(data, "the receipt", canonical=False)
    logged = [(data, entry)]
    if claim is not None:
        require(bool(claim.get("log")), "the receipt does not reach into the log", "", "one made after a checkpoint")
        logged = [(claim[part + "log"].encode(), claim[part + "entry"].encode()) for part in ("first_", "")]
    entries: dict[int, dict[str, Any]] = {}
    proven: list[str] = []
    unproven: list[str] = []
    for one, given in logged:
        receipt = split_receipt(one, "the receipt")
        head, unproven = trust.check(receipt[2], "the receipt's checkpoint")
        said = entries[receipt[0]] = check_entry(given or receipt[3], receipt, head, f"entry {receipt[0]}")
        what = f" ({said['kind']} of {said['subject']})" if "kind" in said and "subject" in said else ""
        proven.append(f"entry {receipt[0]}{what} stands in {trust.origin}")
        proven.append(f"  under the tree of {head[0]} entries, root {head[1].hex()}")
    if claim is not None:
        proven.append("the address " + check_address(claim, entries, trust, "the receipt"))
    return proven, unproven


def report(trust: Trust, proven: list[str], unproven: list[str], strict: bool) -> None:
    """Says what holds and what was not shown."""
    lines = [f"the log's signatures: {len(trust.keys)}"]
    if trust.quorum:
        lines.append(f"witnesses from outside: {', '.join(trust.cosigned)} ({trust.quorum} wanted)")
    else:
        unproven.append("anything against the operator: dev profile, no outside witness has to cosign")
    post_quantum = [one for one in unproven if "ML-DSA" in one]
    if not any(key.type == MLDSA44 for key in trust.keys):
        post_quantum.append("the log has no ML-DSA-44 key")
    require(not strict or not post_quantum, "--require-pq is not met", "; ".join(post_quantum), "ML-DSA-44, checked")
    if not trust.compared:
        unproven.append("that this is the right trust root: compare its fingerprint, or give it as --fingerprint")
    if trust.expires is not None and trust.expires < time.time() * 1000:
        unproven.append("that the trust root is still in force: it expired")
    say(f"trust root, version {trust.version}", trust.digest.hex(), words(trust.digest))
    say("PROVEN", *proven, *lines)
    say("NOT PROVEN", *(unproven or ["(nothing is open)"]))


def say(*lines: str, out: TextIO = sys.stdout) -> None:
    """The lines, the first as a heading; what could steer a terminal is taken out."""
    for line in lines:
        text = "".join(char if char.isprintable() else "?" for char in line)
        out.write(("" if line is lines[0] else "  ") + text.encode("ascii", "backslashreplace").decode() + "\n")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Verifies a bundle or receipt of a Jinku log.", allow_abbrev=False)
    parser.add_argument("what", nargs="+", metavar="DIR | receipt FILE")
    parser.add_argument("--trust-root", required=True, metavar="FILE", help="whom to believe; none from the bundle")
    parser.add_argument("--fingerprint", default="", help="the trust root's fingerprint: 64 hex digits or eight words")
    parser.add_argument("--from-checkpoint", metavar="FILE", help="an earlier checkpoint that you kept")
    parser.add_argument("--entry", metavar="FILE", help="the entry of a receipt that does not hold it")
    parser.add_argument("--require-pq", action="store_true", help="ML-DSA-44 signatures have to be there and hold")
    given = parser.parse_args()
    single = given.what[0] == "receipt" and len(given.what) == 2
    if not single and (len(given.what) != 1 or given.entry):
        parser.error("name one folder, or: receipt FILE")
    for path in (given.trust_root, given.from_checkpoint, given.entry, given.what[-1]):
        if path is not None and not Path(path).exists():
            parser.error(f"there is no {path}")
    try:
        trust = Trust(read(Path(given.trust_root).resolve(), MAX_ENTRY, "the trust root"), given.fingerprint)
        if single:
            entry = read(Path(given.entry), MAX_ENTRY, "the entry") if given.entry else b""
            done = check_receipt(read(Path(given.what[1]), MAX_FILE, "the receipt"), entry, trust)
        else:
            kept = read(Path(given.from_checkpoint), MAX_NOTE, "the checkpoint") if given.from_checkpoint else None
            done = check_bundle(Path(given.what[0]), trust, kept)
        report(trust, *done, given.require_pq)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, Broken) as error:
        malformed = ("something is malformed", repr(error)[:300], "the documented form")
        what, found, expected = error.args if isinstance(error, Broken) else malformed
        more = [word + text for word, text in (("found: ", found), ("expected: ", expected)) if text]
        say("BROKEN " + what, *more, out=sys.stderr)
        return 5
    return 0


if __name__ == "__main__":
    sys.exit(main())
