"""The database of one home: opened only when its place and schema are right, worked on only in units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType

from jinku.core import Clock, JinkuError
from jinku.store import schema
from jinku.store.backend import Backend
from jinku.store.place import DatabaseUrl, Place
from jinku.store.sqlite import SqliteBackend
from jinku.store.types import SchemaStatus
from jinku.store.unit import Unit

__all__ = ["Database"]

BUSY_SECONDS = 30.0  # how long a writer waits for another
REWRITE_SECONDS = 5.0  # how long writing the database anew waits for those who use it
PURGE_SECONDS = 1.0  # how long emptying the log waits for readers; SQLite waits so twice at the most


def _backend(place: Place, busy_seconds: float) -> Backend:
    """The engine that serves a place: a file is SQLite's, a URL PostgreSQL's, whose driver only then is loaded."""
    if isinstance(place, DatabaseUrl):
        from jinku.store.postgres import PostgresBackend  # noqa: PLC0415  60 ms that a home with a file should not pay

        return PostgresBackend(place, busy_seconds)
    return SqliteBackend(place, busy_seconds)


class Database:
    """One open database. ``unit()`` to change something, ``read()`` for a snapshot; threads may share it."""

    def __init__(self, backend: Backend, clock: Clock) -> None:
        """Use ``open`` or ``create`` instead."""
        self._backend = backend
        self._clock = clock
        self.actor = ""  # who writes, as entries name him; set by whoever opens the database for a deployment
        self.appended = 0  # entries committed through this object

    @property
    def place(self) -> Place:
        """Where it is: the path of a file, or a URL without its password."""
        return self._backend.place

    @property
    def engine_name(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._backend.name

    @classmethod
    def open(cls, place: Place, clock: Clock, busy_seconds: float = BUSY_SECONDS) -> Database:
        """The database at ``place``, whose schema is this program's; an error that says what to do otherwise."""
        database = cls.look_at(place, clock, busy_seconds)
        try:
            with database.read() as unit:
                database._backend.check_settings(unit.connection)
                status = schema.read_status(unit.connection)
            schema.check_schema(status)
            if database._backend.purge_is_owed():
                database.purge_log(wait_seconds=0)
        except JinkuError:
            database.close()
            raise
        return database

    @classmethod
    def look_at(cls, place: Place, clock: Clock, busy_seconds: float = BUSY_SECONDS) -> Database:
        """The database at ``place`` whatever its schema: for ``status`` and nothing else."""
        backend = _backend(place, busy_seconds)
        backend.check_place()
        return cls(backend, clock)

    @classmethod
    def create(cls, place: Place, clock: Clock) -> Database:
        """The database at ``place`` with the newest schema. After a kill it carries on; a good one it leaves alone."""
        _backend(place, BUSY_SECONDS).make_place()
        return cls.migrate(place, clock)

    @classmethod
    def migrate(cls, place: Place, clock: Clock) -> Database:
        """The database, opened, at the newest schema. Refuses a newer one. Of two at once the second finds it done."""
        database = cls.look_at(place, clock)
        try:
            database._migrate()
        except JinkuError:
            database.close()
            raise
        return database

    def _migrate(self) -> None:
        with self.read() as unit:
            self._backend.check_settings(unit.connection)
            status = schema.read_status(unit.connection)
        if status.current:
            return
        if status.found and status.found not in schema.REVISIONS:
            schema.check_schema(status)
        with (
            self._translated(),
            self._backend.engine.connect() as connection,
            self._backend.alone(connection),
        ):
            if not self.status().current:  # another process may have been faster
                schema.migrate(connection)
        schema.check_schema(self.status())

    def status(self) -> SchemaStatus:
        """The revision the database stands at and the one this program needs."""
        with self.read() as unit:
            return schema.read_status(unit.connection)

    @contextmanager
    def unit(self, durable: bool = True) -> Iterator[Unit]:
        """One transaction; it commits when the block ends and leaves nothing when it raises.

        What it read by ``Unit.locked`` or under ``Unit.hold`` stays true until then. SQLite has one writer at a time.
        Everybody sees at once what one that is not ``durable`` did. A machine that stops may lose it, as a whole and
        only after every earlier one; the next durable commit brings both to the disk. For promises among the living.
        """
        options = {} if durable else dict(self._backend.fleeting_options)
        with (
            self._translated(),
            self._backend.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            unit = Unit(connection, self._clock.now_ms(), writable=True, backend=self._backend, actor=self.actor)
            yield unit
        self.appended += unit.appended

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """One snapshot that blocks no writer and changes nothing."""
        options = dict(self._backend.read_options)
        with self._translated(), self._backend.engine.connect().execution_options(**options) as connection:
            yield Unit(connection, self._clock.now_ms(), writable=False, backend=self._backend)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except JinkuError:
            raise
        except Exception as error:
            own = self._backend.translate(error)
            if own is None:
                raise
            raise own from error

    def check(self) -> None:
        """All that the engine can check of itself is sound; DatabaseDamagedError otherwise. Reads all of it."""
        with self.read() as unit:
            self._backend.check(unit.connection)

    def size_bytes(self) -> int:
        """What the database takes on disk."""
        with self.read() as unit:
            return self._backend.size_bytes(unit.connection)

    def owe_purge(self) -> None:
        """A mark stands: until ``purge_log`` succeeded, each opening of the database tries it again."""
        self._backend.owe_purge()

    def purge_log(self, wait_seconds: float = PURGE_SECONDS) -> bool:
        """What was deleted stands in no file of the database. False, never an error: that cannot be said (yet)."""
        return self._backend.purge(wait_seconds)

    def rewrite(self, tables: Sequence[str], wait_seconds: float = REWRITE_SECONDS) -> str:
        """What was deleted from these tables stands in no live file of the database; why not, if that is not so.

        SQLite writes the whole file anew, PostgreSQL each of these tables: both take as much free disk.
        """
        with self._translated():
            return self._backend.rewrite(tables, wait_seconds)

    def close(self) -> None:
        """No connection is open any more."""
        self._backend.engine.dispose()

    def __enter__(self) -> Database:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closed."""
        self.close()
