"""Subjects, keys and erasures by SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from jinku.core import IntegrityError
from jinku.privacy.adapters import tables as t
from jinku.privacy.types import Erasure, Subject, SubjectKind
from jinku.store import Unit

__all__ = ["SqlSubjectRows"]


class SqlSubjectRows:
    """Implements the port ``SubjectRows``."""

    def find(self, unit: Unit, kind: SubjectKind, name: str) -> Subject | None:
        """See the port."""
        query = select(t.subject).where(t.subject.c.kind == kind.value, t.subject.c.name == name)
        row = unit.connection.execute(query).first()
        return None if row is None else _subject(row)

    def all(self, unit: Unit) -> list[Subject]:
        """See the port."""
        query = select(t.subject).order_by(t.subject.c.kind, t.subject.c.name)
        return [_subject(row) for row in unit.connection.execute(query)]

    def insert(self, unit: Unit, subject: Subject) -> bool:
        """See the port."""
        values = (subject.mark, subject.kind.value, subject.name, subject.created_at_ms, subject.hold, 0)
        columns = ("mark", "kind", "name", "created_at_ms", "hold", "held_at_ms")
        unit.insert_rows(t.subject, columns, [values], skip_known=True)
        found = self.find(unit, subject.kind, subject.name)
        return found is not None and found.mark == subject.mark

    def put_key(self, unit: Unit, mark: bytes, key: bytes) -> None:
        """See the port."""
        unit.insert_rows(t.subject_key, ("mark", "key"), [(mark, key)], skip_known=True)

    def key(self, unit: Unit, mark: bytes) -> bytes | None:
        """See the port."""
        query = select(t.subject_key.c.key).where(t.subject_key.c.mark == mark)
        found = unit.connection.execute(query).scalar_one_or_none()
        return None if found is None else _bytes(found)

    def keys(self, unit: Unit) -> list[tuple[bytes, bytes]]:
        """See the port."""
        query = select(t.subject_key.c.mark, t.subject_key.c.key).order_by(t.subject_key.c.mark)
        return [(_bytes(row.mark), _bytes(row.key)) for row in unit.connection.execute(query)]

    def forget(self, unit: Unit, mark: bytes) -> bool:
        """See the port."""
        gone = unit.connection.execute(delete(t.subject_key).where(t.subject_key.c.mark == mark)).rowcount
        gone += unit.connection.execute(delete(t.subject).where(t.subject.c.mark == mark)).rowcount
        return gone > 0

    def set_hold(self, unit: Unit, mark: bytes, reason: str) -> None:
        """See the port."""
        values = {"hold": reason, "held_at_ms": unit.now_ms if reason else 0}
        unit.connection.execute(update(t.subject).where(t.subject.c.mark == mark).values(**values))

    def add_erasure(self, unit: Unit, mark: bytes, stores: Sequence[str]) -> None:
        """See the port."""
        row = (mark, unit.now_ms, 0)
        unit.insert_rows(t.erasure, ("mark", "asked_at_ms", "done_at_ms"), [row], skip_known=True)
        waits: list[tuple[object, ...]] = [(mark, store, "") for store in stores]
        unit.insert_rows(t.erasure_wait, ("mark", "store", "why"), waits, skip_known=True)

    def erasures(self, unit: Unit) -> list[Erasure]:
        """See the port."""
        waits: dict[bytes, list[tuple[str, str]]] = {}
        for row in unit.connection.execute(select(t.erasure_wait).order_by(t.erasure_wait.c.store)):
            waits.setdefault(row.mark, []).append((row.store, row.why))
        query = select(t.erasure).order_by(t.erasure.c.asked_at_ms, t.erasure.c.mark)
        return [
            Erasure(_bytes(row.mark), row.asked_at_ms, row.done_at_ms, tuple(waits.get(row.mark, ())))
            for row in unit.connection.execute(query)
        ]

    def confirm(self, unit: Unit, marks: Sequence[bytes], store: str) -> None:
        """See the port."""
        c = t.erasure_wait.c
        for mark in marks:
            unit.connection.execute(delete(t.erasure_wait).where(c.mark == mark, c.store == store))

    def delay(self, unit: Unit, store: str, why: str) -> None:
        """See the port."""
        unit.connection.execute(update(t.erasure_wait).where(t.erasure_wait.c.store == store).values(why=why))

    def finish(self, unit: Unit) -> list[bytes]:
        """See the port."""
        waiting = select(t.erasure_wait.c.mark)
        query = select(t.erasure.c.mark).where(t.erasure.c.done_at_ms == 0, t.erasure.c.mark.not_in(waiting))
        marks = [_bytes(mark) for mark in unit.connection.execute(query.order_by(t.erasure.c.mark)).scalars()]
        for mark in marks:
            done = update(t.erasure).where(t.erasure.c.mark == mark)
            unit.connection.execute(done.values(done_at_ms=unit.now_ms))
        return marks

    def bundles(self, unit: Unit) -> list[str]:
        """See the port."""
        return list(unit.connection.execute(select(t.bundle.c.path).order_by(t.bundle.c.path)).scalars())

    def add_bundle(self, unit: Unit, path: str) -> None:
        """See the port."""
        unit.connection.execute(delete(t.bundle).where(t.bundle.c.path == path))
        unit.connection.execute(insert(t.bundle).values(path=path, exported_at_ms=unit.now_ms))

    def drop_bundle(self, unit: Unit, path: str) -> bool:
        """See the port."""
        return unit.connection.execute(delete(t.bundle).where(t.bundle.c.path == path)).rowcount > 0


def _subject(row: Row[Any]) -> Subject:
    try:
        kind = SubjectKind(row.kind)
    except ValueError as error:
        raise _changed(f"kind {row.kind!r}") from error
    return Subject(_bytes(row.mark), kind, str(row.name), row.created_at_ms, str(row.hold), row.held_at_ms)


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes) or len(value) != 32:  # marks and keys
        raise _changed(f"{type(value).__name__} where 32 bytes belong")
    return value


def _changed(found: str) -> IntegrityError:
    return IntegrityError(
        "a row of the tables subject, subject_key or erasure was changed",
        found=found,
        advice="it was changed from outside; compare the database with a backup",
        code="privacy.row",
    )
