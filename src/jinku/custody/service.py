"""The verbs of custody: each state change of a vault stands with its journal entry, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from jinku.core import Clock, Id, IdSource, IntegrityError, JinkuError, Json, UsageError
from jinku.custody.checking import Witness, check_entries, check_file, told_by
from jinku.custody.errors import (
    NameTakenError,
    SignerError,
    SignerUnavailableError,
    VaultLockedError,
    VaultNotFoundError,
)
from jinku.custody.locking import known_to_signer, locked_unrecorded
from jinku.custody.ports import Form, ImportKind, SecretFd, Signer, VaultDescription, VaultSpec, Verb
from jinku.custody.reconcile import Reconciler
from jinku.custody.records import TokenStore, VaultRows
from jinku.custody.rules import check_limits, check_new, limits_from_text, limits_text
from jinku.custody.types import Limits, NewVault, Reconciliation, Vault, VaultState, VaultView
from jinku.store import Database, Unit

__all__ = ["DEFAULT_TTL_SECONDS", "Custody"]

DEFAULT_TTL_SECONDS = 8 * 3600
_EXPORT_SECONDS = 120
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
        witness: Witness | None = None,  # the signer when None; the composition hands in one that starts none
    ) -> None:
        """Take what it works with; nothing is read or written yet."""
        self._witness = witness or signer.describe
        self._database = database
        self._rows = rows
        self._signer = signer
        self._tokens = tokens
        self._ids = ids or IdSource(clock)
        self._clock = clock

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
        self._settle(new.name)
        desk = Reconciler(self._database, self._rows)
        with self._database.unit() as unit:
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

    def _settle(self, vault: str) -> None:
        """If the vault of this name was left half made by a process that died, it is finished or gone."""
        with self._database.read() as unit:
            known = self._rows.by_name(unit, vault)
        if known is not None and known.state is VaultState.CREATING:
            self.reconcile()

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
        found = self.find(vault)
        token = self._signer.unlock_vault(str(found.vault), secret, verbs, ttl_seconds)
        try:
            check_file(found, self._signer.describe(str(found.vault)))  # now authenticated by the vault's key
        except IntegrityError:
            self._signer.lock(str(found.vault))
            raise
        with self._database.unit() as unit:
            _note_unlock(unit, found, verbs, ttl_seconds)
            self._tokens.save(found.vault, token)
        return found

    @contextmanager
    def opened_for_export(self, vault: str, secret: SecretFd) -> Iterator[bytes]:
        """A token that exports, for two minutes. The kept token and the time the vault stays open are as before."""
        found = self.find(vault)
        before, seconds = self._signer.describe(str(found.vault)), _EXPORT_SECONDS
        was_open = before.state == "unlocked"
        if was_open:
            seconds = max(1, min(seconds, (before.expires_at_ms - self._clock.now_ms()) // 1000))
        token = self._signer.unlock_vault(str(found.vault), secret, (Verb.EXPORT,), seconds)
        try:
            with self._database.unit() as unit:
                _note_unlock(unit, found, (Verb.EXPORT,), seconds)
            yield token
        finally:
            if not was_open:
                self.lock(vault)

    def lock(self, vault: str | None = None) -> None:
        """The vault's key (every key of the signer, when None) is wiped; its token is void and gone.

        The keys go first, whatever the database says: LockedUnrecordedError when only the entry could not be written.
        """
        found = None if vault is None else self._lockable(vault)
        self._signer.lock(None if found is None else str(found))
        self._tokens.drop(found)
        try:
            with self._database.unit() as unit:
                unit.append_entry("vault.locked", "*" if found is None else str(found), {})
        except JinkuError as error:
            raise locked_unrecorded(vault, error) from error

    def _lockable(self, vault: str) -> Id:
        """The id of a vault: by its row, or by the signer's own files when the database does not answer."""
        try:
            return self.find(vault).vault
        except (VaultNotFoundError, UsageError):
            raise
        except JinkuError:
            return known_to_signer(self._signer, vault)

    def change_passphrase(self, vault: str, old: SecretFd, new: SecretFd) -> Vault:
        """The vault opens with the new secret only. Backups made before still open with the old one."""
        found = self.find(vault)
        self._signer.change_passphrase(str(found.vault), old, new)
        with self._database.unit() as unit:
            unit.append_entry("vault.passphrase_changed", str(found.vault), {"key_version": found.key_version})
        return found

    def rekey(self, vault: str, secret: SecretFd) -> Vault:
        """Every record of the vault is sealed under a new data key; the row notes its version."""
        found = self.find(vault)
        version = self._signer.rekey(str(found.vault), secret)
        rekeyed = replace(found, key_version=version)
        with self._database.unit() as unit:
            self._rows.save(unit, rekeyed)
            unit.append_entry("vault.rekeyed", str(found.vault), {"key_version": version})
        return rekeyed

    def find(self, vault: str) -> Vault:
        """The vault's row, by name or id; VaultNotFoundError otherwise, IntegrityError when it was changed."""
        found = self._named(vault)
        with self._database.read() as unit:
            return self._believed(unit, found)

    def fingerprint(self, unit: Unit, vault: Id) -> str:
        """The master fingerprint of a vault, as its file and its entries say it."""
        row = self._rows.by_id(unit, vault)
        if row is None:
            raise IntegrityError("a vault that has accounts has no row", found="no row", expected=str(vault))
        return self._believed(unit, row).fingerprint

    def _believed(self, unit: Unit, row: Vault) -> Vault:
        """The row, once it says what the entries say and, if a signer answers, what the vault's file says."""
        file = told_by(self._witness, str(row.vault))
        if file is not None:
            check_file(row, file)
        check_entries(unit, row)
        return row

    def _named(self, vault: str) -> Vault:
        self._settle(vault)
        with self._database.read() as unit:
            return self._find(unit, vault)

    def _find(self, unit: Unit, vault: str) -> Vault:
        found = self._rows.by_name(unit, vault)
        if found is None and len(vault) == 36:
            found = self._rows.by_id(unit, Id.parse(vault))
        if found is None:
            names = ", ".join(row.name for row in self._rows.all(unit)[:8]) or "none yet"
            raise VaultNotFoundError("no such vault", found=vault[:80], advice=f"vaults here: {names}")
        if found.state is VaultState.CREATING:
            raise VaultNotFoundError(
                f"vault {found.name} is just being made by another process", advice="wait for it, then try again"
            )
        if found.state is VaultState.MISSING:
            raise VaultNotFoundError(
                f"the file of vault {found.name} is gone from the signer's folder",
                found=str(found.vault),
                advice="restore it from a backup, then try again",
            )
        return found

    def describe(self, vault: str) -> VaultView:
        """The vault's row and what the signer says of it."""
        found = self.find(vault)
        return VaultView(found, self._signer.describe(str(found.vault)))

    def list(self) -> tuple[VaultView, ...]:
        """Every vault, by name; what the signer says of each stands beside it when a signer answers."""
        with self._database.read() as unit:
            rows = self._rows.all(unit)
        try:
            known = {description.vault: description for description in self._signer.list_vaults()}
        except SignerUnavailableError:
            known = {}
        for row in rows:
            file = known.get(str(row.vault))
            if file is not None and file.state != "damaged" and row.state is VaultState.READY:
                check_file(row, file)
        return tuple(VaultView(row, known.get(str(row.vault))) for row in rows)

    def export(  # noqa: PLR0917  as the port
        self,
        token: bytes,
        vault: str,
        account_index: int | None,
        format: str,  # noqa: A002  the port's own word
        out_fd: int,
        secret: SecretFd | None = None,
        recipient: str = "",
    ) -> None:
        """The key went to ``out_fd`` by the signer's rules of export. An entry stands before: none goes unseen.

        ``token`` is from ``opened_for_export``; the one that ``unlock`` keeps exports nothing.
        """
        found = self.find(vault)
        facts: dict[str, Json] = {"format": format, "to": "recipient" if recipient else "descriptor"}
        if account_index is not None:
            facts["index"] = account_index
        with self._database.unit() as unit:
            unit.append_entry("key.export_begun", str(found.vault), facts)
        outcome = "failed"
        try:
            self._signer.export(token, str(found.vault), account_index, format, out_fd, secret, recipient)
            outcome = "exported"
        except SignerError as error:
            outcome = error.code
            raise
        finally:
            with self._database.unit() as unit:
                unit.append_entry("key.export_ended", str(found.vault), {**facts, "outcome": outcome})

    def token(self, vault: Id) -> bytes:
        """The capability token that ``unlock`` left; VaultLockedError when there is none."""
        token = self._tokens.load(vault)
        if token is None:
            with self._database.read() as unit:
                row = self._rows.by_id(unit, vault)
            name = str(vault) if row is None else row.name
            raise VaultLockedError(f"vault {name} is locked", advice=f"run `jinku vault unlock {name}` first")
        return token

    def reserve(self, unit: Unit, vault: Id, count: int, forms: Sequence[Form]) -> int:
        """The first of ``count`` account indexes that are the caller's from this transaction on.

        The limits of use are the signer's authenticated copy when the vault is unlocked, the row's otherwise.
        """
        row = self._rows.by_id(unit, vault)
        if row is None:
            raise VaultNotFoundError("no such vault", found=str(vault))
        check_limits(row.name, self._limits(row), row.next_index, count, forms)
        return self._rows.reserve(unit, vault, count)

    def _limits(self, vault: Vault) -> Limits:
        try:
            return limits_from_text(self._signer.describe(str(vault.vault)).limits)
        except SignerUnavailableError:
            return vault.limits

    def reconcile(self) -> Reconciliation:
        """Rows and signer agree: what a killed process left half done is finished, dropped, adopted or reported."""
        return Reconciler(self._database, self._rows).run(self._signer.list_vaults(), self._clock.now_ms())


def _note_unlock(unit: Unit, vault: Vault, verbs: Sequence[Verb], seconds: int) -> None:
    facts: dict[str, Json] = {"ttl_seconds": seconds, "verbs": sorted(verb.value for verb in verbs)}
    unit.append_entry("vault.unlocked", str(vault.vault), facts)


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
