"""A calendar of OpenTimestamps as its format has it, over a chain of blocks that are mined here in a moment.

Public calendars cannot be asked from a test; what this one answers is read by the reference library, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from stamping import Server, serving

BITCOIN, PENDING = bytes.fromhex("0588960d73d71901"), bytes.fromhex("83dfe30d2ef90c8e")
EASY = 0x207FFFFF  # of Bitcoin's regtest


def twice(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def counted(data: bytes) -> bytes:
    assert len(data) < 128
    return bytes([len(data)]) + data


def mined(root: bytes, bits: int = EASY) -> bytes:
    target = (bits & 0x7FFFFF) << 8 * ((bits >> 24) - 3)
    for nonce in range(1 << 32):
        header = (2).to_bytes(4, "little") + bytes(32) + root + (1_790_000_000).to_bytes(4, "little")
        header += bits.to_bytes(4, "little") + nonce.to_bytes(4, "little")
        if int.from_bytes(twice(header), "little") <= target:
            return header
    raise AssertionError("no nonce")


@dataclass
class FakeCalendar:
    """Takes digests; ``mine`` lays all of them into one block, as a transaction's output between other bytes."""

    url: str = ""
    waiting: list[bytes] = field(default_factory=list)
    paths: dict[bytes, bytes] = field(default_factory=dict)  # commitment: the steps to the block
    headers: list[bytes] = field(default_factory=list)  # the first at height 100
    uri: str = ""  # of the promise, where it is not ``url``
    spoil: dict[str, bytes] = field(default_factory=dict)  # path: another answer

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if path in self.spoil:
            return 200, {}, self.spoil[path]
        if method == "POST" and path == "/digest":
            return 200, {}, self.submit(body)
        if path.startswith("/timestamp/") and bytes.fromhex(path[11:]) in self.paths:
            return 200, {}, self.paths[bytes.fromhex(path[11:])]
        if path.startswith("/block-height/") and 0 <= int(path[14:]) - 100 < len(self.headers):
            return 200, {}, twice(self.headers[int(path[14:]) - 100])[::-1].hex().encode() + b"\n"
        for header in self.headers:
            if path == f"/block/{twice(header)[::-1].hex()}/header":
                return 200, {}, header.hex().encode()
        return 404, {}, b"Not found"

    def submit(self, digest: bytes) -> bytes:
        commitment = hashlib.sha256(b"\x01\x02\x03\x04" + digest).digest() + b"\x99" * 8
        self.waiting.append(commitment)
        steps = b"\xf1" + counted(b"\x01\x02\x03\x04") + b"\x08" + b"\xf0" + counted(b"\x99" * 8)
        return steps + b"\x00" + PENDING + counted(counted((self.uri or self.url).encode()))

    def mine(self, more: int = 0) -> int:
        """The next block holds what waits; its height."""
        height = 100 + len(self.headers)
        commitments, self.waiting = [*self.waiting, *(bytes([n]) * 40 for n in range(more))], []
        leaves = [hashlib.sha256(one).digest() for one in commitments]
        tip = b"".join(leaves)
        transaction = (b"\x01\0\0\0head", b"tail\0\0\0\0")
        txid = twice(transaction[0] + hashlib.sha256(tip).digest() + transaction[1])
        sibling = twice(b"another transaction")
        root = twice(txid + sibling)
        for number, commitment in enumerate(commitments):
            before, after = b"".join(leaves[:number]), b"".join(leaves[number + 1 :])
            steps = b"\x08"
            steps += b"\xf1" + counted(before) if before else b""
            steps += b"\xf0" + counted(after) if after else b""
            steps += b"\x08\xf1" + counted(transaction[0]) + b"\xf0" + counted(transaction[1]) + b"\x08\x08"
            steps += b"\xf0" + counted(sibling) + b"\x08\x08"
            self.paths[commitment] = steps + b"\x00" + BITCOIN + counted(bytes([height]))
        self.headers.append(mined(root))
        return height


@contextmanager
def calendar() -> Iterator[tuple[FakeCalendar, Server]]:
    made = FakeCalendar()
    with serving(made.answer) as server:
        made.url = server.url
        yield made, server
