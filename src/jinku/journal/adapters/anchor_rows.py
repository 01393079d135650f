"""Anchors in SQL. Their sources stand in entries alone: what is pinned can't be changed without one."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import ColumnElement, insert, select, update

from jinku.core import Json
from jinku.journal.adapters.tables import journal_anchor, journal_checkpoint
from jinku.journal.anchors.errors import AnchorGarbledError
from jinku.journal.anchors.types import Anchor, AnchorKind, AnchorState, Proof, SourceFacts
from jinku.store import Database

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
        found: dict[tuple[str, str], SourceFacts] = {}
        with self._database.read() as unit:
            said = [entry for entry in unit.entries(subject=subject) if entry.kind in _SOURCES]
        for entry in said:
            facts = json.loads(entry.content)
            key = (facts["source"], facts["place"])
            if entry.kind == _SOURCES[0]:
                found.pop(key, None)
                found[key] = SourceFacts(AnchorKind(key[0]), key[1], facts["pins"])
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
            facts, at = json.loads(entry.content), entry.created_at_ms
            kind, proof = AnchorKind(facts["source"]), Proof(AnchorState(facts["state"]), b"")
            size, root = int(facts["size"]), bytes.fromhex(facts["root"])
            found.append(Anchor(size, root, kind, facts["place"], proof, at, at))
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
        """The anchors of this source that are pending, and that of the checkpoint of this size."""
        table = journal_anchor
        pending = table.c.state == AnchorState.PENDING.value
        return self._read(table.c.kind == kind.value, table.c.place == place, pending | (table.c.size == size))

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


def _anchor(row: Mapping[str, object]) -> Anchor:
    try:
        root, data, extra = (_bytes(row[name]) for name in ("root", "proof", "extra"))
        kind, state = AnchorKind(str(row["kind"])), AnchorState(str(row["state"]))
        size, created, updated = (_number(row[name]) for name in ("size", "created_at_ms", "updated_at_ms"))
    except ValueError as error:
        raise AnchorGarbledError(
            "an anchor in the database was changed",
            found=str(error)[:120],
            advice="take the table journal_anchor from a backup, or a bundle that holds the proof",
        ) from error
    return Anchor(size, root, kind, str(row["place"]), Proof(state, data, extra), created, updated)


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError(type(value).__name__)  # noqa: TRY004  told as damage, by _anchor
    return value


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise ValueError(type(value).__name__)  # noqa: TRY004  told as damage, by _anchor
    return value
