"""A database of the first release: refused with the way forward, and migrated with all that it holds."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import jinku.store.schema
from jinku.core import JinkuError, ManualClock, canonical_bytes
from jinku.store import Database, SchemaOlderError
from jinku.store.sqlite import SqliteBackend

CLOCK = ManualClock(1_700_000_000_000)
ENTRIES = 25


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database at revision 0001 with a row in each table that the first release filled in a small deployment."""
    path = tmp_path / "jinku.db"
    engine = SqliteBackend(path, 5.0).engine
    config = Config()
    config.set_main_option("script_location", str(Path(jinku.store.schema.__file__).parent / "migrations"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with engine.connect() as connection, connection.begin():
        for number in range(ENTRIES):
            content = canonical_bytes({"kind": "old", "n": number, "subject": "s", "ts": "1", "v": 1})
            digest = hashlib.sha256(b"\x00" + content).digest()
            connection.exec_driver_sql(
                "INSERT INTO entries (kind, subject, digest, content, created_at_ms) VALUES ('old', 's', ?, ?, 1)",
                (digest, content),
            )
        connection.execute(text("INSERT INTO outbox (topic, payload, created_at_ms) VALUES ('t', x'7b7d', 1)"))
        connection.execute(text("INSERT INTO claim_blob VALUES (x'01', 1, x'02')"))
    engine.dispose()
    return path


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    raw = sqlite3.connect(path)
    tables = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: raw.execute(f"SELECT * FROM {name}").fetchall() for name in tables if name != "alembic_version"}
    raw.close()
    return found


def test_it_is_refused_with_the_way_forward_and_left_alone(path: Path) -> None:
    before = contents(path)
    with pytest.raises(SchemaOlderError, match="jinku db migrate") as caught:
        Database.open(path, CLOCK)
    assert (caught.value.found, caught.value.expected) == ("revision 0001", f"revision {jinku.store.schema.HEAD}")
    assert contents(path) == before


def test_migrating_keeps_everything(path: Path) -> None:
    before = contents(path)
    with Database.migrate(path, CLOCK) as database:
        database.check()
        with database.read() as unit:
            entries = list(unit.entries())
    after = contents(path)
    privacy = {"subject", "subject_key", "subject_bundle", "erasure", "erasure_wait"}
    moves = {"transfer", "transfer_plan", "transfer_slot", "transfer_approval", "transfer_freeze"}
    assert after.keys() - before.keys() == {"journal_checkpoint", "journal_anchor", *privacy, *moves}
    for table, rows in before.items():
        assert [row[: len(rows[0])] for row in after[table]] == rows if rows else after[table] == [], table
    assert [entry.leaf_index for entry in entries] == [None] * ENTRIES
    assert {entry.actor for entry in entries} == {""}
    assert all(hashlib.sha256(b"\x00" + entry.content).digest() == entry.digest for entry in entries)


@pytest.mark.parametrize(
    "change",
    [
        "leaf_index = 0, kind = 'x'",
        "leaf_index = 0, content = x'00'",
        "leaf_index = 0, actor = 'x'",
        "leaf_index = 0, id = 900",
        "actor = 'x'",
        "leaf_index = NULL",
    ],
)
def test_a_migrated_entry_takes_its_place_once_and_changes_in_nothing_else(path: Path, change: str) -> None:
    with Database.migrate(path, CLOCK) as database:
        with pytest.raises((DBAPIError, JinkuError), match="append-only"), database.unit() as unit:
            unit.connection.exec_driver_sql(f"UPDATE entries SET {change} WHERE id = 1")
        with database.unit() as unit:
            unit.connection.exec_driver_sql("UPDATE entries SET leaf_index = 7 WHERE id = 1")
        for again in ("leaf_index = 8", "leaf_index = 7", "leaf_index = NULL"):
            with pytest.raises((DBAPIError, JinkuError), match="append-only"), database.unit() as unit:
                unit.connection.exec_driver_sql(f"UPDATE entries SET {again} WHERE id = 1")
        with pytest.raises((DBAPIError, JinkuError)), database.unit() as unit:  # no two entries in one place
            unit.connection.exec_driver_sql("UPDATE entries SET leaf_index = 7 WHERE id = 2")
        with database.read() as unit:
            assert [entry.leaf_index for entry in unit.entries()][:3] == [7, None, None]
