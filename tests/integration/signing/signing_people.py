"""Who stands around a signer that signs: people with keys, and witnesses after C2SP tlog-witness, in memory."""

from __future__ import annotations

import base64
import hashlib
import time
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from log_keys import key_id

from jinku import _native


def now_ms() -> int:
    """The clock that the signer reads, too."""
    return time.time_ns() // 1_000_000


def digest(tag: str, document: bytes) -> bytes:
    """What is signed of a document, and by what others name it."""
    return hashlib.sha256(tag.encode() + b"\x00" + document).digest()


@dataclass(frozen=True)
class Person:
    """A key with a name."""

    name: str
    seed: bytes

    @property
    def key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    def sign(self, tag: str, document: bytes) -> bytes:
        return self.key.sign(digest(tag, document))


def person(name: str) -> Person:
    """The same key for the same name."""
    return Person(name, hashlib.sha256(name.encode()).digest())


BO, CY, DI, EVE = (person(name) for name in ("bo", "cy", "di", "eve"))


class RefusedCosignature(Exception):  # noqa: N818  what a witness answers
    """The witness does not cosign; it stands at this size."""

    def __init__(self, size: int) -> None:
        super().__init__(f"409 {size}")
        self.size = size


@dataclass
class Submitted:
    """The body of an add-checkpoint request, read."""

    old: int
    proof: list[bytes]
    note: str
    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, body: bytes) -> Submitted:
        head, _, note = body.decode().partition("\n\n")
        first, *proof = head.split("\n")
        origin, size, root = note.partition("\n\n")[0].split("\n")
        old = int(first.removeprefix("old "))
        return cls(old, [base64.b64decode(line) for line in proof], note, origin, int(size), base64.b64decode(root))


class Cosigner(Protocol):
    """A witness as its log knows it."""

    @property
    def name(self) -> str: ...

    @property
    def vkeys(self) -> list[str]: ...

    def add_checkpoint(self, body: bytes) -> str: ...


@dataclass
class MemoryWitness:
    """A witness: it cosigns what extends the last head that it cosigned, of each log."""

    name: str
    heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    @property
    def _who(self) -> Person:
        return person(self.name)

    @property
    def vkeys(self) -> list[str]:
        public = base64.b64encode(b"\x04" + self._who.public).decode()
        return [f"{self.name}+{key_id(self.name, 4, self._who.public).hex()}+{public}"]

    def add_checkpoint(self, body: bytes) -> str:
        """Its line, or ``RefusedCosignature``."""
        asked = Submitted.parse(body)
        size, root = self.heads.get(asked.origin, (0, b""))
        if asked.old != size:
            raise RefusedCosignature(size)
        if size == asked.size and size:
            if root != asked.root:
                raise RefusedCosignature(size)
        elif size:
            _native.verify_consistency(size, asked.size, asked.proof, root, asked.root)
        self.heads[asked.origin] = (asked.size, asked.root)
        return self.line(asked.note)

    def line(self, note: str) -> str:
        """Its cosignature of a note's text, whatever it has seen."""
        text, moment = note.partition("\n\n")[0] + "\n", int(time.time())
        made = self._who.key.sign(f"cosignature/v1\ntime {moment}\n{text}".encode())
        payload = key_id(self.name, 4, self._who.public) + moment.to_bytes(8, "big") + made
        return f"— {self.name} {base64.b64encode(payload).decode()}\n"
