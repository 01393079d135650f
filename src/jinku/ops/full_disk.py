"""The database read on a disk without any room, where SQLite cannot make the shared index of its log.

Opened with the exclusive lock, SQLite keeps that index in memory: the log is read, nothing is written, and no other
process can change the file meanwhile. While another one has it open the lock is not to be had; then, too, the index
stands already, and the common way works.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from jinku.core import Clock, JinkuError
from jinku.store import Database, DiskFullError, Place, Unit
from jinku.store.schema import check_schema
from jinku.store.sqlite import SqliteBackend

__all__ = ["look_at_database", "open_database"]

_BUSY_SECONDS = 1.0
_PRAGMAS = (
    "PRAGMA locking_mode=EXCLUSIVE",  # before the first access: the log's index then needs no file
    "PRAGMA query_only=ON",
    "PRAGMA trusted_schema=OFF",
)


def open_database(place: Place, clock: Clock) -> Database:
    """The database of the home; one that can only be read when the disk has no room for more."""
    try:
        return Database.open(place, clock)
    except DiskFullError as error:
        database = _reading(place, clock, error)
        try:
            check_schema(database.status())
        except JinkuError:
            database.close()
            raise
        return database


def look_at_database(place: Place, clock: Clock) -> Database:
    """The database whatever its schema, for its ``status``; read without a trace when the disk is full."""
    database = Database.look_at(place, clock)
    try:
        database.status()
    except DiskFullError as error:
        database.close()
        return _reading(place, clock, error)
    return database


def _reading(place: Place, clock: Clock, cause: DiskFullError) -> Database:
    if not isinstance(place, Path):
        raise cause  # a server's disk: nothing can be done from here
    backend = SqliteBackend(place, _BUSY_SECONDS)
    backend.engine = _engine(place)
    database = _NoRoom(backend, clock, cause)
    try:
        database.status()
    except JinkuError:
        database.close()
        raise cause from None  # another process holds it: what was said first is what to do
    return database


class _NoRoom(Database):
    """Reads; each attempt to write says again that the disk is full."""

    def __init__(self, backend: SqliteBackend, clock: Clock, cause: DiskFullError) -> None:
        super().__init__(backend, clock)
        self._cause = cause

    @contextmanager
    def unit(self, durable: bool = True) -> Iterator[Unit]:
        """Refused."""
        yield self._refused()

    def _refused(self) -> NoReturn:
        raise self._cause

    def purge_log(self, wait_seconds: float = 0) -> bool:
        """Not now."""
        return False


def _engine(path: Path) -> Engine:
    """One connection, for the lock is one connection's. It has no transactions: nobody else can write meanwhile."""
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
        poolclass=StaticPool,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(pragma).close()

    return engine
