"""What store hands out: entries, outbox messages, leases, the state of a schema."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeVar

from jinku.store.errors import EntryChangedError

__all__ = ["Entry", "Lease", "OutboxMessage", "SchemaStatus"]

Fact = TypeVar("Fact")


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

    def said(self, name: str, kind: type[Fact]) -> Fact:
        """One fact that an entry of this kind always has; EntryChangedError when it has not, or one of another type."""
        value = json.loads(self.content).get(name)
        if type(value) is not kind:
            raise self.odd(f"{name}: {type(value).__name__}", kind.__name__)
        return value

    def odd(self, found: str, expected: str) -> EntryChangedError:
        """The error for an entry that was appended in no form of its kind: whoever can insert a row can do that."""
        return EntryChangedError(
            f"an entry does not say what its kind says: entry {self.kind}, row {self.row_id}, leaf {self.digest.hex()}",
            found=found,
            expected=expected,
            advice="no command of Jinku leaves this: find out who wrote to the database",
            fields={"row": self.row_id},
        )


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
