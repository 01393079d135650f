"""What goes wrong with a PostgreSQL server is named, says what to do, and shows no password."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import jinku.accounts.adapters.tables
import jinku.custody.adapters.tables
import jinku.journal.adapters.tables  # noqa: F401  every table is declared
from jinku.core import JinkuError, ManualClock
from jinku.store import (
    Database,
    DatabaseAccessError,
    DatabaseBusyError,
    DatabaseMissingError,
    DatabaseUnreachableError,
    DatabaseUrl,
    DiskFullError,
    NotDurableError,
    ReadOnlyHomeError,
)
from postgres_fixture import PostgresServer, running_server

CLOCK = ManualClock(1_700_000_000_000)


@pytest.fixture
def url(postgres: str) -> DatabaseUrl:
    return DatabaseUrl.parse(postgres)


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
    with running_server(max_connections="12", superuser_reserved_connections="6") as server:
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
        _until_nobody_is_connected(server, url)
        Database.open(url, CLOCK).close()


def _until_nobody_is_connected(server: PostgresServer, url: DatabaseUrl) -> None:
    """A client that closed is gone at once; its backend gives up the slot when the server's process has its turn."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
    end = time.monotonic() + 60
    with server.admin() as admin:
        while True:
            row = admin.execute(asked, [url.words["user"]]).fetchone()
            if row == (0,):
                return
            assert time.monotonic() < end, f"backends that did not leave: {row}"
            time.sleep(0.02)


def _until_ended(server: PostgresServer, backend: int) -> None:
    """The server has ended this session by itself."""
    end = time.monotonic() + 60
    with server.admin() as admin:
        while admin.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [backend]).fetchone():
            assert time.monotonic() < end, "it goes on"
            time.sleep(0.02)


def test_a_stopped_process_gives_its_locks_back(postgres_server: PostgresServer, url: DatabaseUrl) -> None:
    limit = "idle_in_transaction_session_timeout"
    with Database.open(url, CLOCK) as stopped, Database.open(url, CLOCK) as other:
        with pytest.raises(JinkuError) as caught, stopped.unit() as unit:  # noqa: PT012
            unit.append_entry("k", "s", {})
            backend, set_by_us = unit.connection.exec_driver_sql(
                f"SELECT pg_backend_pid(), current_setting('{limit}')"
            ).one()
            assert set_by_us == "10min"
            unit.connection.exec_driver_sql(f"SET {limit} = 50")  # from here on only, and for this session alone
            _until_ended(postgres_server, backend)
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
