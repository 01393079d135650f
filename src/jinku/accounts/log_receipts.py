"""The second half of an address's receipt: the entry of its batch, and its place in the tamper-evident log."""

from __future__ import annotations

from collections.abc import Mapping

from jinku import _native
from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.kinds import BATCH
from jinku.core import JinkuError, parse_json
from jinku.journal import LogKeys
from jinku.journal.notes import parse_receipt, vkeys
from jinku.store import Entry

__all__ = ["check_log", "log_part"]


def log_part(entry: Entry, receipt: bytes | None) -> dict[str, object]:
    """What joins the receipt: the entry's own bytes, and its ``tlog-proof``; None while no checkpoint covers it."""
    return {"entry": entry.content.decode(), "log": None if receipt is None else receipt.decode()}


def check_log(receipt: Mapping[str, object], keys: LogKeys) -> None:
    """The batch's entry says what the receipt says and stands under a checkpoint that the log's keys signed."""
    entry, proof = receipt.get("entry"), receipt.get("log")
    if not isinstance(entry, str) or not isinstance(proof, str):
        raise _bad("its batch is under no checkpoint yet", "no log receipt", "one")
    try:
        said, parsed = parse_json(entry.encode()), parse_receipt(proof.encode())
        head = parsed.checkpoint
        _native.verify_inclusion(_native.leaf_hash(entry.encode()), parsed.index, head.size, parsed.path, head.root)
        wanted = list(vkeys(keys))
        _, signed = _native.verify_note(head.note, wanted)
    except JinkuError as error:
        raise _bad(f"the log does not hold its batch: {error.what}", error.found, error.expected) from error
    if {number for number, _ in signed} != set(range(len(wanted))) or head.checkpoint.origin != keys.origin:
        raise _bad("not every key of the log signed its checkpoint", head.checkpoint.origin, keys.origin)
    if not isinstance(said, Mapping):
        raise _bad("its entry is no object", type(said).__name__, "an object")
    wished = {"kind": BATCH, "root": receipt.get("root"), "signature": receipt.get("signature")}
    for name, expected in wished.items():
        if said.get(name) != expected:
            raise _bad(f"its entry has another {name}", str(said.get(name)), str(expected))


def _bad(what: str, found: str | None, expected: str | None) -> AddressIntegrityError:
    return AddressIntegrityError(
        f"the receipt does not hold: {what}", found=found, expected=expected, advice="do not use the address"
    )
