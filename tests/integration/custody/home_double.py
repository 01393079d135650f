"""A whole home on the signer's double, for the suites of custody and accounts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pure_prover import PureProver
from shapes import EVM, SEVEN, secret
from signer_double import SignerDouble

from jinku.accounts import Accounts
from jinku.accounts.adapters.account_rows import SqlAccountRows
from jinku.core import Clock, Id, SystemClock
from jinku.custody import Custody, Limits, NewVault, Tier, Vault
from jinku.custody.adapters.token_folder import TokenFolder
from jinku.custody.adapters.vault_rows import SqlVaultRows
from jinku.custody.ports import Form
from jinku.store import Database, Place

DEPLOYMENT = Id.parse("018bcfe5-6800-7000-8000-00000000abcd")
PASSPHRASE = "correct horse"


@dataclass
class Home:
    """Everything a test touches."""

    path: Path
    database: Database
    signer: SignerDouble
    custody: Custody
    accounts: Accounts

    def vault(
        self, name: str = "ops", forms: tuple[Form, ...] = SEVEN, limits: Limits | None = None, unlock: bool = True
    ) -> Vault:
        """A new vault, unlocked."""
        with secret(PASSPHRASE) as given:
            made = self.custody.create(NewVault(name, Tier.HOT, forms, limits=limits or Limits()), given)
        if unlock:
            self.unlock(name)
        return made

    def unlock(self, name: str = "ops") -> None:
        with secret(PASSPHRASE) as given:
            self.custody.unlock(name, given)


def open_home(
    path: Path, clock: Clock | None = None, owner_cap: int = 0, pure: bool = False, place: Place | None = None
) -> Home:
    """The home at ``path``, made if need be; its records in the file there unless ``place`` names a server."""
    own_clock = clock or SystemClock()
    database = Database.create(place or path / "jinku.db", own_clock)
    signer = SignerDouble(path / "signer", DEPLOYMENT)
    custody = Custody(database, SqlVaultRows(), signer, TokenFolder(path / "tokens"), own_clock)
    accounts = Accounts(
        database,
        SqlAccountRows(),
        custody,
        signer,
        own_clock,
        DEPLOYMENT,
        signer.identity.public_key().public_bytes_raw(),
        owner_cap,
        prover=PureProver() if pure else None,
    )
    return Home(path, database, signer, custody, accounts)


__all__ = ["DEPLOYMENT", "EVM", "PASSPHRASE", "SEVEN", "Home", "open_home"]
