"""A block as its node tells it in JSON, written as the chain hashes it: header, transactions, the trie over those."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinku.journal.verifier.verify_evm import keccak256, nibbles, plain, written

__all__ = ["block_proof", "data_of", "header_of", "quantity_of", "transaction_of"]

# Members after # are numbers.
_HEADER = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom"),
    *("#difficulty", "#number", "#gasLimit", "#gasUsed", "#timestamp", "extraData", "mixHash", "nonce"),
    "#baseFeePerGas",
)
# What later forks added, each after those before: Shanghai, Cancun (three), Prague (EIP-7685).
_LATER = ("withdrawalsRoot", "#blobGasUsed", "#excessBlobGas", "parentBeaconBlockRoot", "requestsHash")
_FEES = ("#maxPriorityFeePerGas", "#maxFeePerGas", "#gas", "to", "#value", "input", "accessList")
# EIP-2718 types: what is signed of each, in its order. EIP-2930, 1559, 4844, 7702.
_TYPED = {
    1: ("#chainId", "#nonce", "#gasPrice", "#gas", "to", "#value", "input", "accessList"),
    2: ("#chainId", "#nonce", *_FEES),
    3: ("#chainId", "#nonce", *_FEES, "#maxFeePerBlobGas", "blobVersionedHashes"),
    4: ("#chainId", "#nonce", *_FEES, "authorizationList"),
}
_LEGACY = ("#nonce", "#gasPrice", "#gas", "to", "#value", "input", "#v", "#r", "#s")
_AUTHORIZATION = ("#chainId", "address", "#nonce", "#yParity", "#r", "#s")
_Told = Mapping[str, Any]


def quantity_of(value: object) -> int:
    """The number that JSON-RPC writes as ``0x…``; ValueError for anything else."""
    if not isinstance(value, str) or not value.startswith("0x") or not 2 < len(value) <= 66 or not value.isalnum():
        raise ValueError("no quantity")
    return int(value.encode("ascii"), 16)


def data_of(value: object, length: int | None = None) -> bytes:
    """The bytes that JSON-RPC writes as ``0x…``; ValueError for anything else."""
    if not isinstance(value, str) or not value.startswith("0x") or not value.isalnum():
        raise ValueError("no bytes")
    data = bytes.fromhex(value[2:])
    if length is not None and len(data) != length:
        raise ValueError(f"{len(data)} bytes")
    return data


def header_of(block: _Told) -> bytes:
    """The RLP of the block's header; KeyError or ValueError where the node's answer lacks a field."""
    later = []
    for name in _LATER:
        if block.get(name.lstrip("#")) is None:
            break
        later.append(name)
    return written(_fields(block, (*_HEADER, *later)))


def transaction_of(told: _Told) -> bytes | None:
    """The signed bytes (EIP-2718) of a transaction; None for a type that is not known here."""
    kind = quantity_of(told.get("type", "0x0"))
    if kind == 0:
        return written(_fields(told, _LEGACY))
    if kind not in _TYPED:
        return None
    odd = told.get("yParity", told.get("v"))
    return bytes([kind]) + written(_fields({**told, "odd": odd}, (*_TYPED[kind], "#odd", "#r", "#s")))


def _fields(told: _Told, names: Sequence[str]) -> list[Any]:
    """The RLP items of these members; those after ``#`` are numbers."""
    return [_field(told, name) for name in names]


def _field(told: _Told, name: str) -> Any:
    if name.startswith("#"):
        return plain(quantity_of(told[name[1:]]))
    value = told[name]
    if name == "to" and value is None:  # a contract is made
        return b""
    if name == "accessList":
        return [[data_of(one["address"], 20), [data_of(key, 32) for key in one["storageKeys"]]] for one in value]
    if name == "blobVersionedHashes":
        return [data_of(one, 32) for one in value]
    if name == "authorizationList":
        return [_fields({"yParity": one.get("v"), **one}, _AUTHORIZATION) for one in value]
    return data_of(value)


def block_proof(header: bytes, raws: Sequence[bytes], index: int) -> tuple[bytes, bytes]:
    """The root over all of a block's transactions, and the proof (RLP) that the one at ``index`` stands there."""
    items = sorted((tuple(nibbles(written(plain(place)))), raw) for place, raw in enumerate(raws))
    target = tuple(nibbles(written(plain(index))))
    way: list[bytes] = []
    top = _node(items, 0, target, way.append)
    root = keccak256(top) if items else keccak256(b"\x80")
    return root, written([keccak256(header), header, plain(index), way[::-1]])


_Items = Sequence[tuple[tuple[int, ...], bytes]]


def _node(items: _Items, depth: int, target: tuple[int, ...], way: Callable[[bytes], None]) -> bytes:
    """The RLP of the trie's node over these items, which agree in the first ``depth`` half bytes.

    ``way`` takes the nodes that lead to the target, the deepest first. No key here begins another.
    """
    if not items:
        return b"\x80"
    first, last = items[0][0], items[-1][0]
    if len(items) == 1:
        made = written([_packed(first[depth:], leaf=True), items[0][1]])
    else:
        same = depth
        while first[same] == last[same]:
            same += 1
        if same > depth:
            below = _reference(_node(items, same, target, way))
            made = _listed(written(_packed(first[depth:same], leaf=False)) + below)
        else:
            made = _branch(items, depth, target, way)
    if target[:depth] == first[:depth]:
        way(made)
    return made


def _branch(items: _Items, depth: int, target: tuple[int, ...], way: Callable[[bytes], None]) -> bytes:
    below: list[list[tuple[tuple[int, ...], bytes]]] = [[] for _ in range(16)]
    for item in items:
        below[item[0][depth]].append(item)
    children = [_reference(_node(some, depth + 1, target, way)) if some else b"\x80" for some in below]
    return _listed(b"".join(children) + b"\x80")


def _listed(body: bytes) -> bytes:
    if len(body) < 56:
        return bytes([0xC0 + len(body)]) + body
    size = plain(len(body))
    return bytes([0xF7 + len(size)]) + size + body


def _reference(node: bytes) -> bytes:
    """How a node stands in the one above it: by its hash, or itself where it is shorter."""
    return node if len(node) < 32 else written(keccak256(node))


def _packed(path: tuple[int, ...], *, leaf: bool) -> bytes:
    """Half bytes with what they lead to (the Yellow Paper's hex prefix)."""
    odd = len(path) & 1
    halves = ((2 * leaf + odd) << 4 | path[0],) if odd else (2 * leaf << 4,)
    rest = path[odd:]
    return bytes(halves) + bytes(high << 4 | low for high, low in zip(rest[::2], rest[1::2], strict=True))
