"""Anchors in SQL. Their sources stand in entries alone: what is pinned can't be changed without one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import ColumnElement, insert, select, update

from jinku.core import Json
from jinku.journal.adapters.tables import journal_anchor, journal_checkpoint
from jinku.journal.anchors.errors import AnchorGarbledError
from jinku.journal.anchors.types import Anchor, AnchorKind, AnchorState, Proof, SourceFacts
from jinku.store import Database, Entry

__all__ = ["SqlAnchorRows"]

_SOURCES = ("journal.anchor_source_added", "journal.anchor_source_removed")
_ANCHORED = "journal.anchored"


class SqlAnchorRows:
    """Implements the port ``AnchorRows``."""

    def __init__(self, database: Database) -> None:
        """Work on this database."""
        self._database = database

    def sources(self, subject: str) -> list[SourceFacts]:
        """Every source that entries speak of, as the last one leaves it."""
        found: dict[tuple[AnchorKind, str], SourceFacts] = {}
        with self._database.read() as unit:
            said = [entry for entry in unit.entries(subject=subject) if entry.kind in _SOURCES]
        for entry in said:
            with _said_of(entry):
                facts = _facts(entry)
                key = AnchorKind(_text(facts["source"])), _text(facts["place"])
                pins = _pins(facts["pins"]) if entry.kind == _SOURCES[0] else {}
            if entry.kind == _SOURCES[0]:
                found.pop(key, None)
                found[key] = SourceFacts(*key, pins)
            elif key in found:
                one = found[key]
                found[key] = SourceFacts(one.kind, one.place, one.pins, active=False)
        return list(found.values())

    def told(self, subject: str) -> list[Anchor]:
        """The anchors that entries speak of, without their proofs."""
        with self._database.read() as unit:
            said = [entry for entry in unit.entries(subject=subject) if entry.kind == _ANCHORED]
        found = []
        for entry in said:
            with _said_of(entry):
                facts, at = _facts(entry), entry.created_at_ms
                kind, proof = AnchorKind(_text(facts["source"])), Proof(AnchorState(_text(facts["state"])), b"")
                size, root = _size(int(_text(facts["size"]))), _root(bytes.fromhex(_text(facts["root"])))
                found.append(Anchor(size, root, kind, _text(facts["place"]), proof, at, at))
        return found

    def note(self, size: int) -> bytes | None:
        """The signed note that was published of the tree of this size."""
        query = select(journal_checkpoint.c.note).where(journal_checkpoint.c.size == size)
        with self._database.read() as unit:
            found = unit.connection.execute(query).scalar_one_or_none()
        return found if isinstance(found, bytes) else None

    def say(self, kind: str, subject: str, facts: Mapping[str, Json]) -> None:
        """The entry stands and waits."""
        with self._database.unit() as unit:
            unit.append_entry(kind, subject, facts)

    def anchors(self) -> list[Anchor]:
        """All anchors, by size."""
        return self._read()

    def unfinished(self, kind: AnchorKind, place: str, size: int) -> list[Anchor]:
        """The anchors of this source that are not complete, and that of the checkpoint of this size."""
        table = journal_anchor
        open_ = table.c.state != AnchorState.COMPLETE.value
        return self._read(table.c.kind == kind.value, table.c.place == place, open_ | (table.c.size == size))

    def _read(self, *where: ColumnElement[bool]) -> list[Anchor]:
        table = journal_anchor
        query = select(table).where(*where).order_by(table.c.size, table.c.kind, table.c.place)
        with self._database.read() as unit:
            return [_anchor(dict(row._mapping)) for row in unit.connection.execute(query)]

    def add(self, anchor: Anchor, subject: str, facts: Mapping[str, Json]) -> bool:
        """The anchor stands, with its entry."""
        table = journal_anchor
        with self._database.unit() as unit:
            unit.hold(subject)
            known = unit.connection.execute(select(table.c.size).where(*_key(anchor))).first()
            if known is not None:
                return False
            row = {
                "size": anchor.size,
                "kind": anchor.kind.value,
                "place": anchor.place,
                "root": anchor.root,
                "created_at_ms": anchor.created_at_ms,
                "updated_at_ms": anchor.updated_at_ms,
                **_proof(anchor.proof),
            }
            unit.connection.execute(insert(table).values(**row))
            unit.append_entry(_ANCHORED, subject, facts)
            return True

    def complete(self, anchor: Anchor, proof: Proof, subject: str, facts: Mapping[str, Json] | None) -> bool:
        """The anchor has this proof now, unless it was changed since it was read."""
        table = journal_anchor
        with self._database.unit() as unit:
            unit.hold(subject)
            same = (table.c.proof == anchor.proof.data, table.c.extra == anchor.proof.extra)
            change = update(table).where(*_key(anchor), *same)
            done = unit.connection.execute(change.values(updated_at_ms=unit.now_ms, **_proof(proof))).rowcount == 1
            if done and facts is not None:
                unit.append_entry("journal.anchor_completed", subject, facts)
            return done


def _key(anchor: Anchor) -> tuple[ColumnElement[bool], ...]:
    table = journal_anchor
    return table.c.size == anchor.size, table.c.kind == anchor.kind.value, table.c.place == anchor.place


def _proof(proof: Proof) -> dict[str, object]:
    return {"state": proof.state.value, "proof": proof.data, "extra": proof.extra}


@contextmanager
def _said_of(entry: Entry) -> Iterator[None]:
    """Whoever can write to the database can add an entry: one that does not say what its kind says has a name."""
    try:
        yield
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise AnchorGarbledError(
            "an entry about anchors does not say what its kind says",
            found=f"{entry.kind}, row {entry.row_id}: {ascii(str(error))[1:-1][:120]}",
            advice="no command of Jinku leaves this: read it with `jinku journal show`, and find out who wrote it",
            fields={"entry": entry.row_id},
        ) from error


def _facts(entry: Entry) -> Mapping[str, object]:
    facts = json.loads(entry.content)
    if not isinstance(facts, dict):
        raise TypeError(type(facts).__name__)
    return facts


def _pins(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError(type(value).__name__)
    return {_text(name): _text(pin) for name, pin in value.items()}


def _anchor(row: Mapping[str, object]) -> Anchor:
    try:
        root, data, extra = (_bytes(row[name]) for name in ("root", "proof", "extra"))
        kind, state, place = AnchorKind(str(row["kind"])), AnchorState(str(row["state"])), _text(row["place"])
        size, created, updated = (_number(row[name]) for name in ("size", "created_at_ms", "updated_at_ms"))
        anchor = Anchor(_size(size), _root(root), kind, place, Proof(state, data, extra), created, updated)
    except (ValueError, TypeError) as error:
        raise AnchorGarbledError(
            "an anchor in the database was changed",
            found=ascii(str(error))[1:-1][:120],
            advice="take the table journal_anchor from a backup, or a bundle that holds the proof",
        ) from error
    return anchor


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError(type(value).__name__)
    return value


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(type(value).__name__)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


def _size(value: int) -> int:
    if not 0 < value < 1 << 63:
        raise ValueError("no size of a tree")
    return value


def _root(value: bytes) -> bytes:
    if len(value) != 32:
        raise ValueError("no root of a tree")
    return value
