"""The unit of work: one transaction that commits domain rows, their entry and their outbox message together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, Table, insert, select
from sqlalchemy import delete as sql_delete

from jinku.core import Json, UsageError, canonical_bytes
from jinku.store.tables import entries, outbox
from jinku.store.types import Entry, OutboxMessage

__all__ = ["Unit"]

MAX_ENTRY_BYTES = 65_535
_PAGE = 1_000


class Unit:
    """An open transaction. Rooms' adapters work on ``connection``; nothing is seen outside before the commit."""

    def __init__(self, connection: Connection, now_ms: int, writable: bool) -> None:
        """Wrap a connection whose transaction has begun."""
        self.connection = connection
        self.now_ms = now_ms
        self.writable = writable

    def append_entry(self, kind: str, subject: str, facts: Mapping[str, Json]) -> Entry:
        """The entry stands when the unit commits: ``facts`` with kind, subject, ts and v; no personal data."""
        reserved = {"kind", "subject", "ts", "v"} & facts.keys()
        if reserved:
            raise UsageError("an entry's facts use a reserved name", found=", ".join(sorted(reserved)))
        content = canonical_bytes({**facts, "kind": kind, "subject": subject, "ts": str(self.now_ms), "v": 1})
        if len(content) > MAX_ENTRY_BYTES:
            raise UsageError(
                "an entry is too long", found=f"{len(content)} bytes", expected=f"at most {MAX_ENTRY_BYTES}"
            )
        digest = hashlib.sha256(b"\x00" + content).digest()
        row = {"kind": kind, "subject": subject, "digest": digest, "content": content, "created_at_ms": self.now_ms}
        result = self.connection.execute(insert(entries).values(**row))
        return Entry(_new_id(result.inserted_primary_key), kind, subject, content, digest, self.now_ms)

    def entries(self, kind: str | None = None, subject: str | None = None) -> Iterator[Entry]:
        """The entries in the order they were appended, optionally of one kind or subject."""
        after = 0
        while True:
            query = select(entries).where(entries.c.id > after).order_by(entries.c.id).limit(_PAGE)
            if kind is not None:
                query = query.where(entries.c.kind == kind)
            if subject is not None:
                query = query.where(entries.c.subject == subject)
            rows = self.connection.execute(query).all()
            for row in rows:
                yield Entry(row.id, row.kind, row.subject, row.content, row.digest, row.created_at_ms)
            if len(rows) < _PAGE:
                return
            after = rows[-1].id

    def publish(self, topic: str, payload: Mapping[str, Json]) -> OutboxMessage:
        """The message waits in the outbox from the commit on."""
        content = canonical_bytes(payload)
        row = {"topic": topic, "payload": content, "created_at_ms": self.now_ms}
        result = self.connection.execute(insert(outbox).values(**row))
        return OutboxMessage(_new_id(result.inserted_primary_key), topic, content, self.now_ms)

    def outbox(self, topic: str | None = None, limit: int = _PAGE) -> tuple[OutboxMessage, ...]:
        """The oldest messages that wait."""
        query = select(outbox).order_by(outbox.c.id).limit(limit)
        if topic is not None:
            query = query.where(outbox.c.topic == topic)
        rows = self.connection.execute(query).all()
        return tuple(OutboxMessage(row.id, row.topic, row.payload, row.created_at_ms) for row in rows)

    def acknowledge(self, message: OutboxMessage) -> None:
        """The message was delivered and waits no longer. A reader that dies before this gets it again."""
        self.connection.execute(sql_delete(outbox).where(outbox.c.id == message.row_id))

    def insert_rows(
        self, table: Table, columns: Sequence[str], rows: Sequence[tuple[object, ...]], skip_known: bool = False
    ) -> None:
        """All rows stand in ``table``, by one prepared statement: the fast way in for bulk work.

        With ``skip_known`` a row whose key already stands is left as it is.
        """
        if not rows:
            return
        mark = "?" if self.connection.dialect.paramstyle == "qmark" else "%s"
        names = ", ".join(table.c[name].name for name in columns)
        marks = ", ".join(mark for _ in columns)
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608  names come from the table itself
        if skip_known:
            statement += " ON CONFLICT DO NOTHING"
        self.connection.exec_driver_sql(statement, rows if isinstance(rows, list) else list(rows))


def _new_id(key: Sequence[object] | None) -> int:
    value = key[0] if key else None
    if not isinstance(value, int):
        raise UsageError("the database gave no row id", found=repr(value))
    return value
