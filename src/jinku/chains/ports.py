"""What the room needs from below, and what each family gives to those above."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol, TypeVar

from jinku.chains.types import (
    BroadcastResult,
    Cursor,
    Facts,
    FeeQuote,
    Level,
    Order,
    Signed,
    Simulated,
    Standing,
    TxRef,
    Watched,
)
from jinku.core import AccountId, ChainId, Intent, JinkuError, Plan

__all__ = ["Chain", "NoAnswer", "Wire"]

F = TypeVar("F", bound=Facts)


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No whole answer came, and why: whether the other side read the question is unknown."""

    reason: str


class Wire(Protocol):
    """The way to an endpoint."""

    def post(self, url: str, body: bytes, limit: int, seconds: float) -> bytes | NoAnswer:
        """The body of a 200 answer, at most ``limit`` bytes, within ``seconds``."""


class Chain(Protocol[F]):
    """One chain, as every family shows it. ``plan`` is pure; the others ask endpoints and raise what they raise.

    An answer that did not come is an EndpointSilentError, from ``broadcast`` the outcome ``unknown``: never a refusal.
    """

    @property
    def chain(self) -> ChainId:
        """Which."""

    def check(self) -> tuple[tuple[str, JinkuError | None], ...]:
        """Each endpoint by name, and why it does not serve: asked now, whether it rests or not."""

    def facts(self, intent: Intent) -> F:
        """What a plan of this intent is made by, agreed by the quorum at one block."""

    def fees(self, level: Level) -> FeeQuote:
        """What to pay now."""

    def plan(self, intent: Intent, facts: F, order: Order) -> Plan:
        """The plan, its payload digests filled in by the codec that the signer runs; PlanRefusedError with a code."""

    def simulate(self, intent: Intent, plan: Plan) -> Simulated:
        """Whether an endpoint thinks that the plan's own bytes would do what they say."""

    def broadcast(self, signed: Signed) -> BroadcastResult:
        """What every endpoint made of the transaction."""

    def watch(self, cursor: Cursor | None, accounts: AbstractSet[AccountId], limit: int = 32) -> Watched:
        """Up to ``limit`` blocks on from the cursor, or its beginning at the newest block."""

    def finality(self, ref: TxRef) -> Standing:
        """How far the transaction is, agreed by the quorum at one block."""
