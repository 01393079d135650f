"""The database's schema, as an operator sees it: works on a database that the platform would refuse to open."""

from __future__ import annotations

from jinku.core import SystemClock
from jinku.ops.settings import Settings
from jinku.store import Database, DatabaseMissingError, SchemaStatus
from jinku.store.sqlite import check_file, make_engine

__all__ = ["migrate_schema", "schema_status"]

_BUSY_SECONDS = 5.0


def schema_status(settings: Settings) -> SchemaStatus:
    """Where the schema stands, whatever revision that is."""
    path = settings.database
    if not path.exists():
        raise DatabaseMissingError("there is no database", found=f"nothing at {path}", advice="run `jinku init`")
    check_file(path)
    with Database(make_engine(path, _BUSY_SECONDS), path, SystemClock()) as database:
        return database.status()


def migrate_schema(settings: Settings) -> SchemaStatus:
    """The schema stands at the newest revision; a newer one is refused."""
    with Database.migrate(settings.database, SystemClock()) as database:
        return database.status()
