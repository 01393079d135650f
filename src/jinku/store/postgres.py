"""PostgreSQL as the engine: many writers, each unit READ COMMITTED with explicit locks, each reading one snapshot.

Which lock stands for which rule is in docs/adr/0015-postgresql.md.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import BigInteger, Connection, Engine, Integer, LargeBinary, Table, Text, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from jinku.core import JinkuError
from jinku.store.errors import DatabaseDamagedError, NotDurableError
from jinku.store.place import DatabaseUrl
from jinku.store.postgres_errors import translate
from jinku.store.postgres_statistics import drop_statistics, rewrite_statistics

__all__ = ["PostgresBackend"]

FLEETING = "jinku_fleeting"  # execution option: the commit waits for no disk
_OLDEST_SERVER = 130000
_MANY_SUBJECTS = 32  # more in one go hold all subjects: one lock in place of thousands, whose table has an end
_FEW_ROWS = 8  # COPY costs three exchanges with the server
_IDLE_MS = 600_000  # a process that is stopped inside a unit gives its locks back after that
_ALL_SUBJECTS = "entries"
_HELD = "WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(%(all)s), pg_advisory_xact_lock(%(one)s)) "
_SETTINGS = """
SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
  current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes')
"""
_BROKEN_INDEXES = """
SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND n.nspname = current_schema() ORDER BY 1
"""
# A snapshot that is older than now keeps deleted rows alive, even in tables that it never reads.
_OLDER_SNAPSHOTS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND backend_type = 'client backend' AND backend_xmin IS NOT NULL AND xact_start <= %(since)s
"""
_OLDER = "another session still reads an older state of the database"
_OWN_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"


def lock_key(resource: str) -> int:
    """The number that stands for a resource among the server's advisory locks of this database."""
    return int.from_bytes(hashlib.sha256(b"jinku/lock/1\x00" + resource.encode()).digest()[:8], "big", signed=True)


class PostgresBackend:
    """Implements ``Backend`` on one database of a server."""

    name = "postgresql"
    read_options: Mapping[str, object] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    fleeting_options: Mapping[str, object] = {FLEETING: True}

    def __init__(self, url: DatabaseUrl, busy_seconds: float) -> None:
        """Nothing is opened yet."""
        self.place = url
        self.engine = _make_engine(url, busy_seconds)

    def check_place(self) -> None:
        """See the port: a server is asked by connecting."""

    def make_place(self) -> None:
        """See the port."""

    def check_settings(self, connection: Connection) -> None:
        """See the port: what was committed is on the server's disk."""
        version, encoding, *durable = connection.exec_driver_sql(_SETTINGS).one()
        if version < _OLDEST_SERVER:
            raise NotDurableError(
                "the database server is too old", found=f"version {version // 10000}", expected="13 or newer"
            )
        if encoding != "UTF8":
            raise NotDurableError(
                "the database has an encoding that loses text",
                found=encoding,
                expected="UTF8",
                advice="make the database again: createdb --encoding UTF8 --template template0",
            )
        names = ("synchronous_commit", "fsync", "full_page_writes")
        off = [name for name, value in zip(names, durable, strict=True) if value == "off"]
        if off and not self.place.allows_loss:
            raise NotDurableError(
                "the database server may lose what it reported as committed",
                found=", ".join(f"{name}=off" for name in off),
                expected="on",
                advice=f"set {off[0]} to on (ALTER SYSTEM SET {off[0]} = on; SELECT pg_reload_conf()), also for the "
                "database and its user",
            )

    @contextmanager
    def alone(self, connection: Connection) -> Iterator[None]:
        """See the port: a lock of the session, which the server drops when this process dies."""
        key = lock_key("schema")
        connection.exec_driver_sql("SELECT pg_advisory_lock(%s)", (key,))
        connection.commit()
        try:
            yield
        finally:
            connection.rollback()
            connection.exec_driver_sql("SELECT pg_advisory_unlock(%s)", (key,))
            connection.commit()

    def hold(self, connection: Connection, resource: str) -> None:
        """See the port."""
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (lock_key(resource),))

    def insert_rows(
        self,
        connection: Connection,
        table: Table,
        columns: Sequence[str],
        rows: Sequence[tuple[object, ...]],
        skip_known: bool,
    ) -> None:
        """See the port: COPY in the binary form; by a table of the transaction's own when known rows are skipped."""
        names = ", ".join(f'"{table.c[name].name}"' for name in columns)
        if len(rows) < _FEW_ROWS:
            marks = ", ".join("%s" for _ in columns)
            skip = " ON CONFLICT DO NOTHING" if skip_known else ""
            statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks}){skip}'  # noqa: S608  names of the table
            connection.exec_driver_sql(statement, list(rows))
            return
        types = [_copy_type(table.c[name].type) for name in columns]
        if not skip_known:
            _copy(connection, f'"{table.name}"', names, types, rows)
            return
        fresh = f'"fresh_{table.name}"'
        same = f'AS SELECT {names} FROM "{table.name}" LIMIT 0'  # noqa: S608
        connection.exec_driver_sql(f"CREATE TEMP TABLE {fresh} ON COMMIT DROP {same}")
        _copy(connection, fresh, names, types, rows)
        keys = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
        connection.exec_driver_sql(
            f'INSERT INTO "{table.name}" ({names}) SELECT {names} FROM {fresh} ORDER BY {keys} '  # noqa: S608
            "ON CONFLICT DO NOTHING"
        )
        connection.exec_driver_sql(f"DROP TABLE {fresh}")

    def insert_entry(self, connection: Connection, row: Mapping[str, object]) -> int:
        """See the port: until the commit nobody else writes of this subject, so that ids rise as commits do."""
        keys = {"all": lock_key(_ALL_SUBJECTS), "one": lock_key(f"entries/{row['subject']}")}
        marks = ", ".join(f"%({name})s" for name in row)
        insert = f"INSERT INTO entries ({', '.join(row)}) SELECT {marks} FROM held RETURNING id"  # noqa: S608  columns
        return int(connection.exec_driver_sql(_HELD + insert, {**row, **keys}).scalar_one())

    def reserve_entries(self, connection: Connection, subjects: Sequence[str]) -> Sequence[int]:
        """See the port."""
        different = {lock_key(f"entries/{subject}") for subject in subjects}
        if len(different) > _MANY_SUBJECTS:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (lock_key(_ALL_SUBJECTS),))
        else:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock_shared(%s)", (lock_key(_ALL_SUBJECTS),))
            for key in sorted(different):
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (key,))
        result = connection.exec_driver_sql(
            "SELECT nextval(pg_get_serial_sequence('entries', 'id')) FROM generate_series(1, %s)", (len(subjects),)
        )
        return [int(value) for value in result.scalars()]

    def check(self, connection: Connection) -> None:
        """See the port: no index is broken, and every row can be read (with data checksums on, every page is right)."""
        broken = list(connection.exec_driver_sql(_BROKEN_INDEXES).scalars())
        if broken:
            raise DatabaseDamagedError(
                "the database has broken indexes", found=", ".join(broken), advice="REINDEX them; see the server's log"
            )
        for table in connection.exec_driver_sql(_OWN_TABLES).scalars().all():
            connection.exec_driver_sql(f'SELECT count(t::text) FROM "{table}" t').scalar_one()  # noqa: S608

    def size_bytes(self, connection: Connection) -> int:
        """See the port."""
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())

    def owe_purge(self) -> None:
        """See the port: nothing can be owed that cannot be done."""

    def purge_is_owed(self) -> bool:
        """See the port."""
        return False

    def purge(self, wait_seconds: float) -> bool:
        """See the port: never known here. The server's log, pages, replicas and archives keep what was deleted."""
        return False

    def rewrite(self, tables: Sequence[str], wait_seconds: float) -> str:
        """See the port: VACUUM FULL puts the rows that live into new files; statistics of their values are removed.

        The server's log, replicas and archives keep the old bytes until they are recycled; no client can say when.
        """
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not _outlived(connection, wait_seconds):
                return _OLDER
            connection.exec_driver_sql(f"SET lock_timeout = {round(wait_seconds * 1000)}")
            try:
                went, why = drop_statistics(connection, tables)
                if why:
                    return why
                if went and not _outlived(connection, wait_seconds):
                    return _OLDER
                for table in tables:
                    connection.exec_driver_sql(f'VACUUM (FULL) "{table}"')
                rewrite_statistics(connection)
            finally:
                connection.exec_driver_sql("RESET lock_timeout")
        return ""

    def translate(self, error: BaseException) -> JinkuError | None:
        """See the port."""
        return translate(error, self.place)


def _outlived(connection: Connection, wait_seconds: float) -> bool:
    """Every transaction that ran before this call has ended; False when one did not within the wait."""
    since = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    deadline = time.monotonic() + wait_seconds
    while connection.exec_driver_sql(_OLDER_SNAPSHOTS, {"since": since}).scalar_one():
        if time.monotonic() > deadline:
            return False
        connection.exec_driver_sql("SELECT pg_sleep(0.05)")
    return True


def _make_engine(url: DatabaseUrl, busy_seconds: float) -> Engine:
    settings = {"lock_timeout": round(busy_seconds * 1000), "idle_in_transaction_session_timeout": _IDLE_MS}
    options = " ".join([f"-c {name}={value}" for name, value in settings.items()] + [url.words.get("options", "")])
    words: dict[str, Any] = {
        "connect_timeout": "10",
        "tcp_user_timeout": "60000",
        "application_name": "jinku",
        **url.words,
    }
    words |= {"options": options.strip(), "client_encoding": "UTF8"}
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(**words),
        isolation_level="READ COMMITTED",
        pool_size=8,
        max_overflow=56,
        use_native_hstore=False,
        hide_parameters=True,
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get(FLEETING, False):
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")

    @event.listens_for(engine, "checkin")
    def _checkin(connection: Any, _entry: ConnectionPoolEntry) -> None:
        if isinstance(connection, psycopg.Connection) and not connection.closed:
            connection.read_only = None  # a unit that writes asks for no READ WRITE, which a replica refuses oddly

    return engine


def _copy_type(type_: object) -> str:
    """The column's type as COPY's binary form must have it."""
    if isinstance(type_, BigInteger):
        return "int8"
    if isinstance(type_, Integer):
        return "int4"
    if isinstance(type_, LargeBinary):
        return "bytea"
    if isinstance(type_, Text):
        return "text"
    raise TypeError(f"no column of the store has the type {type_!r}")


def _copy(
    connection: Connection, table: str, names: str, types: Sequence[str], rows: Sequence[tuple[object, ...]]
) -> None:
    statement = f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)"
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)  # noqa: S101
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(types)
            write = copy.write_row
            for row in rows:
                write(row)
    except psycopg.Error as error:
        dialect = connection.dialect
        raise DBAPIError.instance(
            statement, None, error, psycopg.Error, hide_parameters=True, dialect=dialect
        ) from error
