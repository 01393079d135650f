"""`jinku vault import`: foreign key material, read by the signer alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from jinku.cli.choices import ChainsOption, NameArgument, forms_from
from jinku.cli.command import CREATING, MATERIAL, branch, command
from jinku.cli.output import facts
from jinku.cli.progress import waiting
from jinku.cli.session import SecretOptions, Session, open_for_signer
from jinku.cli.vault_view import document_of, rows_of
from jinku.core import UsageError
from jinku.custody import Limits, NewVault, Tier
from jinku.custody.ports import ImportKind, SecretFd

app = branch("import", "")

_WITH_PASSWORD = {ImportKind.KEYSTORE, ImportKind.NEP2, ImportKind.NEP6}


@dataclass(frozen=True, slots=True)
class _Material:
    kind: ImportKind
    path: Path | None = None
    text: str = ""


def _one_of(files: dict[ImportKind, Path | None], texts: dict[ImportKind, str | None]) -> _Material:
    given = [_Material(kind, path=path) for kind, path in files.items() if path is not None]
    given += [_Material(kind, text=text) for kind, text in texts.items() if text is not None]
    if len(given) != 1:
        found = ", ".join(material.kind.value for material in given) or "none"
        raise UsageError(
            "an import takes one source of key material", found=found, expected="exactly one of the options"
        )
    return given[0]


@contextmanager
def _descriptor(material: _Material) -> Iterator[SecretFd]:
    """The material as a descriptor; a public key given as text passes through a pipe."""
    if material.path is not None:
        fd = open_for_signer(material.path, f"the {material.kind.value} file")
    else:
        fd, end = os.pipe()
        with os.fdopen(end, "w") as pipe:
            pipe.write(material.text)
    try:
        yield SecretFd(fd, "material")
    finally:
        os.close(fd)


@command(app, "import", secrets=(CREATING, MATERIAL))
def import_(
    session: Session,
    *,
    name: NameArgument,
    secret: SecretOptions,
    material_secret: SecretOptions,
    tier: Annotated[Tier, typer.Option(help="How far from the network it stands.")] = Tier.WARM,
    chains: ChainsOption = "all",
    mnemonic_file: Annotated[
        Path | None, typer.Option(metavar="F", help="BIP-39 words, any official language.")
    ] = None,
    bip39_passphrase_file: Annotated[
        Path | None, typer.Option(metavar="F", help="The words' BIP-39 passphrase.")
    ] = None,
    keystore: Annotated[Path | None, typer.Option(metavar="F", help="Web3 keystore v3 (asks its password).")] = None,
    xprv_file: Annotated[Path | None, typer.Option(metavar="F", help="BIP-32 extended private key.")] = None,
    wif_file: Annotated[Path | None, typer.Option(metavar="F", help="Wallet import format.")] = None,
    nep2: Annotated[Path | None, typer.Option(metavar="F", help="Neo NEP-2 encrypted key (asks its password).")] = None,
    nep6: Annotated[Path | None, typer.Option(metavar="F", help="Neo NEP-6 wallet file (asks its password).")] = None,
    solana_keypair: Annotated[
        Path | None, typer.Option(metavar="F", help="Solana keypair file (JSON numbers).")
    ] = None,
    xpub: Annotated[str | None, typer.Option(metavar="X", help="Extended public key: watch only.")] = None,
    descriptor: Annotated[Path | None, typer.Option(metavar="F", help="Output descriptor: watch only.")] = None,
    hardened_accounts: Annotated[
        bool, typer.Option("--hardened-accounts", help="A hardened level for each account.")
    ] = False,
    non_exportable: Annotated[
        bool, typer.Option("--non-exportable", help="The secret never leaves the vault.")
    ] = False,
    max_accounts: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Limit of use: no more accounts.")
    ] = None,
    allow_costly_kdf: Annotated[
        bool, typer.Option("--allow-costly-kdf", help="Open a keystore even if its key derivation is absurdly costly.")
    ] = False,
) -> None:
    """Make a vault of foreign key material. The signer reads it from the file itself; it never enters this process.

    The file can be a descriptor, such as /dev/fd/4, so that the material need not lie on disk.
    """
    files = {
        ImportKind.MNEMONIC: mnemonic_file,
        ImportKind.KEYSTORE: keystore,
        ImportKind.XPRV: xprv_file,
        ImportKind.WIF: wif_file,
        ImportKind.NEP2: nep2,
        ImportKind.NEP6: nep6,
        ImportKind.SOLANA: solana_keypair,
        ImportKind.DESCRIPTOR: descriptor,
    }
    material = _one_of(files, {ImportKind.XPUB: xpub})
    if bip39_passphrase_file is not None and material.kind is not ImportKind.MNEMONIC:
        raise UsageError("only a mnemonic has a BIP-39 passphrase", found=f"--{material.kind.value} given")
    new = NewVault(
        name=name,
        tier=tier,
        forms=forms_from(chains),
        hardened_accounts=hardened_accounts,
        exportable=not non_exportable,
        limits=Limits(max_accounts),
    )
    platform = session.platform
    with (
        _descriptor(material) as stuff,
        _password(session, material.kind, material_secret, bip39_passphrase_file) as password,
        session.secret(secret, f"Passphrase for the vault {name}", confirm=True) as given,
        waiting(session.out, "sealing the vault"),
    ):
        platform.custody.import_vault(new, material.kind, stuff, given, password, allow_costly_kdf)
    view = platform.custody.describe(name)
    session.out.result(document_of(view), lambda console: console.print(facts(rows_of(view))))
    if material.path is not None and material.path.is_file():
        session.out.warn(f"{material.path} still holds the key material; destroy it when a backup of the vault exists")


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
