"""The unit of work: one transaction that commits domain rows, their entry and their outbox message together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, insert, select
from sqlalchemy import delete as sql_delete

from jinku import _native
from jinku.core import Json, UsageError, canonical_bytes
from jinku.store.backend import Backend
from jinku.store.errors import EntryChangedError
from jinku.store.owner import owner_is_alive
from jinku.store.tables import entries, outbox
from jinku.store.types import Entry, OutboxMessage

__all__ = ["MAX_ENTRY_BYTES", "Unit"]

MAX_ENTRY_BYTES = 65_535
_PAGE = 1_000
_RESERVED = frozenset({"actor", "kind", "subject", "ts", "v"})
_FIELDS = ("kind", "subject", "content", "digest", "created_at_ms", "actor")  # in the order of the fields of Entry
_ENTRY = tuple(entries.c[name] for name in ("id", *_FIELDS, "leaf_index"))


class Unit:
    """An open transaction. Rooms' adapters work on ``connection``; nothing is seen outside before the commit."""

    def __init__(self, connection: Connection, now_ms: int, writable: bool, backend: Backend, actor: str = "") -> None:
        """Wrap a connection whose transaction has begun."""
        self.connection = connection
        self.now_ms = now_ms
        self.writable = writable
        self._backend = backend
        self.actor = actor
        self.appended = 0  # entries so far

    def owner_is_alive(self, owner: str) -> bool:
        """False only when the owner of a task certainly died. Whoever writes a home's file runs on this very kernel."""
        return owner_is_alive(owner, one_kernel=self.one_kernel)

    @property
    def one_kernel(self) -> bool:
        """Everybody who works on this database runs on this kernel: SQLite's log is memory that they share."""
        return self._backend.name == "sqlite"

    def hold(self, resource: str) -> None:
        """Until the unit ends no other unit holds ``resource``: for rules over rows that do not stand yet.

        Called before the first look at what it guards. On SQLite a unit is the only writer, and holds everything.
        """
        self._backend.hold(self.connection, resource)

    def locked(self, query: Select[Any]) -> Select[Any]:
        """The query; in a unit that writes its rows stay as they are read until the unit ends."""
        return query.with_for_update(key_share=True) if self.writable else query

    def append_entry(self, kind: str, subject: str, facts: Mapping[str, Json]) -> Entry:
        """The entry stands when the unit commits: ``facts`` with kind, subject, ts and v; no personal data.

        Row ids rise within a subject as its units commit. Over subjects they have gaps and are in no order.
        """
        fields = self._fields(kind, subject, facts)
        row = dict(zip(_FIELDS, fields, strict=True))
        self.appended += 1
        return Entry(self._backend.insert_entry(self.connection, row), *fields)

    def append_entries(self, asked: Sequence[tuple[str, str, Mapping[str, Json]]]) -> Sequence[int]:
        """Each (kind, subject, facts) as by ``append_entry``, in this order, and faster; the row ids."""
        if not asked:
            return ()
        ids = self._backend.reserve_entries(self.connection, [subject for _, subject, _ in asked])
        rows: list[Any] = _native.new_entry_rows(ids, asked, self.now_ms, self.actor, MAX_ENTRY_BYTES)
        if None in rows:  # rare, or wrong: the other way has the words for it
            rows = [row or (ids[place], *self._fields(*asked[place])) for place, row in enumerate(rows)]
        self.insert_rows(entries, ("id", *_FIELDS), rows)
        self.appended += len(rows)
        return ids

    def _fields(self, kind: str, subject: str, facts: Mapping[str, Json]) -> tuple[str, str, bytes, bytes, int, str]:
        """An entry's columns, in the order of ``_FIELDS``."""
        reserved = _RESERVED & facts.keys()
        if reserved:
            raise UsageError(
                "an entry's facts use a reserved name", found=", ".join(sorted(reserved)), expected="other names"
            )
        who: dict[str, Json] = {"actor": self.actor} if self.actor else {}
        content = canonical_bytes({**facts, **who, "kind": kind, "subject": subject, "ts": str(self.now_ms), "v": 1})
        if len(content) > MAX_ENTRY_BYTES:
            raise UsageError(
                "an entry is too long", found=f"{len(content)} bytes", expected=f"at most {MAX_ENTRY_BYTES}"
            )
        return kind, subject, content, hashlib.sha256(b"\x00" + content).digest(), self.now_ms, self.actor

    def entries(self, kind: str | None = None, subject: str | None = None) -> Iterator[Entry]:
        """The entries in the order of their places, then those that wait; optionally of one kind or subject.

        Row ids are no order: an entry taken back from the tiles has a younger row. EntryChangedError when a row's
        hash or columns are not those of its content.
        """
        base = select(*_ENTRY)
        if kind is not None:
            base = base.where(entries.c.kind == kind)
        if subject is not None:
            base = base.where(entries.c.subject == subject)
        place = entries.c.leaf_index
        # read first: on PostgreSQL one that waits may get its place before the last page was read
        waits = {row.id: row for row in self.connection.execute(base.where(place.is_(None)).order_by(entries.c.id))}
        after = -1
        while True:
            rows = self.connection.execute(base.where(place > after).order_by(place).limit(_PAGE)).all()
            for row in rows:
                waits.pop(row.id, None)
                yield _whole(Entry(*row))
            if len(rows) < _PAGE:
                break
            after = rows[-1].leaf_index
        for row in waits.values():
            yield _whole(Entry(*row))

    def has_entry(self, kind: str, subject: str) -> bool:
        """An entry of this kind about this subject stands; what its row holds besides is not looked at."""
        query = select(entries.c.id).where(entries.c.subject == subject, entries.c.kind == kind).limit(1)
        return self.connection.execute(query).first() is not None

    def subjects(self, kind: str, places: range | None = None) -> tuple[str, ...]:
        """Whom the entries of a kind are about, each once. Reads all entries, or those in ``places`` of the log."""
        query = select(entries.c.subject).where(entries.c.kind == kind).distinct().order_by(entries.c.subject)
        if places is not None:
            query = query.where(entries.c.leaf_index >= places.start, entries.c.leaf_index < places.stop)
        return tuple(self.connection.execute(query).scalars())

    def entries_about(self, kind: str, subjects: Sequence[str]) -> Iterator[Entry]:
        """The entries of a kind about any of these subjects; those of one subject in the order of ``entries``."""
        place = entries.c.leaf_index
        for at in range(0, len(subjects), _PAGE):
            some = entries.c.subject.in_(subjects[at : at + _PAGE])
            query = select(*_ENTRY).where(some, entries.c.kind == kind).order_by(place.is_(None), place, entries.c.id)
            for row in self.connection.execute(query).all():
                yield _whole(Entry(*row))

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
        """All rows stand in ``table``: the fast way in for bulk work, by tuples in the order of ``columns``.

        With ``skip_known`` a row whose key already stands is left as it is.
        """
        if rows:
            self._backend.insert_rows(self.connection, table, columns, rows, skip_known)


def _whole(entry: Entry) -> Entry:
    """The entry, after its hash and columns were found to be those of its content."""
    content, columns = entry.content, (entry.kind, entry.subject, str(entry.created_at_ms), entry.actor)
    same = type(content) is bytes and hashlib.sha256(b"\x00" + content).digest() == entry.digest
    if not same or _columns(content) != columns:
        place = "waits" if entry.leaf_index is None else f"has place {entry.leaf_index}"
        raise EntryChangedError(
            "an entry in the database was changed",
            found=f"row {entry.row_id}, which {place}",
            expected="a hash and columns that are those of its content",
            advice="run `jinku journal verify`, which names what was changed; compare the database with a backup",
            fields={"row": entry.row_id},
        )
    return entry


def _columns(content: bytes) -> tuple[object, ...]:
    """Kind, subject, time and actor, as an entry itself says them; nothing when it is none."""
    try:
        said = json.loads(content)
        return said["kind"], said["subject"], said["ts"], said.get("actor", "")
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return ()


def _new_id(key: Sequence[object] | None) -> int:
    value = key[0] if key else None
    if not isinstance(value, int):
        raise UsageError("the database gave no row id", found=repr(value), expected="a whole number")
    return value
