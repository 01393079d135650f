"""`jinku vault`: making vaults and looking after them."""

from __future__ import annotations

from typing import Annotated

import typer

from jinku.cli import vault_import, vault_keys  # each declares its commands on its own branch
from jinku.cli.choices import ChainsOption, CustodyScheme, Language, NameArgument, NewNameArgument, Words, forms_from
from jinku.cli.command import CREATING, NEW, OPENING, branch, command
from jinku.cli.opening import naming
from jinku.cli.output import facts, table
from jinku.cli.progress import waiting
from jinku.cli.prompts import passphrase_of_vault
from jinku.cli.session import SecretOptions, Session
from jinku.cli.vault_view import document_of, lifetime, rows_of, standing, state_of
from jinku.core import JinkuError
from jinku.custody import Limits, NewVault, Tier
from jinku.ops.platform import lock_without_database

app = branch("vault", "Create, import, unlock and look after vaults.")


@command(app, "create", secrets=(CREATING,))
def create(
    session: Session,
    *,
    name: NewNameArgument,
    secret: SecretOptions,
    tier: Annotated[Tier, typer.Option(help="How far from the network it stands.")],
    custody: Annotated[CustodyScheme, typer.Option(help="Who holds the key.")] = CustodyScheme.SEALED,
    chains: ChainsOption = "all",
    hardened_accounts: Annotated[
        bool,
        typer.Option("--hardened-accounts", help="Each account gets a hardened level of its own and may be exported."),
    ] = False,
    non_exportable: Annotated[
        bool,
        typer.Option("--non-exportable", help="With --hardened-accounts: the vault's secret never leaves it even so."),
    ] = False,
    words: Annotated[Words, typer.Option(help="Words of the mnemonic.")] = Words.W24,
    language: Annotated[
        Language, typer.Option(metavar="L", help=f"Language of the mnemonic: {', '.join(Language)}.")
    ] = Language.ENGLISH,
    max_accounts: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Limit of use: no more accounts.")
    ] = None,
) -> None:
    """Create a vault: the signer makes the secret, seals it under your passphrase and never shows it.

    The vault is locked until `jinku vault unlock`.
    """
    new = NewVault(
        name=name,
        tier=tier,
        forms=forms_from(chains, hardened_accounts),
        custody=custody.value,
        hardened_accounts=hardened_accounts,
        exportable=hardened_accounts and not non_exportable,  # words over a shared tree never leave; see the signer
        words=int(words.value),
        language=language.value,
        limits=Limits(max_accounts),
    )
    platform = session.platform
    prompt = passphrase_of_vault(name, new=True)
    with session.secret(secret, prompt, confirm=True) as given, waiting(session.out, "sealing the vault"):
        platform.custody.create(new, given)
    view = platform.custody.describe(name)
    session.out.result(document_of(session, view), lambda console: console.print(facts(rows_of(session, view))))
    session.out.note(f"next: jinku vault unlock {name}")


@command(app, "unlock", secrets=(OPENING,))
def unlock(
    session: Session,
    *,
    name: NameArgument,
    secret: SecretOptions,
    time: Annotated[str, typer.Option("--for", metavar="TIME", help="Lock by itself after this time: 30m, 8h.")] = "8h",
) -> None:
    """Unlock a vault: its key is open in the signer until `lock`, the time-out, or the signer's end."""
    seconds = lifetime(time)
    custody = session.platform.custody
    custody.find(name)
    prompt = passphrase_of_vault(name)
    with session.secret(secret, prompt) as given, waiting(session.out, "opening the vault"), naming(name):
        custody.unlock(name, given, ttl_seconds=seconds)
    view = custody.describe(name)
    session.out.result(
        document_of(session, view), lambda console: console.print(f"{view.vault.name}: {state_of(view)}")
    )


@command(app, "lock")
def lock(
    session: Session,
    *,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="The vault; all vaults when left out.")] = None,
) -> None:
    """Lock a vault, or all: its keys are wiped from the signer's memory and its capability token is void."""
    try:
        custody = session.platform.custody
    except JinkuError as error:  # the database does not open: the keys are wiped all the same
        lock_without_database(session.settings, name, error)
    custody.lock(name)
    what = name or "all vaults and the system keys"
    document: dict[str, object] = {"locked": name or "*"}
    session.out.result(document, lambda console: console.print(f"{what}: locked"))


@command(app, "passphrase", secrets=(OPENING, NEW))
def passphrase(session: Session, name: NameArgument, secret: SecretOptions, new: SecretOptions) -> None:
    """Change what opens a vault. Its records are not sealed anew: see `jinku vault rekey`."""
    custody = session.platform.custody
    custody.find(name)
    with (
        session.secret(secret, passphrase_of_vault(name)) as old,
        session.secret(new, passphrase_of_vault(name, new=True), confirm=True) as fresh,
        naming(name),
    ):
        custody.change_passphrase(name, old, fresh)
    view = custody.describe(name)
    session.out.result(
        document_of(session, view), lambda console: console.print(f"{view.vault.name}: passphrase changed")
    )
    session.out.warn(f"backups of {view.vault.name} that were made before still open with the old passphrase")


@command(app, "rekey", secrets=(OPENING,))
def rekey(session: Session, name: NameArgument, secret: SecretOptions) -> None:
    """Give a vault a new data key and seal every record of it anew."""
    custody = session.platform.custody
    custody.find(name)
    prompt = passphrase_of_vault(name)
    with session.secret(secret, prompt) as given, waiting(session.out, "sealing anew"), naming(name):
        vault = custody.rekey(name, given)
    view = custody.describe(name)
    text = f"{vault.name}: key version {vault.key_version}"
    session.out.result(document_of(session, view), lambda console: console.print(text))


@command(app, "describe")
def describe(session: Session, name: NameArgument) -> None:
    """Print what a vault is: tier, chains, limits, fingerprint, and whether it is open."""
    view = session.platform.custody.describe(name)
    session.out.result(
        document_of(session, view), lambda console: console.print(facts(rows_of(session, view, forms=True)))
    )


@command(app, "list")
def list_(session: Session) -> None:
    """Print every vault, a line each."""
    views = session.platform.custody.list()
    if session.out.as_json:
        for view in views:
            session.out.line(document_of(session, view))
        return
    if not views:
        session.out.note("no vault yet; next: jinku vault create NAME --tier hot")
        return
    rows = [
        (
            v.vault.name,
            v.vault.tier.value,
            state_of(v),
            v.vault.secret_kind,
            v.vault.fingerprint,
            f"{standing(session, v):,}",
        )
        for v in views
    ]
    session.out.console.print(
        table(("vault", "tier", "state", "secret", "fingerprint", "accounts"), rows, frozenset({5}))
    )


app.registered_commands += vault_import.app.registered_commands + vault_keys.app.registered_commands
