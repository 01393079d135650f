"""Checkpoints as signed notes (C2SP tlog-checkpoint, signed-note), receipts (tlog-proof), verifier keys. Text only."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from jinku.journal.errors import NoteError
from jinku.journal.types import Checkpoint, LogKeys, SignedCheckpoint

__all__ = [
    "Receipt",
    "SignatureLine",
    "body",
    "key_id",
    "parse_checkpoint",
    "parse_receipt",
    "read_note",
    "receipt_text",
    "signature_lines",
    "signed",
    "vkeys",
]

MAX_NOTE_BYTES = 1_000_000
_MAX_SIZE = (1 << 63) - 1
_DASH = "\u2014 "
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_HEADER = "c2sp.org/tlog-proof@v1"
_ED25519, _MLDSA44 = 0x01, 0x06


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One line of a note: the key's name, its 4-byte id, and what it signed with."""

    name: str
    key_id: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where an entry stands, its audit path, the checkpoint over it, and what came along (never authenticated)."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: SignedCheckpoint
    extra: bytes = b""


def body(checkpoint: Checkpoint) -> str:
    """The three lines that are signed."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{base64.b64encode(checkpoint.root).decode()}\n"


def signed(checkpoint: Checkpoint, lines: Iterable[str]) -> SignedCheckpoint:
    """The note: body, empty line, signature lines."""
    text = body(checkpoint) + "\n" + "".join(line.rstrip("\n") + "\n" for line in lines)
    return read_note(text.encode())


def read_note(note: bytes) -> SignedCheckpoint:
    """The tree head that a note carries, its form checked and its signatures not. Raises NoteError."""
    return SignedCheckpoint(parse_checkpoint(_split(note)[0]), note)


def parse_checkpoint(text: str) -> Checkpoint:
    """The head of a checkpoint's body; extension lines are refused."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise _wrong("a checkpoint is malformed", f"{len(lines) - 1} lines", "origin, size and root, a line each")
    if not _SIZE.fullmatch(lines[1]) or int(lines[1]) > _MAX_SIZE:
        raise _wrong("a checkpoint's size is malformed", lines[1][:40], "a decimal number below 2^63")
    return Checkpoint(lines[0], int(lines[1]), _hash(lines[2]))


def signature_lines(note: bytes) -> list[SignatureLine]:
    """The signature lines of a note, in order."""
    found = []
    for line in _split(note)[1]:
        name, _, coded = line.removeprefix(_DASH).partition(" ")
        raw = _base64(coded)
        if not line.startswith(_DASH) or not name or "+" in name or len(raw) <= 4:
            raise _wrong("a signature line is malformed", line[:60], f"{_DASH}NAME BASE64")
        found.append(SignatureLine(name, raw[:4], raw[4:]))
    return found


def _split(note: bytes) -> tuple[str, list[str]]:
    if len(note) > MAX_NOTE_BYTES:
        raise _wrong("a note is too long", f"{len(note)} bytes", f"at most {MAX_NOTE_BYTES}")
    try:
        text = note.decode()
    except UnicodeDecodeError as error:
        raise _wrong("a note is not UTF-8", f"an invalid byte at offset {error.start}", "UTF-8") from None
    if any(char < " " and char != "\n" for char in text):
        raise _wrong("a note holds a control character", "one below U+0020", "none but the end of a line")
    head, gap, tail = text.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise _wrong("a note is malformed", "no signatures", "text, an empty line, signature lines")
    return head + "\n", tail[:-1].split("\n")


def receipt_text(receipt: Receipt) -> bytes:
    """The receipt as ``c2sp.org/tlog-proof@v1``."""
    lines = [_HEADER]
    if receipt.extra:
        lines.append(f"extra {base64.b64encode(receipt.extra).decode()}")
    lines.append(f"index {receipt.index}")
    lines += [base64.b64encode(node).decode() for node in receipt.path]
    return ("\n".join(lines) + "\n\n").encode() + receipt.checkpoint.note


def parse_receipt(data: bytes) -> Receipt:
    """The receipt, its form checked and nothing believed."""
    if len(data) > 2 * MAX_NOTE_BYTES:
        raise _wrong("a receipt is too long", f"{len(data)} bytes", f"at most {2 * MAX_NOTE_BYTES}")
    head, _, note = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise _wrong("a receipt is malformed", f"an invalid byte at offset {error.start}", "ASCII") from None
    if lines.pop(0) != _HEADER:
        raise _wrong("this is no receipt", head[:40].decode("ascii", "replace"), _HEADER)
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = _base64(lines.pop(0).removeprefix("extra "))
    word, _, number = lines.pop(0).partition(" ") if lines else ("", "", "")
    if word != "index" or not _SIZE.fullmatch(number):
        raise _wrong("a receipt names no index", f"{word} {number}"[:40], "index N")
    return Receipt(int(number), tuple(_hash(line) for line in lines), read_note(note), extra)


def vkeys(keys: LogKeys) -> tuple[str, ...]:
    """The log's verifier keys as signed-note writes them: ``NAME+ID+BASE64(type ‖ key)``, the Ed25519 one first."""
    pairs = [(_ED25519, keys.ed25519), (_MLDSA44, keys.mldsa44)]
    return tuple(_vkey(keys.origin, kind, public) for kind, public in pairs if public)


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """``SHA256(name ‖ 0A ‖ type ‖ key)``, its first four bytes."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def _vkey(name: str, kind: int, public: bytes) -> str:
    coded = base64.b64encode(bytes([kind]) + public).decode()
    return f"{name}+{key_id(name, kind, public).hex()}+{coded}"


def _hash(text: str) -> bytes:
    raw = _base64(text)
    if len(raw) != 32:
        raise _wrong("a hash has the wrong length", f"{len(raw)} bytes", "32 bytes")
    return raw


def _base64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _wrong("a text is no base64", text[:40], "RFC 4648, section 4, with padding") from None
    if base64.b64encode(raw).decode() != text:
        raise _wrong("a base64 text has loose bits", text[:40], "the one form of its bytes")
    return raw


def _wrong(what: str, found: str, expected: str) -> NoteError:
    return NoteError(what, found=found, expected=expected)
