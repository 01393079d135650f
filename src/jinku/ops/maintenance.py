"""The database's schema, as an operator sees it: works on a database that the platform would refuse to open."""

from __future__ import annotations

from jinku.core import SystemClock
from jinku.ops.settings import Settings
from jinku.store import Database, SchemaStatus

__all__ = ["migrate_schema", "schema_status"]


def schema_status(settings: Settings) -> SchemaStatus:
    """Where the schema stands, whatever revision that is."""
    with Database.look_at(settings.database, SystemClock()) as database:
        return database.status()


def migrate_schema(settings: Settings) -> SchemaStatus:
    """The schema stands at the newest revision; a newer one is refused."""
    with Database.migrate(settings.database, SystemClock()) as database:
        return database.status()
