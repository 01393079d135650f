"""Reads the anchors of a bundle that stand in a block of an EVM chain; `verify_anchors.py` beside it runs this.

Python 3.9 or newer and nothing else. A proof is a signed transaction whose data are the digest, and a block: its hash,
its header, the transaction's place, and the way from the header's root of transactions to it. No file can show that the
block is the one that all see: its hash is printed, to be compared elsewhere.
Formats: RLP, Merkle Patricia trie and addresses of the Yellow Paper; EIP-2718, 1559 and 2; Keccak-256; SEC 1, 4.1.6.
"""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple, NoReturn

MAX_TRANSACTION, MAX_BLOCK, MAX_DEPTH = 1024, 64 << 10, 8


class Broken(Exception):  # noqa: N818  as in verify.py
    """Something does not hold: ``name`` says in one word what, as in verify_anchors.py."""

    def __init__(self, name: str, what: str, found: object = "", expected: object = "") -> None:
        """Hold the parts."""
        super().__init__(what, str(found)[:300], str(expected)[:300])
        self.name = name


def broken(name: str, what: str, found: object = "", expected: object = "") -> NoReturn:
    """Raises."""
    raise Broken(name, what, found, expected)


# -- Keccak-256, as Ethereum has it: SHA-3 with the padding of the competition. No library that auditors have, has it.

ROUNDS = bytes.fromhex(
    "00000000000000010000000000008082800000000000808a8000000080008000000000000000808b0000000080000001"
    "80000000800080818000000000008009000000000000008a00000000000000880000000080008009000000008000000a"
    "000000008000808b800000000000008b8000000000008089800000000000800380000000000080028000000000000080"
    "000000000000800a800000008000000a8000000080008081800000000000808000000000800000018000000080008008"
)
CONSTANTS = [int.from_bytes(ROUNDS[at : at + 8], "big") for at in range(0, 192, 8)]
TURNS = (0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14)
PLACES = [x // 5 + 5 * ((2 * (x % 5) + 3 * (x // 5)) % 5) for x in range(25)]
MASK, RATE = (1 << 64) - 1, 136


def permuted(lanes: list[int]) -> list[int]:
    """Keccak-f[1600] of 25 lanes, FIPS 202, section 3.3."""
    for constant in CONSTANTS:
        sums = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        mixed = [sums[x - 1] ^ (sums[(x + 1) % 5] << 1 & MASK | sums[(x + 1) % 5] >> 63) for x in range(5)]
        moved = [0] * 25
        for x in range(25):
            lane = lanes[x] ^ mixed[x % 5]
            moved[PLACES[x]] = lane << TURNS[x] & MASK | lane >> 64 - TURNS[x]
        lanes = [moved[x] ^ ~moved[x - x % 5 + (x + 1) % 5] & moved[x - x % 5 + (x + 2) % 5] for x in range(25)]
        lanes[0] ^= constant
    return lanes


def keccak256(data: bytes) -> bytes:
    """32 bytes."""
    padded = bytearray(data) + b"\x01" + bytes(RATE - 1 - len(data) % RATE)
    padded[-1] |= 0x80
    lanes = [0] * 25
    for at in range(0, len(padded), RATE):
        for lane in range(RATE // 8):
            lanes[lane] ^= int.from_bytes(padded[at + 8 * lane : at + 8 * lane + 8], "little")
        lanes = permuted(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


# -- RLP, read strictly: each value has one encoding


def read_rlp(data: bytes) -> Any:
    """The bytes, or the list of such, that the whole of ``data`` encodes."""
    item, end = read_item(data, 0, 0)
    if end != len(data):
        broken("garbled", "something follows an RLP item", f"{len(data) - end} bytes")
    return item


def read_item(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    """The item that begins there, and where it ends."""
    if at >= len(data) or depth > MAX_DEPTH:
        broken("garbled", "RLP is cut off, or too deep", f"byte {at}")
    tag = data[at]
    if tag < 0x80:
        return data[at : at + 1], at + 1
    base = 0xC0 if tag >= 0xC0 else 0x80
    length, at = tag - base, at + 1
    if length > 55:
        size = length - 55
        length, at = int.from_bytes(data[at : at + size], "big"), at + size
        if size > 4 or length < 56 or length < 1 << 8 * (size - 1):
            broken("garbled", "RLP has a length that is not in its shortest form", f"byte {at}")
    end = at + length
    if end > len(data):
        broken("garbled", "RLP is cut off", f"{len(data)} bytes", f"{end} or more")
    if base == 0x80:
        if length == 1 and data[at] < 0x80:
            broken("garbled", "RLP holds a byte that is not in its shortest form", f"byte {at}")
        return data[at:end], end
    found = []
    while at < end:
        item, at = read_item(data[:end], at, depth + 1)
        found.append(item)
    return found, end


def number(item: Any, most: int = 8) -> int:
    """The number that an item of at most so many bytes stands for."""
    if not isinstance(item, bytes) or len(item) > most or item[:1] == b"\0":
        broken("garbled", "RLP has no number where one belongs", item.hex()[:80] if isinstance(item, bytes) else "list")
    return int.from_bytes(item, "big")


def written(item: Any) -> bytes:
    """The RLP of bytes, or of a list of such."""
    if isinstance(item, bytes) and len(item) == 1 and item[0] < 0x80:
        return item
    body, base = (item, 0x80) if isinstance(item, bytes) else (b"".join(map(written, item)), 0xC0)
    if len(body) < 56:
        return bytes([base + len(body)]) + body
    size = plain(len(body))
    return bytes([base + 55 + len(size)]) + size + body


def plain(value: int) -> bytes:
    """A number without leading zeros: none at all for 0."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


# -- a transaction and who signed it

PRIME, ORDER = (1 << 256) - (1 << 32) - 977, 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
BASE = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


def added(one: Any, other: Any) -> Any:
    """The sum of two points of secp256k1; None is the point at infinity."""
    if one is None or other is None:
        return other if one is None else one
    if one[0] == other[0]:
        if (one[1] + other[1]) % PRIME == 0:
            return None
        slope = 3 * one[0] * one[0] * pow(2 * one[1], -1, PRIME) % PRIME
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, PRIME) % PRIME
    x = (slope * slope - one[0] - other[0]) % PRIME
    return x, (slope * (one[0] - x) - one[1]) % PRIME


def times(factor: int, point: Any) -> Any:
    """The point, so many times. Everything here is public: nothing needs constant time."""
    made = None
    while factor:
        made = added(made, point) if factor & 1 else made
        point, factor = added(point, point), factor >> 1
    return made


def signer(digest: bytes, odd: int, r: int, s: int) -> bytes:
    """The address (20 bytes) whose key signed the digest: SEC 1, section 4.1.6."""
    y = pow(pow(r, 3, PRIME) + 7, (PRIME + 1) // 4, PRIME)
    if not (odd in (0, 1) and 0 < r < ORDER and 0 < s <= ORDER // 2) or (y * y - r * r * r - 7) % PRIME:
        broken("signature", "the transaction's signature does not hold")
    point = (r, y if y & 1 == odd else PRIME - y)
    inverse = pow(r, -1, ORDER)
    key = added(times(s * inverse % ORDER, point), times(-int.from_bytes(digest, "big") * inverse % ORDER, BASE))
    if key is None:
        broken("signature", "the transaction's signature does not hold")
    return keccak256(key[0].to_bytes(32, "big") + key[1].to_bytes(32, "big"))[12:]


class Transaction(NamedTuple):
    """An anchor's transaction."""

    hash: bytes
    sender: bytes
    chain: int
    nonce: int
    priority_fee_wei: int
    max_fee_wei: int
    gas: int
    data: bytes


def read_transaction(raw: bytes) -> Transaction:
    """What a signed transaction says: one of type 2 to its own sender, without value or access list."""
    fields = read_rlp(raw[1:]) if raw[:1] == b"\x02" and len(raw) <= MAX_TRANSACTION else []
    if not isinstance(fields, list) or len(fields) != 12 or fields[8] != [] or not isinstance(fields[7], bytes):
        broken("garbled", "this is no transaction of type 2 without an access list", raw[:1].hex())
    chain, nonce, tip, fee, gas = map(number, fields[:5])
    unsigned = keccak256(b"\x02" + written(fields[:9]))
    sender = signer(unsigned, number(fields[9], 1), number(fields[10], 32), number(fields[11], 32))
    if (fields[5], fields[6]) != (sender, b""):
        broken(
            "garbled", "the transaction pays somebody: an anchor goes to its own sender, without value", sender.hex()
        )
    return Transaction(keccak256(raw), sender, chain, nonce, tip, fee, gas, fields[7])


# -- a block and what stands in it


class Block(NamedTuple):
    """What a block's header says of itself."""

    hash: bytes
    height: int
    at: datetime.datetime


def nibbles(data: bytes) -> list[int]:
    """The half bytes."""
    return [half for byte in data for half in (byte >> 4, byte & 15)]


def check_path(root: bytes, index: int, nodes: list[Any], value: bytes) -> None:
    """The trie of this root has the value at this index; each node on the way is named by its hash."""
    left, wanted = nibbles(written(plain(index))), root
    for place, node in enumerate(nodes):
        if not isinstance(node, bytes) or keccak256(node) != wanted:
            broken("proof", "a node on the way to the transaction is another one", f"node {place}", wanted.hex())
        parts = read_rlp(node)
        if isinstance(parts, list) and len(parts) == 17 and left:
            wanted, left = parts[left[0]], left[1:]
        elif isinstance(parts, list) and len(parts) == 2 and isinstance(parts[0], bytes) and parts[0]:
            path = nibbles(parts[0])
            kind, own = path[0], path[1 if path[0] & 1 else 2 :]
            if kind > 3 or (not kind & 1 and path[1]) or left[: len(own)] != own:
                break
            wanted, left = parts[1], left[len(own) :]
            if kind > 1:
                if left or place != len(nodes) - 1 or wanted != value:
                    break
                return
        else:
            break
        if not isinstance(wanted, bytes) or len(wanted) != 32:
            break
    broken("proof", "the way to the transaction does not lead to it", f"{len(nodes)} nodes")


def read_header(header: bytes) -> tuple[bytes, Block]:
    """The root of transactions in a header, and what the header says of itself."""
    fields = read_rlp(header)
    lengths = {0: 32, 1: 32, 2: 20, 3: 32, 4: 32, 5: 32, 6: 256}
    right = isinstance(fields, list) and 16 <= len(fields) <= 40 and all(isinstance(one, bytes) for one in fields)
    if not right or any(len(fields[place]) != length for place, length in lengths.items()):
        broken("header", "this is no header of a block (EIP-1559 or later)")
    height, seconds = number(fields[8]), number(fields[11])
    if seconds > 253_402_300_799:
        broken("header", "the header states no time", seconds)
    at = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)  # noqa: UP017  Python 3.9
    return fields[4], Block(keccak256(header), height, at)


def check_block(proof: bytes, raw: bytes) -> Block:
    """The block that the proof shows the transaction to stand in."""
    parts = read_rlp(proof) if len(proof) <= MAX_BLOCK else []
    if not isinstance(parts, list) or len(parts) != 4 or not isinstance(parts[3], list):
        broken("garbled", "this is no proof of a transaction in a block", f"{len(proof)} bytes")
    said, header, index, nodes = parts
    if not isinstance(header, bytes):
        broken("header", "this is no header of a block (EIP-1559 or later)")
    root, block = read_header(header)
    if block.hash != said:
        broken("header", "the header is another block's", block.hash.hex())
    check_path(root, number(index), nodes, raw)
    return block


def check(raw: bytes, proof: bytes, digest: bytes) -> tuple[Transaction, Block | None]:
    """The transaction, after it was found to carry the digest, and its block where the proof is there."""
    transaction = read_transaction(raw)
    if transaction.data != digest:
        broken("digest", "the transaction is about something else", transaction.data.hex(), digest.hex())
    return transaction, check_block(proof, raw) if proof else None


def shown(transaction: Transaction, block: Block | None, what: str) -> list[str]:
    """What they show, in lines for people."""
    account, name = transaction.sender.hex(), transaction.hash.hex()
    if block is None:
        return [f"when {what}: the transaction 0x{name} of chain {transaction.chain}, if it stands in a block there"]
    return [
        f"{what} by {block.at:%F %T} UTC, if block {block.height} of chain {transaction.chain} (EIP-155) has the hash",
        f"  0x{block.hash.hex()}; there 0x{account} sent the transaction 0x{name}",
    ]
