"""Whether the obligations of a verdict are met; the same as ``jinku_policy::missing`` in the signer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from jinku.core import Approval, Decision, Obligation, Reason
from jinku.policy.table import MAX_HOURS
from jinku.policy.types import HOUR_MS, People, Subject, Team

__all__ = ["missing"]

_COUNT: Final = re.compile("[1-9][0-9]{0,5}")
_MAX_COUNT: Final = 32


def missing(
    obligations: Iterable[Obligation], approvals: Sequence[Approval], people: People, subject: Subject
) -> tuple[Reason, ...]:
    """What is missing; nothing when all obligations are met.

    The signatures of the approvals were verified by the caller; those that are about something else, expired, or not an
    approver's do not count, nor does the initiator's. An obligation that is not understood is never met.
    """
    valid = [it for it in approvals if _is_valid(it, people, subject)]
    agreed = sorted({it.approver for it in valid if it.decision is Decision.APPROVE})
    against = {it.approver for it in valid if it.decision is Decision.REJECT}
    found: list[Reason] = []
    for one in obligations:
        reasons = None
        if one.code == "policy.approvals" and set(one.facts) == {"teams"}:
            reasons = _approved(one.facts["teams"], agreed, against, people)
        elif one.code == "policy.hold" and set(one.facts) == {"hours"}:
            reasons = _held(one.facts["hours"], subject)
        if reasons is None:
            reasons = [Reason("policy.not_understood", "an obligation is not understood", {"code": one.code})]
        found += reasons
    return tuple(found)


def _is_valid(approval: Approval, people: People, subject: Subject) -> bool:
    intent = subject.intent
    return (
        approval.deployment == intent.deployment
        and approval.intent_digest == intent.digest().hex()
        and approval.effects_digest == subject.effects_digest
        and approval.policy_digest == subject.policy_digest
        and approval.bounds == intent.bounds
        and approval.not_after_ms >= subject.at_ms
        and approval.approver != intent.initiator
        and people.may(approval.approver, "approver", subject.at_ms)
    )


def _approved(text: str, agreed: Sequence[str], against: set[str], people: People) -> list[Reason] | None:
    seats: list[tuple[str, ...]] = []
    for part in text.split(","):
        group, sign, count = part.partition("=")
        if not sign or not _COUNT.fullmatch(count) or int(count) > _MAX_COUNT:
            return None
        team = people.groups.get(group, Team(()))
        # More seats than members are never filled, so their number need not be larger.
        seats += [team.members] * max(int(count), min(team.threshold, len(team.members) + 1))
    if rejected := sorted(name for name in against if any(name in members for members in seats)):
        return [Reason("policy.rejected", "an approver rejected it", {"approver": rejected[0]})]
    filled = _matching(seats, agreed)
    if filled == len(seats):
        return []
    facts = {"have": str(filled), "needed": str(len(seats)), "teams": text}
    return [Reason("policy.approvals_missing", "approvals are missing", facts)]


def _matching(seats: Sequence[tuple[str, ...]], people: Sequence[str]) -> int:
    """How many seats can be filled, each by another person (Kuhn's augmenting paths)."""
    taken: dict[str, int] = {}

    def seat(at: int, seen: set[str]) -> bool:
        for name in people:
            if name in seen or name not in seats[at]:
                continue
            seen.add(name)
            if name not in taken or seat(taken[name], seen):
                taken[name] = at
                return True
        return False

    return sum(seat(at, set()) for at in range(len(seats)))


def _held(text: str, subject: Subject) -> list[Reason] | None:
    if not _COUNT.fullmatch(text) or int(text) > MAX_HOURS:
        return None
    until = subject.recorded_ms + int(text) * HOUR_MS
    if subject.at_ms >= until:
        return []
    return [Reason("policy.held", "it is held for a while", {"until": str(until)})]
