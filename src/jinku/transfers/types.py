"""What a transfer is, where it stands, and what may happen to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from jinku.core import Id, Intent, Verdict

__all__ = [
    "ENDS",
    "Answer",
    "Approvals",
    "Attempt",
    "Cancel",
    "Event",
    "Freeze",
    "Hold",
    "Judged",
    "Owner",
    "Planned",
    "Refused",
    "Seen",
    "Sent",
    "Sight",
    "Signed",
    "Stage",
    "State",
    "Time",
    "Transfer",
]


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
    """It stands in the journal; there may be a signature, for an answer of the signer can be lost."""
    VOID = "void"
    """The signer said that it will never sign it, and has not."""
    SIGNED = "signed"
    UNKNOWN = "unknown"
    """It was sent, and no answer came."""
    SENT = "sent"
    INCLUDED = "included"
    DISPLACED = "displaced"
    """Another transaction consumed its nonce or input for good."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One plan of the transfer. All live attempts consume something in common, so that at most one lands (ADR 0028)."""

    plan: Id
    digest: str
    stage: Stage
    transaction: str = ""
    """The transaction's id on its chain; empty before it is signed."""

    @property
    def signed(self) -> bool:
        """It may land: signed bytes exist, or may exist."""
        return self.stage is not Stage.VOID


@dataclass(frozen=True, slots=True)
class Transfer:
    """The life of one intent. ``since_ms`` and ``deadline_ms`` are Unix milliseconds of the present state."""

    intent: Intent
    state: State
    since_ms: int
    deadline_ms: int
    attempts: tuple[Attempt, ...] = ()
    verdict: Verdict | None = None
    hold_until_ms: int = 0
    cancelling: bool = False
    frozen: bool = False
    code: str = ""
    """Why it ended, waits or failed: a stable code."""

    @property
    def owner(self) -> Owner:
        """Who has to act next."""
        if self.frozen and not self.has_left:
            return Owner.OPERATOR
        return _OWNERS.get(self.state, Owner.NOBODY)

    @property
    def may_be_signed(self) -> bool:
        """Signed bytes exist or may exist: only the chain can say from here on that it has no effect."""
        return any(attempt.signed for attempt in self.attempts)

    @property
    def has_left(self) -> bool:
        """Something of it was sent, or may have been."""
        return any(a.stage in {Stage.UNKNOWN, Stage.SENT, Stage.INCLUDED, Stage.DISPLACED} for a in self.attempts)


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


# What may happen. Each is told once or many times, in any order that retries and crashes give.


@dataclass(frozen=True, slots=True)
class Judged:
    """The combined verdict of all rooms; a hold or throttle ends at ``until_ms``."""

    verdict: Verdict
    until_ms: int = 0


@dataclass(frozen=True, slots=True)
class Approvals:
    """What the approvals that came say together; the signer checks each of them again."""

    met: bool
    rejected_by: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """Back to waiting: a window moved, others reached a limit, the signer throttles; until ``until_ms``."""

    code: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan stands in the journal."""

    plan: Id
    digest: str
    replaces: Id | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The signer refused a plan, and has never signed it."""

    plan: Id
    code: str
    retryable: bool


@dataclass(frozen=True, slots=True)
class Signed:
    """The signatures of a plan were attached and hold."""

    plan: Id
    transaction: str


class Answer(StrEnum):
    """What a node said to a transaction."""

    TAKEN = "taken"
    """Accepted, or known already."""
    REFUSED = "refused"
    """Not accepted, for a reason that may pass; nothing is concluded from it."""
    NONE = "none"
    """No answer came."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction was given to nodes."""

    plan: Id
    answer: Answer
    code: str = ""


class Sight(StrEnum):
    """What the chain shows of a plan's transaction, by a quorum of nodes."""

    ABSENT = "absent"
    SEEN = "seen"
    INCLUDED = "included"
    FINAL = "final"
    REVERTED = "reverted"
    """Final, and without the effect that was asked for."""
    DISPLACED = "displaced"
    """Final: another transaction consumed the same nonce or input."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the chain shows."""

    plan: Id
    sight: Sight


@dataclass(frozen=True, slots=True)
class Cancel:
    """Somebody who may asks that it does not happen."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """A freeze begins to cover it, or ends."""

    on: bool


@dataclass(frozen=True, slots=True)
class Time:
    """Time has passed; nothing else happened."""


Event = Judged | Approvals | Hold | Planned | Refused | Signed | Sent | Seen | Cancel | Freeze | Time
