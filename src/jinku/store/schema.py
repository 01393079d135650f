"""Which revision a database stands at, and the way to the newest one. Alembic is loaded only when it has work to do."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from jinku.store.errors import SchemaNewerError, SchemaOlderError
from jinku.store.types import SchemaStatus

__all__ = ["HEAD", "REVISIONS", "check_schema", "migrate", "read_status"]

# Every revision this program knows, oldest first; a test compares it with the files in migrations/versions.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
HEAD = REVISIONS[-1]
_SCRIPTS = Path(__file__).parent / "migrations"


def read_status(connection: Connection) -> SchemaStatus:
    """The revision found and the one expected."""
    if not inspect(connection).has_table("alembic_version"):
        return SchemaStatus("", HEAD)
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return SchemaStatus(found or "", HEAD)


def check_schema(status: SchemaStatus) -> None:
    """The database stands at the revision of this program; otherwise the error says which way to go."""
    if status.current:
        return
    if not status.found:
        raise SchemaOlderError(
            "the database was never finished: its first migration did not commit",
            found="no schema",
            expected=f"revision {status.expected}",
            advice="run `jinku init` again; it carries on and loses nothing",
        )
    if status.found in REVISIONS:
        raise SchemaOlderError(
            "the database was made by an older version, or its migration was interrupted",
            found=f"revision {status.found}",
            expected=f"revision {status.expected}",
            advice="back it up, then run `jinku db migrate`; it carries on where it stopped",
        )
    raise SchemaNewerError(
        "the database was made by a newer version of jinku",
        found=f"revision {status.found}",
        expected=f"revision {status.expected}",
        advice="upgrade jinku; this version will not touch the database",
    )


def migrate(connection: Connection) -> None:
    """The database stands at the newest revision. Each revision is one transaction: a kill leaves the one before.

    ``connection`` must be outside a transaction.
    """
    from alembic import command  # noqa: PLC0415  300 ms that no other command should pay
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
