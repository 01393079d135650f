"""The vault table by SQLAlchemy Core."""

from __future__ import annotations

import json
from dataclasses import replace

from sqlalchemy import Row, delete, insert, select, update

from jinku.core import Id, IntegrityError, ParseError
from jinku.custody.adapters.tables import vault as table
from jinku.custody.ports import Form
from jinku.custody.rules import forms_text, limits_from_text, limits_text
from jinku.custody.types import Tier, Vault, VaultState
from jinku.store import Unit

__all__ = ["SqlVaultRows"]


def _vault(row: Row[tuple[object, ...]]) -> Vault:
    """The vault of a row; an IntegrityError when the row holds what no vault can be."""
    try:
        return _decoded(row)
    except (ValueError, TypeError, AttributeError, ParseError) as error:
        raise IntegrityError(
            f"row {row.id} of the table vault cannot be read",
            found=str(error)[:200],
            advice="it was changed from outside; compare the database with a backup",
            code="vault.row_unreadable",
        ) from error


def _decoded(row: Row[tuple[object, ...]]) -> Vault:
    numbers = (row.id, row.key_version, row.next_index, row.created_at_ms)
    if not all(isinstance(number, int) for number in numbers):
        raise ValueError("text where a number belongs")
    return Vault(
        row_id=row.id,
        vault=Id(row.uuid),
        name=row.name,
        tier=Tier(row.tier),
        custody=row.custody,
        state=VaultState(row.state),
        forms=tuple(Form(**form) for form in json.loads(row.forms)),
        secret_kind=row.secret_kind,
        hardened_accounts=bool(row.hardened_accounts),
        exportable=bool(row.exportable),
        fingerprint=row.fingerprint,
        key_version=row.key_version,
        limits=limits_from_text(row.limits),
        next_index=row.next_index,
        created_at_ms=row.created_at_ms,
    )


def _values(vault: Vault) -> dict[str, object]:
    return {
        "uuid": vault.vault.bytes16,
        "name": vault.name,
        "tier": vault.tier.value,
        "custody": vault.custody,
        "state": vault.state.value,
        "forms": forms_text(vault.forms),
        "secret_kind": vault.secret_kind,
        "hardened_accounts": int(vault.hardened_accounts),
        "exportable": int(vault.exportable),
        "fingerprint": vault.fingerprint,
        "key_version": vault.key_version,
        "limits": limits_text(vault.limits),
        "created_at_ms": vault.created_at_ms,
    }


class SqlVaultRows:
    """Implements ``VaultRows``."""

    def insert(self, unit: Unit, vault: Vault) -> Vault:
        """See the port."""
        result = unit.connection.execute(insert(table).values(**_values(vault), next_index=vault.next_index))
        key = result.inserted_primary_key
        return replace(vault, row_id=int(key[0]) if key else 0)

    def by_id(self, unit: Unit, vault: Id) -> Vault | None:
        """See the port."""
        row = unit.connection.execute(unit.locked(select(table).where(table.c.uuid == vault.bytes16))).first()
        return None if row is None else _vault(row)

    def by_name(self, unit: Unit, name: str) -> Vault | None:
        """See the port."""
        row = unit.connection.execute(unit.locked(select(table).where(table.c.name == name))).first()
        return None if row is None else _vault(row)

    def all(self, unit: Unit) -> tuple[Vault, ...]:
        """See the port."""
        return tuple(_vault(row) for row in unit.connection.execute(select(table).order_by(table.c.name)))

    def save(self, unit: Unit, vault: Vault) -> None:
        """See the port."""
        unit.connection.execute(update(table).where(table.c.uuid == vault.vault.bytes16).values(**_values(vault)))

    def set_state(self, unit: Unit, vault: Id, state: VaultState) -> None:
        """See the port."""
        unit.connection.execute(update(table).where(table.c.uuid == vault.bytes16).values(state=state.value))

    def delete(self, unit: Unit, vault: Id) -> None:
        """See the port."""
        unit.connection.execute(delete(table).where(table.c.uuid == vault.bytes16))

    def reserve(self, unit: Unit, vault: Id, count: int) -> int:
        """See the port."""
        start = unit.connection.execute(select(table.c.next_index).where(table.c.uuid == vault.bytes16)).scalar_one()
        unit.connection.execute(
            update(table).where(table.c.uuid == vault.bytes16).values(next_index=table.c.next_index + count)
        )
        return int(start)
