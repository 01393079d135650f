"""What a transfer is and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from jinku.core import Id, Intent, Outcome

__all__ = ["ENDS", "Attempt", "Owner", "Stage", "State", "Transfer"]


class State(StrEnum):
    """Where a transfer stands. Each state has an owner, and each that is no end a deadline."""

    PROPOSED = "proposed"
    SCREENED = "screened"
    AWAITING_APPROVAL = "awaiting_approval"
    HELD = "held"
    AUTHORISED = "authorised"
    PLANNED = "planned"
    SIGNED = "signed"
    UNKNOWN = "unknown"
    BROADCAST = "broadcast"
    INCLUDED = "included"
    FINAL = "final"
    DENIED = "denied"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"


ENDS = frozenset({State.FINAL, State.DENIED, State.EXPIRED, State.CANCELLED, State.FAILED})


class Owner(StrEnum):
    """Who has to act next."""

    WORKER = "worker"
    APPROVERS = "approvers"
    OPERATOR = "operator"
    SIGNER = "signer"
    CHAIN = "chain"
    NOBODY = "nobody"


class Stage(StrEnum):
    """How far one plan of a transfer has come."""

    PLANNED = "planned"
    """It stands in the journal, and no signer was shown it."""
    ASKED = "asked"
    """A signer was or will be asked; there may be a signature, for an answer can be lost."""
    VOID = "void"
    """It will never be signed, and has not been."""
    SIGNED = "signed"
    UNKNOWN = "unknown"
    """It was sent, and no answer came."""
    SENT = "sent"
    INCLUDED = "included"
    DISPLACED = "displaced"
    """Another transaction consumed its nonce or input for good."""
    FINAL = "final"
    REVERTED = "reverted"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One plan of the transfer. Each further one uses all slots of those before it, so at most one lands (ADR 0028)."""

    plan: Id
    digest: str
    stage: Stage
    transaction: str = ""
    """The transaction's id on its chain; empty before it is signed."""
    slots: frozenset[str] = frozenset()
    """What its chain takes once: a nonce, or outpoints."""
    sent: bool = False
    """Some node was given it, whatever became of that."""

    @property
    def asked(self) -> bool:
        """Signed bytes exist, or may exist, or did."""
        return self.stage not in {Stage.PLANNED, Stage.VOID}

    @property
    def dead(self) -> bool:
        """It cannot land."""
        return self.stage in {Stage.VOID, Stage.DISPLACED}


@dataclass(frozen=True, slots=True)
class Transfer:
    """The life of one intent. ``since_ms`` and ``deadline_ms`` are Unix milliseconds of the present state."""

    intent: Intent
    state: State
    since_ms: int
    deadline_ms: int
    not_before_ms: int = 0
    """It is not planned before this moment."""
    attempts: tuple[Attempt, ...] = ()
    outcome: Outcome | None = None
    """Of the last verdict."""
    basis: str = ""
    """What approvals have to rest on, as the judge names it."""
    hold_until_ms: int = 0
    cancelling: bool = False
    """Somebody wished to cancel it when there may have been a signature: it is held until that is known."""
    frozen: bool = False
    code: str = ""
    """Why it ended, waits or failed: a stable code."""

    @property
    def owner(self) -> Owner:
        """Who has to act next."""
        if (self.frozen or self.cancelling) and not self.has_left and self.state not in ENDS:
            return Owner.OPERATOR
        return _OWNERS.get(self.state, Owner.NOBODY)

    @property
    def may_be_signed(self) -> bool:
        """Signed bytes exist or may exist: only the chain can say from here on that it has no effect."""
        return any(attempt.asked for attempt in self.attempts)

    @property
    def has_left(self) -> bool:
        """Something of it was sent, or may have been."""
        return any(attempt.sent for attempt in self.attempts)


_OWNERS = {
    State.PROPOSED: Owner.WORKER,
    State.SCREENED: Owner.WORKER,
    State.AWAITING_APPROVAL: Owner.APPROVERS,
    State.HELD: Owner.WORKER,
    State.AUTHORISED: Owner.WORKER,
    State.PLANNED: Owner.SIGNER,
    State.SIGNED: Owner.WORKER,
    State.UNKNOWN: Owner.WORKER,
    State.BROADCAST: Owner.CHAIN,
    State.INCLUDED: Owner.CHAIN,
}
