"""The verbs of custody: each state change of a vault stands with its journal entry, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from jinku.core import Clock, Id, IdSource
from jinku.custody.ports import Form, ImportKind, SecretFd, Signer, Verb
from jinku.custody.records import TokenStore, VaultRows
from jinku.custody.types import NewVault, Reconciliation, Vault, VaultView
from jinku.store import Database, Unit

__all__ = ["Custody"]

DEFAULT_TTL_SECONDS = 8 * 3600


class Custody:
    """The vaults of one home. ``vault`` arguments are a name or an id; secrets are descriptors the signer reads."""

    def __init__(
        self,
        database: Database,
        rows: VaultRows,  # jinku.custody.adapters.vault_rows.SqlVaultRows()
        signer: Signer,
        tokens: TokenStore,  # jinku.custody.adapters.token_folder.TokenFolder(runtime / "tokens")
        clock: Clock,
        ids: IdSource | None = None,
    ) -> None:
        """Take what it works with; nothing is read or written yet."""

    def create(self, new: NewVault, secret: SecretFd, bip39_passphrase: SecretFd | None = None) -> Vault:
        """A new vault stands: its file with the signer, its row and the entry ``vault.created`` here."""
        raise NotImplementedError

    def import_vault(
        self,
        new: NewVault,
        kind: ImportKind,
        material: SecretFd,
        secret: SecretFd,
        material_passphrase: SecretFd | None = None,
        allow_costly_kdf: bool = False,
    ) -> Vault:
        """A vault with foreign key material stands, as with ``create``."""
        raise NotImplementedError

    def unlock(self, vault: str, secret: SecretFd, ttl_seconds: int = DEFAULT_TTL_SECONDS, verbs: Sequence[Verb] = tuple(Verb)) -> Vault:
        """The signer holds the vault's key until lock or time-out; the capability token lies in the runtime folder."""
        raise NotImplementedError

    def lock(self, vault: str | None = None) -> None:
        """The vault's key (every vault's, when None) is wiped in the signer; its token is void and gone."""

    def change_passphrase(self, vault: str, old: SecretFd, new: SecretFd) -> Vault:
        """The vault opens with the new secret only. Backups made before still open with the old one."""
        raise NotImplementedError

    def rekey(self, vault: str, secret: SecretFd) -> Vault:
        """Every record of the vault is sealed under a new data key."""
        raise NotImplementedError

    def find(self, vault: str) -> Vault:
        """The vault's row, by name or id; NotFoundError otherwise."""
        raise NotImplementedError

    def describe(self, vault: str) -> VaultView:
        """The vault's row and what the signer says of it."""
        raise NotImplementedError

    def list(self) -> tuple[VaultView, ...]:
        """Every vault, by name."""
        raise NotImplementedError

    def export(
        self, vault: str, account_index: int | None, format: str, out_fd: int, secret: SecretFd | None = None, recipient: str = ""
    ) -> None:
        """The key went to ``out_fd`` by the signer's rules of export; the entry ``key.exported`` stands."""

    def token(self, vault: Id) -> bytes:
        """The capability token that ``unlock`` left; VaultLockedError when there is none."""
        raise NotImplementedError

    def reserve(self, unit: Unit, vault: Id, count: int, forms: Sequence[Form]) -> int:
        """The first of ``count`` account indexes that belong to the caller from this transaction on."""
        raise NotImplementedError

    def reconcile(self) -> Reconciliation:
        """Rows and signer agree: what a killed process left half done is finished, dropped, adopted or reported."""
        raise NotImplementedError
