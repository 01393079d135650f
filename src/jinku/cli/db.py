"""`jinku db`: the schema of the database."""

from __future__ import annotations

from jinku.cli.command import branch, command
from jinku.cli.output import facts
from jinku.cli.progress import waiting
from jinku.cli.session import Session
from jinku.ops.deployment import Deployment
from jinku.ops.maintenance import migrate_schema, schema_status
from jinku.store import SchemaStatus

app = branch("db", "The database's schema: where it stands, and bringing it up to date.")


def _answer(session: Session, view: SchemaStatus, before: str) -> None:
    document = {
        "path": str(session.settings.database),
        "before": before,
        "revision": view.found,
        "expected": view.expected,
        "current": view.current,
    }
    state = "up to date" if view.current else "run jinku db migrate"
    rows = [("database", str(session.settings.database)), ("revision", view.found or "none"), ("state", state)]
    session.out.result(document, lambda console: console.print(facts(rows)))


@command(app, "status")
def status(session: Session) -> None:
    """Print the revision the database stands at and the one this version needs."""
    Deployment.read(session.settings.deployment)
    view = schema_status(session.settings)
    _answer(session, view, view.found)


@command(app, "migrate")
def migrate(session: Session) -> None:
    """Bring the database to the newest revision; each revision is one transaction, so a kill loses nothing."""
    Deployment.read(session.settings.deployment)
    before = schema_status(session.settings).found
    with waiting(session.out, "migrating"):
        view = migrate_schema(session.settings)
    _answer(session, view, before)
