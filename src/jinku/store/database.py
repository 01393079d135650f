"""The database of one home: opened only when its file and schema are right, worked on only in units."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from jinku.core import Clock, JinkuError
from jinku.store import schema
from jinku.store.errors import DatabaseDamagedError, DatabaseMissingError, ReadOnlyHomeError, translate
from jinku.store.sqlite import READ_ONLY, check_file, checkpoint, make_engine
from jinku.store.types import SchemaStatus
from jinku.store.unit import Unit

__all__ = ["Database"]

BUSY_SECONDS = 30.0  # how long a writer waits for another
PURGE_SECONDS = 1.0  # how long emptying the log waits for readers; SQLite waits so twice at the most


class Database:
    """One open database. ``unit()`` to change something, ``read()`` for a snapshot; threads may share it."""

    def __init__(self, engine: Engine, path: Path, clock: Clock) -> None:
        """Use ``open`` or ``create`` instead."""
        self.engine = engine
        self.path = path
        self._clock = clock

    @classmethod
    def open(cls, path: Path, clock: Clock) -> Database:
        """The database at ``path``, whose schema is this program's; an error that says what to do otherwise."""
        if not path.exists():
            raise DatabaseMissingError(
                "there is no database", found=f"nothing at {path}", advice="run `jinku init`, or check --home"
            )
        database = cls._attach(path, clock)
        try:
            schema.check_schema(database.status())
            if database._purge_owed.exists():
                database.purge_log(wait_seconds=0)
        except JinkuError:
            database.close()
            raise
        return database

    @classmethod
    def create(cls, path: Path, clock: Clock) -> Database:
        """The database at ``path`` with the newest schema. After a kill it carries on; a good one it leaves alone."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise ReadOnlyHomeError(
                "the home cannot be written", found=str(error), advice="choose another --home or make this one writable"
            ) from error
        return cls.migrate(path, clock)

    @classmethod
    def migrate(cls, path: Path, clock: Clock) -> Database:
        """The database, opened, at the newest schema. Refuses a newer one."""
        if not path.exists():
            raise DatabaseMissingError("there is no database", found=f"nothing at {path}", advice="run `jinku init`")
        database = cls._attach(path, clock)
        try:
            status = database.status()
            if status.found and not status.current and status.found not in schema.REVISIONS:
                schema.check_schema(status)
            if not status.current:
                with database._translated(), database.engine.connect() as connection:
                    schema.migrate(connection)
            schema.check_schema(database.status())
        except JinkuError:
            database.close()
            raise
        return database

    @classmethod
    def _attach(cls, path: Path, clock: Clock) -> Database:
        try:
            check_file(path)
        except OSError as error:
            raise ReadOnlyHomeError("the database cannot be read", found=str(error)) from error
        return cls(make_engine(path, BUSY_SECONDS), path, clock)

    def status(self) -> SchemaStatus:
        """The revision the database stands at and the one this program needs."""
        with self.read() as unit:
            return schema.read_status(unit.connection)

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        """One transaction with the write lock; it commits when the block ends and leaves nothing when it raises."""
        with self._translated(), self.engine.connect() as connection, connection.begin():
            yield Unit(connection, self._clock.now_ms(), writable=True)

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """One snapshot that blocks no writer and changes nothing."""
        with self._translated(), self.engine.connect().execution_options(**{READ_ONLY: True}) as connection:
            yield Unit(connection, self._clock.now_ms(), writable=False)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            own = translate(error, self.path)
            if own is None:
                raise
            raise own from error

    def check(self) -> None:
        """Every page, index and reference of the database is sound; DatabaseDamagedError otherwise. Reads all of it."""
        with self.read() as unit:
            found = [str(row[0]) for row in unit.connection.exec_driver_sql("PRAGMA quick_check(5)")]
            broken = unit.connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if found != ["ok"] or broken:
            what = "; ".join(found) if found != ["ok"] else f"{len(broken)} broken references, first in {broken[0][0]}"
            raise DatabaseDamagedError(
                "the database is damaged",
                found=what,
                advice="stop every jinku process, copy the file away, restore the database from a backup",
                fields={"path": str(self.path)},
            )

    @property
    def _purge_owed(self) -> Path:
        return self.path.with_name(self.path.name + "-purge")

    def owe_purge(self) -> None:
        """A mark stands: until ``purge_log`` succeeded, each opening of the database tries it again."""
        with contextlib.suppress(OSError):  # no mark is no reason to fail; the last one to close empties the log, too
            os.close(os.open(self._purge_owed, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))

    def purge_log(self, wait_seconds: float = PURGE_SECONDS) -> bool:
        """The write-ahead log is emptied: what was deleted stands nowhere in it. False, never an error: owed still."""
        try:
            emptied = checkpoint(self.engine, wait_seconds)
        except (DBAPIError, sqlite3.Error):
            emptied = False
        if not emptied:
            self.owe_purge()
            return False
        with contextlib.suppress(OSError):
            self._purge_owed.unlink(missing_ok=True)
        return True

    def close(self) -> None:
        """No connection is open any more."""
        self.engine.dispose()

    def __enter__(self) -> Database:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closed."""
        self.close()
