"""`jinku db`: where the records are, the schema, and the move to PostgreSQL."""

from __future__ import annotations

from rich.console import Console

from jinku.cli.command import branch, command
from jinku.cli.output import facts, table
from jinku.cli.progress import waiting
from jinku.cli.session import Session
from jinku.ops.deployment import Deployment
from jinku.ops.maintenance import copy_database, migrate_schema, view_database
from jinku.store import SchemaStatus

app = branch("db", "The database: where it stands, bringing it up to date, moving it to PostgreSQL.")

_MEBIBYTE = 1 << 20


def _state(view: SchemaStatus) -> str:
    return "up to date" if view.current else "run jinku db migrate"


@command(app, "status")
def status(session: Session) -> None:
    """Print where the records are, the revision found and needed, the size, and the rows of the main tables."""
    Deployment.read(session.settings.deployment)
    with waiting(session.out, "counting"):
        view = view_database(session.settings)
    document = {
        "place": view.place,
        "engine": view.engine,
        "revision": view.schema.found,
        "expected": view.schema.expected,
        "current": view.schema.current,
        "size_bytes": view.size_bytes,
        "rows": view.rows,
    }
    rows = [
        ("database", view.place),
        ("engine", view.engine),
        ("revision", f"{view.schema.found or 'none'}, this version needs {view.schema.expected}"),
        ("state", _state(view.schema)),
        ("size", f"{view.size_bytes / _MEBIBYTE:,.1f} MiB"),
        *((name, f"{count:,} rows") for name, count in view.rows.items()),
    ]
    session.out.result(document, lambda console: console.print(facts(rows)))


@command(app, "migrate")
def migrate(session: Session) -> None:
    """Bring the database to the newest revision; each revision is one transaction, so a kill loses nothing."""
    Deployment.read(session.settings.deployment)
    before = view_database(session.settings)
    with waiting(session.out, "migrating"):
        view = migrate_schema(session.settings)
    document = {
        "place": before.place,
        "before": before.schema.found,
        "revision": view.found,
        "expected": view.expected,
        "current": view.current,
    }
    rows = [("database", before.place), ("revision", view.found or "none"), ("state", _state(view))]
    session.out.result(document, lambda console: console.print(facts(rows)))


@command(app, "copy")
def copy(session: Session) -> None:
    """Copy the home's SQLite file into the empty PostgreSQL that JINKU_DATABASE_URL names, and set the file aside.

    One transaction there: each table is read back and compared by rows and digest before it commits. Killed, it leaves
    the target empty or whole; run it again.
    """
    Deployment.read(session.settings.deployment)
    with waiting(session.out, "copying and comparing"):
        copied = copy_database(session.settings)
    document = {
        "place": str(session.settings.place),
        "already": copied.already,
        "moved_to": str(copied.moved_to),
        "entries": copied.tables["entries"].digest,
        "tables": {name: {"rows": one.rows, "sha256": one.digest} for name, one in copied.tables.items()},
    }

    def show(console: Console) -> None:
        rows = [(name, f"{one.rows:,}", one.digest[:16]) for name, one in copied.tables.items() if one.rows]
        console.print(table(("table", "rows", "SHA-256, both sides"), rows, right=frozenset({1})))

    session.out.result(document, show)
    session.out.note(f"the file is kept as {copied.moved_to}; set JINKU_DATABASE_URL for every later command")
