"""`jinku journal export`: a folder that an auditor verifies without Jinku."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from jinku.cli.command import HOME, branch, command
from jinku.cli.moments import moment
from jinku.cli.opening import ensure_system
from jinku.cli.output import facts
from jinku.cli.progress import waiting
from jinku.cli.session import SecretOptions, Session
from jinku.core import UsageError, counted
from jinku.journal import Filter
from jinku.ops.bundle import Exported, export_bundle

app = branch("exporting", "")

_MAX_CHECKPOINT = 1_000_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which entries."""

    subject: Annotated[str | None, typer.Option(metavar="S", help="Entries of this subject.")] = None
    actor: Annotated[str | None, typer.Option(metavar="A", help="Only what this key did.")] = None
    kind: Annotated[str | None, typer.Option(metavar="K", help="Only this kind; vault.* for a family.")] = None
    since: Annotated[str | None, typer.Option(metavar="T", help="Only from this moment on.")] = None
    until: Annotated[str | None, typer.Option(metavar="T", help="Only before this moment.")] = None

    def filter(self) -> Filter | None:
        """What is asked of each entry; None when nothing is."""
        if (self.subject, self.actor, self.kind, self.since, self.until) == (None,) * 5:
            return None
        since, until = moment(self.since, "--since"), moment(self.until, "--until")
        return Filter(self.subject, self.actor, self.kind, since, until)


@command(app, "export", secrets=(HOME,))
def export(
    session: Session,
    *,
    home_secret: SecretOptions,
    selection: Selection,
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to make.")],
    address: Annotated[list[str] | None, typer.Option(metavar="A", help="Also the proof of this address.")] = None,
    from_checkpoint: Annotated[
        Path | None, typer.Option(metavar="F", help="Prove that the log only grew since this checkpoint.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="First publish what waits; needs the system keys.")] = False,
) -> None:
    """Write a folder of entries and proofs that anybody verifies without Jinku, by the verify.py in it.

    The folder appears whole or not at all. What no checkpoint covers yet is left out and counted.
    """
    wanted = selection.filter()
    if wanted is None and not address:
        raise UsageError("nothing is selected", expected="--subject, --actor, --kind, --since, --until or --address")
    earlier = None if from_checkpoint is None else _read(from_checkpoint)
    if wait:
        ensure_system(session, home_secret)
        session.platform.journal.flush()
    with waiting(session.out, "proving each entry"):
        done = export_bundle(session.platform, out, wanted, address or (), earlier)
    if done.waiting:
        selected = counted(done.waiting, "selected entry waits", "selected entries wait")
        session.out.note(f"{selected} for a checkpoint; not in the bundle (--wait)")
    _answer(session, out, done)


def _answer(session: Session, out: Path, done: Exported) -> None:
    document = {
        "out": str(out),
        "entries": done.entries,
        "besides": done.besides,
        "addresses": done.addresses,
        "size": done.size,
        "root": done.root,
        "digest": done.digest,
        "fingerprint": done.fingerprint,
        "words": done.words,
        "waiting": done.waiting,
        "profile": session.platform.profile,
    }
    rows = [
        ("bundle", str(out)),
        ("entries", f"{done.entries:,}, and {done.besides:,} that they rest on"),
        ("addresses", f"{done.addresses:,}"),
        ("log", f"{counted(done.size, 'entry', 'entries')}, root {done.root}"),
        ("digest", done.digest),
        ("trust root", done.fingerprint),
        ("", done.words),
        ("give", "the trust root by another way (jinku trust export), and its fingerprint by a third"),
    ]
    session.out.result(document, lambda console: console.print(facts(rows)))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_CHECKPOINT + 1)
    except OSError as error:
        raise UsageError(
            "--from-checkpoint cannot be read", found=f"{path}: {error.strerror}", expected="a checkpoint"
        ) from error
    if len(data) > _MAX_CHECKPOINT:
        raise UsageError(
            "--from-checkpoint is too large", found=path, expected="a checkpoint of at most 1,000,000 bytes"
        )
    return data
