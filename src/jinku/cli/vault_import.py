"""`jinku vault import`: foreign key material, read by the signer alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from jinku.cli.choices import ChainsOption, NewNameArgument, forms_from
from jinku.cli.command import CREATING, MATERIAL, branch, command
from jinku.cli.output import facts
from jinku.cli.progress import waiting
from jinku.cli.prompts import passphrase_of_vault
from jinku.cli.session import SecretOptions, Session, open_for_signer
from jinku.cli.vault_view import document_of, rows_of
from jinku.core import UsageError
from jinku.custody import Limits, NewVault, Tier
from jinku.custody.ports import ImportKind, SecretFd

app = branch("import", "")

_STANDARD_INPUT = Path("-")
_PUBLIC = {ImportKind.XPUB, ImportKind.DESCRIPTOR}  # nothing to destroy afterwards
_WITH_PASSWORD = {ImportKind.KEYSTORE, ImportKind.NEP2, ImportKind.NEP6}


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the key material comes from; exactly one is given."""

    mnemonic_file: Annotated[Path | None, typer.Option(metavar="F", help="BIP-39 words, any official language.")] = None
    bip39_passphrase_file: Annotated[Path | None, typer.Option(metavar="F", help="The words' BIP-39 passphrase.")] = (
        None
    )
    keystore: Annotated[Path | None, typer.Option(metavar="F", help="Web3 keystore v3 (asks its password).")] = None
    xprv_file: Annotated[Path | None, typer.Option(metavar="F", help="BIP-32 extended private key.")] = None
    wif_file: Annotated[Path | None, typer.Option(metavar="F", help="Wallet import format.")] = None
    nep2: Annotated[Path | None, typer.Option(metavar="F", help="Neo NEP-2 encrypted key (asks its password).")] = None
    nep6: Annotated[Path | None, typer.Option(metavar="F", help="Neo NEP-6 wallet file (asks its password).")] = None
    solana_keypair: Annotated[Path | None, typer.Option(metavar="F", help="Solana keypair file (JSON numbers).")] = None
    xpub_file: Annotated[
        Path | None, typer.Option(metavar="F", help="Extended public key: watch only; - for standard input.")
    ] = None
    xpub: Annotated[
        str | None, typer.Option(metavar="X", help="The same as an argument, which other programs see.")
    ] = None
    descriptor: Annotated[Path | None, typer.Option(metavar="F", help="Output descriptor: watch only.")] = None

    def chosen(self) -> tuple[ImportKind, Path | str]:
        """The one source that was given, by its kind."""
        named: list[tuple[ImportKind, Path | str | None]] = [
            (ImportKind.MNEMONIC, self.mnemonic_file),
            (ImportKind.KEYSTORE, self.keystore),
            (ImportKind.XPRV, self.xprv_file),
            (ImportKind.WIF, self.wif_file),
            (ImportKind.NEP2, self.nep2),
            (ImportKind.NEP6, self.nep6),
            (ImportKind.SOLANA, self.solana_keypair),
            (ImportKind.XPUB, self.xpub_file),
            (ImportKind.XPUB, self.xpub),
            (ImportKind.DESCRIPTOR, self.descriptor),
        ]
        given = [(kind, value) for kind, value in named if value is not None]
        if len(given) != 1:
            found = ", ".join(kind.value for kind, _ in given) or "none"
            expected = "exactly one of the options"
            raise UsageError("an import takes one source of key material", found=found, expected=expected)
        if self.bip39_passphrase_file is not None and given[0][0] is not ImportKind.MNEMONIC:
            raise UsageError(
                "only a mnemonic has a BIP-39 passphrase",
                found=f"--{given[0][0].value} given",
                expected="--mnemonic-file beside it",
            )
        return given[0]


@contextmanager
def _descriptor(kind: ImportKind, value: Path | str) -> Iterator[SecretFd]:
    """The material as a descriptor; a public key given as text passes through a pipe."""
    if value == _STANDARD_INPUT:
        fd = _standard_input()
    elif isinstance(value, Path):
        fd = open_for_signer(value, f"the {kind.value} file")
    else:
        fd, end = os.pipe()
        with os.fdopen(end, "w") as pipe:
            pipe.write(value)
    try:
        yield SecretFd(fd, "material")
    finally:
        os.close(fd)


def _standard_input() -> int:
    """What a pipe or a file gives; a terminal, whose echo would show it, is refused."""
    if os.isatty(0):
        raise UsageError(
            "standard input is a terminal, which would echo",
            found="--xpub-file -",
            expected="a pipe or a file",
            advice="jinku vault import NAME --xpub-file - < FILE",
        )
    return os.dup(0)


@command(app, "import", secrets=(CREATING, MATERIAL))
def import_(
    session: Session,
    *,
    name: NewNameArgument,
    secret: SecretOptions,
    material_secret: SecretOptions,
    tier: Annotated[Tier, typer.Option(help="How far from the network it stands.")] = Tier.WARM,
    chains: ChainsOption = "all",
    sources: Sources,
    hardened_accounts: Annotated[
        bool, typer.Option("--hardened-accounts", help="A hardened level an account.")
    ] = False,
    non_exportable: Annotated[
        bool, typer.Option("--non-exportable", help="The secret never leaves the vault.")
    ] = False,
    max_accounts: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Limit of use: no more accounts.")
    ] = None,
    allow_costly_kdf: Annotated[bool, typer.Option("--allow-costly-kdf", help="Open a keystore at any cost.")] = False,
) -> None:
    """Make a vault of foreign key material. The signer reads it from the file itself; it never enters this process.

    The file can be a descriptor, such as /dev/fd/4, so that the material need not lie on disk.
    """
    kind, value = sources.chosen()
    if sources.xpub is not None:
        session.out.warn(
            "an extended public key in an argument shows in the list of processes and the shell's history: whoever has "
            "it sees every account of the vault; --xpub-file F, or - for standard input, does not show it"
        )
    new = NewVault(
        name=name,
        tier=tier,
        forms=forms_from(chains, hardened_accounts),
        hardened_accounts=hardened_accounts,
        exportable=not non_exportable,
        limits=Limits(max_accounts),
    )
    platform = session.platform
    with (
        _descriptor(kind, value) as stuff,
        _password(session, kind, material_secret, sources.bip39_passphrase_file) as password,
        session.secret(secret, passphrase_of_vault(name, new=True), confirm=True) as given,
        waiting(session.out, "sealing the vault"),
    ):
        platform.custody.import_vault(new, kind, stuff, given, password, allow_costly_kdf)
    view = platform.custody.describe(name)
    session.out.result(document_of(session, view), lambda console: console.print(facts(rows_of(session, view))))
    if isinstance(value, Path) and value.is_file() and kind not in _PUBLIC:
        session.out.warn(f"{value} still holds the key material; destroy it when a backup of the vault exists")


@contextmanager
def _password(
    session: Session, kind: ImportKind, options: SecretOptions, bip39_file: Path | None
) -> Iterator[SecretFd | None]:
    """What opens the material itself, if anything does."""
    if bip39_file is not None:
        fd = open_for_signer(bip39_file, "the BIP-39 passphrase file")
        try:
            yield SecretFd(fd)
        finally:
            os.close(fd)
    elif kind in _WITH_PASSWORD:
        with session.secret(options, f"Password of the {kind.value} file") as given:
            yield given
    else:
        yield None
