"""SQLite as the engine: WAL, every commit on disk before it is believed, freed pages overwritten."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from jinku.store.errors import DatabaseDamagedError

__all__ = ["READ_ONLY", "check_file", "checkpoint", "make_engine"]

READ_ONLY = "jinku_read_only"  # execution option: the transaction begins without the write lock
_MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # a commit is fsynced; NORMAL would lose the last ones on power loss
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # a claimed blob or erased evidence leaves no bytes in free pages
    "PRAGMA cache_size=-65536",  # KiB
    "PRAGMA wal_autocheckpoint=4000",  # pages; larger than the default so that bulk commits write each page fewer times
    "PRAGMA journal_size_limit=67108864",
    "PRAGMA trusted_schema=OFF",
)


def make_engine(path: Path, busy_timeout_seconds: float) -> Engine:
    """An engine with the pragmas set; transactions are begun by us, so that DDL is transactional too."""
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"timeout": busy_timeout_seconds, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def check_file(path: Path) -> None:
    """The file begins as SQLite's do and is as long as its header says. Cheap; ``Database.check`` reads all of it."""
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
        size = os.fstat(file.fileno()).st_size
    advice = "restore the database from a backup; keep the damaged file until that has worked"
    if size == 0:
        return  # a first start that was cut short before it wrote anything
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise DatabaseDamagedError(
            f"{path} is no SQLite database", found=f"{size} bytes that begin with {header[:16].hex()}", advice=advice
        )
    wal = path.with_name(path.name + "-wal")
    if wal.exists() and wal.stat().st_size > 0:
        return  # the last pages may still stand in the write-ahead log
    page = int.from_bytes(header[16:18], "big")
    page = 65536 if page == 1 else page
    pages = int.from_bytes(header[28:32], "big")
    if size < page * pages:
        raise DatabaseDamagedError(
            f"{path} is truncated", found=f"{size} bytes", expected=f"{page * pages} bytes", advice=advice
        )


def checkpoint(engine: Engine, wait_seconds: float) -> bool:
    """The write-ahead log is folded in and empty: nothing that was deleted stands there. False: a reader needs it."""
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        before = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={int(wait_seconds * 1000)}")
        try:
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            cursor.execute(f"PRAGMA busy_timeout={before}").close()
    finally:
        raw.close()
    return not busy
