"""`jinku journal settle`: going on after a second tree of the log was found."""

from __future__ import annotations

from typing import Annotated

import typer

from jinku.cli.command import branch, command
from jinku.cli.output import facts
from jinku.cli.session import Session
from jinku.journal.forks import settle
from jinku.journal.types import LogKeys
from jinku.ops.journal import evidence_of, log_keys

app = branch("settling", "")


@command(app, "settle")
def settle_(
    session: Session,
    *,
    root: Annotated[str, typer.Argument(metavar="ROOT", help="The other tree's root, as the alarm names it.")],
) -> None:
    """Go on although a second tree of this log was found. An entry says so for ever; the evidence stays.

    First find out who signed the other tree. Whoever still shows it, such as a witness, has to leave the trust root
    before (`jinku trust rotate --remove`), else it is found again.
    """
    keys: LogKeys = log_keys(session.platform.deployment)
    evidence = evidence_of(session.settings.home)
    size = settle(session.platform.log_rows, evidence, keys.origin, root.strip().lower())
    document = {"root": root, "size": size, "settled": True}
    session.out.result(document, lambda console: console.print(facts([("settled", f"the other tree of {size:,}")])))
