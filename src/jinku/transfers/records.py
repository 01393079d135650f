"""What the room needs of the database. Every method works in the caller's unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from jinku.core import AccountId, Id, Intent, Plan, Verdict
from jinku.store import Unit
from jinku.transfers.ports import Live, SignedApproval
from jinku.transfers.types import State, Transfer

__all__ = ["Below", "Frozen", "Known", "Scope", "Slots", "TransferRows"]


class Scope(StrEnum):
    """What a freeze covers."""

    ALL = "all"
    VAULT = "vault"
    ACCOUNT = "account"
    DESTINATION = "destination"
    INITIATOR = "initiator"
    CHAIN = "chain"


@dataclass(frozen=True, slots=True, order=True)
class Frozen:
    """A freeze that stands; ``value`` is empty for all."""

    scope: Scope
    value: str = ""

    def covers(self, intent: Intent) -> bool:
        """Whether it stops this intent."""
        mine = {
            Scope.ALL: "",
            Scope.VAULT: intent.vault,
            Scope.ACCOUNT: intent.source,
            Scope.DESTINATION: intent.destination,
            Scope.INITIATOR: intent.initiator,
            Scope.CHAIN: intent.chain,
        }
        return str(mine[self.scope]) == self.value


@dataclass(frozen=True, slots=True)
class Known:
    """What stands under an idempotency key."""

    id: Id
    body_digest: bytes
    not_before_ms: int


class Below(StrEnum):
    """What stands in a source's order before a plan's nonce."""

    NOTHING = "nothing"
    WAITS = "waits"
    """A plan that is not signed yet."""
    FREE = "free"
    """A nonce whose plan was withdrawn: it has to be taken first."""


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of a source: held by live plans, and free ones that were held."""

    held: frozenset[str]
    free: frozenset[str]


class TransferRows(Protocol):
    """Transfers, their plans, slots, approvals, and freezes."""

    def add(self, unit: Unit, transfer: Transfer, signature: bytes) -> bool:
        """The row stands; False when one of this id or idempotency key stood already."""

    def known(self, unit: Unit, initiator: str, idempotency_key: str) -> Known | None:
        """What was proposed under this key."""

    def vault_of(self, unit: Unit, transfer: Id) -> Id | None:
        """Whose transfer it is; None when there is none of this id."""

    def load(self, unit: Unit, transfer: Id) -> Transfer | None:
        """The transfer; in a unit that writes nobody else changes it until the end."""

    def save(self, unit: Unit, transfer: Transfer) -> None:
        """The row, and the stage of each plan that stands, is what the transfer says."""

    def signature(self, unit: Unit, transfer: Id) -> bytes:
        """The initiator's signature."""

    def put_verdict(self, unit: Unit, transfer: Id, verdict: Verdict) -> None:
        """The last verdict in full."""

    def verdict(self, unit: Unit, transfer: Id) -> Verdict | None:
        """The last verdict in full."""

    def add_plan(self, unit: Unit, transfer: Id, number: int, plan: Plan, slots: frozenset[str]) -> None:
        """The plan stands as the transfer's plan of this number."""

    def plan(self, unit: Unit, plan: Id) -> tuple[Plan, bytes]:
        """The plan and its signed bytes, which are empty before it is signed."""

    def put_raw(self, unit: Unit, plan: Id, raw: bytes) -> None:
        """The signed bytes of the plan."""

    def slots(self, unit: Unit, source: AccountId) -> Slots:
        """What is held of the source, and what was."""

    def live(self, unit: Unit, source: AccountId, but: Id) -> tuple[Live, ...]:
        """The newest plan of each other transfer of the source that has one and has not ended."""

    def reserve(
        self, unit: Unit, source: AccountId, slots: frozenset[str], transfer: Id, skipped: frozenset[str]
    ) -> bool:
        """The transfer holds all of them, or False and nothing changed; free ones that were skipped are forgotten."""

    def below(self, unit: Unit, source: AccountId, slots: frozenset[str], transfer: Id) -> Below:
        """What has to be signed or taken before these."""

    def mark_signed(self, unit: Unit, source: AccountId, transfer: Id) -> None:
        """What waits behind the transfer's slots waits no longer."""

    def free(self, unit: Unit, source: AccountId, transfer: Id) -> None:
        """The transfer holds no slot; a nonce stays as one that has to be taken first."""

    def add_approval(self, unit: Unit, transfer: Id, given: SignedApproval) -> bool:
        """It stands; False when the same stood already."""

    def approvals(self, unit: Unit, transfer: Id) -> tuple[SignedApproval, ...]:
        """All that were given, oldest first."""

    def add_freeze(self, unit: Unit, freeze: Frozen) -> bool:
        """It stands; False when it stood already."""

    def drop_freeze(self, unit: Unit, freeze: Frozen) -> bool:
        """It stands no more; False when none did."""

    def freezes(self, unit: Unit) -> tuple[Frozen, ...]:
        """Those that stand."""

    def covered(self, unit: Unit, freeze: Frozen) -> Sequence[tuple[Id, Id]]:
        """Vault and id of each transfer that has not ended and that it covers."""

    def open_count(self, unit: Unit, vault: Id) -> int:
        """How many transfers of the vault have not ended."""

    def find(
        self, unit: Unit, vault: Id | None = None, states: frozenset[State] = frozenset(), late_at_ms: int | None = None
    ) -> tuple[Transfer, ...]:
        """Those of the vault, in one of the states, past their deadline; oldest first."""
