"""Protocol v1 of jinku-signer: frames and body primitives (docs/reference/signer-protocol.md)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import TypeVar

from jinku.custody.errors import SignerUnavailableError
from jinku.custody.ports import Form

__all__ = [
    "ANSWER",
    "ERROR",
    "HEADER",
    "NO_TOKEN",
    "PART",
    "REPLY_LIMIT",
    "REQUEST_LIMIT",
    "VERSION",
    "Reader",
    "VerbNumber",
    "Writer",
    "request_frame",
]

VERSION = 1
REQUEST_LIMIT = 1 << 20
REPLY_LIMIT = 16 << 20
HEADER = struct.Struct(">IBBI")  # length of the rest, version, verb, request id
TOKEN_BYTES = 32
NO_TOKEN = bytes(TOKEN_BYTES)
ANSWER, PART, ERROR = 0x80, 0xC0, 0xFF

T = TypeVar("T")


class VerbNumber(IntEnum):
    """The numbers of the verbs."""

    HELLO = 0x01
    INIT_SYSTEM = 0x02
    UNLOCK_SYSTEM = 0x03
    LOCK = 0x04
    SHUTDOWN = 0x05
    CREATE_VAULT = 0x10
    IMPORT_VAULT = 0x11
    UNLOCK_VAULT = 0x12
    DESCRIBE = 0x13
    LIST_VAULTS = 0x14
    CHANGE_PASSPHRASE = 0x15
    REKEY = 0x16
    DERIVE = 0x20
    RECHECK = 0x21
    MAKE_WALLETS = 0x22
    CLAIM = 0x23
    CLAIM_LOOKUP = 0x24
    EXPORT = 0x25
    CREATE_EVIDENCE_KEY = 0x30
    SEAL_EVIDENCE = 0x31
    OPEN_EVIDENCE = 0x32
    LOG_HEAD = 0x40
    SIGN_CHECKPOINT = 0x41
    TRUST_ROOT = 0x42
    BEGIN_TRUST = 0x43
    SIGN_TRUST_ROOT = 0x44
    ACCEPT_TRUST_ROOT = 0x45
    ANCHOR_ADDRESS = 0x46
    SIGN_ANCHOR = 0x47
    OPEN_ORIGIN = 0x48
    RESUME_ORIGIN = 0x49
    SIGN = 0x50
    SLOT_HEAD = 0x51


class Writer:
    """Builds a body; ``fds`` are the descriptors that travel beside it.

    >>> Writer().text("hot").flag(True).number(7).body.hex()
    '00000003686f740100000007'
    """

    def __init__(self) -> None:
        """Start empty."""
        self.body = bytearray()
        self.fds: list[int] = []

    def raw(self, data: bytes) -> Writer:
        """Append bytes as they are."""
        self.body += data
        return self

    def byte(self, value: int) -> Writer:
        """Append a u8."""
        return self.raw(value.to_bytes(1, "big"))

    def number(self, value: int) -> Writer:
        """Append a u32."""
        return self.raw(value.to_bytes(4, "big"))

    def long(self, value: int) -> Writer:
        """Append a u64."""
        return self.raw(value.to_bytes(8, "big"))

    def data(self, value: bytes) -> Writer:
        """Append length and bytes."""
        return self.number(len(value)).raw(value)

    def text(self, value: str) -> Writer:
        """Append length and UTF-8."""
        return self.data(value.encode())

    def flag(self, value: bool) -> Writer:
        """Append 0 or 1."""
        return self.byte(int(value))

    def fd(self, fd: int) -> Writer:
        """Append the place of a descriptor and let it travel along."""
        self.byte(len(self.fds))
        self.fds.append(fd)
        return self

    def forms(self, forms: Sequence[Form]) -> Writer:
        """Append a list of forms."""
        self.number(len(forms))
        for form in forms:
            self.text(form.chain).text(form.family).text(form.kind).text(form.path)
        return self


class Reader:
    """Reads a body from front to end; a body that ends early is a signer that does not speak our protocol."""

    def __init__(self, body: bytes) -> None:
        """Start at the front."""
        self._rest = memoryview(body)

    def raw(self, count: int) -> bytes:
        """The next bytes."""
        if count > len(self._rest):
            raise SignerUnavailableError(
                "the signer's answer is cut short",
                found=f"{len(self._rest)} bytes more",
                expected=count,
                advice="use the client and the signer of one installation",
                code="signer.protocol",
                retryable=False,
            )
        head, self._rest = self._rest[:count], self._rest[count:]
        return bytes(head)

    def byte(self) -> int:
        """A u8."""
        return self.raw(1)[0]

    def number(self) -> int:
        """A u32."""
        return int.from_bytes(self.raw(4), "big")

    def long(self) -> int:
        """A u64."""
        return int.from_bytes(self.raw(8), "big")

    def data(self) -> bytes:
        """Length-prefixed bytes."""
        return self.raw(self.number())

    def text(self) -> str:
        """Length-prefixed UTF-8."""
        return self.data().decode("utf-8", "replace")

    def list(self, item: Callable[[], T]) -> list[T]:
        """A count and its items."""
        return [item() for _ in range(self.number())]

    def form(self) -> Form:
        """One form."""
        return Form(self.text(), self.text(), self.text(), self.text())

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._rest)


def request_frame(verb: int, request_id: int, token: bytes, body: bytes) -> bytes:
    """The bytes of one request.

    >>> request_frame(0x14, 7, NO_TOKEN, b"")[:10].hex()
    '00000026011400000007'
    """
    rest = HEADER.size - 4 + TOKEN_BYTES + len(body)
    return HEADER.pack(rest, VERSION, verb, request_id) + token + body
