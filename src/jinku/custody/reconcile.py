"""Rows and the signer's files agree again after a process died between the two."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from jinku.core import Id, IntegrityError, Json
from jinku.custody.changing import VAULTS, note_version
from jinku.custody.checking import check_entries
from jinku.custody.history import history_of
from jinku.custody.ports import VaultDescription
from jinku.custody.records import VaultRows
from jinku.custody.rules import limits_from_text
from jinku.custody.types import Reconciliation, Tier, Vault, VaultState
from jinku.store import Database, Queue, Unit, current_owner

__all__ = ["CREATING", "Reconciler"]

# A vault that is being made has a task here, leased by the process that makes it: only a dead one's is cut short.
CREATING = Queue("custody/creating")

_OWN_WORDS = "bip39"


def _facts(vault: Vault) -> dict[str, Json]:
    """What the entry of a vault's making says; no name, since a person may stand in it."""
    return {
        "custody": vault.custody,
        "exportable": vault.exportable,
        "fingerprint": vault.fingerprint,
        "forms": [{"chain": f.chain, "family": f.family, "kind": f.kind, "path": f.path} for f in vault.forms],
        "hardened_accounts": vault.hardened_accounts,
        "key_version": vault.key_version,
        "secret_kind": vault.secret_kind,
        "tier": vault.tier.value,
    }


def _completed(vault: Vault, description: VaultDescription) -> Vault:
    return replace(
        vault,
        state=VaultState.READY,
        forms=description.forms or vault.forms,
        secret_kind=description.secret_kind or vault.secret_kind,
        hardened_accounts=description.hardened_accounts,
        exportable=description.exportable,
        fingerprint=description.fingerprint,
        key_version=description.key_version,
    )


class Reconciler:
    """Mends what can be mended without a secret; reports the rest."""

    def __init__(self, database: Database, rows: VaultRows, under_way: Callable[[Unit], set[str]]) -> None:
        """Take the database, its vault table, and what tells which vaults a living process changes."""
        self._database = database
        self._rows = rows
        self._under_way = under_way

    def finish(self, vault: Vault, description: VaultDescription, entry: str) -> Vault:
        """The row is ready and its entry stands, in one transaction."""
        done = _completed(vault, description)
        with self._database.unit() as unit:
            self._ready(unit, done, entry)
        return done

    def _ready(self, unit: Unit, done: Vault, entry: str) -> None:
        self._rows.save(unit, done)
        CREATING.drop(unit, str(done.vault))
        unit.append_entry(entry, str(done.vault), _facts(done))

    def begin(self, unit: Unit, vault: Vault) -> Vault:
        """The row ``creating`` stands, held by this process."""
        CREATING.claim(unit, str(vault.vault), current_owner())
        return self._rows.insert(unit, vault)

    def let_go(self, vault: Vault) -> None:
        """The row stays as it is for the next reconciliation: nobody knows whether the signer wrote the file."""
        with self._database.unit() as unit:
            CREATING.drop(unit, str(vault.vault))

    def give_up(self, vault: Vault) -> None:
        """The row is gone; the name is free."""
        with self._database.unit() as unit:
            self._rows.delete(unit, vault.vault)
            CREATING.drop(unit, str(vault.vault))

    def run(self, files: Iterable[VaultDescription], now_ms: int, accept_older: bool = False) -> Reconciliation:
        """Each row and each file was looked at once; see ``Reconciliation`` for what became of it."""
        known = {description.vault: description for description in files}
        found: dict[str, list[str]] = {field: [] for field in Reconciliation.__dataclass_fields__}
        with self._database.unit() as unit:
            unit.hold(VAULTS)
            CREATING.release_dead(unit)
            rows = {str(row.vault): row for row in self._rows.all(unit)}
            busy = CREATING.held_keys(unit) | self._under_way(unit)
        for key, row in rows.items():
            if key not in busy:
                self._look_at_row(row, known.get(key), found, accept_older)
        for key, description in known.items():
            if key not in rows:
                self._adopt(description, now_ms, found)
        return Reconciliation(**{field: tuple(keys) for field, keys in found.items()})

    def _look_at_row(
        self, row: Vault, file: VaultDescription | None, found: dict[str, list[str]], accept_older: bool
    ) -> None:
        key = str(row.vault)
        if file is None:
            if row.state is VaultState.CREATING:
                self.give_up(row)
                found["dropped"].append(key)
                return
            if row.state is VaultState.READY:
                self._note(row, VaultState.MISSING, "vault.missing")
            found["missing"].append(key)
        elif file.state == "damaged":
            return  # nothing that it says counts; unlock and doctor name it
        elif row.state is VaultState.CREATING:
            found["finished" if self._finish_for_another(row, file) else "conflicts"].append(key)
        elif file.key_version < row.key_version and not accept_older:
            found["older"].append(key)
        elif file.key_version < max(row.key_version, self._journaled(row, accept_older)) or (
            row.state is VaultState.MISSING
        ):
            self._restored(row, file)
            found["finished"].append(key)
        elif file.key_version > row.key_version:
            with self._database.unit() as unit:
                note_version(unit, self._rows, row.vault, file.key_version)
            found["rekeyed"].append(key)

    def _finish_for_another(self, row: Vault, file: VaultDescription) -> bool:
        """The row of a process that died is ready, by the first making of its vault or by an adoption after that one.

        A copy of the database that was taken while the vault was made knows its making from the log alone. False when
        the entries say something else than the file: then nothing was changed.
        """
        done = _completed(row, file)
        entry = "vault.created" if row.secret_kind == _OWN_WORDS else "vault.imported"
        try:
            with self._database.unit() as unit:
                history = history_of(unit.entries(subject=str(row.vault)), str(row.vault))
                if history is not None:  # its key version, too: of an older file the next look says so
                    done, entry = replace(done, key_version=history.key_version), "vault.adopted"
                self._ready(unit, done, entry)
                check_entries(unit, done)
        except IntegrityError:
            return False
        return True

    def _journaled(self, row: Vault, accept_older: bool) -> int:
        """The key version by the entries, where an older file may be accepted: a whole home may have been restored."""
        if not accept_older:
            return 0
        try:
            with self._database.read() as unit:
                history = history_of(unit.entries(subject=str(row.vault)), str(row.vault))
        except IntegrityError:  # to be looked into by a person; a doctor names it
            return 0
        return 0 if history is None else history.key_version

    def _note(self, row: Vault, state: VaultState, entry: str) -> None:
        with self._database.unit() as unit:
            self._rows.set_state(unit, row.vault, state)
            unit.append_entry(entry, str(row.vault), {"fingerprint": row.fingerprint})

    def _restored(self, row: Vault, file: VaultDescription) -> None:
        """The file that came back counts, of whatever key version it is; the entry says which."""
        back = replace(row, state=VaultState.READY, key_version=file.key_version)
        with self._database.unit() as unit:
            self._rows.save(unit, back)
            facts: dict[str, Json] = {"fingerprint": row.fingerprint, "key_version": file.key_version}
            unit.append_entry("vault.restored", str(row.vault), facts)

    def _adopt(self, file: VaultDescription, now_ms: int, found: dict[str, list[str]]) -> None:
        try:
            with self._database.unit() as unit:
                unit.hold(VAULTS)
                if file.state == "damaged" or self._rows.by_name(unit, file.name) is not None:
                    found["conflicts"].append(file.vault)
                    return
                vault = self._rows.insert(unit, _adopted(file, now_ms))
                unit.append_entry("vault.adopted", file.vault, _facts(vault))
                check_entries(unit, vault)
        except IntegrityError:  # entries of its making stand, and say something else than the file
            found["conflicts"].append(file.vault)
            return
        found["adopted"].append(file.vault)


def _adopted(file: VaultDescription, now_ms: int) -> Vault:
    identity = Id.parse(file.vault)
    return Vault(
        row_id=0,
        vault=identity,
        name=file.name,
        tier=Tier(file.tier),
        custody="sealed",
        state=VaultState.READY,
        forms=file.forms,
        secret_kind=file.secret_kind,
        hardened_accounts=file.hardened_accounts,
        exportable=file.exportable,
        fingerprint=file.fingerprint,
        key_version=file.key_version,
        limits=limits_from_text(file.limits),
        next_index=0,
        created_at_ms=min(identity.time_ms, now_ms),
    )
