#!/usr/bin/env python3
"""Verifies what a Jinku log handed out, without Jinku: Python 3.9 or newer and the package ``cryptography``.

    python3 -I verify.py DIR --trust-root FILE            a bundle of `jinku journal export`
    python3 -I verify.py receipt FILE --trust-root FILE   one receipt of `jinku journal prove` or `jinku accounts prove`

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
from typing import Any, TextIO

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
ALWAYS = {"README.md", "verify.py", "checkpoint", "keys.txt", "anchors/README.md"}
PERHAPS = {"trust-root.json", "consistency", "earlier-checkpoint", "verify_anchors.py", "verify_evm.py"}
NUMBERED = re.compile(r"addresses/[0-9]+\.json|anchors/[0-9-]+\.[a-z0-9]+", re.ASCII)
Head = tuple[int, bytes]  # size and root
Shown = tuple[list[str], list[str]]  # what is proven, and what is not


class Broken(Exception):  # noqa: N818  it names what is wrong, what was found and what was expected
    """Something does not hold."""

    def __init__(self, what: str, found: object = "", expected: object = "") -> None:
        """Hold the three texts."""
        super().__init__(what, str(found)[:300], str(expected)[:300])


def require(holds: object, what: str, found: object = "", expected: object = "") -> None:
    """Raises unless it holds."""
    if not holds:
        raise Broken(what, found, expected)


# -- bytes, numbers, JSON


def read(path: Path, limit: int, name: str) -> bytes:
    """The bytes of a plain file: no link, no device, not above the limit."""
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(fd, "rb") as file:
            require(stat.S_ISREG(os.fstat(fd).st_mode), name + " is no plain file")
            data = file.read(limit + 1)
    except OSError as error:
        raise Broken(name + " cannot be read", error.strerror, "a plain file") from error
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
    right = base64.b64encode(data).decode() == text and (not length or len(data) == length)
    require(right, name + " holds what is no base64 of its length", text[:40])
    return data


def number(text: str, name: str) -> int:
    """A decimal number below 2^63."""
    right = re.fullmatch(r"0|[1-9][0-9]{0,18}", text, re.ASCII) and int(text) < 1 << 63
    require(right, name + " holds what is no decimal number", text[:40])
    return int(text)


def to_bytes(value: Any, name: str) -> bytes:
    """The text of a value that was parsed, RFC 8785: its members stand in their order already."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise Broken(name + " holds a lone surrogate") from error


def depth(value: Any) -> int:
    """How deep the value is nested."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def parse(data: bytes, name: str, canonical: bool = True) -> dict[str, Any]:
    """The object of a JSON text without fractions or repeated names; its bytes are the only ones for its value."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [one.encode("utf-16-be", "surrogatepass") for one, _ in found]
        require(len(set(names)) == len(names), name + " names a member twice")
        require(not canonical or names == sorted(names), name + " is not canonical (RFC 8785)")
        return dict(found)

    def integer(text: str) -> int:
        require(len(text) < 18 and abs(int(text)) <= MAX_INT, name + " holds a number beyond 2^53 - 1", text)
        return int(text)

    def fraction(text: str) -> None:
        raise Broken(name + " holds a number that is no integer", text)

    try:
        hooks: Any = {"parse_int": integer, "parse_float": fraction, "parse_constant": fraction}
        value = json.loads(data.decode(), object_pairs_hook=pairs, **hooks)
        require(depth(value) <= 32, name + " is nested too deep")
    except (ValueError, RecursionError) as error:
        raise Broken(name + " is no JSON", error) from error
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
    require(path, name + ": the proof is too short")
    roots = climb(first, last, path[0], path[1:], name)
    require(roots == (old[1], new[1]), name + ": the log was rewritten, or the proof is another's", roots[0].hex())


# -- keys, checkpoints, the trust root


def check_ed25519(public: str, signature: str, message: bytes, name: str) -> None:
    """Holds when the signature (hex) does."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError, TypeError) as error:
        raise Broken(name + " does not hold") from error


class Key:
    """A verifier key: ``NAME+ID+BASE64(type, public key)``."""

    def __init__(self, vkey: str, types: tuple[int, ...]) -> None:
        """The key of a text; its id has to follow from it."""
        self.name, given, coded = vkey.split("+", 2)
        raw = unbase64(coded, "the key " + self.name)
        self.type, self.public, self.id = raw[0], raw[1:], sha256(self.name.encode(), b"\n", raw)[:4]
        right = self.type in types and len(self.public) == PUBLIC_BYTES[self.type] and given == self.id.hex()
        require(right, "the trust root has a key out of form", vkey[:60])

    def under(self, name: str) -> Key:
        """The same key under an earlier name of its log."""
        raw = bytes([self.type]) + self.public
        key_id = sha256(name.encode(), b"\n", raw)[:4].hex()
        return Key(f"{name}+{key_id}+{base64.b64encode(raw).decode()}", (self.type,))

    def holds(self, text: str, payload: bytes) -> bool | None:
        """Whether the payload of a signature line holds over a checkpoint; None when it cannot be checked here."""
        message, stamp, kind = text.encode(), payload[:8], Ed25519PublicKey
        if self.type == COSIGNATURE:
            message = f"cosignature/v1\ntime {int.from_bytes(stamp, 'big')}\n".encode() + message
        if self.type == MLDSA44:
            if MlDsa is None:
                return None
            origin, size, root = text.split("\n")[:3]
            mine, its = (bytes([len(one.encode())]) + one.encode() for one in (self.name, origin))
            message = b"subtree/v1\n\0" + mine + stamp + its + bytes(8) + int(size).to_bytes(8, "big")
            message, kind = message + base64.b64decode(root), MlDsa
        try:
            kind.from_public_bytes(self.public).verify(payload if self.type == ED25519 else payload[8:], message)
        except (InvalidSignature, ValueError):
            return False
        return self.type == ED25519 or stamp[0] < 0x80

    def signed(self, text: str, lines: list[tuple[str, bytes]], name: str) -> bool | None:
        """Whether the key signed the checkpoint; a line of it that does not hold refuses the whole checkpoint."""
        mine = [raw[4:] for who, raw in lines if (who, raw[:4]) == (self.name, self.id)]
        results = [self.holds(text, payload) for payload in mine]
        require(False not in results, name + " has a signature that does not hold", f"{self.id.hex()} of {self.name}")
        # a cosignature of time 0 says nothing about the largest tree
        return None if None in results else any(self.type == ED25519 or any(payload[:8]) for payload in mine)


def split_note(data: bytes, name: str) -> tuple[str, Head, str, list[tuple[str, bytes]]]:
    """Text, (size, root), origin and signature lines (name, id and payload) of a checkpoint."""
    require(len(data) <= MAX_NOTE, name + " is too large")
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise Broken(name + " is not UTF-8", f"byte {error.start}") from error
    text, gap, tail = whole.rpartition("\n\n")
    lines, signatures = text.split("\n"), tail.split("\n")
    require(not any(char < " " and char != "\n" for char in whole), name + " holds a control character")
    require(gap and len(lines) == 3, name + " is no checkpoint of three lines")
    require(1 < len(signatures) <= 101 and signatures.pop() == "", name + " has no whole lines of signatures")
    found = []
    for line in signatures:
        dash, _, rest = line.partition(" ")
        who, _, coded = rest.partition(" ")
        require(dash == "\u2014" and who, name + " has a signature line out of form", line[:60])
        found.append((who, unbase64(coded, name)))
    return text + "\n", (number(lines[1], name), unbase64(lines[2], name, 32)), lines[0], found


def words(digest: bytes) -> str:
    """The first 128 bits as eight words that can be read out (proquints)."""
    shifts, found = ((12, 15), (10, 3), (6, 15), (4, 3), (0, 15)), []
    for at in range(0, 16, 2):
        bits = digest[at] << 8 | digest[at + 1]
        found.append("".join(("bdfghjklmnprstvz" if mask == 15 else "aiou")[bits >> s & mask] for s, mask in shifts))
    return "-".join(found)


class Trust:
    """The trust root: what the verifier was told to believe."""

    def __init__(self, data: bytes, fingerprint: str) -> None:
        """The document, after its fingerprint, or at least its own admins' signatures, held."""
        outer = parse(data, "the trust root")
        root, wanted = outer["root"], fingerprint.strip().lower()
        form = set(outer) == {"root", "signatures", "v"} and outer["v"] == root["v"] == 1
        require(form, "this is no trust root")
        self.digest, self.compared = sha256(b"jinku/trust-root/1\0", to_bytes(root, "the trust root")), bool(wanted)
        told = wanted in ("", self.digest.hex(), words(self.digest))
        require(told, "this is not the trust root that was meant", self.digest.hex(), wanted)
        self.deployment, self.version, self.quorum = str(root["deployment"]), int(root["version"]), int(root["quorum"])
        self.expires = None if root["not_after"] is None else int(root["not_after"])
        self.origin = str(root["journal"]["origin"])
        self.cosigned: list[str] = []  # witnesses from outside, of the checkpoint that was checked last
        self.keys = [Key(vkey, (ED25519, MLDSA44)) for vkey in root["journal"]["keys"]]
        require(self.keys and all(key.name == self.origin for key in self.keys), "no keys of the pinned log")
        self.witnesses = [
            (str(one["name"]), one["outside"] is True, [Key(vkey, (COSIGNATURE, MLDSA44)) for vkey in one["keys"]])
            for one in root["witnesses"]
        ]
        publics = [key.public for key in self.keys] + [key.public for one in self.witnesses for key in one[2]]
        require(len(set(publics)) == len(publics), "the trust root names a key twice")
        outside = sum(one[1] for one in self.witnesses)
        require(0 <= self.quorum <= outside, "the trust root wants more witnesses than it has", self.quorum, outside)
        self._check_admins(root, outer["signatures"])

    def _check_admins(self, root: dict[str, Any], signatures: list[dict[str, str]]) -> None:
        """Each admin's signature holds, and they are enough, or the fingerprint was compared."""
        now, threshold, signers = time.time() * 1000, int(root["admin_threshold"]), set()
        in_force = [key for key in root["keys"] if key["not_after"] is None or int(key["not_after"]) >= now]
        admins = {key["public"]: key["name"] for key in in_force if "admin" in key["roles"]}
        require(threshold >= 1, "the trust root needs no admin")
        for one in signatures:
            if one["public"] in admins:
                name = "the trust root's signature of " + admins[one["public"]]
                check_ed25519(one["public"], one["signature"], self.digest, name)
                signers.add(one["public"])
        expected = f"{threshold}, or --fingerprint with the one that you were told"
        require(
            self.compared or len(signers) >= threshold, "too few admins signed the trust root", len(signers), expected
        )

    def check(self, data: bytes, name: str, *, earlier: bool = False) -> tuple[Head, list[str]]:
        """Size and root of a checkpoint that the log and enough witnesses signed, and what was not checked.

        Of an earlier one the log's own signature is enough: the witnesses of today may not have been there.
        """
        text, head, origin, lines = split_note(data, name)
        now, was = (re.fullmatch(r"([^/]+)(?:/([1-9][0-9]{18}))?", one) for one in (self.origin, origin))
        before = now and was and now[1] == was[1] and int(was[2] or 0) < int(now[2] or 0)  # the same log's earlier name
        require(origin == self.origin or (earlier and before), name + " is another log's", origin, self.origin)
        unchecked, self.cosigned = [], []
        for key in [key.under(origin) for key in self.keys] if before else self.keys:
            said = key.signed(text, lines, name)
            missing = f"no line of key {key.id.hex()}"
            require(said is not False, name + " is not signed by the pinned log", missing, "each of its keys")
            if said is None:
                unchecked.append("the log's ML-DSA-44 signature: this cryptography cannot, install version 47 or newer")
        for who, outside, keys in self.witnesses:
            said_by = [key.signed(text, lines, name) for key in keys]
            self.cosigned += [who] if outside and any(said_by) else []
            unchecked += ["the ML-DSA-44 cosignature of " + who] if None in said_by else []
        found = (", ".join(self.cosigned) or "none") + " of " + ", ".join(one[0] for one in self.witnesses if one[1])
        enough = earlier or len(self.cosigned) >= self.quorum
        require(enough, name + " has too few witnesses", found, f"{self.quorum} outside")
        return head, unchecked


# -- entries, batches, addresses


def split_receipt(data: bytes, name: str) -> tuple[int, list[bytes], bytes, bytes]:
    """Index, path, checkpoint and extra data of a ``c2sp.org/tlog-proof@v1``."""
    head, _, note = data.partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    require(lines.pop(0) == "c2sp.org/tlog-proof@v1", name + " is no receipt")
    extra = unbase64(lines.pop(0)[6:], name) if lines and lines[0].startswith("extra ") else b""
    require(lines and lines[0].startswith("index "), name + " names no index")
    return number(lines[0][6:], name), [unbase64(line, name, 32) for line in lines[1:]], note, extra


def check_entry(entry: bytes, receipt: tuple[int, list[bytes], bytes, bytes], head: Head, name: str) -> dict[str, Any]:
    """What the entry says, after its bytes were found to stand at their place in the tree."""
    require(0 < len(entry) <= MAX_ENTRY, name + " has a wrong length", len(entry), "1 to 65535 bytes")
    said = parse(entry, name)
    root = root_of(sha256(b"\0", entry), receipt[0], head[0], receipt[1], name)
    require(root == head[1], name + " does not stand in the log", "root " + root.hex(), "root " + head[1].hex())
    return said


def check_statement(statement: bytes, entry: dict[str, Any], entries: dict[int, Any], trust: Trust, name: str) -> Any:
    """What the signer said of a batch of accounts, after its signature and the entry of the log agreed."""
    said, first = parse(statement, name), entries.get(0, {})
    # the log's very first entry names the signer's identity key: none that came later can take its place
    right = first.get("kind") == "deployment.made" and first.get("subject") == trust.deployment
    require(right, "the log's first entry does not name the identity key", first.get("kind", "no entry 0"))
    require(said.get("deployment") == trust.deployment, name + " is another deployment's", said.get("deployment"))
    for member in ("root", "start", "count", "vault", "mode", "forms"):
        same = said.get(member) == entry.get(member) and member in said
        require(same, f"{name} and the entry differ in {member}", said.get(member), entry.get(member))
    require(said.get("job") == entry.get("subject"), name + " is another job's", said.get("job"))
    digest = sha256(b"jinku/batch/1\0", statement)
    check_ed25519(str(first.get("identity")), str(entry.get("signature")), digest, "the signature of " + name)
    return said


def check_address(claim: dict[str, Any], entries: dict[int, Any], trust: Trust, name: str) -> str:
    """The address that a receipt claims, after it led to a batch that was signed and stands in the log."""
    statement, leaf = claim["statement"].encode(), claim["leaf"].encode()
    signed, place = parse(statement, name), claim["place"]
    wanted = ["accounts.batch", signed.get("job"), signed.get("start"), signed.get("root")]
    batch = [e for e in entries.values() if [e.get(key) for key in ("kind", "subject", "start", "root")] == wanted]
    require(batch, name + ": no entry here speaks of its batch")
    said = check_statement(statement, batch[0], entries, trust, name)
    path = [bytes.fromhex(node) for node in claim["inclusion"]]
    root = root_of(sha256(b"\0", leaf), place, said["count"], path, name).hex()
    require(root == said["root"] == claim["root"], name + " does not stand in its batch", root)
    account, shown = parse(leaf, name), ("address", "chain", "path")
    same = [claim[key] for key in shown] in [[row[key] for key in shown] for row in account["addresses"]]
    same = same and (account["account"], account["index"]) == (claim["account"], claim["index"])
    require(same and account["index"] == said["start"] + place, name + " claims what its leaf does not say")
    require((claim["signature"], claim["count"]) == (batch[0]["signature"], said["count"]), name + " was changed")
    return "the address {} on {}, account {}".format(claim["address"], claim["chain"], claim["account"])


# -- bundles


def files_of(folder: Path) -> set[str]:
    """The names of all plain files; a link or a device is refused."""
    found, total = set(), 0
    for here, folders, names in os.walk(str(folder)):
        for path in (Path(here) / name for name in folders + names):
            label, facts = path.relative_to(folder).as_posix(), path.lstat()
            plain = stat.S_ISREG(facts.st_mode)
            require(plain or stat.S_ISDIR(facts.st_mode), label + " is a link or device", "", "a plain file")
            found |= {label} if plain else set()
            total += facts.st_size if plain else 0
            require(total <= MAX_BUNDLE and len(found) <= MAX_FILES, label + " makes the bundle too large")
    return found


def read_bundle(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest and the files, which are those that it lists, byte for byte."""
    require(folder.is_dir() and not folder.is_symlink(), f"{folder} is no folder")
    names, data = files_of(folder), {}
    manifest = parse(read(folder / "manifest.json", MAX_MANIFEST, "manifest.json"), "manifest.json")
    given, digest = manifest.pop("digest", None), sha256(b"jinku/bundle/1\0", to_bytes(manifest, "manifest.json")).hex()
    require(given == digest, "manifest.json was changed", digest, given)
    kind = manifest.get("kind"), manifest.get("v")
    require(kind == ("jinku/journal-bundle", 1), "manifest.json is of another kind")
    listed: Any = manifest.get("files")
    entries: Any = manifest.get("entries")
    right = isinstance(listed, dict) and isinstance(entries, list)
    require(right, "manifest.json is malformed", "no files or entries")
    for name in sorted((names - {"manifest.json"}) ^ set(listed)):
        raise Broken("{} is {}".format(name, "missing" if name in listed else "not listed in manifest.json"))
    own = {f"entries/{n}.json" for n in entries} | {f"receipts/{n}.tlog-proof" for n in entries} | ALWAYS
    for name in sorted(own - set(listed)):
        raise Broken(name + " is missing")
    for name in sorted(set(listed) - own - PERHAPS - {f"statements/{n}.json" for n in entries}):
        require(NUMBERED.fullmatch(name), name + " has no place in a bundle")
    for name, wanted in sorted(listed.items()):
        data[name] = read(folder / name, MAX_FILE, name)
        require(sha256(data[name]).hex() == wanted, name + " was changed", sha256(data[name]).hex(), wanted)
    return manifest, data


def check_wanted(said: dict[str, Any], wanted: dict[str, Any], name: str) -> None:
    """The entry is one of those that the manifest says were selected."""
    kind, at = wanted["kind"], number(said["ts"], name)
    right = kind in (None, said["kind"]) or (kind.endswith(".*") and said["kind"].startswith(kind[:-1]))
    right = right and wanted["subject"] in (None, said["subject"]) and wanted["actor"] in (None, said.get("actor", ""))
    right = right and (wanted["since"] is None or int(wanted["since"]) <= at)
    require(right and (wanted["until"] is None or at < int(wanted["until"])), name + " is not what was selected")


def check_bundle(folder: Path, trust: Trust, earlier: bytes | None) -> Shown:
    """What is proven by a bundle, and what is not."""
    manifest, data = read_bundle(folder)
    grown, missing = check_consistency(data, trust, earlier)
    head, unproven = trust.check(data["checkpoint"], "checkpoint")
    said = [manifest.get(member) for member in ("deployment", "origin", "size", "root")]
    known = [trust.deployment, trust.origin, str(head[0]), head[1].hex()]
    require(said == known, "manifest.json speaks of another log", said, known)
    entries: dict[int, dict[str, Any]] = {}
    for index in manifest["entries"]:
        name, proof = f"entries/{index}.json", f"receipts/{index}.tlog-proof"
        receipt = split_receipt(data[proof], proof)
        require(receipt[2] == data["checkpoint"], proof + " has another checkpoint")
        require(str(receipt[0]) == str(index), proof + " is of another entry", receipt[0], index)
        entries[receipt[0]] = check_entry(data[name], receipt, head, name)
    chosen = sorted(set(manifest["entries"]) - set(manifest["besides"]))
    for index in chosen:
        check_wanted(entries[int(index)], manifest["selected"], f"entries/{index}.json")
    what = f"{counted(len(chosen), 'entry', 'entries')} of {trust.origin}, each these bytes at its place in the tree"
    proven = [what] * bool(chosen)
    proven.append(f"the tree: {counted(head[0], 'entry', 'entries')}, root {head[1].hex()}")
    statements = [name for name in data if name.startswith("statements/")]
    for name in statements:
        batch = entries[int(name[11:-5])]
        require(batch["kind"] == "accounts.batch", name + " belongs to no batch")
        check_statement(data[name], batch, entries, trust, name)
    batches = counted(len(statements), "batch", "batches")
    proven += [f"{batches} of accounts, signed by the identity key that entry 0 names"] * bool(statements)
    addresses = sorted(name for name in data if name.startswith("addresses/"))
    proven += [check_address(parse(data[name], name), entries, trust, name) for name in addresses]
    stated = ["trust.version", trust.deployment, str(trust.version), trust.digest.hex()]
    named = [n for n, one in entries.items() if list(map(one.get, ("kind", "subject", "version", "digest"))) == stated]
    proven += [f"an entry of the log states the digest of this trust root: entry {n}" for n in sorted(named)]
    if "verify_anchors.py" in data:
        unproven.append("when it stood: there are anchors here, see `verify_anchors.py --help`")
    unproven += ["that no entry was left out: the whole log shows it (`jinku journal verify`)", *missing]
    return proven + grown, unproven


def check_consistency(data: dict[str, bytes], trust: Trust, earlier: bytes | None) -> Shown:
    """What is proven of earlier trees, and what is not."""
    if "consistency" not in data:
        require(earlier is None, "there is no consistency proof here", "", "an export with --from-checkpoint")
        return [], ["that earlier trees were not rewritten: hand --from-checkpoint to the export"]
    first, _, note = data["consistency"].partition(b"\n\n")
    lines = first.decode("utf-8", "replace").split("\n")
    require(note == data["checkpoint"] and lines[0].startswith("old "), "consistency is malformed", lines[0])
    head, _ = trust.check(data["checkpoint"], "checkpoint")
    old, _ = trust.check(data.get("earlier-checkpoint", b""), "earlier-checkpoint", earlier=True)
    require(lines[0] == f"old {old[0]}", "consistency is from another tree", lines[0], old[0])
    check_growth(old, head, [unbase64(line, "consistency", 32) for line in lines[1:]], "consistency")
    if earlier is None:
        return [], [f"that the tree of {counted(old[0], 'entry', 'entries')} is yours: give --from-checkpoint"]
    mine, _ = trust.check(earlier, "your earlier checkpoint", earlier=True)
    require(mine == old, "the bundle starts from another tree than yours", f"{old[0]} {old[1].hex()}", mine[0])
    return [f"it extends your tree of {counted(old[0], 'entry', 'entries')}: nothing in that was changed"], []


def check_receipt(data: bytes, entry: bytes, trust: Trust) -> Shown:
    """What is proven by one receipt: of an entry, or of an address with the receipts of the entries behind it."""
    claim, logged = None, [(data, entry)]
    if not data.startswith(b"c2sp.org/tlog-proof"):
        claim = parse(data, "the receipt", canonical=False)
        require(claim.get("log"), "the receipt does not reach into the log", "", "one made after a checkpoint")
        logged = [(claim[part + "log"].encode(), claim[part + "entry"].encode()) for part in ("first_", "")]
    entries: dict[int, dict[str, Any]] = {}
    proven: list[str] = []
    unproven: list[str] = []
    for one, given in logged:
        receipt = split_receipt(one, "the receipt")
        head, unproven = trust.check(receipt[2], "the receipt's checkpoint")
        said = entries[receipt[0]] = check_entry(given or receipt[3], receipt, head, f"entry {receipt[0]}")
        what = f" ({said['kind']} of {said['subject']})" if "kind" in said and "subject" in said else ""
        proven.append(f"entry {receipt[0]}{what}")
        proven += [f"  stands in {trust.origin}", f"  of {counted(head[0], 'entry', 'entries')}, root {head[1].hex()}"]
    return proven + ([check_address(claim, entries, trust, "the receipt")] if claim else []), unproven


# -- the command


def report(trust: Trust, proven: list[str], unproven: list[str], strict: bool) -> None:
    """Says what holds and what was not shown."""
    post_quantum = [one for one in unproven if "ML-DSA" in one]
    if not any(key.type == MLDSA44 for key in trust.keys):
        post_quantum.append("the log has no ML-DSA-44 key")
    require(not strict or not post_quantum, "--require-pq is not met", "; ".join(post_quantum), "ML-DSA-44, checked")
    proven.append(f"the log's signatures: {len(trust.keys)}")
    if trust.quorum:
        proven.append(f"witnesses from outside: {', '.join(trust.cosigned)} ({trust.quorum} wanted)")
    else:
        unproven.append("anything against the operator: dev profile, no outside witness has to cosign")
    if not trust.compared:
        unproven.append("that this is the right trust root: compare its fingerprint, or give it as --fingerprint")
    if trust.expires is not None and trust.expires < time.time() * 1000:
        unproven.append("that the trust root is still in force: it expired")
    say(f"trust root, version {trust.version}", trust.digest.hex(), words(trust.digest))
    say("PROVEN", *proven)
    say("NOT PROVEN", *unproven, "that what was recorded is true: only that it was, and was not changed since")


def counted(count: int, one: str, many: str) -> str:
    """The number with the word that fits it."""
    return f"{count} {one if count == 1 else many}"


def say(*lines: str, out: TextIO = sys.stdout) -> None:
    """The lines, the first as a heading; what could steer a terminal is taken out."""
    for place, line in enumerate(lines):
        text = "".join(char if char.isprintable() else "?" for char in line)
        out.write("  " * bool(place) + text.encode("ascii", "backslashreplace").decode() + "\n")


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
            shown = check_receipt(read(Path(given.what[1]), MAX_FILE, "the receipt"), entry, trust)
        else:
            kept = read(Path(given.from_checkpoint), MAX_NOTE, "the checkpoint") if given.from_checkpoint else None
            shown = check_bundle(Path(given.what[0]), trust, kept)
        report(trust, *shown, given.require_pq)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, Broken) as error:
        malformed = ("something is malformed", repr(error)[:300], "the documented form")
        what, found, expected = error.args if isinstance(error, Broken) else malformed
        more = [word + text for word, text in (("found: ", found), ("expected: ", expected)) if text]
        say("BROKEN " + what, *more, out=sys.stderr)
        return 5
    return 0


if __name__ == "__main__":
    sys.exit(main())
