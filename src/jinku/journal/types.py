"""What the journal speaks of: tree heads, entries with their places, answers of its verbs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

__all__ = [
    "Checkpoint",
    "Cosigned",
    "Filter",
    "Flushed",
    "LogEntry",
    "LogKeys",
    "SignedCheckpoint",
    "VerifyReport",
    "log_name",
    "origin_number",
    "origin_of",
]

_ORIGIN = re.compile(r"([^/]+)(?:/([1-9][0-9]{18}))?", re.ASCII)


def origin_of(deployment: str, number: int = 1) -> str:
    """The name of a deployment's log: origin line and key name alike.

    A later origin of it has for a number the second (since 1970) in which it was named, and nine random digits.

    >>> origin_of("0193ab5e-0000-7000-8000-000000000000"), origin_of("b", 1_764_000_000_123_456_789)
    ('0193ab5e-0000-7000-8000-000000000000.jinku', 'b.jinku/1764000000123456789')
    """
    return f"{deployment}.jinku" if number == 1 else f"{deployment}.jinku/{number}"


def origin_number(origin: str) -> int:
    """Which origin of its log it is, 1 for the first; 0 for a text that names none.

    >>> origin_number("b.jinku"), origin_number("b.jinku/1764000000123456789"), origin_number("b.jinku/2")
    (1, 1764000000123456789, 0)
    """
    match = _ORIGIN.fullmatch(origin)
    return int(match[2] or 1) if match else 0


def log_name(origin: str) -> str:
    """The first origin of its log, by which entries call the log whatever origin it has now.

    >>> log_name("b.jinku/1764000000123456789"), log_name("example.com/log")
    ('b.jinku', 'example.com/log')
    """
    return origin.partition("/")[0] if origin_number(origin) else origin


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: how many leaves, and their root (32 bytes, RFC 6962)."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A tree head and the signed note that carries it, to the byte."""

    checkpoint: Checkpoint
    note: bytes

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self.checkpoint.size

    @property
    def root(self) -> bytes:
        """The root."""
        return self.checkpoint.root


@dataclass(frozen=True, slots=True)
class Cosigned:
    """What the witnesses answered: the note with every line that holds, who of the outside ones gave one, the log's own
    heads (witness, note) that those know who did not cosign, and why each of them did not."""

    note: bytes
    by: tuple[str, ...]
    heads: tuple[tuple[str, bytes], ...] = ()
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The public keys of the log that a verifier was given: Ed25519 (32 bytes), ML-DSA-44 (1,312 bytes or empty)."""

    origin: str
    ed25519: bytes
    mldsa44: bytes = b""

    @property
    def name(self) -> str:
        """The log's first origin, by which its entries call it, whatever origin it has now."""
        return log_name(self.origin)

    def of(self, origin: str) -> LogKeys | None:
        """The same keys under this origin, when it is this one or an earlier one of the log."""
        if origin == self.origin:
            return self
        earlier = 0 < origin_number(origin) < origin_number(self.origin)
        return replace(self, origin=origin) if earlier and log_name(origin) == self.name else None

    def later(self, origin: str) -> LogKeys | None:
        """The same keys under this origin, when it is a later one of the log."""
        later = 0 < origin_number(self.origin) < origin_number(origin)
        return replace(self, origin=origin) if later and log_name(origin) == self.name else None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry and its place; ``index`` is None while it waits for the sequencer."""

    index: int | None
    kind: str
    subject: str
    actor: str
    created_at_ms: int
    digest: bytes
    content: bytes

    def as_document(self) -> dict[str, object]:
        """The entry for ``--json``; its own bytes stand in ``entry``, so that their hash can be taken again."""
        return {
            "index": self.index,
            "leaf": self.digest.hex(),
            "kind": self.kind,
            "subject": self.subject,
            "actor": self.actor,
            "ts": str(self.created_at_ms),
            "entry": self.content.decode("utf-8", "replace"),
        }


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries: of one subject, actor or kind (``vault.*`` for a whole family), within [since, until)."""

    subject: str | None = None
    actor: str | None = None
    kind: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How the log stands in the database, at one moment."""

    waiting: int  # entries without a place
    size: int  # entries with one: dense, from 0
    head: SignedCheckpoint | None  # the last checkpoint recorded


@dataclass(frozen=True, slots=True)
class Flushed:
    """What one run of the sequencer did. ``held`` says why nothing could be published, empty otherwise."""

    integrated: int
    head: SignedCheckpoint | None
    waiting: int = 0
    held: str = ""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What ``verify`` read and found sound."""

    size: int
    root: bytes
    tiles: int
    bundles: int
    checkpoints: int
    rows: int
    waiting: int
    signatures: Mapping[str, Any] = field(default_factory=dict)
    profile: str = "dev"
    warnings: tuple[str, ...] = ()
