"""PostgreSQL passes the store's conformance suite, and fails as a store should."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Integer, MetaData, Text, create_engine
from sqlalchemy.exc import DBAPIError
from store_conformance import StoreConformance

import jinku.accounts.adapters.tables
import jinku.custody.adapters.tables
import jinku.journal.adapters.tables  # noqa: F401  every table is declared
from jinku.core import JinkuError, Json, ManualClock, ParseError
from jinku.store import (
    ConcurrentChangeError,
    Database,
    DatabaseAccessError,
    DatabaseBusyError,
    DatabaseMissingError,
    DatabaseUnreachableError,
    DatabaseUrl,
    DiskFullError,
    NotDurableError,
    Queue,
    ReadOnlyHomeError,
    SchemaNewerError,
    SchemaOlderError,
    metadata,
)
from jinku.store.postgres import _copy_type
from jinku.store.schema import HEAD
from postgres_fixture import PostgresServer, running_server

CLOCK = ManualClock(1_700_000_000_000)


class TestPostgres(StoreConformance):
    """The whole suite on PostgreSQL."""

    @pytest.fixture(autouse=True)
    def _database(self, postgres: str) -> None:
        self.url = DatabaseUrl.parse(postgres)

    def make(self, clock: ManualClock) -> Database:
        return Database.open(self.url, clock)


@pytest.fixture
def url(postgres: str) -> DatabaseUrl:
    return DatabaseUrl.parse(postgres)


@pytest.fixture
def database(url: DatabaseUrl) -> Iterator[Database]:
    with Database.open(url, CLOCK) as database:
        yield database


def waits(work: Callable[[], None]) -> threading.Thread:
    """``work`` in a thread, which a moment later has not ended."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(0.3)
    assert thread.is_alive(), "it did not wait"
    return thread


# -- what writers side by side may rely on


def test_entries_of_one_subject_wait_for_each_other_and_others_do_not(database: Database) -> None:
    order: list[str] = []

    def append(subject: str, name: str) -> None:
        with database.unit() as unit:
            unit.append_entry("k", subject, {"by": name})
            order.append(name)

    with database.unit() as unit:
        first = unit.append_entry("k", "one", {"by": "first"})
        append("other", "stranger")  # does not wait
        second = waits(lambda: append("one", "second"))
        order.append("first")
    second.join()
    assert order == ["stranger", "first", "second"]
    with database.read() as unit:
        ids = [entry.row_id for entry in unit.entries(subject="one")]
    assert ids[0] == first.row_id
    assert ids == sorted(ids)
    assert len(ids) == 2


def test_a_batch_of_many_subjects_keeps_their_order_too(database: Database) -> None:
    many: list[tuple[str, str, dict[str, Json]]] = [("k", f"s{n}", {}) for n in range(200)]
    for begun, then in ((many, many[:1]), (many[:1], many), (many[:3], many[2:4])):
        with database.unit() as unit:
            earlier = unit.append_entries(begun)

            def append(wanted: list[tuple[str, str, dict[str, Json]]] = then) -> None:
                with database.unit() as late:
                    late.append_entries(wanted)

            late = waits(append)
        late.join()
        common = {subject for _, subject, _ in begun} & {subject for _, subject, _ in then}
        with database.read() as unit:
            for subject in common:
                last = [entry.row_id for entry in unit.entries(subject=subject)][-1]
                assert last > max(entry.row_id for entry in earlier if entry.subject == subject)


def test_entries_cannot_be_truncated(database: Database) -> None:
    with database.unit() as unit:
        unit.append_entry("k", "s", {})
    with pytest.raises(DBAPIError, match="append-only"), database.unit() as unit:
        unit.connection.exec_driver_sql("TRUNCATE entries")


def test_leasing_steps_over_what_another_unit_has_in_hand(database: Database) -> None:
    queue = Queue("work")
    with database.unit() as unit:
        queue.enqueue(unit, [("a", {}), ("b", {})])
    with database.unit() as one:
        (first,) = queue.lease(one, "one", 60_000)
        with database.unit() as two:
            (second,) = queue.lease(two, "two", 60_000, limit=2)
    assert (first.key, second.key) == ("a", "b")


def test_a_fence_is_checked_inside_the_unit_that_writes(url: DatabaseUrl) -> None:
    """While the holder's unit is open nobody takes the expired lease; once taken, the late holder's rows are gone."""
    clock, queue = ManualClock(1_000), Queue("work")
    with Database.open(url, clock) as database:
        with database.unit() as unit:
            queue.enqueue(unit, [("a", {})])
            (lease,) = queue.lease(unit, "slow", 100)
        clock.advance_ms(1_000)
        with database.unit() as unit:
            unit.append_entry("done", "a", {})
            queue.complete(unit, lease)
            with database.unit() as other:
                assert queue.lease(other, "fast", 100) == ()
        with database.unit() as unit:
            assert queue.size(unit) == 0


def test_a_held_name_makes_others_wait(database: Database) -> None:
    def take() -> None:
        with database.unit() as unit:
            unit.hold("name")

    with database.unit() as unit:
        unit.hold("name")
        with database.unit() as other:
            other.hold("another name")
        late = waits(take)
    late.join()


def test_two_that_wait_for_each_other_are_told_apart(database: Database) -> None:
    found: list[JinkuError] = []
    met = threading.Barrier(2)

    def cross(first: str, second: str) -> None:
        try:
            with database.unit() as unit:
                unit.hold(first)
                met.wait()
                unit.hold(second)
        except JinkuError as error:
            found.append(error)

    threads = [threading.Thread(target=cross, args=names) for names in (("x", "y"), ("y", "x"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (error,) = found
    assert isinstance(error, ConcurrentChangeError)
    assert error.retryable


def test_nobody_waits_for_ever(url: DatabaseUrl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jinku.store.database.BUSY_SECONDS", 0.2)
    with Database.open(url, CLOCK) as one, Database.open(url, CLOCK) as two, one.unit() as unit:
        unit.hold("name")
        with pytest.raises(DatabaseBusyError) as caught, two.unit() as late:
            late.hold("name")
        assert caught.value.retryable


def test_a_read_is_one_snapshot_that_writes_nothing(database: Database) -> None:
    with database.read() as reader:
        assert list(reader.entries()) == []
        with database.unit() as unit:
            unit.append_entry("k", "s", {})
        assert list(reader.entries()) == []
        with pytest.raises(DBAPIError, match="read-only"):
            reader.connection.exec_driver_sql("INSERT INTO outbox (topic, payload, created_at_ms) VALUES ('t', '', 1)")


def test_a_text_with_a_zero_is_refused(database: Database) -> None:
    with pytest.raises(ParseError, match="zero"), database.unit() as unit:
        Queue("work").enqueue(unit, [("a\x00b", {})])


# -- the schema


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
        for process in pair:
            _, err = process.communicate()
            assert process.returncode == 0, err.decode()
        with Database.open(url, CLOCK) as database:
            assert database.status().found == HEAD
            database.check()
    assert killed >= 3


# -- what goes wrong with a server


def test_each_failure_to_get_in_is_named_and_holds_no_password(postgres_server: PostgresServer) -> None:
    port, secret = postgres_server.port, "gehe1m-zu-lang"
    with postgres_server.admin() as admin:
        admin.execute("DROP ROLE IF EXISTS nobody")
        admin.execute(f"CREATE ROLE nobody LOGIN PASSWORD '{secret}'")
    cases = {
        f"postgresql://jinku:{secret}@127.0.0.1:{port}/postgres": DatabaseAccessError,
        f"postgresql://ghost:{secret}@127.0.0.1:{port}/postgres": DatabaseAccessError,
        f"postgresql://nobody:{secret}@127.0.0.1:{port}/none": DatabaseMissingError,
        f"postgresql://nobody:{secret}@127.0.0.1:1/postgres": DatabaseUnreachableError,
        f"postgresql://nobody:{secret}@no-such-host.invalid/postgres": DatabaseUnreachableError,
        f"postgresql://nobody:{secret}@127.0.0.1:{port}/postgres?sslmode=require": DatabaseUnreachableError,
    }
    for text, expected in cases.items():
        with pytest.raises(expected) as caught:
            Database.open(DatabaseUrl.parse(text), CLOCK)
        error: BaseException | None = caught.value
        assert caught.value.advice
        while error is not None:
            assert secret not in f"{error!r} {error}", text
            error = error.__cause__ or error.__context__
    url = DatabaseUrl.parse(
        f"postgresql://nobody:{secret}@127.0.0.1:{port}/{postgres_server.make().rpartition('/')[2]}"
    )
    with pytest.raises(DatabaseAccessError, match="owner"):
        Database.create(url, CLOCK)


@pytest.mark.parametrize("setting", ["synchronous_commit", "fsync", "full_page_writes"])
def test_a_server_that_may_lose_commits_is_refused(setting: str) -> None:
    with running_server(**{setting: "off"}) as server:
        text = server.make()
        with pytest.raises(NotDurableError, match=setting):
            Database.create(DatabaseUrl.parse(text), CLOCK)
        with Database.create(DatabaseUrl.parse(text + "?jinku_not_durable=1"), CLOCK) as database:
            assert database.status().current


def test_a_role_that_gives_durability_up_is_refused_too(postgres_server: PostgresServer, url: DatabaseUrl) -> None:
    name = str(url).rpartition("/")[2]
    with postgres_server.admin() as admin:
        admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with pytest.raises(NotDurableError, match="synchronous_commit"):
        Database.open(url, CLOCK)


def test_a_database_of_another_encoding_is_refused(postgres_server: PostgresServer) -> None:
    with postgres_server.admin() as admin:
        admin.execute("CREATE DATABASE latin OWNER jinku TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(NotDurableError, match="UTF8"):
        Database.create(DatabaseUrl.parse(postgres_server.url("latin")), CLOCK)


def test_a_database_that_takes_no_writing_is_named(postgres_server: PostgresServer, url: DatabaseUrl) -> None:
    name = str(url).rpartition("/")[2]
    with postgres_server.admin() as admin:
        admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with (
        Database.open(url, CLOCK) as database,
        pytest.raises(ReadOnlyHomeError, match="primary"),
        database.unit() as unit,
    ):
        unit.append_entry("k", "s", {})


def test_a_replica_is_read_and_not_written(postgres_server: PostgresServer, url: DatabaseUrl) -> None:
    with Database.open(url, CLOCK) as database, database.unit() as unit:
        unit.append_entry("k", "s", {})
    with postgres_server.replica() as port:
        words = {**url.words, "port": str(port)}
        with Database.open(DatabaseUrl(str(url), words), CLOCK) as replica:
            with replica.read() as unit:
                assert [entry.subject for entry in unit.entries()] == ["s"]
            with pytest.raises(ReadOnlyHomeError, match="replica"), replica.unit() as unit:
                unit.append_entry("k", "s", {})


def test_a_server_that_crashes_keeps_what_was_committed_and_nothing_else() -> None:
    with running_server() as server:
        url = DatabaseUrl.parse(server.migrated())
        with Database.open(url, CLOCK) as database:
            with database.unit() as unit:
                unit.append_entry("k", "stands", {})
            with pytest.raises(DatabaseUnreachableError) as caught, database.unit() as unit:  # noqa: PT012
                unit.append_entry("k", "lost", {})
                server.stop(signal.SIGQUIT)
                unit.append_entry("k", "lost", {})
            assert caught.value.retryable
            with pytest.raises(DatabaseUnreachableError), database.read():
                pass
            server.start()
            with database.unit() as unit:
                unit.append_entry("k", "after", {})
            with database.read() as unit:
                assert [entry.subject for entry in unit.entries()] == ["stands", "after"]


def test_connections_that_run_out_are_named() -> None:
    with running_server(max_connections="8", superuser_reserved_connections="2") as server:
        url = DatabaseUrl.parse(server.migrated())
        held: list[psycopg.Connection] = []
        try:
            while len(held) < 20:
                try:
                    held.append(psycopg.connect(**url.words))  # type: ignore[arg-type]
                except psycopg.OperationalError:
                    break
            with pytest.raises(DatabaseBusyError, match="connection"):
                Database.open(url, CLOCK)
        finally:
            for connection in held:
                connection.close()
        Database.open(url, CLOCK).close()


def test_a_stopped_process_gives_its_locks_back(url: DatabaseUrl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jinku.store.postgres._IDLE_MS", 200)
    with Database.open(url, CLOCK) as stopped, Database.open(url, CLOCK) as other:
        with pytest.raises(JinkuError) as caught, stopped.unit() as unit:  # noqa: PT012
            unit.append_entry("k", "s", {})
            time.sleep(0.6)
            with other.unit() as free:
                free.append_entry("k", "s", {})
            unit.append_entry("k", "s", {})
        assert caught.value.code in ("store.busy", "store.unreachable")
        with other.read() as unit:
            assert len(list(unit.entries())) == 1


@pytest.fixture
def small_server(tmp_path: Path) -> Iterator[PostgresServer]:
    """A server one of whose tablespaces lies on a file system of 24 MiB."""
    with running_server() as server:
        small = server.folder / "small"
        small.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0777", "tmpfs", str(small)]
        if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            pytest.skip("mounting a tmpfs needs privileges")
        try:
            (small / "space").mkdir()
            shutil.chown(small / "space", "postgres", "postgres")
            with server.admin() as admin:
                admin.execute(f"CREATE TABLESPACE small OWNER jinku LOCATION '{small / 'space'}'")
            yield server
            server.stop()
        finally:
            subprocess.run(["umount", "-l", str(small)], check=True)


def test_a_full_disk_loses_nothing(small_server: PostgresServer) -> None:
    name = small_server.make().rpartition("/")[2]
    with small_server.admin() as admin:
        admin.execute(f"ALTER DATABASE {name} SET TABLESPACE small")
    url, stood = DatabaseUrl.parse(small_server.url(name)), 0
    with Database.create(url, CLOCK) as database:
        with pytest.raises(DiskFullError, match="free some space") as caught:  # noqa: PT012
            while True:
                with database.unit() as unit:
                    unit.append_entries([("fill", str(n), {"x": os.urandom(30_000).hex()}) for n in range(4)])
                stood += 4
        assert caught.value.retryable
        with database.read() as unit:
            assert len(list(unit.entries())) == stood
        remount = ["mount", "-o", "remount,size=64m", str(small_server.folder / "small")]
        subprocess.run(remount, check=True)
        with database.unit() as unit:
            unit.append_entry("fill", "after", {})
        database.check()
    assert stood >= 4
