"""`jinku journal`: what was done, by whom, and the proof that nothing of it was changed since."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer
from rich.console import Group

from jinku.cli import (  # declare their commands on branches of their own
    journal_anchor,
    journal_export,
    journal_origin,
    journal_settle,
    journal_snapshot,
    journal_verify,
)
from jinku.cli.command import HOME, branch, command
from jinku.cli.journal_lost import lost_of, shown
from jinku.cli.moments import moment
from jinku.cli.opening import ensure_system
from jinku.cli.output import facts, printable
from jinku.cli.progress import waiting
from jinku.cli.session import SecretOptions, Session
from jinku.core import JinkuError, UsageError, counted, when
from jinku.journal import Filter, Flushed, LogEntry
from jinku.ops.catching_up import catch_up as catch_up_log
from jinku.ops.deployment import Deployment
from jinku.ops.journal import tile_server

app = branch("journal", "The tamper-evident log: show, prove and verify what was done.")

_TAIL = 10
_POLL_SECONDS = 0.5
SUBJECT = typer.Option(metavar="S", help="Only entries of this subject: a vault, job, account or deployment id.")
ACTOR = typer.Option(metavar="A", help="Only what this key did.")
KIND = typer.Option(metavar="K", help="Only this kind; vault.* for a family.")
SINCE = typer.Option(metavar="T", help="Only from this moment on: 2026-11-21, 2026-11-21T12:00:00Z or milliseconds.")
UNTIL = typer.Option(metavar="T", help="Only before this moment.")


def _print(session: Session, entry: LogEntry) -> None:
    if session.out.as_json:
        session.out.line(entry.as_document())
        return
    place = "waits" if entry.index is None else str(entry.index)
    kind, subject, actor = (printable(str(part)) for part in (entry.kind, entry.subject, entry.actor))
    session.out.text(f"{place:>7}  {when(entry.created_at_ms)}  {kind:<26} {subject:<36} {actor}")


@command(app, "show")
def show(
    session: Session,
    *,
    name: Annotated[str | None, typer.Argument(metavar="[INDEX|LEAF|SUBJECT]", help="Only what is named.")] = None,
    subject: Annotated[str | None, SUBJECT] = None,
    actor: Annotated[str | None, ACTOR] = None,
    kind: Annotated[str | None, KIND] = None,
    since: Annotated[str | None, SINCE] = None,
    until: Annotated[str | None, UNTIL] = None,
) -> None:
    """Print entries in their order, a line each; those that wait for a checkpoint come last."""
    journal = session.platform.journal
    if name is not None:
        for entry in journal.named(name):
            _print(session, entry)
        return
    wanted = Filter(subject, actor, kind, moment(since, "--since"), moment(until, "--until"))
    for entry in journal.entries(wanted):
        _print(session, entry)


@command(app, "tail")
def tail(
    session: Session,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")] = False,
    count: Annotated[int, typer.Option("--lines", "-n", metavar="N", min=0, help="How many of the last.")] = _TAIL,
    subject: Annotated[str | None, SUBJECT] = None,
    actor: Annotated[str | None, ACTOR] = None,
    kind: Annotated[str | None, KIND] = None,
) -> None:
    """Print the last entries that have their place; with -f also each new one as it gets its own."""
    journal, wanted = session.platform.journal, Filter(subject, actor, kind)
    last = -1
    for entry in journal.last(wanted, count):
        _print(session, entry)
    last = journal.size() - 1
    while follow:
        for entry in journal.entries(wanted, after=last, waiting=False):
            _print(session, entry)
        last = journal.size() - 1
        time.sleep(_POLL_SECONDS)


@command(app, "prove")
def prove(
    session: Session,
    *,
    name: Annotated[str, typer.Argument(metavar="INDEX|LEAF|SUBJECT", help="The entry, or all of a subject.")],
) -> None:
    """Print the receipt of an entry (c2sp.org/tlog-proof@v1), which anybody can check far from here.

    With --json a line for each entry: index, leaf hash, entry and receipt.
    """
    journal = session.platform.journal
    for entry in journal.named(name):
        receipt = journal.receipt(entry).decode()
        if session.out.as_json:
            session.out.line({**entry.as_document(), "receipt": receipt})
        else:
            session.out.text(receipt.removesuffix("\n"))


@command(app, "checkpoint")
def checkpoint(session: Session) -> None:
    """Print the published checkpoint, a signed note; with --json also the log's verifier keys."""
    journal = session.platform.journal
    head = journal.checkpoint()
    document = {
        "origin": head.checkpoint.origin,
        "size": head.size,
        "root": head.root.hex(),
        "note": head.note.decode(),
        "vkeys": list(journal.vkeys()),
        "waiting": journal.waiting(),
        "profile": session.platform.profile,
    }
    session.out.result(document, lambda console: console.out(head.note.decode(), end=""))


@command(app, "flush", secrets=(HOME,))
def flush(
    session: Session,
    *,
    home_secret: SecretOptions,
    accept_unverified: Annotated[
        bool, typer.Option("--accept-unverified", help="Sign although a place outside does not answer; journaled.")
    ] = False,
) -> None:
    """Publish a checkpoint over everything that waits."""
    ensure_system(session, home_secret)
    done = session.platform.journal.flush(accept_unverified)
    _answer(session, done)


def _answer(session: Session, done: Flushed) -> None:
    document = {
        "integrated": done.integrated,
        "size": done.head.size if done.head else 0,
        "root": done.head.root.hex() if done.head else "",
        "waiting": done.waiting,
        "held": done.held,
    }
    rows = [("new", f"{done.integrated:,}"), ("entries", f"{done.head.size if done.head else 0:,}")]
    rows += [("root", done.head.root.hex())] if done.head else []
    rows += [("held", done.held), ("waiting", f"{done.waiting:,}")] if done.held else []
    session.out.result(document, lambda console: console.print(facts(rows)))


@command(app, "rebuild")
def rebuild(session: Session) -> None:
    """Write tiles that are missing anew from the database; those that stand are compared and never changed."""
    with waiting(session.out, "writing missing tiles"):
        written = session.platform.journal.rebuild()
    session.out.result(
        {"written": written}, lambda console: console.print(facts([("written", counted(written, "file"))]))
    )


@command(app, "catch-up")
def catch_up(session: Session) -> None:
    """Take published entries that the database lacks back from the tiles, after it was restored from an old backup.

    It ends with the jobs that the database lost, and what to do next. Exit code 5 when somebody (a witness, the bucket,
    the remembered checkpoint) still knows more than the tiles have.
    """
    with waiting(session.out, "reading the tiles"):
        entries = catch_up_log(session.platform)
        taken = counted(entries, "entry", "entries")
        try:
            lost = lost_of(session)
        except JinkuError as error:
            error.add_note(f"taken back: {taken}")
            raise
    document = {"entries": entries, "lost_jobs": [one.as_document() for one in lost]}
    session.out.result(document, lambda console: console.print(Group(*shown(taken, lost))))


@command(app, "serve")
def serve(
    session: Session,
    *,
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where to listen.")] = "127.0.0.1:8460",
) -> None:
    """Serve checkpoint, tiles and entries over HTTP (C2SP tlog-tiles) until stopped. Reads only; no signer is asked."""
    deployment = Deployment.read(session.settings.deployment)
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise UsageError("--listen is no address", found=listen, expected="HOST:PORT")
    with tile_server(session.settings, deployment, host, int(port)) as server:
        where = f"http://{host}:{server.server_port}"
        session.out.result({"listening": where}, lambda console: console.print(f"serving the log at {where}"))
        sys.stdout.flush()
        server.serve_forever()


for more in (journal_verify, journal_settle, journal_origin, journal_export, journal_snapshot, journal_anchor):
    app.registered_commands += more.app.registered_commands
