"""What store hands out: entries, outbox messages, leases, the state of a schema."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Entry", "Lease", "OutboxMessage", "SchemaStatus"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One appended entry. ``content`` is canonical JSON (RFC 8785), ``digest`` is SHA256(00 ‖ content)."""

    row_id: int
    kind: str
    subject: str
    content: bytes
    digest: bytes
    created_at_ms: int
    actor: str = ""
    leaf_index: int | None = None  # its place in the journal; None until the sequencer gave it one


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One message that waits for its reader; committed with the rows it speaks of."""

    row_id: int
    topic: str
    payload: bytes
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on one task until ``until_ms``. A later lease of the same task has a greater ``fence``."""

    row_id: int
    topic: str
    key: str
    payload: bytes
    attempts: int  # this one included
    fence: int
    owner: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """The revision a database stands at (empty before the first migration) and the one this program needs."""

    found: str
    expected: str

    @property
    def current(self) -> bool:
        """True when nothing is to be migrated."""
        return self.found == self.expected
