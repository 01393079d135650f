"""Checkpoints as signed notes (C2SP tlog-checkpoint, signed-note), receipts (tlog-proof), verifier keys. Text only.

The forms are the core's: what the signer and the witness read is read here by the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from jinku import _native
from jinku.core import JinkuError
from jinku.journal.errors import CheckpointDamagedError, NoteError
from jinku.journal.ports import NoteVerifier
from jinku.journal.types import Checkpoint, LogKeys, SignedCheckpoint

__all__ = [
    "Receipt",
    "SignatureLine",
    "believed",
    "body",
    "parse_checkpoint",
    "parse_receipt",
    "read_note",
    "receipt_text",
    "signature_lines",
    "signed",
    "vkeys",
]


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


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except JinkuError as error:
        raise NoteError(error.what, found=error.found, expected=error.expected) from error


def body(checkpoint: Checkpoint) -> str:
    """The three lines that are signed. Raises NoteError for an origin or a size that no log can have."""
    with _reading():
        return _native.checkpoint_text(checkpoint.origin, checkpoint.size, checkpoint.root)


def signed(checkpoint: Checkpoint, lines: Iterable[str]) -> SignedCheckpoint:
    """The note: body, empty line, signature lines."""
    with _reading():
        note = _native.make_note(body(checkpoint), [line.rstrip("\n") + "\n" for line in lines])
    return SignedCheckpoint(checkpoint, note)


def read_note(note: bytes) -> SignedCheckpoint:
    """The tree head that a note carries, its form checked and its signatures not. Raises NoteError."""
    with _reading():
        text, _ = _native.parse_note(note)
    return SignedCheckpoint(parse_checkpoint(text), note)


def believed(verifier: NoteVerifier, note: bytes, keys: LogKeys) -> tuple[SignedCheckpoint, tuple[str, ...]]:
    """The head that this log's keys signed under its origin or an earlier one, and the algorithms of their lines.

    CheckpointDamagedError for another log's, and when a line does not hold.
    """
    signed = read_note(note)
    own = keys.of(signed.checkpoint.origin)
    if own is None:
        raise CheckpointDamagedError("it belongs to another log", found=signed.checkpoint.origin, expected=keys.origin)
    return signed, verifier.verify(note, own)


def parse_checkpoint(text: str) -> Checkpoint:
    """The head of a checkpoint's body; extension lines are refused."""
    with _reading():
        return Checkpoint(*_native.parse_checkpoint(text))


def signature_lines(note: bytes) -> list[SignatureLine]:
    """The signature lines of a note, in order."""
    with _reading():
        return [SignatureLine(*line) for line in _native.parse_note(note)[1]]


def receipt_text(receipt: Receipt) -> bytes:
    """The receipt as ``c2sp.org/tlog-proof@v1``."""
    with _reading():
        return _native.make_receipt(receipt.index, receipt.path, receipt.checkpoint.note, receipt.extra or None)


def parse_receipt(data: bytes) -> Receipt:
    """The receipt, its form checked and nothing believed."""
    with _reading():
        index, path, note, extra = _native.parse_receipt(data)
    return Receipt(index, tuple(path), read_note(note), extra or b"")


def vkeys(keys: LogKeys) -> tuple[str, ...]:
    """The log's verifier keys as signed-note writes them: ``NAME+ID+BASE64(type ‖ key)``, the Ed25519 one first."""
    pairs = [("ed25519", keys.ed25519), ("ml-dsa-44", keys.mldsa44)]
    with _reading():
        return tuple(_native.make_vkey(keys.origin, algorithm, public) for algorithm, public in pairs if public)
