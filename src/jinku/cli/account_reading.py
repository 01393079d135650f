"""`jinku accounts list|prove|verify`: every address is proven against its signed batch before it is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jinku.accounts import VerifyReport
from jinku.cli.choices import chain_from
from jinku.cli.command import HOME, OPENING, branch, command
from jinku.cli.opening import ensure_open
from jinku.cli.output import facts
from jinku.cli.progress import waiting
from jinku.cli.session import SecretOptions, Session
from jinku.core import JinkuError, UsageError, counted
from jinku.custody import VaultState
from jinku.ops.bundle import address_receipt

app = branch("reading", "")


@command(app, "list")
def list_(
    session: Session,
    *,
    vault: Annotated[str, typer.Option(metavar="V", help="The vault, by name or id.")],
    chain: Annotated[str | None, typer.Option(metavar="C", help="Only this family or CAIP-2 chain.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="F", help="Write all to a file: .parquet, .csv or .jsonl.")
    ] = None,
) -> None:
    """Print a vault's addresses, a line each, every one proven against the signed root of its batch.

    A row that somebody changed is named and refused, with exit code 5.
    """
    wanted = None if chain is None else chain_from(chain)
    accounts = session.platform.accounts
    if out is not None:
        if chain is not None:
            raise UsageError("--out writes every chain", found=f"--chain {chain}", expected="one of them")
        rows = accounts.export(out, vault=vault)
        session.out.result(
            {"out": str(out), "rows": rows},
            lambda c: c.print(f"{counted(rows, 'address', 'addresses')} written to {out}"),
        )
        return
    for row in accounts.list(vault, wanted):
        if session.out.as_json:
            session.out.line(row.as_document())
        else:
            session.out.text(f"{row.index:>8}  {row.family:<8} {row.kind:<10} {row.address}")


@command(app, "prove")
def prove(
    session: Session, *, addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="Addresses.")]
) -> None:
    """Print the receipt of an address: account, Merkle path, and the statement that the signer signed.

    One JSON line for each address. A receipt can be checked without this installation, by the pinned identity key.
    """
    for address in addresses:
        session.out.line(address_receipt(session.platform, address))


@command(app, "verify", secrets=(OPENING, HOME))
def verify(
    session: Session,
    *,
    secret: SecretOptions,
    home_secret: SecretOptions,
    vault: Annotated[
        str | None, typer.Option(metavar="V", help="The vault, by name or id [default: every vault].")
    ] = None,
    rederive: Annotated[
        bool, typer.Option("--rederive", help="The signer derives each address again (needs it open).")
    ] = False,
) -> None:
    """Check every batch of a vault: signature, root, indexes, counts, addresses; exit code 5 names the first fault.

    Without --vault each vault is checked, one report each; the worst fault gives the exit code. A secret opens one
    vault: unlock the others first, or name one.
    """
    if vault is None and rederive and secret.given:
        raise UsageError(
            "a secret opens one vault, and every vault is checked",
            found=" and ".join(secret.given),
            expected="--vault V beside it",
            advice="name one vault, or unlock each first with `jinku vault unlock`",
        )
    if vault is not None:
        _verify_one(session, vault, rederive, secret, home_secret)
        return
    vaults = [one for one in session.platform.vault_rows() if one.state is not VaultState.CREATING]
    faults: list[JinkuError] = [*session.platform.custody.without_rows()]
    for one in vaults:
        try:
            _verify_one(session, str(one.vault), rederive, secret, home_secret, one.name)
        except JinkuError as error:
            error.add_note(f"vault {one.name}")
            faults.append(error)
    worst = max(faults, key=lambda fault: fault.exit_code, default=None)
    for fault in faults:
        if fault is not worst:
            session.out.error(fault)
    if worst is not None:
        raise worst
    if not vaults:
        session.out.note("no vault yet; next: jinku vault create NAME")


def _verify_one(  # noqa: PLR0917  one command's options
    session: Session, vault: str, rederive: bool, secret: SecretOptions, home_secret: SecretOptions, name: str = ""
) -> None:
    """One vault holds, and its report is shown, under its name if one is given."""
    if rederive:
        ensure_open(session, vault, secret, home_secret)
    with waiting(session.out, f"proving every address{name and f' of {name}'}"):
        report = session.platform.accounts.verify(vault, rederive)
    rows = [("vault", name)] if name else []
    rows += [
        ("jobs", f"{report.jobs:,}"),
        ("batches", f"{report.batches:,}, each signed by the pinned identity key"),
        ("accounts", f"{report.accounts:,}, each index once"),
        ("addresses", f"{report.addresses:,}, each proven against its batch"),
    ]
    if rederive:
        rows.append(("derived again", f"{counted(report.rederived, 'account')}, by independent code"))
    if report.written_off:
        gone = counted(sum(one.job.count for one in report.written_off), "account")
        rows.append(("written off", f"{counted(len(report.written_off), 'lost job')} of {gone}, not looked at"))
    session.out.result(_document_of(report), lambda console: console.print(facts(rows)))


def _document_of(report: VerifyReport) -> dict[str, object]:
    return {
        "vault": str(report.vault),
        "ok": True,
        "jobs": report.jobs,
        "batches": report.batches,
        "accounts": report.accounts,
        "addresses": report.addresses,
        "rederived": report.rederived,
        "unused_indexes": [list(pair) for pair in report.unused_indexes],
        "written_off": {
            "jobs": [str(one.job.job) for one in report.written_off],
            "accounts": sum(one.job.count for one in report.written_off),
        },
    }
