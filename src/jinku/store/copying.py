"""From the SQLite file of a home to a PostgreSQL: one transaction there, compared with the file before it commits."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import Connection, Integer, MetaData, Table, select
from sqlalchemy.exc import DBAPIError

from jinku.core import Clock, ConflictError, IntegrityError, UnavailableError
from jinku.store.database import Database
from jinku.store.errors import DatabaseBusyError
from jinku.store.place import DatabaseUrl
from jinku.store.sqlite_errors import translate
from jinku.store.unit import Unit

__all__ = ["Copied", "copy_to_server"]

_ROWS = 20_000  # read, sent and compared at a time
_WAIT_SECONDS = 5.0
_VERSIONS = "alembic_version"

Rows = Iterator[list[tuple[object, ...]]]
CopyCallback = Callable[[str, int], None]  # table, rows of it so far


class TargetNotEmptyError(ConflictError):
    """The target holds something; nothing was written into it (exit 1)."""

    code = "store.copy_target"


class CopyDiffersError(IntegrityError):
    """The copy is not what the file holds; the target was left empty (exit 5)."""

    code = "store.copy_differs"


class NotSetAsideError(UnavailableError):
    """The copy stands, and the file that was copied may still be taken for the records (exit 1)."""

    code = "store.copy_aside"
    retryable = False


@dataclass(frozen=True, slots=True)
class TableSum:
    """A table's rows in the order of its key: how many, and SHA-256 over them."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Copied:
    """What stands in the target, by table; where the file lies now; whether an earlier run had copied all of it."""

    tables: dict[str, TableSum]
    moved_to: Path
    already: bool


def copy_to_server(source: Path, target: DatabaseUrl, clock: Clock, progress: CopyCallback | None = None) -> Copied:
    """Every row of ``source`` stands in ``target``, and ``source`` is set aside as ``<name>.moved``.

    Nobody else may have the file open, nor does anyone get in meanwhile. Killed anywhere, the target is empty or whole:
    run again, it starts anew, or finds all rows there and sets the file aside.
    """
    moved = source.with_name(source.name + ".moved")
    if moved.exists():
        raise ConflictError(
            "a file that was copied before is in the way", found=str(moved), advice="move it elsewhere, then try again"
        )
    Database.open(source, clock).close()  # its file and schema are right
    with Database.create(target, clock) as database, _only_user(source) as raw:
        with database.unit() as unit:
            unit.hold("copy")
            tables = _tables(unit.connection)
            already = not _is_empty(unit.connection, tables)
            if already:
                sums = {table.name: _sum(_sent(raw, table), progress, table) for table in tables}
            else:
                sums = {table.name: _send(unit, raw, table, progress) for table in tables}
                _set_sequences(unit.connection, tables)
            _compare(unit.connection, tables, sums, already)
        _set_aside(source, moved)
    return Copied(sums, moved, already)


@contextmanager
def _only_user(path: Path) -> Iterator[sqlite3.Connection]:
    """The file with the exclusive lock. Leaving the write-ahead log is possible for its only user alone."""
    raw = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
    try:
        _close_to_others(raw)
        yield raw
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise translate(error, path) or error from error
        raise DatabaseBusyError(
            "another process has the database open",
            found=str(path),
            expected="nobody but the copy",
            advice="stop every jinku process of this home (not the signer), then run `jinku db copy` again",
        ) from error
    except sqlite3.Error as error:
        raise translate(error, path) or error from error
    finally:
        with contextlib.suppress(sqlite3.Error):
            raw.rollback()
            if path.exists():  # it goes on serving
                raw.execute("PRAGMA journal_mode=WAL")
        raw.close()


def _close_to_others(raw: sqlite3.Connection) -> None:
    if raw.execute("PRAGMA journal_mode=DELETE").fetchone()[0] != "delete":
        raise sqlite3.OperationalError("database is locked")
    raw.execute("BEGIN EXCLUSIVE")


def _tables(connection: Connection) -> list[Table]:
    """The tables of the target, those that others refer to first; nobody else writes them until the unit ends."""
    found = MetaData()
    found.reflect(connection)
    tables = [table for table in found.sorted_tables if table.name != _VERSIONS]
    names = ", ".join(f'"{table.name}"' for table in tables)
    connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
    return tables


def _is_empty(connection: Connection, tables: Sequence[Table]) -> bool:
    return all(connection.execute(select(table).limit(1)).first() is None for table in tables)


def _select(table: Table) -> str:
    """The one statement by which both sides are read: columns as the target has them, rows by key."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    return f'SELECT {columns} FROM "{table.name}" ORDER BY {keys}'  # noqa: S608  names come from the schema


def _sent(raw: sqlite3.Connection, table: Table) -> Rows:
    cursor = raw.execute(_select(table))
    while rows := cursor.fetchmany(_ROWS):
        yield rows


def _stored(connection: Connection, table: Table) -> Rows:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101
    with driver.cursor(name="copied") as cursor:
        cursor.execute(_select(table).encode())
        while rows := cursor.fetchmany(_ROWS):
            yield rows


def _sum(chunks: Rows, progress: CopyCallback | None, table: Table) -> TableSum:
    """Integers, texts, bytes and NULL are written by Python in one way each, so that equal digests mean equal rows."""
    hasher, count = hashlib.sha256(), 0
    for rows in chunks:
        hasher.update("".join(map(repr, rows)).encode())
        count += len(rows)
        if progress is not None:
            progress(table.name, count)
    return TableSum(count, hasher.hexdigest())


def _send(unit: Unit, raw: sqlite3.Connection, table: Table, progress: CopyCallback | None) -> TableSum:
    columns = tuple(column.name for column in table.columns)

    def passed_on() -> Rows:
        for rows in _sent(raw, table):
            try:
                unit.insert_rows(table, columns, rows)
            except (DBAPIError, TypeError, ValueError) as error:
                if isinstance(error, DBAPIError) and error.connection_invalidated:
                    raise
                raise IntegrityError(
                    f"rows of the table {table.name} cannot stand in PostgreSQL",
                    found=str(getattr(error, "orig", error)).partition("\n")[0][:200],
                    advice="the file was changed from outside; compare it with a backup. Nothing was copied",
                    code="store.copy_refused",
                ) from error
            yield rows

    return _sum(passed_on(), progress, table)


def _set_sequences(connection: Connection, tables: Sequence[Table]) -> None:
    """What counts row ids goes on after the greatest."""
    for table in tables:
        for column in table.primary_key.columns:
            if isinstance(column.type, Integer):
                connection.exec_driver_sql(
                    f'SELECT setval(s, coalesce(m, 1), m IS NOT NULL) FROM (SELECT max("{column.name}") AS m '  # noqa: S608
                    f'FROM "{table.name}") x, pg_get_serial_sequence(%s, %s) s WHERE s IS NOT NULL',
                    (table.name, column.name),
                )


def _compare(connection: Connection, tables: Sequence[Table], sums: dict[str, TableSum], already: bool) -> None:
    for table in tables:
        stored, sent = _sum(_stored(connection, table), None, table), sums[table.name]
        if stored == sent:
            continue
        if already:
            raise TargetNotEmptyError(
                "the target is not empty",
                found=f"{stored.rows} rows in its table {table.name}",
                expected="a new database, or all of this file from an earlier run",
                advice="make another database and name it in JINKU_DATABASE_URL",
                fields={"table": table.name},
            )
        raise CopyDiffersError(
            f"the copy of the table {table.name} is not what the file holds",
            found=f"{stored.rows} rows, SHA-256 {stored.digest}",
            expected=f"{sent.rows} rows, SHA-256 {sent.digest}",
            advice="the target was left empty; check the disks and memory of both machines, then try again",
            fields={"table": table.name},
        )


def _set_aside(source: Path, moved: Path) -> None:
    """No command takes the file for the records any more, after a power cut neither."""
    try:
        source.rename(moved)
        folder = os.open(source.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise NotSetAsideError(
            "every row stands in PostgreSQL; that the old file was set aside for good is not certain",
            found=f"{source}: {error.strerror}",
            expected=str(moved),
            advice=f"see that {source.name} is not there, nor after a restart: it would be a second set of records",
        ) from error
