"""The verbs of custody: each state change of a vault stands with its journal entry, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from jinku.core import Clock, Id, IdSource, IntegrityError, JinkuError
from jinku.custody.changing import VAULTS, Changes
from jinku.custody.checking import FileTeller, check_file
from jinku.custody.errors import (
    NameTakenError,
    SignerTimeoutError,
    SignerUnavailableError,
    VaultLockedError,
    VaultNotFoundError,
)
from jinku.custody.opening import Opening
from jinku.custody.ports import Exported, Form, ImportKind, SecretFd, Signer, VaultDescription, VaultSpec, Verb
from jinku.custody.reconcile import Reconciler
from jinku.custody.records import TokenStore, VaultRows
from jinku.custody.register import Register
from jinku.custody.rules import check_key, check_limits, check_new, check_wallets, limits_from_text, limits_text
from jinku.custody.types import NewVault, Reconciliation, Vault, VaultState, VaultView
from jinku.custody.unlocking import Unlocking
from jinku.store import Database, Unit

__all__ = ["DEFAULT_TTL_SECONDS", "Custody"]

DEFAULT_TTL_SECONDS = 8 * 3600
_DAILY = (Verb.DERIVE, Verb.DESCRIBE, Verb.MAKE)  # export is none of them: it asks for the secret each time


class Custody:
    """The vaults of one home. ``vault`` arguments are a name or an id; secrets are descriptors the signer reads."""

    def __init__(  # noqa: PLR0917  the composition calls it, once
        self,
        database: Database,
        rows: VaultRows,  # jinku.custody.adapters.vault_rows.SqlVaultRows()
        signer: Signer,
        tokens: TokenStore,  # jinku.custody.adapters.token_folder.TokenFolder(runtime / "tokens")
        clock: Clock,
        ids: IdSource | None = None,
        teller: FileTeller | None = None,  # the signer when None; the composition hands in one that starts none
        reader: Signer | None = None,  # the signer when None; the composition hands in one that gives up soon
    ) -> None:
        """Take what it works with; nothing is read or written yet."""
        self._database = database
        self._rows = rows
        self._signer = signer
        self._reader = reader or signer
        self._tokens = tokens
        self._ids = ids or IdSource(clock)
        self._clock = clock
        self._teller = teller or signer.describe
        self._changes = Changes(database, rows, signer, self._reader, tokens)
        self._unlocking = Unlocking(database, signer, tokens, self._ids)
        self._register = Register(database, rows, self._teller, self._changes, self.reconcile, self._unlocking)
        self._opening = Opening(database, signer, self._reader, tokens, clock, self._register, self._unlocking)

    def create(self, new: NewVault, secret: SecretFd, bip39_passphrase: SecretFd | None = None) -> Vault:
        """A new vault stands: its file with the signer, its row and the entry ``vault.created`` here."""
        return self._make(
            new, "bip39", "vault.created", lambda spec: self._signer.create_vault(spec, secret, bip39_passphrase)
        )

    def import_vault(  # noqa: PLR0917  as the port
        self,
        new: NewVault,
        kind: ImportKind,
        material: SecretFd,
        secret: SecretFd,
        material_passphrase: SecretFd | None = None,
        allow_costly_kdf: bool = False,
    ) -> Vault:
        """A vault with foreign key material stands, as with ``create``; the entry is ``vault.imported``."""

        def ask(spec: VaultSpec) -> VaultDescription:
            return self._signer.import_vault(spec, kind, material, secret, material_passphrase, allow_costly_kdf)

        return self._make(new, kind.value, "vault.imported", ask)

    def _make(self, new: NewVault, secret_kind: str, entry: str, ask: Callable[[VaultSpec], VaultDescription]) -> Vault:
        """Row ``creating``, then the signer's file, then row ``ready`` with its entry: a kill between is reconciled."""
        check_new(new)
        vault = self._draft(new, secret_kind)
        self._register.settle(new.name)
        desk = Reconciler(self._database, self._rows, self._changes.under_way)
        with self._database.unit() as unit:
            unit.hold(VAULTS)
            if self._rows.by_name(unit, new.name) is not None:
                raise NameTakenError(
                    f"a vault named {new.name} exists", advice="choose another name, or see `vault list`"
                )
            vault = desk.begin(unit, vault)
        try:
            description = ask(_spec(vault, new))
        except SignerUnavailableError:
            desk.let_go(vault)
            raise
        except JinkuError:
            desk.give_up(vault)
            raise
        return desk.finish(vault, description, entry)

    def _draft(self, new: NewVault, secret_kind: str) -> Vault:
        return Vault(
            row_id=0,
            vault=self._ids.new(),
            name=new.name,
            tier=new.tier,
            custody=new.custody,
            state=VaultState.CREATING,
            forms=new.forms,
            secret_kind=secret_kind,
            hardened_accounts=new.hardened_accounts,
            exportable=new.exportable,
            fingerprint="",
            key_version=0,
            limits=new.limits,
            next_index=0,
            created_at_ms=self._clock.now_ms(),
        )

    def unlock(
        self,
        vault: str,
        secret: SecretFd,
        ttl_seconds: int = DEFAULT_TTL_SECONDS,
        verbs: Sequence[Verb] = _DAILY,
    ) -> Vault:
        """The signer holds the vault's key until lock or time-out; the capability token lies in the runtime folder."""
        return self._opening.unlock(vault, secret, ttl_seconds, verbs)

    def opened_for_export(self, vault: str, secret: SecretFd) -> AbstractContextManager[bytes]:
        """A token that exports, for two minutes. The kept token and the time the vault stays open are as before."""
        return self._opening.for_export(vault, secret)

    def lock(self, vault: str | None = None) -> None:
        """The vault's key (every key of the signer, when None) is wiped; its token is void and gone.

        The keys go first, whatever the database says: LockedUnrecordedError when only the entry could not be written.
        """
        self._opening.lock(vault)

    def change_passphrase(self, vault: str, old: SecretFd, new: SecretFd) -> Vault:
        """The vault opens with the new secret only. Backups made before still open with the old one."""
        found = self.find(vault)
        self._changes.passphrase(found, old, new)
        return found

    def rekey(self, vault: str, secret: SecretFd) -> Vault:
        """Every record of the vault is sealed under a new data key; the row notes its version."""
        return self._changes.rekey(self.find(vault), secret)

    def find(self, vault: str) -> Vault:
        """The vault's row, by name or id; VaultNotFoundError otherwise, IntegrityError when it was changed."""
        return self._register.find(vault)

    def fingerprint(self, unit: Unit, vault: Id) -> str:
        """The master fingerprint of a vault, as its file and its entries say it."""
        return self._register.fingerprint(unit, vault)

    def looked_at(self) -> tuple[tuple[Vault, JinkuError | None], ...]:
        """Each vault that is ready, with what file or entries say against its row; nothing is mended."""
        return self._register.looked_at()

    def without_rows(self) -> tuple[IntegrityError, ...]:
        """What is wrong with each vault that the log has the making of, and that no row says was made."""
        return self._register.without_rows()

    def describe(self, vault: str) -> VaultView:
        """The vault's row and what the signer says of it."""
        found = self.find(vault)
        return VaultView(found, self._reader.describe(str(found.vault)))

    def list(self) -> tuple[VaultView, ...]:
        """Every vault, by name; what the signer says of each stands beside it when a signer answers."""
        self._register.settle()
        with self._database.read() as unit:
            rows = self._rows.all(unit)
        try:
            known = {description.vault: description for description in self._reader.list_vaults()}
        except SignerTimeoutError:
            raise  # one that hangs may hold keys: say so
        except SignerUnavailableError:
            known = {}
        return tuple(self._viewed(row, known.get(str(row.vault))) for row in rows)

    def _viewed(self, row: Vault, file: VaultDescription | None) -> VaultView:
        if file is not None and file.state != "damaged" and row.state is VaultState.READY:
            row = self._changes.note(row, file)
            check_file(row, file)
        return VaultView(row, file)

    def export(  # noqa: PLR0917  as the port
        self,
        token: bytes,
        vault: str,
        account_index: int | None,
        format: str,  # noqa: A002  the port's own word
        out_fd: int,
        secret: SecretFd | None = None,
        recipient: str = "",
    ) -> Exported:
        """The key went to ``out_fd`` by the signer's rules of export. An entry stands before: none goes unseen.

        ``token`` is from ``opened_for_export``; the one that ``unlock`` keeps exports nothing.
        """
        return self._opening.export(token, vault, account_index, format, out_fd, secret, recipient)

    def token(self, vault: Id) -> bytes:
        """The capability token that ``unlock`` left; VaultLockedError when there is none."""
        token = self._tokens.load(vault)
        if token is None:
            with self._database.read() as unit:
                row = self._rows.by_id(unit, vault)
            name = str(vault) if row is None else row.name
            raise VaultLockedError(f"vault {name} is locked", advice=f"run `jinku vault unlock {name}` first")
        return token

    def next_index(self, unit: Unit, vault: Id) -> int:
        """The first account index that nobody reserved."""
        return self._row(unit, vault).next_index

    def reserve_to(self, unit: Unit, vault: Id, end: int, forms: Sequence[Form], wallets: bool = False) -> None:
        """All account indexes below ``end`` that nobody reserved are the caller's from this transaction on.

        The limits of use are the signer's authenticated copy when the vault is unlocked, the row's otherwise. What the
        vault's key can never derive is refused, unless the accounts are ``wallets``, with words of their own.
        """
        row = self._row(unit, vault)
        count = end - row.next_index
        if count > 0:
            file = self._told(row)
            limits = row.limits if file is None else limits_from_text(file.limits)
            check_limits(row.name, limits, row.next_index, count, forms)
            if wallets:
                check_wallets(row, forms)
            else:
                check_key(row, {} if file is None else dict(zip(file.forms, file.accounts, strict=False)), end, forms)
            self._rows.reserve(unit, vault, count)

    def _row(self, unit: Unit, vault: Id) -> Vault:
        row = self._rows.by_id(unit, vault)
        if row is None:
            raise VaultNotFoundError(
                "no such vault", found=str(vault), advice="its row was deleted meanwhile; see `vault list`"
            )
        return row

    def _told(self, vault: Vault) -> VaultDescription | None:
        try:
            return self._signer.describe(str(vault.vault))
        except SignerUnavailableError:
            return None

    def reconcile(self, accept_older: bool = False) -> Reconciliation:
        """Rows and signer agree: what a killed process left half done is finished, dropped, adopted or reported.

        A vault file older than its row is accepted, with an entry, only when the caller says so.
        """
        ended = self._changes.settle(self._teller) + self._unlocking.settle(self._teller)
        desk = Reconciler(self._database, self._rows, self._changes.under_way)
        return replace(desk.run(self._signer.list_vaults(), self._clock.now_ms(), accept_older), ended=ended)


def _spec(vault: Vault, new: NewVault) -> VaultSpec:
    return VaultSpec(
        vault=str(vault.vault),
        name=new.name,
        tier=new.tier.value,
        forms=new.forms,
        hardened_accounts=new.hardened_accounts,
        exportable=new.exportable,
        words=new.words,
        language=new.language,
        limits=limits_text(new.limits),
    )
