"""A trust root that somebody was handed: the only thing that a check by ``--trust-root`` believes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from jinku import _native
from jinku.core import IntegrityError, JinkuError, canonical_bytes
from jinku.journal.errors import CheckpointDamagedError, TrustRootRefusedError
from jinku.journal.notes import read_note
from jinku.journal.types import LogKeys, SignedCheckpoint

__all__ = ["PinnedTrust", "fingerprint_words"]

_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aiou"


def fingerprint_words(digest: bytes) -> str:
    """Proquints of the first 128 bits, as docs/reference/trust-root.md has them.

    >>> fingerprint_words(bytes([127, 0, 0, 1] * 4))
    'lusab-babad-lusab-babad-lusab-babad-lusab-babad'
    """
    found = []
    for at in range(0, 16, 2):
        bits = int.from_bytes(digest[at : at + 2], "big")
        first, second, third = (_CONSONANTS[bits >> shift & 15] for shift in (12, 6, 0))
        found.append(first + _VOWELS[bits >> 10 & 3] + second + _VOWELS[bits >> 4 & 3] + third)
    return "-".join(found)


@dataclass(frozen=True, slots=True)
class PinnedTrust:
    """Whom to believe. As a ``NoteVerifier`` it believes its own log keys, of what it is handed only the name."""

    data: bytes
    root: Mapping[str, Any]
    digest: bytes
    expired: bool

    @classmethod
    def open(cls, data: bytes, now_ms: int, fingerprint: str = "") -> Self:
        """The trust root of a file, after its fingerprint (hex or words), or else its admins' signatures, held."""
        try:
            root = json.loads(data)["root"]
            digest = _native.trust_root_digest(canonical_bytes(root))
            _check_signed(data, now_ms, told=bool(fingerprint))
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise TrustRootRefusedError(
                "this is no trust root", found=type(error).__name__, expected="what `jinku trust export` wrote"
            ) from None
        except JinkuError as error:
            raise TrustRootRefusedError(
                error.what,
                found=error.found,
                expected=error.expected,
                advice="give the fingerprint that you were told by another way: --fingerprint",
            ) from error
        if fingerprint.strip().lower() not in ("", digest.hex(), fingerprint_words(digest)):
            raise TrustRootRefusedError(
                "this is not the trust root that was meant",
                found=f"{digest.hex()} ({fingerprint_words(digest)})",
                expected=fingerprint[:80],
                advice="believe nothing of it; ask the operator by another way for both",
            )
        try:
            _native.check_trust_root_fresh(data, now_ms)
            expired = False
        except IntegrityError:
            expired = True
        return cls(data, root, digest, expired)

    @property
    def keys(self) -> LogKeys:
        """The log's name and its Ed25519 key, which signs hand-overs; of notes ``verify`` wants every key."""
        read = [_native.parse_vkey(str(vkey)) for vkey in self.root["journal"]["keys"]]
        ed25519 = [public for _, algorithm, _, public in read if algorithm == "ed25519"]
        return LogKeys(str(self.root["journal"]["origin"]), ed25519[0] if ed25519 else b"")

    @property
    def deployment(self) -> str:
        """Its id."""
        return str(self.root["deployment"])

    @property
    def quorum(self) -> int:
        """How many witnesses from outside have to cosign; 0 in profile ``dev``."""
        return int(self.root["quorum"])

    def verify(self, note: bytes, keys: LogKeys) -> tuple[str, ...]:
        """Each key of the pinned log signed the note. CheckpointDamagedError otherwise."""
        wanted = [_under(keys.origin, str(vkey)) for vkey in self.root["journal"]["keys"]]
        try:
            _, signed = _native.verify_note(note, wanted)
        except JinkuError as error:
            raise CheckpointDamagedError(error.what, found=error.found, expected=error.expected) from error
        missing = [_native.parse_vkey(vkey)[1] for n, vkey in enumerate(wanted) if n not in {by for by, _ in signed}]
        if missing:
            raise CheckpointDamagedError(
                "a key of the log did not sign", found=f"no line by {', '.join(missing)}", expected="a line by each"
            )
        return tuple(_native.parse_vkey(vkey)[1] for vkey in wanted)

    def check(self, note: bytes) -> tuple[SignedCheckpoint, tuple[str, ...]]:
        """The checkpoint that the log and enough witnesses signed, and the names of those from outside."""
        try:
            _, _, _, witnesses, _ = _native.check_trusted_checkpoint(self.data, note)
        except JinkuError as error:
            raise CheckpointDamagedError(error.what, found=error.found, expected=error.expected) from error
        return read_note(note), tuple(name for name, outside, _ in witnesses if outside)


def _under(origin: str, vkey: str) -> str:
    """The same key as a verifier key of this origin of the log."""
    name, algorithm, _, public = _native.parse_vkey(vkey)
    return vkey if name == origin else _native.make_vkey(origin, algorithm, public)


def _check_signed(data: bytes, now_ms: int, told: bool) -> None:
    """The trust root has its form, and enough of its own admins signed it; whoever was told its fingerprint needs none.

    A signature of an admin that does not hold is refused either way.
    """
    try:
        _native.open_trust_root(data, now_ms)
    except IntegrityError as error:
        if not (told and error.code == "trust.unsigned"):
            raise
