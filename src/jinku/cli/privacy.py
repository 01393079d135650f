"""`jinku privacy`: what is held about people, and how it is erased while the log goes on verifying."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jinku.cli.command import branch, command
from jinku.cli.output import facts, table
from jinku.cli.progress import waiting
from jinku.cli.session import Session
from jinku.core import counted, when
from jinku.ops.privacy import named_subject
from jinku.privacy import Erasure, ErasureState, Held, SubjectKind

app = branch("privacy", "What is held about people: legal holds, erasure, the keys of subjects.")

SUBJECT = typer.Argument(
    metavar="SUBJECT",
    help="An owner, a job's key or id, an account or address; owner:, job: or account: in front says which.",
)
FILE = typer.Argument(metavar="FILE", help="The bundle of subject keys.")
_SERVER = (
    "the server's write-ahead log, its replicas and archives keep deleted bytes until they are recycled: see the guide"
)


def _named(session: Session, subject: str) -> tuple[str, SubjectKind | None]:
    return named_subject(session.platform.privacy, session.platform.accounts, subject)


def _records(held: list[Held]) -> list[dict[str, object]]:
    return [{"record": one.record, "part": one.part, "what": list(one.what), "busy": one.busy} for one in held]


@command(app, "show")
def show(session: Session, *, subject: Annotated[str, SUBJECT]) -> None:
    """Show which records hold something of a subject, of what kind, and whether a legal hold stands."""
    name, kind = _named(session, subject)
    named, held, known = session.platform.privacy.held(name, kind)
    reason, since = (known.hold, known.held_at_ms) if known is not None else ("", 0)
    document = {
        "kind": named.value,
        "name": name,
        "mark": known.mark.hex() if known else None,
        "hold": reason,
        "records": _records(held),
    }
    rows = [("subject", f"{named.value}: {name}"), ("mark", known.mark.hex() if known else "none yet")]
    rows += [("legal hold", f"since {when(since)}: {reason}")] if reason else []
    rows += [(f"job {one.record}", f"{one.part} {', '.join(one.what)}".strip()) for one in held]
    session.out.result(document, lambda console: console.print(facts(rows)))


@command(app, "list")
def list_(session: Session) -> None:
    """List the subjects that have a key, and every erasure by its mark."""
    privacy = session.platform.privacy
    subjects, erasures = privacy.subjects(), privacy.erasures()
    if session.out.as_json:
        for subject in subjects:
            session.out.line(
                {
                    "kind": subject.kind.value,
                    "name": subject.name,
                    "mark": subject.mark.hex(),
                    "hold": subject.hold,
                    "created_at_ms": subject.created_at_ms,
                }
            )
        for erasure in erasures:
            session.out.line(erasure.as_document())
        return
    lines = [(one.kind.value, one.name, f"held: {one.hold}" if one.hold else "") for one in subjects]
    lines += [("erased", one.mark.hex(), one.state.value) for one in erasures]
    session.out.console.print(table(("kind", "subject", "state"), lines))


@command(app, "status")
def status(session: Session) -> None:
    """Say how erasures stand, which places they wait for and why, and where subject keys were exported to."""
    found = session.platform.privacy.overview()
    document = {
        "subjects": found.subjects,
        "holds": found.holds,
        "pending": [one.as_document() for one in found.pending],
        "done": found.done,
        "bundles": list(found.bundles),
    }
    rows = [("subjects", f"{found.subjects:,}, {found.holds:,} under legal hold")]
    rows += [("erasures", f"{found.done:,} done, {len(found.pending):,} pending")]
    rows += [("bundle", path) for path in found.bundles]
    for one in found.pending:
        rows += _waits(one)
    session.out.result(document, lambda console: console.print(facts(rows)))


def _waits(erasure: Erasure) -> list[tuple[str, str]]:
    return [("waits for", f"{store}: {why or 'not asked yet'}") for store, why in erasure.waiting]


@command(app, "erase")
def erase(session: Session, *, subject: Annotated[str, SUBJECT]) -> None:
    """Erase what is held of a subject, and its key; the log goes on verifying. It cannot be undone.

    Pending until every place confirmed: the database's files, bundles of subject keys, copies that a move left.
    """
    name, kind = _named(session, subject)
    with waiting(session.out, "erasing, and writing the files anew"):
        done = session.platform.privacy.erase(name, kind)
    _answer(session, done)


def _answer(session: Session, done: Erasure) -> None:
    rows = [("erasure", done.mark.hex()), ("state", done.state.value), *_waits(done)]
    session.out.result(done.as_document(), lambda console: console.print(facts(rows)))
    if session.platform.database.engine_name == "postgresql":
        session.out.note(_SERVER)
    if done.state is ErasureState.PENDING:
        session.out.warn("it is pending: see to what it waits for, then run `jinku privacy settle`")


@command(app, "settle")
def settle(session: Session) -> None:
    """Ask every place that a pending erasure waits for again."""
    with waiting(session.out, "writing the files anew"):
        erasures = session.platform.privacy.settle()
    pending = [one for one in erasures if one.state is ErasureState.PENDING]
    done = len(erasures) - len(pending)
    document = {"pending": [one.as_document() for one in pending], "done": done}
    rows = [("erasures", f"{done:,} done, {len(pending):,} pending")]
    for one in pending:
        rows += _waits(one)
    session.out.result(document, lambda console: console.print(facts(rows)))


@command(app, "hold")
def hold(
    session: Session,
    *,
    subject: Annotated[str, SUBJECT],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; the log holds a commitment to it.")],
) -> None:
    """Place a subject under legal hold: it is not erased until the hold is released."""
    name, kind = _named(session, subject)
    found = session.platform.privacy.hold(name, reason, kind)
    document = {"mark": found.mark.hex(), "hold": found.hold, "held_at_ms": found.held_at_ms}
    rows = [("mark", found.mark.hex()), ("legal hold", found.hold)]
    session.out.result(document, lambda console: console.print(facts(rows)))


@command(app, "release")
def release(session: Session, *, subject: Annotated[str, SUBJECT]) -> None:
    """End the legal hold of a subject."""
    name, kind = _named(session, subject)
    found = session.platform.privacy.release(name, kind)
    document = {"mark": found.mark.hex() if found else None, "released": bool(found and found.hold)}
    text = f"ended: {found.hold}" if found and found.hold else "there was none"
    session.out.result(document, lambda console: console.print(facts([("legal hold", text)])))


@command(app, "export")
def export(session: Session, *, file: Annotated[Path, FILE]) -> None:
    """Write the keys of all subjects into a file of their own, which each erasure rewrites from now on.

    It holds no names. Keep it where nothing keeps versions: not in a backup, not under object lock.
    """
    path = file.resolve()
    count = session.platform.privacy.export(path)
    rows = [("bundle", str(path)), ("keys", f"{count:,}")]
    session.out.result({"bundle": str(path), "keys": count}, lambda console: console.print(facts(rows)))


@command(app, "forget-bundle")
def forget_bundle(session: Session, *, file: Annotated[Path, FILE]) -> None:
    """No longer rewrite a bundle that was destroyed; no erasure waits for it any more."""
    session.platform.privacy.forget_bundle(file.resolve())
    session.out.result(
        {"bundle": str(file.resolve())}, lambda console: console.print(facts([("forgotten", str(file))]))
    )


@command(app, "apply-tombstones")
def apply_tombstones(
    session: Session,
    *,
    keys: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also the list and the keys of this bundle.")
    ] = None,
) -> None:
    """After a restore: erase again what had been erased, by the log's entries and a bundle of subject keys."""
    with waiting(session.out, "reading the entries"):
        back, records, taken = session.platform.privacy.apply_tombstones(None if keys is None else keys.resolve())
    rows = [
        ("erased again", f"{counted(back, 'subject')}, {counted(records, 'record')}"),
        ("keys taken back", f"{taken:,}"),
    ]
    document = {"subjects": back, "records": records, "keys": taken}
    session.out.result(document, lambda console: console.print(facts(rows)))
