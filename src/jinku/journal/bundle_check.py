"""A bundle checked by the code that the signer uses: what `verify.py` checks, a second time and by other hands."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinku import _native
from jinku.core import JinkuError, canonical_bytes, domain_digest, parse_canonical
from jinku.journal.bundle import BUNDLE_TAG
from jinku.journal.errors import BundleDamagedError, CheckpointDamagedError
from jinku.journal.notes import parse_receipt, read_note
from jinku.journal.pinned import PinnedTrust
from jinku.journal.types import SignedCheckpoint

__all__ = ["BundleReport", "check_bundle", "is_bundle"]

_MAX_FILE, _MAX_MANIFEST, _MAX_BUNDLE, _MAX_FILES = 4 << 20, 1 << 20, 1 << 30, 20_000
_ALWAYS = ("README.md", "verify.py", "checkpoint", "keys.txt", "anchors/README.md")
_PERHAPS = ("trust-root.json", "consistency", "earlier-checkpoint", "verify_anchors.py", "verify_evm.py")
_ADVICE = "take nothing from it; ask for the bundle again, and keep this one"
_Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BundleReport:
    """What a bundle proves."""

    entries: int
    batches: int
    addresses: int
    head: SignedCheckpoint
    witnesses: tuple[str, ...]
    earlier: int | None  # size of the earlier tree that the log is shown to extend


def is_bundle(folder: Path) -> bool:
    """The folder has a bundle's manifest: it is none of tiles."""
    return (folder / "manifest.json").is_file()


def check_bundle(folder: Path, trust: PinnedTrust) -> BundleReport:
    """Everything in the folder holds under the trust root; the first fault is raised by name (exit code 5)."""
    manifest, data = _read(folder)
    head, witnesses = trust.check(data["checkpoint"])
    facts = (manifest.get("deployment"), manifest.get("origin"), manifest.get("size"), manifest.get("root"))
    known = (trust.deployment, trust.keys.origin, str(head.size), head.root.hex())
    _require(facts == known, "manifest.json speaks of another log", facts, known)
    entries: dict[int, _Facts] = {}
    for index in map(str, manifest["entries"]):
        entries[int(index)] = _entry(index, data, trust)
    for index in sorted(set(map(str, manifest["entries"])) - set(map(str, manifest["besides"]))):
        with _named(f"entries/{index}.json"):
            _selected(entries[int(index)], manifest["selected"])
    statements = [name for name in data if name.startswith("statements/")]
    for name in statements:
        with _named(name):
            batch = entries[int(name[11:-5])]
            _require(batch["kind"] == "accounts.batch", "it belongs to no batch")
            _statement(data[name], batch, entries, trust)
    addresses = [name for name in data if name.startswith("addresses/")]
    for name in addresses:
        with _named(name):
            _address(_object(data[name]), entries, trust)
    earlier = _growth(data, head, trust)
    chosen = len(entries) - len(manifest["besides"])
    return BundleReport(chosen, len(statements), len(addresses), head, witnesses, earlier)


def _require(holds: bool, what: str, found: object = "", expected: object = "") -> None:
    if not holds:
        raise BundleDamagedError(what, found=str(found)[:300], expected=str(expected)[:300], advice=_ADVICE)


@contextmanager
def _named(name: str) -> Iterator[None]:
    """What does not hold meanwhile is the file's fault."""
    try:
        yield
    except CheckpointDamagedError:
        raise
    except JinkuError as error:
        raise BundleDamagedError(
            f"{name}: {error.what}", found=error.found, expected=error.expected, advice=_ADVICE, fields={"file": name}
        ) from error
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise BundleDamagedError(
            f"{name} is malformed", found=type(error).__name__, advice=_ADVICE, fields={"file": name}
        ) from error


def _object(data: bytes) -> dict[str, Any]:
    value = parse_canonical(data)
    if not isinstance(value, dict):
        raise BundleDamagedError("it is no JSON object", found=type(value).__name__, expected="an object")
    return value


# -- files


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest, and the files, which are those that it lists, byte for byte."""
    names = _files(folder)
    with _named("manifest.json"):
        manifest = _object(_bytes(folder / "manifest.json", _MAX_MANIFEST))
        given = manifest.pop("digest", None)
        digest = domain_digest(BUNDLE_TAG, canonical_bytes(manifest)).hex()
        _require(given == digest, "it was changed", digest, given)
        kind = manifest["kind"], manifest["v"]
        _require(kind == ("jinku/journal-bundle", 1), "it is of another kind", kind)
        listed, entries = dict(manifest["files"]), [str(index) for index in manifest["entries"]]
        _require(isinstance(manifest["files"], Mapping), "its files are no object")
        _require(all(re.fullmatch(r"0|[1-9][0-9]{0,18}", index, re.ASCII) for index in entries), "it names no index")
        _require(isinstance(manifest["besides"], list) and set(manifest["besides"]) <= set(entries), "it is malformed")
    for name in sorted((set(names) - {"manifest.json"}) ^ set(listed)):
        _require(False, f"{name} is {'missing' if name in listed else 'not listed in manifest.json'}")
    own = {f"entries/{n}.json" for n in entries} | {f"receipts/{n}.tlog-proof" for n in entries} | set(_ALWAYS)
    for name in sorted(own - set(listed)):
        _require(False, f"{name} is missing")
    may = {f"statements/{n}.json" for n in entries} | set(_PERHAPS)
    for name in sorted(set(listed) - own - may):
        right = re.fullmatch(r"addresses/[0-9]+\.json|anchors/[0-9-]+\.[a-z0-9]+", name)
        _require(right is not None, f"{name} has no place in a bundle")
    data = {}
    for name, digest in sorted(listed.items()):
        data[name] = _bytes(folder / name, _MAX_FILE)
        found = hashlib.sha256(data[name]).hexdigest()
        _require(found == digest, f"{name} was changed", found, digest)
    return manifest, data


def _files(folder: Path) -> list[str]:
    """The names of all plain files; a link or a device is refused."""
    found, total = [], 0
    for here, folders, names in os.walk(folder):
        for name in folders + names:
            path = Path(here) / name
            label, facts = path.relative_to(folder).as_posix(), path.lstat()
            plain = stat.S_ISREG(facts.st_mode)
            _require(plain or stat.S_ISDIR(facts.st_mode), f"{label} is a link or device", "", "a plain file")
            if plain:
                found.append(label)
                total += facts.st_size
            _require(total <= _MAX_BUNDLE and len(found) <= _MAX_FILES, f"{label} makes the bundle too large")
    return found


def _bytes(path: Path, limit: int) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise BundleDamagedError(f"{path.name} cannot be read", found=str(error.strerror), advice=_ADVICE) from error
    _require(len(data) <= limit, f"{path.name} is too large", f"more than {limit} bytes")
    return data


# -- what they prove


def _entry(index: str, data: Mapping[str, bytes], trust: PinnedTrust) -> _Facts:
    """What the entry says, after its receipt led to the bundle's checkpoint."""
    name, proof = f"entries/{index}.json", f"receipts/{index}.tlog-proof"
    with _named(proof):
        receipt = parse_receipt(data[proof])
        _require(receipt.index == int(index), "it is of another entry", receipt.index, index)
        _require(receipt.checkpoint.note == data["checkpoint"], "it has another checkpoint")
    with _named(name):
        _native.check_evidence(trust.data, data[name], data[proof])
        return _object(data[name])


def _selected(said: _Facts, wanted: _Facts) -> None:
    """The entry is one of those that the manifest says were selected."""
    kind, at = wanted["kind"], int(said["ts"])
    right = kind is None or said["kind"] == kind or (kind.endswith(".*") and said["kind"].startswith(kind[:-1]))
    right = right and wanted["subject"] in (None, said["subject"]) and wanted["actor"] in (None, said.get("actor", ""))
    right = right and (wanted["since"] is None or int(wanted["since"]) <= at)
    _require(right and (wanted["until"] is None or at < int(wanted["until"])), "it is not what was selected")


def _identity(entries: Mapping[int, _Facts], trust: PinnedTrust) -> bytes:
    """The signer's identity key, as the log's very first entry names it."""
    first = entries.get(0, {})
    right = first.get("kind") == "deployment.made" and first.get("subject") == trust.deployment
    _require(right, "the log's first entry does not name the identity key", first.get("kind", "no entry 0"))
    return bytes.fromhex(first["identity"])


def _statement(statement: bytes, entry: _Facts, entries: Mapping[int, _Facts], trust: PinnedTrust) -> _Facts:
    """What the signer said of a batch, after its signature and the entry of the log agreed."""
    said = _object(statement)
    _require(said["deployment"] == trust.deployment, "it is another deployment's", said["deployment"])
    for member in ("root", "start", "count", "vault", "mode", "forms"):
        _require(said[member] == entry[member], f"it and the entry differ in {member}", said[member], entry[member])
    _require(said["job"] == entry["subject"], "it is another job's", said["job"], entry["subject"])
    _native.verify_batch_statement(statement, bytes.fromhex(entry["signature"]), _identity(entries, trust))
    return said


def _address(claim: _Facts, entries: Mapping[int, _Facts], trust: PinnedTrust) -> None:
    """The claimed address leads to a batch that was signed and stands in the log."""
    signed, leaf = _object(claim["statement"].encode()), claim["leaf"].encode()
    batches = [
        entry
        for entry in entries.values()
        if (entry["kind"], entry["subject"]) == ("accounts.batch", signed["job"])
        and (entry["start"], entry["root"]) == (signed["start"], signed["root"])
    ]
    _require(bool(batches), "no entry here speaks of its batch")
    said = _statement(claim["statement"].encode(), batches[0], entries, trust)
    path = [bytes.fromhex(node) for node in claim["inclusion"]]
    root = bytes.fromhex(said["root"])
    _native.verify_inclusion(_native.leaf_hash(leaf), claim["place"], said["count"], path, root)
    account = _object(leaf)
    rows = [{key: row[key] for key in ("address", "chain", "path")} for row in account["addresses"]]
    same = {key: claim[key] for key in ("address", "chain", "path")} in rows
    same = same and (account["account"], account["index"]) == (claim["account"], claim["index"])
    _require(same and account["index"] == said["start"] + claim["place"], "it claims what its leaf does not say")
    right = (claim["signature"], claim["count"], claim["root"])
    _require(right == (batches[0]["signature"], said["count"], said["root"]), "it was changed")


def _growth(data: Mapping[str, bytes], head: SignedCheckpoint, trust: PinnedTrust) -> int | None:
    """The size of the earlier tree that the head's is shown to begin with; None when there is no such proof."""
    if "consistency" not in data:
        return None
    note = data.get("earlier-checkpoint", b"")
    keys = trust.keys.of(note.partition(b"\n")[0].decode("utf-8", "replace"))  # one of before a hand-over, perhaps
    trust.verify(note, keys or trust.keys)  # the witnesses of today may not have been there
    earlier = read_note(note)
    with _named("consistency"):
        _require(keys is not None, "it is of another log", earlier.checkpoint.origin)
        first, _, note = data["consistency"].partition(b"\n\n")
        lines = first.decode("ascii").split("\n")
        _require(note == data["checkpoint"], "it has another checkpoint")
        _require(lines[0] == f"old {earlier.size}", "it is from another tree", lines[0], earlier.size)
        proof = _hashes(lines[1:])
        if earlier.size in (0, head.size):
            same = earlier.size == 0 or earlier.root == head.root
            _require(same and not proof, "two trees of one size differ")
        else:
            _native.verify_consistency(earlier.size, head.size, proof, earlier.root, head.root)
    return earlier.size


def _hashes(lines: list[str]) -> list[bytes]:
    """The hashes of a proof, each in the one base64 text that it has."""
    found = [base64.b64decode(line, validate=True) for line in lines]
    _require([base64.b64encode(one).decode() for one in found] == lines, "it holds what is no base64 of a hash")
    return found
