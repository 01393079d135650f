"""The vaults' rows, found by name or id and believed only where file and entries say the same."""

from __future__ import annotations

from collections.abc import Callable

from jinku.core import Id, IntegrityError, JinkuError
from jinku.custody.changing import Changes
from jinku.custody.checking import FileTeller, check_entries, check_file, check_limits_alike, told_by
from jinku.custody.errors import VaultNotFoundError
from jinku.custody.history import MAKING
from jinku.custody.records import VaultRows
from jinku.custody.types import Vault, VaultState
from jinku.custody.unlocking import Unlocking
from jinku.store import Database, DatabaseBusyError, DiskFullError, ReadOnlyHomeError, Unit

__all__ = ["Register"]

_ID_LENGTH = 36
_CANNOT_WRITE = (DatabaseBusyError, DiskFullError, ReadOnlyHomeError)


class Register:
    """Reads vault rows; on the way it has mended what a killed process left, if the database can be written."""

    def __init__(  # noqa: PLR0917  custody builds it, once
        self,
        database: Database,
        rows: VaultRows,
        teller: FileTeller,
        changes: Changes,
        mend: Callable[[], object],
        unlocking: Unlocking,
    ) -> None:
        """Take what it works with; ``mend`` ends a creation that was cut short."""
        self._database = database
        self._rows = rows
        self._teller = teller
        self._changes = changes
        self._mend = mend
        self._unlocking = unlocking

    def find(self, vault: str) -> Vault:
        """The vault's row, by name or id; VaultNotFoundError otherwise, IntegrityError when it was changed."""
        self.settle(vault)
        with self._database.read() as unit:
            found = self._named(unit, vault)
        file = told_by(self._teller, str(found.vault))
        if file is not None:
            found = self._changes.note(found, file)
            check_file(found, file)
        with self._database.read() as unit:
            check_entries(unit, found)
        return found

    def believed(self, unit: Unit, row: Vault) -> Vault:
        """The row, once it says what the entries say and, if a signer answers, what the vault's file says."""
        file = told_by(self._teller, str(row.vault))
        if file is not None:
            check_file(row, file)
        check_entries(unit, row)
        return row

    def fingerprint(self, unit: Unit, vault: Id) -> str:
        """The master fingerprint of a vault, as its file and its entries say it."""
        row = self._rows.by_id(unit, vault)
        if row is None:
            raise IntegrityError(
                "a vault that has accounts has no row",
                found="no row",
                expected=str(vault),
                advice="it was deleted from outside; restore the database from a backup",
            )
        return self.believed(unit, row).fingerprint

    def without_rows(self) -> tuple[IntegrityError, ...]:
        """What is wrong with each vault that the log has the making of, and that no row says was made."""
        with self._database.read() as unit:
            made = {entry.subject for kind in MAKING for entry in unit.entries(kind)}
            stand = {str(row.vault) for row in self._rows.all(unit) if row.state is not VaultState.CREATING}
        return tuple(
            IntegrityError(
                f"vault {vault} was made, as the log has it, and no row says so",
                found="no row, or one of a vault that is being made",
                expected="the row of a vault",
                advice="if a database was restored, `jinku doctor --mend` makes the row from the vault's file; "
                "otherwise rows were deleted: compare the database with a backup",
                code="vault.row_changed",
                fields={"vault": vault},
            )
            for vault in sorted(made - stand)
        )

    def looked_at(self) -> tuple[tuple[Vault, JinkuError | None], ...]:
        """Each vault that is ready, with what file or entries say against its row; nothing is mended."""
        with self._database.read() as unit:
            return tuple((row, self._doubt(unit, row)) for row in self._rows.all(unit) if row.state is VaultState.READY)

    def _doubt(self, unit: Unit, row: Vault) -> JinkuError | None:
        try:
            self.believed(unit, row)
            if (file := told_by(self._teller, str(row.vault))) is not None:
                check_limits_alike(row, file)
        except JinkuError as error:
            return error
        return None

    def settle(self, vault: str | None = None) -> None:
        """Each change that a process left when it died has its end; so has the making of this vault, if one is named.

        A database that cannot be written is left as it is: reading goes on, the next command that can write does it.
        """
        try:
            self._changes.settle(self._teller)
            self._unlocking.settle(self._teller)
            if vault is None:
                return
            with self._database.read() as unit:
                known = self._rows.by_name(unit, vault)
            if known is not None and known.state is VaultState.CREATING:
                self._mend()
        except _CANNOT_WRITE:
            return

    def _named(self, unit: Unit, vault: str) -> Vault:
        found = self._rows.by_name(unit, vault)
        if found is None and len(vault) == _ID_LENGTH:
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
