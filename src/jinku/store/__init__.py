"""The system of record: one database, one unit of work, a lease queue, an outbox, an append-only list of entries.

>>> import tempfile, pathlib
>>> from jinku.core import ManualClock
>>> from jinku.store import Database
>>> home = pathlib.Path(tempfile.mkdtemp())
>>> with Database.create(home / "jinku.db", ManualClock(1_700_000_000_000)) as database:
...     with database.unit() as unit:  # one transaction: all of it, or none
...         entry = unit.append_entry("example.made", "example-1", {"count": 3})
...         message = unit.publish("example", {"entry": entry.digest.hex()})
...     with database.read() as unit:
...         [(e.kind, e.content) for e in unit.entries()], [m.topic for m in unit.outbox()]
([('example.made', b'{"count":3,"kind":"example.made","subject":"example-1","ts":"1700000000000","v":1}')], ['example'])
"""

from jinku.store.claims import Claim, claims, give_up
from jinku.store.database import Database
from jinku.store.errors import (
    ConcurrentChangeError,
    DatabaseAccessError,
    DatabaseBusyError,
    DatabaseDamagedError,
    DatabaseMissingError,
    DatabaseUnreachableError,
    DiskFullError,
    EntryChangedError,
    LeaseLostError,
    NotDurableError,
    ReadOnlyHomeError,
    SchemaNewerError,
    SchemaOlderError,
)
from jinku.store.metadata import metadata
from jinku.store.owner import Fate, current_owner, owner_is_alive
from jinku.store.place import DatabaseUrl, DatabaseUrlError, Place
from jinku.store.queue import Queue, due_topics, next_due_ms
from jinku.store.types import Entry, Lease, OutboxMessage, SchemaStatus
from jinku.store.unit import MAX_ENTRY_BYTES, Unit

__all__ = [
    "MAX_ENTRY_BYTES",
    "Claim",
    "ConcurrentChangeError",
    "Database",
    "DatabaseAccessError",
    "DatabaseBusyError",
    "DatabaseDamagedError",
    "DatabaseMissingError",
    "DatabaseUnreachableError",
    "DatabaseUrl",
    "DatabaseUrlError",
    "DiskFullError",
    "Entry",
    "EntryChangedError",
    "Fate",
    "Lease",
    "LeaseLostError",
    "NotDurableError",
    "OutboxMessage",
    "Place",
    "Queue",
    "ReadOnlyHomeError",
    "SchemaNewerError",
    "SchemaOlderError",
    "SchemaStatus",
    "Unit",
    "claims",
    "current_owner",
    "due_topics",
    "give_up",
    "metadata",
    "next_due_ms",
    "owner_is_alive",
]
