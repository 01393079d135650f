"""The database as an operator sees it: works on one that the platform would refuse to open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from jinku.accounts.adapters.tables import account, address, batch, job
from jinku.core import Json, SystemClock, UsageError
from jinku.custody.adapters.tables import vault
from jinku.ops.deployment import Deployment
from jinku.ops.full_disk import look_at_database
from jinku.ops.journal import actor_of
from jinku.ops.settings import DATABASE_VARIABLE, Settings
from jinku.store import Database, SchemaStatus
from jinku.store.place import DatabaseUrl
from jinku.store.tables import entries, outbox, queue

if TYPE_CHECKING:  # it loads PostgreSQL's driver, which other commands are spared
    from jinku.store.copying import Copied, CopyCallback

__all__ = ["DatabaseView", "copy_database", "migrate_schema", "schema_status", "view_database"]

_MAIN = (entries, outbox, queue, vault, job, batch, account, address)


@dataclass(frozen=True, slots=True)
class DatabaseView:
    """Where the records are and how much there is; rows by table, empty while the schema is not this program's."""

    place: str
    engine: str
    schema: SchemaStatus
    size_bytes: int
    rows: dict[str, int]


def schema_status(settings: Settings) -> SchemaStatus:
    """Where the schema stands, whatever revision that is."""
    with look_at_database(settings.place, SystemClock()) as database:
        return database.status()


def view_database(settings: Settings) -> DatabaseView:
    """What ``db status`` tells. Counting reads the main tables once."""
    with look_at_database(settings.place, SystemClock()) as database:
        status, rows = database.status(), {}
        if status.current:
            with database.read() as unit:
                for table in _MAIN:
                    count = select(func.count()).select_from(table)
                    rows[table.name] = int(unit.connection.execute(count).scalar_one())
        return DatabaseView(str(database.place), database.engine_name, status, database.size_bytes(), rows)


def migrate_schema(settings: Settings) -> SchemaStatus:
    """The schema stands at the newest revision; a newer one is refused."""
    found = schema_status(settings).found
    with Database.migrate(settings.place, SystemClock()) as database:
        status = database.status()
        if found != status.found:
            _note(settings, database, "database.migrated", {"from": found, "to": status.found})
        return status


def copy_database(settings: Settings, progress: CopyCallback | None = None) -> Copied:
    """The home's SQLite file stands in the PostgreSQL that the environment names, compared; the file is set aside."""
    from jinku.store.copying import copy_to_server  # noqa: PLC0415  see above

    target = settings.place
    if not isinstance(target, DatabaseUrl):
        raise UsageError(
            "nothing says where to copy to",
            found=f"{DATABASE_VARIABLE} is not set",
            expected=f"{DATABASE_VARIABLE}=postgresql://USER:PASSWORD@HOST:PORT/DATABASE",
            advice="set it for this command and, when it is done, for good",
        )
    if settings.database.exists():
        _note_copy(settings)
    return copy_to_server(settings.database, target, SystemClock(), progress)


def _note_copy(settings: Settings) -> None:
    """The file's last entry says that it is copied: then the copy says so, too, and one done again finds no other."""
    with Database.open(settings.database, SystemClock()) as database:
        with database.read() as unit:
            last = unit.connection.execute(select(entries.c.kind).order_by(entries.c.id.desc()).limit(1)).scalar()
        if last != "database.copy_begun":
            _note(settings, database, "database.copy_begun", {"to": "postgresql"})


def _note(settings: Settings, database: Database, kind: str, facts: dict[str, Json]) -> None:
    """An entry stands of what was done to the database; before ``init`` made a deployment there is no log."""
    if not settings.deployment.exists():
        return
    deployment = Deployment.read(settings.deployment)
    database.actor = actor_of(deployment.actor_public)
    with database.unit() as unit:
        unit.append_entry(kind, deployment.deployment, facts)
