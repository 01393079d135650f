"""What may happen to a transfer. Each is told once or many times, in any order that retries and crashes give."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from jinku.core import Id, Outcome, Verdict

__all__ = [
    "Answer",
    "Approvals",
    "Asked",
    "Cancel",
    "Event",
    "Freeze",
    "Hold",
    "Judged",
    "Planned",
    "Refused",
    "Seen",
    "Sent",
    "Sight",
    "Signed",
    "Time",
]


@dataclass(frozen=True, slots=True)
class Judged:
    """The combined verdict of all rooms; a hold or throttle ends at ``until_ms``.

    ``basis`` names all that approvals rest on (effects, policy, obligations): another one asks for them again.
    """

    outcome: Outcome
    code: str = ""
    basis: str = ""
    until_ms: int = 0

    @staticmethod
    def of(verdict: Verdict, basis: str = "", until_ms: int = 0) -> Judged:
        """What the states need of a verdict."""
        code = verdict.reasons[0].code if verdict.reasons else ""
        return Judged(verdict.outcome, code, basis, until_ms)


@dataclass(frozen=True, slots=True)
class Approvals:
    """What the approvals that came say together of this basis; the signer checks each of them again."""

    met: bool
    basis: str = ""
    rejected: bool = False


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
    slots: frozenset[str] = frozenset()
    replaces: Id | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A signer will be shown the plan: from here on there may be a signature."""

    plan: Id


@dataclass(frozen=True, slots=True)
class Refused:
    """The plan will not be signed: a signer says so, or it was withdrawn before one was asked.

    ``never``: it has not been signed before either, as the signer's own slots show. Without that, nothing is known.
    """

    plan: Id
    code: str
    retryable: bool
    never: bool = True


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
    """Somebody who may asks that it does not happen, or (``on`` false) takes that back."""

    on: bool = True


@dataclass(frozen=True, slots=True)
class Freeze:
    """A freeze begins to cover it, or ends."""

    on: bool


@dataclass(frozen=True, slots=True)
class Time:
    """Time has passed; nothing else happened."""


Event = Judged | Approvals | Hold | Planned | Asked | Refused | Signed | Sent | Seen | Cancel | Freeze | Time
