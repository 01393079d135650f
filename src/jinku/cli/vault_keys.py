"""`jinku vault export`: a vault's secret leaves the signer, by the rules of export, into the journal's sight."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jinku.cli.choices import NameArgument
from jinku.cli.command import OPENING, branch, command
from jinku.cli.exporting import Destination, check_exportable, confirm_export, destination, report_export
from jinku.cli.opening import opened_for_export
from jinku.cli.session import SecretOptions, Session

app = branch("export", "")


class VaultFormat(StrEnum):
    """The forms in which a vault's secret leaves."""

    MNEMONIC = "mnemonic"
    XPRV = "xprv"
    AGE = "age"
    QR = "qr"
    QR_SVG = "qr-svg"


@command(app, "export", secrets=(OPENING,))
def export(
    session: Session,
    *,
    name: NameArgument,
    secret: SecretOptions,
    form: Annotated[VaultFormat, typer.Option("--format", help="What to write.")] = VaultFormat.MNEMONIC,
    recipient: Annotated[str, typer.Option(metavar="AGE", help="Encrypt to this age recipient.")] = "",
    plaintext_file: Annotated[
        Path | None, typer.Option(metavar="F", help="Write plaintext to this new file (0600), and mean it.")
    ] = None,
    confirm: Annotated[
        str, typer.Option(metavar="FINGERPRINT", help="The vault's fingerprint, in place of a prompt.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="With --confirm: ask nothing.")] = False,
) -> None:
    """Write a vault's secret to the terminal, a pipe, an age recipient or, if you insist, a file.

    Whoever reads it owns everything the vault ever held. The export stands in the journal.
    """
    custody = session.platform.custody
    vault = custody.find(name)
    check_exportable(vault, account=False)
    confirm_export(session, f"the secret of the vault {vault.name}", vault.fingerprint, confirm, yes)
    target = Destination(form.value, recipient, plaintext_file)
    with opened_for_export(session, name, secret) as token, destination(session, target) as fd:
        exported = custody.export(token, name, None, form.value, fd, None, recipient)
    report_export(session, "vault", vault.name, form.value, exported)
