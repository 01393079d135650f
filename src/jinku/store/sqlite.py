"""SQLite as the engine: WAL, every commit on disk before it is believed, freed pages overwritten, one writer."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, create_engine, event, func, insert, select
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from jinku.core import JinkuError
from jinku.store.errors import DatabaseDamagedError, DatabaseMissingError, ReadOnlyHomeError
from jinku.store.sqlite_errors import translate
from jinku.store.tables import entries

__all__ = ["SqliteBackend"]

READ_ONLY = "jinku_read_only"  # execution option: the transaction begins without the write lock
FLEETING = "jinku_fleeting"  # execution option: the commit waits for no disk
_MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100
_DURABLE = "PRAGMA synchronous=FULL"  # a commit is fsynced; NORMAL would lose the last ones on power loss
_FLEETING = "PRAGMA synchronous=NORMAL"
_PRAGMAS = (
    "PRAGMA page_size=8192",  # of a new file: a bulk commit writes half as many pages
    "PRAGMA journal_mode=WAL",
    _DURABLE,
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # a claimed blob or erased evidence leaves no bytes in free pages
    "PRAGMA cache_size=-65536",  # KiB
    "PRAGMA wal_autocheckpoint=4000",  # pages; larger than the default so that bulk commits write each page fewer times
    "PRAGMA journal_size_limit=67108864",
    "PRAGMA trusted_schema=OFF",
)


class SqliteBackend:
    """Implements ``Backend`` on one file. A unit holds the write lock: whatever it reads stays true till it ends."""

    name = "sqlite"
    read_options: Mapping[str, object] = {READ_ONLY: True}
    fleeting_options: Mapping[str, object] = {FLEETING: True}

    def __init__(self, path: Path, busy_seconds: float) -> None:
        """Nothing is opened yet."""
        self.place = path
        self.engine = _make_engine(path, busy_seconds)

    def check_place(self) -> None:
        """See the port."""
        if not self.place.exists():
            moved = self.place.with_name(self.place.name + ".moved")
            advice = "run `jinku init`, or check --home"
            if moved.exists():
                advice = f"it was copied to PostgreSQL ({moved.name} stands there): set JINKU_DATABASE_URL"
            raise DatabaseMissingError("there is no database", found=f"nothing at {self.place}", advice=advice)
        try:
            _check_file(self.place)
        except OSError as error:
            raise ReadOnlyHomeError(
                "the database cannot be read", found=str(error), advice="check who owns the file and its folder"
            ) from error

    def make_place(self) -> None:
        """See the port."""
        try:
            self.place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.place, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise ReadOnlyHomeError(
                "the home cannot be written", found=str(error), advice="choose another --home or make this one writable"
            ) from error

    def check_settings(self, connection: Connection) -> None:
        """See the port: each connection sets its own."""

    @contextmanager
    def alone(self, connection: Connection) -> Iterator[None]:
        """See the port. SQLite's own locks are of another kind, so this one cannot be in their way."""
        folder = os.open(self.place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def hold(self, connection: Connection, resource: str) -> None:
        """See the port: a unit holds everything."""

    def insert_rows(
        self,
        connection: Connection,
        table: Table,
        columns: Sequence[str],
        rows: Sequence[tuple[object, ...]],
        skip_known: bool,
    ) -> None:
        """See the port: one prepared statement."""
        names = ", ".join(table.c[name].name for name in columns)
        marks = ", ".join("?" for _ in columns)
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608  names come from the table itself
        if skip_known:
            statement += " ON CONFLICT DO NOTHING"
        connection.exec_driver_sql(statement, rows if isinstance(rows, list) else list(rows))

    def insert_entry(self, connection: Connection, row: Mapping[str, object]) -> int:
        """See the port."""
        key = connection.execute(insert(entries).values(**row)).inserted_primary_key
        return int(key[0]) if key else 0

    def reserve_entries(self, connection: Connection, subjects: Sequence[str]) -> Sequence[int]:
        """See the port."""
        last = connection.execute(select(func.coalesce(func.max(entries.c.id), 0))).scalar_one()
        return range(last + 1, last + 1 + len(subjects))

    def check(self, connection: Connection) -> None:
        """See the port: every page, index and reference."""
        found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(5)")]
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if found != ["ok"] or broken:
            what = "; ".join(found) if found != ["ok"] else f"{len(broken)} broken references, first in {broken[0][0]}"
            raise DatabaseDamagedError(
                "the database is damaged",
                found=what,
                advice="stop every jinku process, copy the file away, restore the database from a backup",
                fields={"path": str(self.place)},
            )

    def size_bytes(self, connection: Connection) -> int:
        """See the port: the file and its log."""
        files = (self.place, self.place.with_name(self.place.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    @property
    def _owed(self) -> Path:
        return self.place.with_name(self.place.name + "-purge")

    def owe_purge(self) -> None:
        """See the port."""
        with contextlib.suppress(OSError):  # no mark is no reason to fail; the last one to close empties the log, too
            os.close(os.open(self._owed, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))

    def purge_is_owed(self) -> bool:
        """See the port."""
        return self._owed.exists()

    def purge(self, wait_seconds: float) -> bool:
        """See the port: the write-ahead log is emptied, unless a reader needs it."""
        try:
            emptied = _checkpoint(self.engine, wait_seconds)
        except (DBAPIError, sqlite3.Error):
            emptied = False
        if not emptied:
            self.owe_purge()
            return False
        with contextlib.suppress(OSError):
            self._owed.unlink(missing_ok=True)
        return True

    def rewrite(self, tables: Sequence[str], wait_seconds: float) -> str:
        """See the port: the whole file is written anew, then the write-ahead log is emptied."""
        with _waiting(self.engine, wait_seconds) as cursor:
            cursor.execute("VACUUM")
        if not _checkpoint(self.engine, wait_seconds):
            return "another process reads the database, so its write-ahead log cannot be emptied yet"
        return ""

    def translate(self, error: BaseException) -> JinkuError | None:
        """See the port."""
        return translate(error, self.place)


def _make_engine(path: Path, busy_seconds: float) -> Engine:
    """An engine with the pragmas set; transactions are begun by us, so that DDL is transactional too."""
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        read_only = options.get(READ_ONLY, False)
        if not read_only:  # said each time, so that no commit inherits it
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)  # noqa: S101
            raw.execute(_FLEETING if options.get(FLEETING, False) else _DURABLE).close()
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _check_file(path: Path) -> None:
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


@contextmanager
def _waiting(engine: Engine, wait_seconds: float) -> Iterator[DBAPICursor]:
    """A cursor of a connection outside a transaction that waits so long for others, no longer."""
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        before = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={int(wait_seconds * 1000)}").close()
        try:
            yield raw.cursor()
        finally:
            raw.cursor().execute(f"PRAGMA busy_timeout={before}").close()
    finally:
        raw.close()


def _checkpoint(engine: Engine, wait_seconds: float) -> bool:
    """The write-ahead log is folded in and empty: nothing that was deleted stands there. False: a reader needs it."""
    with _waiting(engine, wait_seconds) as cursor:
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy
