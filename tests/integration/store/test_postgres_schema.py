"""The schema on PostgreSQL: as declared, refused when it is another, migrated by one process at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from processes import gone_after
from sqlalchemy import Integer, MetaData, Text, create_engine

import jinku.accounts.adapters.tables
import jinku.custody.adapters.tables
import jinku.journal.adapters.tables
import jinku.privacy.adapters.tables
import jinku.transfers.adapters.tables  # noqa: F401  every table is declared
from jinku.core import ManualClock
from jinku.store import (
    Database,
    DatabaseUrl,
    SchemaNewerError,
    SchemaOlderError,
    metadata,
)
from jinku.store.postgres import _copy_type
from jinku.store.schema import HEAD
from postgres_fixture import PostgresServer

CLOCK = ManualClock(1_700_000_000_000)


@pytest.fixture
def url(postgres: str) -> DatabaseUrl:
    return DatabaseUrl.parse(postgres)


@pytest.fixture
def database(url: DatabaseUrl) -> Iterator[Database]:
    with Database.open(url, CLOCK) as database:
        yield database


def shape(engine_url: DatabaseUrl) -> dict[str, object]:
    """Tables as the server has them: columns, keys, indexes, references."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(**engine_url.words))  # type: ignore[arg-type]
    found = MetaData()
    found.reflect(engine)
    engine.dispose()
    return {
        table.name: {
            "columns": [(c.name, type(c.type).__name__, c.nullable, bool(c.primary_key)) for c in table.columns],
            "indexes": sorted((tuple(c.name for c in index.columns), bool(index.unique)) for index in table.indexes),
            "references": sorted((key.parent.name, key.target_fullname) for key in table.foreign_keys),
        }
        for table in found.sorted_tables
        if table.name != "alembic_version"
    }


def test_migrations_and_metadata_agree(postgres_server: PostgresServer, url: DatabaseUrl) -> None:
    declared = DatabaseUrl.parse(postgres_server.make())
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(**declared.words))  # type: ignore[arg-type]
    metadata.create_all(engine)
    engine.dispose()
    assert shape(url) == shape(declared)


def test_texts_compare_by_bytes(database: Database) -> None:
    """A migration that adds a text column gives it COLLATE "C" (see TEXT in 0001)."""
    query = (
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
    )
    with database.read() as unit:
        assert unit.connection.exec_driver_sql(query).scalars().all() == []


def test_no_column_is_of_a_type_that_bulk_rows_cannot_have() -> None:
    for table in metadata.tables.values():
        for column in table.columns:
            assert _copy_type(column.type) in ("int8", "int4", "bytea", "text")
    with pytest.raises(TypeError):
        _copy_type(MetaData())
    assert (_copy_type(Integer()), _copy_type(Text())) == ("int4", "text")


def test_an_empty_database_and_one_of_another_version_are_refused(postgres_server: PostgresServer) -> None:
    empty = DatabaseUrl.parse(postgres_server.make())
    with pytest.raises(SchemaOlderError, match="jinku init"):
        Database.open(empty, CLOCK)
    newer = DatabaseUrl.parse(postgres_server.migrated())
    with psycopg.connect(**newer.words) as raw:  # type: ignore[arg-type]
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    for verb in (Database.open, Database.create, Database.migrate):
        with pytest.raises(SchemaNewerError, match="upgrade jinku"):
            verb(newer, CLOCK)


MIGRATE = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from jinku.core import SystemClock
from jinku.store import Database, DatabaseUrl
left = [int(sys.argv[1])]
@event.listens_for(Engine, "before_cursor_execute")
def _count(*_args):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
Database.create(DatabaseUrl.parse(os.environ["URL"]), SystemClock()).close()
"""


def test_an_interrupted_migration_is_detected_and_resumed(postgres_server: PostgresServer) -> None:
    """The migrations are killed before some of their statements, far apart; then two at once carry on."""
    killed = 0
    for step in (3, 14, 24, 34):
        text = postgres_server.make()
        environment = {**os.environ, "URL": text}
        command = [sys.executable, "-c", MIGRATE, str(step)]
        ran = subprocess.run(command, env=environment, capture_output=True, check=False)
        url = DatabaseUrl.parse(text)
        if ran.returncode == -signal.SIGKILL:
            killed += 1
            with pytest.raises(SchemaOlderError):
                Database.open(url, CLOCK)
        pair = [
            subprocess.Popen([sys.executable, "-c", MIGRATE, "0"], env=environment, stderr=subprocess.PIPE)
            for _ in range(2)
        ]
        with gone_after(*pair):
            for process in pair:
                _, err = process.communicate()
                assert process.returncode == 0, err.decode()
        with Database.open(url, CLOCK) as database:
            assert database.status().found == HEAD
            database.check()
    assert killed >= 3
