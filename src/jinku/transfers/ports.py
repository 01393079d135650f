"""What a transfer needs of others: a chain, judges, approvers, a signer. Each may answer late, twice, or not at all.

An answer that does not come is an ``UnavailableError`` (or another retryable error): nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from jinku.core import Approval, Id, Intent, Plan, Verdict
from jinku.transfers.events import Answer, Approvals, Sight

__all__ = [
    "Approvers",
    "Chain",
    "Given",
    "Judge",
    "Judgement",
    "Live",
    "Order",
    "Refusal",
    "Request",
    "SignedApproval",
    "Signer",
    "Told",
    "Transaction",
]


@dataclass(frozen=True, slots=True)
class Live:
    """Another transfer of the same source whose plan may land, and the plan."""

    intent: Intent
    plan: Plan


@dataclass(frozen=True, slots=True)
class Order:
    """What a plan has to keep to: its id, its time, and the slots and amounts that live plans of the source hold."""

    plan: Id
    created_at_ms: int
    live: tuple[Live, ...] = ()
    reserved: frozenset[str] = frozenset()
    replaces: Plan | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """A signed plan: its id on the chain and its bytes."""

    intent: Intent
    plan: Plan
    id: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """What nodes made of a transaction."""

    answer: Answer
    code: str = ""


class Chain(Protocol):
    """All chains; the intent says which. Who looks or sends twice changes nothing."""

    def plan(self, intent: Intent, order: Order) -> Plan:
        """A whole plan, by facts that are new; ``RefusedError`` with a code when there is none as things stand."""

    def broadcast(self, transaction: Transaction) -> Told:
        """The nodes have it, or the answer says why not."""

    def look(self, transaction: Transaction) -> Sight:
        """How far it is, by a quorum."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """All rooms' verdicts as one; a hold ends at ``until_ms``.

    ``basis`` names effects, policy and obligations: while it is the same, approvals that were given still count.
    """

    verdict: Verdict
    basis: str
    until_ms: int = 0


class Judge(Protocol):
    """Whoever gathers facts and asks the verdict rooms."""

    def judge(self, intent: Intent, now_ms: int) -> Judgement:
        """What they say now."""


@dataclass(frozen=True, slots=True)
class SignedApproval:
    """An approval or a rejection, and its signature."""

    approval: Approval
    signature: bytes


class Approvers(Protocol):
    """Who may propose and approve, and whether it is enough. The signer checks all of it again."""

    def check_proposal(self, intent: Intent, signature: bytes, now_ms: int) -> None:
        """Its initiator signed it and may propose; ``RefusedError`` otherwise."""

    def check(self, intent: Intent, given: SignedApproval, now_ms: int) -> None:
        """An approver gave it for exactly this intent; ``RefusedError`` otherwise."""

    def standing(self, intent: Intent, basis: str, given: Sequence[SignedApproval], now_ms: int) -> Approvals:
        """What those say together that were given on this basis and are in time."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a signer is shown; the adapter adds the journal's proof and the trust root."""

    intent: Intent
    signature: bytes
    plan: Plan
    approvals: tuple[SignedApproval, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """The transaction that the signatures were attached to."""

    transaction: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """The signer's no. ``never``: its slots show that it has not signed this plan before either."""

    code: str
    retryable: bool
    never: bool


class Signer(Protocol):
    """The vault's signer, which believes nothing of what it is shown. The same plan gets the same signature again."""

    def sign(self, request: Request) -> Given | Refusal:
        """Signatures, or why not. No answer is no refusal: there may be a signature."""
