"""`jinku accounts claim|export`: keys of single accounts leave the signer, by the rules of export."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jinku.cli.command import CODE, HOME, OPENING, branch, command
from jinku.cli.exporting import Destination, confirm_export, destination
from jinku.cli.opening import ensure_open
from jinku.cli.session import SecretOptions, Session
from jinku.core import UsageError
from jinku.custody.ports import SecretFd

app = branch("keys", "")


class AccountFormat(StrEnum):
    """The forms in which an account's key leaves."""

    MNEMONIC = "mnemonic"
    KEYSTORE = "keystore"
    AGE = "age"
    QR = "qr"
    WIF = "wif"
    XPRV = "xprv"


_Recipient = Annotated[str, typer.Option(metavar="AGE", help="Encrypt to this age recipient.")]
_PlaintextFile = Annotated[
    Path | None, typer.Option(metavar="F", help="Write plaintext to this new file (0600), and mean it.")
]


@command(app, "claim", secrets=(CODE,))
def claim(
    session: Session,
    *,
    code: SecretOptions,
    shown_code: Annotated[
        str | None, typer.Argument(metavar="[CODE]", help="The code, if it may be seen; left out, it is asked for.")
    ] = None,
    recipient: _Recipient = "",
    plaintext_file: _PlaintextFile = None,
) -> None:
    """Deliver a self-mode mnemonic to the holder of its one-time code, once; afterwards its blob is destroyed."""
    target = Destination("mnemonic", recipient, plaintext_file)
    with _code(session, code, shown_code) as given, destination(session, target) as fd:
        claimed = session.platform.accounts.claim(given, fd, recipient)
    session.out.note(f"account {claimed.account} (fingerprint {claimed.fingerprint}) is delivered; the code is spent")


@contextmanager
def _code(session: Session, options: SecretOptions, shown: str | None) -> Iterator[SecretFd]:
    """The claim code as a descriptor; one given as an argument was already seen by whoever lists processes."""
    if shown is None:
        with session.secret(options, "Claim code") as given:
            yield given
        return
    if options.given:
        raise UsageError("a claim code comes from one place", found=f"an argument and {options.given[0]}")
    session.out.warn(
        "a code in an argument shows in the list of processes and the shell's history; spent, it is worthless"
    )
    fd, end = os.pipe()
    with os.fdopen(end, "w") as pipe:
        pipe.write(shown)
    try:
        yield SecretFd(fd)
    finally:
        os.close(fd)


@command(app, "export", secrets=(OPENING, HOME))
def export(
    session: Session,
    *,
    account: Annotated[str, typer.Argument(help="The account's id, or one of its addresses.")],
    form: Annotated[AccountFormat, typer.Option("--format", help="What to write.")],
    secret: SecretOptions,
    home_secret: SecretOptions,
    recipient: _Recipient = "",
    plaintext_file: _PlaintextFile = None,
    confirm: Annotated[str, typer.Option(metavar="FINGERPRINT", help="The account's fingerprint, for no prompt.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="With --confirm: ask nothing.")] = False,
) -> None:
    """Export the key of one account: self-mode, imported and hardened accounts only.

    One leaked child key plus the extended public key would give every sibling, so the children of a custodial vault
    are never exportable. The export stands in the journal.
    """
    accounts, custody = session.platform.accounts, session.platform.custody
    rows = accounts.account(account) if account.count("-") == 4 else (accounts.find(account),)
    first = rows[0]
    vault = next(
        v.vault
        for v in custody.list()
        if v.vault.fingerprint == first.fingerprint or _holds(session, v.vault.name, first.account)
    )
    ensure_open(session, str(vault.vault), secret, home_secret)
    confirm_export(session, f"the key of account {first.account}", first.fingerprint, confirm, yes)
    with destination(session, Destination(form.value, recipient, plaintext_file)) as fd:
        custody.export(str(vault.vault), first.index, form.value, fd, None, recipient)
    session.out.note(f"account {first.account}: exported as {form.value}; the entry key.exported stands")


def _holds(session: Session, vault: str, account: str) -> bool:
    return any(row.account == account for row in session.platform.accounts.list(vault))
