"""What custody keeps and answers: vaults, their limits of use, and what a reconciliation found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from jinku.core import Id
from jinku.custody.ports import Form, VaultDescription

__all__ = ["Limits", "NewVault", "Reconciliation", "Tier", "Vault", "VaultState", "VaultView"]


class Tier(StrEnum):
    """How far a vault stands from the network."""

    HOT = "hot"
    WARM = "warm"
    COLD = "cold"


class VaultState(StrEnum):
    """Where the row stands. ``creating`` is left behind only by a process that died; reconciliation ends it."""

    CREATING = "creating"
    READY = "ready"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Velocity:
    """So many transfers, and so much of an asset, in a window that slides; counted by the signer itself."""

    window_seconds: int
    asset: str | None = None  # CAIP-19; all of them when None
    count: int | None = None
    amount: int | None = None  # smallest units; beside an asset


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of use: at most so many accounts, only these CAIP-2 chains, and how fast. None and empty mean no limit."""

    max_accounts: int | None = None
    chains: tuple[str, ...] = ()
    velocity: tuple[Velocity, ...] = ()


@dataclass(frozen=True, slots=True)
class NewVault:
    """What a vault that is to be created or imported shall be."""

    name: str
    tier: Tier
    forms: tuple[Form, ...]
    custody: str = "sealed"
    hardened_accounts: bool = False
    exportable: bool = True
    words: int = 24
    language: str = "english"
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Vault:
    """A vault as the database keeps it. ``next_index`` is the first account index nobody reserved yet."""

    row_id: int
    vault: Id
    name: str
    tier: Tier
    custody: str
    state: VaultState
    forms: tuple[Form, ...]
    secret_kind: str
    hardened_accounts: bool
    exportable: bool
    fingerprint: str
    key_version: int
    limits: Limits
    next_index: int
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class VaultView:
    """A vault's row beside what the signer says of it; None when no signer answered or its file is gone."""

    vault: Vault
    signer: VaultDescription | None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What differed between the signer's files and the rows, by vault id: each was mended or is reported here."""

    finished: tuple[str, ...] = ()  # a creation that had been cut short; its row stands now
    adopted: tuple[str, ...] = ()  # a vault file without a row; a row was made
    dropped: tuple[str, ...] = ()  # a creation that never reached the signer; its row is gone, the name is free
    missing: tuple[str, ...] = ()  # a row whose file the signer does not have: restore it from a backup
    rekeyed: tuple[str, ...] = ()  # a key version the signer reached and the row had not noted
    older: tuple[str, ...] = ()  # the file is older than the row: an old copy took its place
    ended: tuple[str, ...] = ()  # a change of passphrase or key that was cut short; the entry of its end stands now
    conflicts: tuple[str, ...] = ()  # an orphan that is damaged, whose name is taken, or whose entries say otherwise

    @property
    def clean(self) -> bool:
        """True when nothing differed."""
        return not any(getattr(self, name) for name in self.__dataclass_fields__)
