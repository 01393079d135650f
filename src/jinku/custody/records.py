"""What custody needs from below besides the signer: rows in the database and a place for tokens."""

from __future__ import annotations

from typing import Protocol

from jinku.core import Id
from jinku.custody.types import Vault, VaultState
from jinku.store import Unit

__all__ = ["TokenStore", "VaultRows"]


class VaultRows(Protocol):
    """The vault table. Every method works in the caller's unit."""

    def insert(self, unit: Unit, vault: Vault) -> Vault:
        """The row stands; the vault with its row id."""

    def by_id(self, unit: Unit, vault: Id) -> Vault | None:
        """The vault with this id."""

    def by_name(self, unit: Unit, name: str) -> Vault | None:
        """The vault with this name."""

    def all(self, unit: Unit) -> tuple[Vault, ...]:
        """Every vault, by name."""

    def save(self, unit: Unit, vault: Vault) -> None:
        """The row is what ``vault`` says, but for ``next_index``, which only ``reserve`` moves."""

    def set_state(self, unit: Unit, vault: Id, state: VaultState) -> None:
        """The row has this state."""

    def delete(self, unit: Unit, vault: Id) -> None:
        """The row is gone."""

    def reserve(self, unit: Unit, vault: Id, count: int) -> int:
        """``next_index`` grew by ``count``; what it was before."""


class TokenStore(Protocol):
    """Where capability tokens lie between commands: a folder only this user can read, gone at reboot."""

    def save(self, vault: Id, token: bytes) -> None:
        """The 32-byte token is kept, replacing an older one."""

    def load(self, vault: Id) -> bytes | None:
        """The token, or None."""

    def drop(self, vault: Id | None = None) -> None:
        """The vault's token (every one, when None) is gone."""

    def keep_outcome(self, change: str, outcome: bytes | None) -> None:
        """How a change ended is kept until its entry stands; None forgets it. A folder that is full keeps nothing."""

    def outcome(self, change: str) -> bytes | None:
        """What was kept of a change, or None."""
