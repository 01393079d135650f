"""`jinku accounts claim|export`: keys of single accounts leave the signer, by the rules of export."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jinku.accounts import Mode
from jinku.cli.command import CODE, HOME, KEYSTORE, OPENING, branch, command
from jinku.cli.exporting import Destination, check_exportable, confirm_export, destination, report_export
from jinku.cli.opening import ensure_system, opened_for_export
from jinku.cli.session import SecretOptions, Session
from jinku.core import RefusedError, UsageError
from jinku.custody.ports import Exported, SecretFd

app = branch("keys", "")


class AccountFormat(StrEnum):
    """The forms in which an account's key leaves."""

    KEYSTORE = "keystore"
    AGE = "age"
    QR = "qr"
    QR_SVG = "qr-svg"
    WIF = "wif"
    SOLANA_KEYPAIR = "solana-keypair"
    MNEMONIC = "mnemonic"


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
    target = Destination("mnemonic", recipient, plaintext_file, only_copy=True)
    with _code(session, code, shown_code) as given, destination(session, target) as fd:
        claimed = session.platform.accounts.claim(given, fd, recipient)
    session.out.note(f"account {claimed.account} ({claimed.fingerprint}) is delivered; the code is spent")
    if not (recipient or plaintext_file):
        session.out.note("write the words down now, in this order: nobody can show them again")
    if not claimed.purged and session.platform.database.engine_name == "sqlite":
        session.out.warn(
            "another program reads the database: the encrypted blob still stands in its log, until a later command "
            "can empty it"
        )
    elif not claimed.purged:
        session.out.note("the database server keeps the encrypted blob in its log and pages until it reuses them")


@contextmanager
def _code(session: Session, options: SecretOptions, shown: str | None) -> Iterator[SecretFd]:
    """The claim code as a descriptor; one given as an argument was already seen by whoever lists processes."""
    if shown is None:
        with session.secret(options, "Claim code") as given:
            yield given
        return
    if options.given:
        raise UsageError(
            "a claim code comes from one place", found=f"an argument and {options.given[0]}", expected="one of them"
        )
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


@command(app, "export", secrets=(OPENING, KEYSTORE, HOME))
def export(
    session: Session,
    *,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id, or one of its addresses.")],
    form: Annotated[AccountFormat, typer.Option("--format", help="What to write.")],
    secret: SecretOptions,
    password: SecretOptions,
    home_secret: SecretOptions,
    recipient: _Recipient = "",
    plaintext_file: _PlaintextFile = None,
    confirm: Annotated[str, typer.Option(metavar="FINGERPRINT", help="The account's fingerprint, for no prompt.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="With --confirm: ask nothing.")] = False,
) -> None:
    """Export the key of one account: self-mode, imported and hardened accounts only.

    One leaked child key plus the extended public key would give every sibling, so the children of a custodial vault
    are never exportable. Of a self-mode account there is only its user's age file. Exports stand in the journal.
    """
    job, row = session.platform.accounts.origin(account)
    target = Destination(form.value, recipient, plaintext_file)
    if job.mode is Mode.SELF:
        _letter(session, row.account, form, target)
        return
    vault = str(job.vault)
    check_exportable(session.platform.custody.find(vault), account=True)
    ensure_system(session, home_secret)
    confirm_export(session, f"the key of account {row.account}", row.fingerprint, confirm, yes)
    with (
        opened_for_export(session, vault, secret) as token,
        _password(session, form, password) as new_password,
        destination(session, target) as fd,
    ):
        exported = session.platform.custody.export(token, vault, row.index, form.value, fd, new_password, recipient)
    report_export(session, "account", row.account, form.value, exported)


@contextmanager
def _password(session: Session, form: AccountFormat, options: SecretOptions) -> Iterator[SecretFd | None]:
    """The password of a keystore; nothing else has one."""
    if form is not AccountFormat.KEYSTORE:
        yield None
        return
    with session.secret(options, "New password of the keystore", confirm=True) as given:
        yield given


def _letter(session: Session, account: str, form: AccountFormat, target: Destination) -> None:
    """The age file of a self-mode account; its key stands nowhere else."""
    if form is not AccountFormat.AGE:
        raise RefusedError(
            "the key of a self-mode account is not here: it was encrypted to its user and forgotten",
            found=f"--format {form.value}",
            expected="--format age, which writes that file again",
            code="export.self_mode",
        )
    with destination(session, target) as fd:
        session.platform.accounts.export_letter(account, fd)
    report_export(session, "account", account, form.value, Exported(needs_passphrase=False))
