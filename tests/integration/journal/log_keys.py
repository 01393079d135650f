"""Log keys for tests: a signer that keeps what it signed and refuses a fork, and a verifier, on another library."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from jinku.core import RefusedError
from jinku.journal import Checkpoint, CheckpointDamagedError, LogKeys
from jinku.journal.notes import body, read_note, signature_lines

ORIGIN = "018bcfe5-6800-7000-8000-00000000abcd.jinku"
SEED = bytes(range(32))


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def mth(leaves: Sequence[bytes]) -> bytes:
    """The root as RFC 6962, section 2.1 writes it: recursive, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node(mth(leaves[:split]), mth(leaves[split:]))


def check_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """RFC 9162, section 2.1.4.2, step by step."""
    if old == new:
        assert not proof
        assert old_root == new_root
        return
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    fr = sr = path[0]
    for hash_ in path[1:]:
        assert last != 0
        if first & 1 or first == last:
            fr, sr = node(hash_, fr), node(hash_, sr)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            sr = node(sr, hash_)
        first, last = first >> 1, last >> 1
    assert last == 0
    assert (fr, sr) == (old_root, new_root)


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """``SHA256(name 0A type key)``, its first four bytes (C2SP signed-note)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def cosigned_message(name: str, origin: str, timestamp: int, checkpoint: Checkpoint) -> bytes:
    """What an ML-DSA-44 line signs (C2SP tlog-cosignature): the whole tree as a subtree from 0."""

    def opaque(text: str) -> bytes:
        return bytes([len(text.encode())]) + text.encode()

    figures = (0).to_bytes(8, "big") + checkpoint.size.to_bytes(8, "big") + checkpoint.root
    return b"subtree/v1\n\x00" + opaque(name) + timestamp.to_bytes(8, "big") + opaque(origin) + figures


class MemoryLogSigner:
    """The port ``LogSigner`` with real keys. ``last`` is what the signer's own disk would keep."""

    def __init__(self, origin: str = ORIGIN, seed: bytes = SEED) -> None:
        self.origin = origin
        self._ed25519 = Ed25519PrivateKey.from_private_bytes(seed)
        self._mldsa44 = MLDSA44PrivateKey.from_seed_bytes(hashlib.sha256(seed).digest())
        self.last: tuple[int, bytes] | None = None
        self.signed: list[tuple[int, bytes]] = []
        self.held = ""
        self.closed = 0
        self.timestamp = 1_700_000_000

    @property
    def keys(self) -> LogKeys:
        return LogKeys(
            self.origin, self._ed25519.public_key().public_bytes_raw(), self._mldsa44.public_key().public_bytes_raw()
        )

    def ready(self) -> str:
        return self.held

    def last_signed(self) -> tuple[int, bytes] | None:
        return self.last

    def sign_checkpoint(self, size: int, root: bytes, proof: Sequence[bytes]) -> tuple[str, ...]:
        if self.last is not None:
            if size < self.last[0]:
                raise RefusedError("the head is behind the last one signed", found=size, expected=self.last[0])
            try:
                check_consistency(self.last[0], size, proof, self.last[1], root)
            except (AssertionError, IndexError) as error:
                raise RefusedError("the head does not extend the last one signed") from error
        self.last = (size, root)
        self.signed.append(self.last)
        checkpoint = Checkpoint(self.origin, size, root)
        line = self._ed25519.sign(body(checkpoint).encode())
        message = cosigned_message(self.origin, self.origin, self.timestamp, checkpoint)
        post = self.timestamp.to_bytes(8, "big") + self._mldsa44.sign(message)
        return (self._line(1, self.keys.ed25519, line), self._line(6, self.keys.mldsa44, post))

    def close(self) -> None:
        self.closed += 1

    def _line(self, kind: int, public: bytes, payload: bytes) -> str:
        coded = base64.b64encode(key_id(self.origin, kind, public) + payload).decode()
        return f"\u2014 {self.origin} {coded}"


class CryptoVerifier:
    """The port ``NoteVerifier`` on pyca/cryptography."""

    def verify(self, note: bytes, keys: LogKeys) -> tuple[str, ...]:
        signed = read_note(note)
        held = []
        for line in signature_lines(note):
            if line.name != keys.origin:
                continue
            try:
                if line.key_id == key_id(keys.origin, 1, keys.ed25519):
                    Ed25519PublicKey.from_public_bytes(keys.ed25519).verify(
                        line.payload, body(signed.checkpoint).encode()
                    )
                    held.append("ed25519")
                elif keys.mldsa44 and line.key_id == key_id(keys.origin, 6, keys.mldsa44):
                    timestamp = int.from_bytes(line.payload[:8], "big")
                    message = cosigned_message(keys.origin, signed.checkpoint.origin, timestamp, signed.checkpoint)
                    MLDSA44PublicKey.from_public_bytes(keys.mldsa44).verify(line.payload[8:], message)
                    held.append("mldsa44")
            except InvalidSignature as error:
                raise CheckpointDamagedError("a signature of the log does not hold") from error
        if not {"ed25519"} | ({"mldsa44"} if keys.mldsa44 else set()) <= set(held):
            raise CheckpointDamagedError("the log did not sign this checkpoint", found=", ".join(held) or "no line")
        return tuple(held)
