"""The database's schema, as an operator sees it: works on a database that the platform would refuse to open."""

from __future__ import annotations

from jinku.core import SystemClock
from jinku.ops.full_disk import look_at_database
from jinku.ops.settings import Settings
from jinku.store import Database, SchemaStatus

__all__ = ["migrate_schema", "schema_status"]


def schema_status(settings: Settings) -> SchemaStatus:
    """Where the schema stands, whatever revision that is."""
    with look_at_database(settings.place, SystemClock()) as database:
        return database.status()


def migrate_schema(settings: Settings) -> SchemaStatus:
    """The schema stands at the newest revision; a newer one is refused."""
    with Database.migrate(settings.place, SystemClock()) as database:
        return database.status()
