"""What anchors are made of."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from jinku.core import JinkuError, domain_digest
from jinku.journal import notes
from jinku.journal.types import Checkpoint

__all__ = ["ANCHOR_TAG", "Anchor", "AnchorKind", "AnchorState", "Looked", "Proof", "Said", "SourceFacts", "anchored"]

ANCHOR_TAG = "jinku/anchor/1"


class AnchorKind(StrEnum):
    """Where a checkpoint's digest is shown."""

    RFC3161 = "rfc3161"
    OTS = "ots"
    EVM = "evm"


class AnchorState(StrEnum):
    """Whether the proof stands by itself, waits for its block, or gets none: another transaction has its nonce."""

    PENDING = "pending"
    COMPLETE = "complete"
    SUPERSEDED = "superseded"


def anchored(checkpoint: Checkpoint) -> bytes:
    """The digest that is anchored: the checkpoint's three lines, no signature, under a tag of their own.

    >>> anchored(Checkpoint("a.jinku", 1, bytes(32))).hex()[:16]
    '1777acd6c9284bca'
    """
    return domain_digest(ANCHOR_TAG, notes.body(checkpoint).encode())


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as its kind writes it to a file; ``extra`` is what came later to complete it (from a block)."""

    state: AnchorState
    data: bytes
    extra: bytes = b""

    @property
    def digest(self) -> str:
        """SHA-256 over both: what entries name."""
        return hashlib.sha256(self.data + self.extra).hexdigest()


@dataclass(frozen=True, slots=True)
class Said:
    """What a proof shows: when at the latest the checkpoint stood, and what is to be compared elsewhere."""

    state: AnchorState
    at: datetime.datetime | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A checkpoint's anchor at one place, as the database has it."""

    size: int
    root: bytes
    kind: AnchorKind
    place: str
    proof: Proof
    created_at_ms: int
    updated_at_ms: int


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """A configured source: its place (a URL), and what is pinned for it. A removed one is not ``active``."""

    kind: AnchorKind
    place: str
    pins: Mapping[str, str] = field(default_factory=dict)
    active: bool = True


@dataclass(frozen=True, slots=True)
class Looked:
    """An anchor, and what its proof says or why it does not hold."""

    anchor: Anchor
    said: Said | None
    error: JinkuError | None = None
