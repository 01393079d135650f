"""The receipt of an address: enough to check, far from any database, that the signer signed for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.log_receipts import check_log
from jinku.accounts.native import NativeProver
from jinku.accounts.proving import Proven
from jinku.core import Json, canonical_bytes, parse_json
from jinku.journal import LogKeys

__all__ = ["make_receipt", "verify_receipt"]

_VERSION = 1


def make_receipt(proven: Proven, form: int, place: int, path: list[bytes], identity: bytes) -> dict[str, object]:
    """Leaf, inclusion path, root, statement and signature of the account that has the address; all bytes as hex."""
    row = proven.row(form, place)
    leaf = canonical_bytes(
        {
            "account": row.account,
            "addresses": [
                {
                    "address": proven.columns[other][place],
                    "chain": shape.chain,
                    "kind": shape.kind,
                    "path": proven.path(other, place),
                }
                for other, shape in enumerate(proven.job.forms)
            ],
            "index": row.index,
            "v": 1,
        }
    )
    return {
        "v": _VERSION,
        "kind": "jinku/address-receipt",
        "address": row.address,
        "account": row.account,
        "index": row.index,
        "chain": row.chain,
        "path": row.path,
        "leaf": leaf.decode(),
        "place": place,
        "count": proven.batch.count,
        "inclusion": [node.hex() for node in path],
        "root": proven.batch.root.hex(),
        "statement": proven.batch.statement.decode(),
        "signature": proven.batch.signature.hex(),
        "identity": identity.hex(),
    }


def verify_receipt(receipt: Mapping[str, object], identity_public: bytes, log: LogKeys | None = None) -> None:
    """The receipt holds under the identity key that the caller pinned; AddressIntegrityError otherwise.

    With ``log`` (pinned, too) its batch must also stand in the log, under a checkpoint that those keys signed.
    The receipt's own ``identity`` is shown to people and never believed. Source: RFC 6962, section 2.1.1.
    """
    leaf, statement = _text(receipt, "leaf").encode(), _text(receipt, "statement").encode()
    NativeProver().verify_statement(identity_public, statement, _hex(receipt, "signature"))
    signed, account = parse_json(statement), parse_json(leaf)
    if not isinstance(signed, Mapping) or not isinstance(account, Mapping):
        raise _bad("its leaf or statement is no object", "", "")
    root, place, count = _hex(receipt, "root"), _number(receipt, "place"), signed.get("count")
    if signed.get("root") != root.hex():
        raise _bad("its root is not the signed one", root.hex(), str(signed.get("root")))
    if not isinstance(count, int) or not 0 <= place < count or account.get("index") != _start(signed) + place:
        raise _bad("its place is outside the batch", str(place), f"below {count}")
    inclusion = receipt.get("inclusion")
    if not isinstance(inclusion, list) or not all(isinstance(node, str) for node in inclusion):
        raise _bad("its inclusion path is malformed", type(inclusion).__name__, "a list of hashes")
    found = _fold(hashlib.sha256(b"\x00" + leaf).digest(), place, count, [_bytes(node) for node in inclusion])
    if found != root:
        raise _bad("its leaf is not under the signed root", found.hex(), root.hex())
    _check_claim(receipt, account)
    if log is not None:
        check_log(receipt, log)


def _check_claim(receipt: Mapping[str, object], account: Mapping[str, Json]) -> None:
    """What the receipt says to people is what its leaf says."""
    addresses = account.get("addresses")
    rows = [row for row in addresses if isinstance(row, Mapping)] if isinstance(addresses, (list, tuple)) else []
    wanted = {name: receipt.get(name) for name in ("address", "chain", "path")}
    if not any(all(row.get(name) == value for name, value in wanted.items()) for row in rows):
        raise _bad(
            "its address is not in its leaf", str(wanted["address"]), ", ".join(str(r.get("address")) for r in rows)
        )
    for name in ("account", "index"):
        if receipt.get(name) != account.get(name):
            raise _bad(f"its {name} is not its leaf's", str(receipt.get(name)), str(account.get(name)))


def _fold(node: bytes, place: int, count: int, path: list[bytes]) -> bytes:
    """The root that a leaf hash and its inclusion path give."""
    first, last = place, count - 1
    for sibling in path:
        if last == 0:
            raise _bad("its inclusion path is too long", str(len(path)), "fewer hashes")
        if first & 1 or first == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        first, last = first >> 1, last >> 1
    if last:
        raise _bad("its inclusion path is too short", str(len(path)), "more hashes")
    return node


def _start(signed: Mapping[str, Json]) -> int:
    start = signed.get("start")
    if not isinstance(start, int):
        raise _bad("its statement has no start", str(start), "an index")
    return start


def _text(receipt: Mapping[str, object], name: str) -> str:
    value = receipt.get(name)
    if not isinstance(value, str):
        raise _bad(f"it has no {name}", type(value).__name__, "a text")
    return value


def _number(receipt: Mapping[str, object], name: str) -> int:
    value = receipt.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _bad(f"it has no {name}", type(value).__name__, "a number")
    return value


def _hex(receipt: Mapping[str, object], name: str) -> bytes:
    return _bytes(_text(receipt, name))


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise _bad("it holds what is no hex", text[:40], "hex digits") from error


def _bad(what: str, found: str, expected: str) -> AddressIntegrityError:
    return AddressIntegrityError(
        f"the receipt does not hold: {what}",
        found=found or None,
        expected=expected or None,
        advice="do not use the address",
    )
