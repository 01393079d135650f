"""`jinku evidence`: the key evidence is sealed to, and opening it with the auditor's passphrase."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from jinku.cli.command import AUDITOR, branch, command
from jinku.cli.output import facts
from jinku.cli.progress import waiting
from jinku.cli.session import SecretOptions, Session
from jinku.core import NotFoundError

app = branch("evidence", "The auditor's key, and opening what was sealed to it.")


@command(app, "key", secrets=(AUDITOR,))
def key(session: Session, *, auditor: SecretOptions) -> None:
    """Make the evidence key; its private half is sealed under a passphrase that only the auditor need know."""
    platform = session.platform
    platform.hello()
    with session.secret(auditor, "Auditor's passphrase", confirm=True) as given, waiting(session.out, "making the key"):
        public = platform.accounts.make_evidence_key(given)
    rows = [("evidence key", public), ("private half", "sealed under the auditor's passphrase")]
    session.out.result({"evidence_public": public}, lambda console: console.print(facts(rows)))


@command(app, "open", secrets=(AUDITOR,))
def open_(
    session: Session,
    *,
    auditor: SecretOptions,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id, or one of its addresses.")],
) -> None:
    """Open the evidence of an account and check it against its commitment; it goes to stdout as it was given.

    The journal has who did so, before and after.
    """
    platform = session.platform
    rows = platform.accounts.evidence(account)
    if not rows:
        raise NotFoundError(
            "no evidence was given for this account",
            found=account,
            advice="evidence is given when accounts are made: `accounts create --evidence-…`",
            code="evidence.not_found",
        )
    for row in rows:
        with session.secret(auditor, "Auditor's passphrase") as given:
            sys.stdout.flush()
            platform.accounts.open_evidence(account, row, given, sys.stdout.fileno())
        session.out.text("")
