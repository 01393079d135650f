"""The order of the entries in SQL: the same statements on SQLite and PostgreSQL."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, insert, select, text, update

from jinku import _native
from jinku.core import ConflictError, Json
from jinku.journal.adapters.entry_queries import filtered, places
from jinku.journal.adapters.tables import journal_checkpoint
from jinku.journal.errors import CheckpointDamagedError, EntryDamagedError
from jinku.journal.notes import read_note
from jinku.journal.ports import EntryRow, LostEntry, Said
from jinku.journal.types import Filter, LogEntry, SignedCheckpoint, Standing
from jinku.store import Database, Lease, LeaseLostError, Queue, Unit
from jinku.store.tables import entries, queue

__all__ = ["SqlLogRows"]

_TOPIC, _KEY = "journal", "sequencer"
_PAGE = 1_000
_COLUMNS = (
    entries.c.leaf_index,
    entries.c.kind,
    entries.c.subject,
    entries.c.actor,
    entries.c.created_at_ms,
    entries.c.digest,
    entries.c.content,
)
_STANDING = text(
    "SELECT (SELECT count(*) FROM entries WHERE leaf_index IS NULL), (SELECT max(leaf_index) FROM entries), "
    "(SELECT note FROM journal_checkpoint ORDER BY size DESC LIMIT 1)"
)
_ASSIGN = text(
    "UPDATE entries SET leaf_index = :base + w.n FROM ("
    "SELECT p.id AS id, row_number() OVER (ORDER BY p.id) - 1 AS n FROM ("
    "SELECT id FROM entries WHERE leaf_index IS NULL ORDER BY id LIMIT :limit) AS p) AS w WHERE entries.id = w.id"
)
_STAND = text(
    "UPDATE entries SET leaf_index = :place WHERE id = :row AND leaf_index IS NULL AND content = :content "
    "AND kind = :kind AND subject = :subject AND actor = :actor AND created_at_ms = :at_ms"
)


class SqlLogRows:
    """Implements the port ``LogRows``."""

    def __init__(self, database: Database) -> None:
        """Work on this database; each method is a transaction."""
        self._database = database
        self._queue = Queue(_TOPIC)

    def standing(self) -> Standing:
        """How many entries wait, how many have their place, and the last checkpoint: in one statement."""
        with self._database.read() as unit:
            waiting, last, note = unit.connection.execute(_STANDING).one()
        return Standing(waiting, 0 if last is None else last + 1, None if note is None else read_note(_bytes(note)))

    def size(self) -> int:
        """How many entries have their place."""
        with self._database.read() as unit:
            return _size(unit)

    def lease(self, owner: str, lease_ms: int) -> Lease | None:
        """The right to sequence; a dead holder's is free at once.

        It needs no disk. What a power cut takes back nobody holds any more, or, where only the database's machine was
        cut, its holder meets LeaseLostError at its next commit. The places given under it are durable, and bring it
        there.
        """
        with self._database.unit(durable=False) as unit:
            leases = self._queue.lease(unit, owner, lease_ms)
            if not leases:
                self._make_free(unit)
                leases = self._queue.lease(unit, owner, lease_ms)
            return leases[0] if leases else None

    def _make_free(self, unit: Unit) -> None:
        """The right exists, and no dead process holds it."""
        if self._queue.size(unit) == 0:
            row = (_TOPIC, _KEY, b"{}", 0, 0, 0, "", 0, "")
            columns = tuple(column.name for column in queue.c if column.name != "id")
            unit.insert_rows(queue, columns, [row], skip_known=True)
        self._queue.release_dead(unit)

    def holds(self, lease: Lease) -> None:
        """The right is still ours; a look that writes nothing."""
        with self._database.read() as unit:
            _hold(unit, lease)

    def extend(self, lease: Lease, lease_ms: int) -> Lease:
        """The same right, longer."""
        with self._database.unit(durable=False) as unit:
            _hold(unit, lease)
            return self._queue.extend(unit, lease, lease_ms)

    def release(self, lease: Lease) -> None:
        """Whoever wants it may have it."""
        with self._database.unit(durable=False) as unit:
            _hold(unit, lease)
            self._queue.release(unit, lease)

    def assign(self, lease: Lease, limit: int) -> int:
        """Up to ``limit`` waiting entries have the next places, by id."""
        with self._database.unit() as unit:
            _hold(unit, lease)
            return unit.connection.execute(_ASSIGN, {"base": _size(unit), "limit": limit}).rowcount

    def contents(self, start: int, count: int) -> tuple[list[bytes], bytes]:
        """The entries of these places and their leaf hashes, each taken anew and compared."""
        query = select(entries.c.leaf_index, entries.c.content, entries.c.digest)
        rows = self._rows(places(query, start, count))
        found = _native.placed_entries(rows, start)  # SQLite keeps any type in any column
        if found is not None:
            return found
        raise next(filter(None, (_wrong(place, *row) for place, row in enumerate(rows, start))))

    def read(self, start: int, count: int) -> list[EntryRow]:
        """The rows of these places, as they stand."""
        return self._rows(places(select(*_COLUMNS), start, count))

    def find(self, wanted: Filter, after: int = -1, waiting: bool = True) -> Iterator[LogEntry]:
        """The entries that match; those that wait come last."""
        query = filtered(select(*_COLUMNS), wanted)
        while True:
            page = query.where(entries.c.leaf_index > after).order_by(entries.c.leaf_index).limit(_PAGE)
            rows = self._rows(page)
            for row in rows:
                yield LogEntry(*row)
            if len(rows) < _PAGE:
                break
            after = rows[-1][0]
        if waiting:
            for row in self._waiting(filtered(select(*_COLUMNS, entries.c.id), wanted)):
                yield LogEntry(*row[:-1])

    def last(self, wanted: Filter, count: int) -> list[LogEntry]:
        """The last entries that match, in order."""
        query = filtered(select(*_COLUMNS), wanted).where(entries.c.leaf_index >= 0)
        rows = self._rows(query.order_by(entries.c.leaf_index.desc()).limit(count))
        return [LogEntry(*row) for row in reversed(rows)]

    def _rows(self, query: Select[Any]) -> list[Any]:
        """The rows as the driver gives them: in bulk half of the time goes into anything nicer."""
        with self._database.read() as unit, unit.connection.execute(query) as result:
            return list(result.cursor.fetchall())

    def by_digest(self, digest: bytes) -> LogEntry | None:
        """The entry with this leaf hash. Reads all entries: the hash has no index of its own."""
        rows = self._rows(select(*_COLUMNS).where(entries.c.digest == digest).limit(1))
        return LogEntry(*rows[0]) if rows else None

    def newest(self) -> SignedCheckpoint | None:
        """The last checkpoint recorded."""
        table = journal_checkpoint
        rows = self._rows(select(table.c.note).order_by(table.c.size.desc()).limit(1))
        return read_note(_bytes(rows[0][0])) if rows else None

    def checkpoints(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Size, root and note of every checkpoint recorded, by size."""
        table, after = journal_checkpoint, -1
        while True:
            query = select(table.c.size, table.c.root, table.c.note).where(table.c.size > after)
            rows = self._rows(query.order_by(table.c.size).limit(_PAGE))
            yield from ((size, _bytes(root), _bytes(note)) for size, root, note in rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1][0]

    def unplaced(self) -> Iterator[tuple[int, EntryRow]]:
        """The rows that wait, by id, with their ids; the place of each reads -1."""
        for row in self._waiting(select(*_COLUMNS, entries.c.id)):
            yield row[-1], (-1, *row[1:-1])

    def _waiting(self, query: Select[Any]) -> Iterator[Any]:
        """The rows without a place by their ids, which stand last."""
        last = 0
        while True:
            page = query.where(entries.c.leaf_index.is_(None), entries.c.id > last)
            rows = self._rows(page.order_by(entries.c.id).limit(_PAGE))
            yield from rows
            if len(rows) < _PAGE:
                return
            last = rows[-1][-1]

    def append(self, kind: str, subject: str, facts: Mapping[str, Json]) -> None:
        """An entry of the journal's own stands and waits."""
        with self._database.unit() as unit:
            unit.append_entry(kind, subject, facts)

    def restore(self, lease: Lease, lease_ms: int, start: int, lost: Sequence[LostEntry]) -> None:
        """Entries taken back from the tiles, in their places."""
        with self._database.unit() as unit:
            self._queue.extend(unit, lease, lease_ms)
            _place(unit, start, lost)

    def adopt(self, lease: Lease, start: int, lost: Sequence[LostEntry], signed: SignedCheckpoint, says: Said) -> None:
        """The last of them, the checkpoint over them, and the entry that says so."""
        with self._database.unit() as unit:
            _hold(unit, lease)
            _place(unit, start, lost)
            columns = ("size", "root", "note", "published_at_ms")
            row = (signed.size, signed.root, signed.note, unit.now_ms)
            unit.insert_rows(journal_checkpoint, columns, [row], skip_known=True)
            unit.append_entry(*says)

    def begin_origin(self, lease: Lease, start: int, says: Said) -> None:
        """The entry stands at the next place, before all that wait. ConflictError when ``start`` is not that."""
        with self._database.unit() as unit:
            _hold(unit, lease)
            if _size(unit) != start:
                raise ConflictError("the log grew meanwhile", found=_size(unit), expected=start, advice="try again")
            entry = unit.append_entry(*says)
            unit.connection.execute(update(entries).where(entries.c.id == entry.row_id).values(leaf_index=start))

    def record(self, lease: Lease, signed: SignedCheckpoint) -> None:
        """The checkpoint stands in the database."""
        with self._database.unit() as unit:
            _hold(unit, lease)
            row = {"size": signed.size, "root": signed.root, "note": signed.note, "published_at_ms": unit.now_ms}
            unit.connection.execute(insert(journal_checkpoint).values(**row))


def _place(unit: Unit, start: int, lost: Sequence[LostEntry]) -> None:
    """Each entry has its place: the row that waits with its hash, the oldest first, or a new one."""
    digests = [hashlib.sha256(b"\x00" + content).digest() for content, *_ in lost]
    wanted = set(digests)
    known: dict[bytes, deque[int]] = {}
    waiting = select(entries.c.id, entries.c.digest).where(entries.c.leaf_index.is_(None)).order_by(entries.c.id)
    for row_id, digest in unit.connection.execute(waiting) if lost else ():
        if digest in wanted:
            known.setdefault(digest, deque()).append(row_id)
    fresh: list[tuple[object, ...]] = []
    stand: list[dict[str, object]] = []
    for place, (digest, (content, *columns)) in enumerate(zip(digests, lost, strict=True), start):
        if known.get(digest):
            bound = dict(zip(("kind", "subject", "actor", "at_ms"), columns, strict=True))
            stand.append({"row": known[digest].popleft(), "place": place, "content": content, **bound})
        else:
            fresh.append((content, *columns, digest, place))
    if stand and unit.connection.execute(_STAND, stand).rowcount != len(stand):
        raise EntryDamagedError(
            "an entry that waits in the database was changed",
            found=f"of {len(stand)} rows not each has what the entry of its hash says",
            expected="the content, kind, subject, actor and time of the published entries",
            advice="run `jinku journal verify`, which names it; nothing was taken back",
        )
    names = ("content", "kind", "subject", "actor", "created_at_ms", "digest", "leaf_index")
    unit.insert_rows(entries, names, fresh)


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise CheckpointDamagedError(
            "a checkpoint in the database was changed",
            found=type(value).__name__,
            expected="bytes",
            advice="compare the database with a backup; nothing was signed",
        )
    return value


def _hold(unit: Unit, lease: Lease) -> None:
    """The lease is still ours, and stays so until this transaction ends."""
    query = select(queue.c.fence, queue.c.owner).where(queue.c.id == lease.row_id)
    row = unit.connection.execute(unit.locked(query)).first()
    if row is None or (row.fence, row.owner) != (lease.fence, lease.owner):
        raise LeaseLostError(
            "the sequencer's lease is lost",
            found="no lease" if row is None else f"fence {row.fence}",
            expected=f"fence {lease.fence}",
            advice="nothing to do: whoever holds it now carries on",
        )


def _size(unit: Unit) -> int:
    last = unit.connection.execute(select(func.max(entries.c.leaf_index))).scalar_one()
    return 0 if last is None else last + 1


def _wrong(place: int, index: int, content: object, digest: object) -> EntryDamagedError | None:
    """What is wrong with the row that should have this place."""
    leaf = hashlib.sha256(b"\x00" + content).digest() if type(content) is bytes else b""
    if (index, leaf) == (place, digest):
        return None
    missing = index != place
    expected = digest.hex() if type(digest) is bytes else "a hash"
    return EntryDamagedError(
        f"the entry of place {place} is missing in the database" if missing else f"entry {place} was changed",
        found=f"place {index}" if missing else f"leaf hash {leaf.hex()}",
        expected=f"place {place}" if missing else expected,
        advice="compare the database with a backup; nothing was signed",
        fields={"index": place},
    )
