"""A question as one document: what a decision rests on, for test cases, records and the native evaluator."""

from __future__ import annotations

from jinku.core import Json, canonical_bytes, parse_json
from jinku.policy.types import Facts, People, Subject

__all__ = ["question", "subject_question"]


def question(facts: Facts) -> bytes:
    """The canonical bytes of everything that a decision rests on."""
    deeds = facts.deeds
    return canonical_bytes(
        {
            "intent": parse_json(facts.intent.to_canonical()),
            "deeds": {
                "grants": list(deeds.grants),
                "delegates": deeds.delegates,
                "fee_asset": str(deeds.fee_asset),
            },
            "at": str(facts.at_ms),
            "ledger": [
                {
                    "at": str(it.at_ms),
                    "intent_digest": it.intent_digest,
                    "vault": str(it.vault),
                    "source": str(it.source),
                    "destination": str(it.destination),
                    "initiator": it.initiator,
                    "asset": str(it.asset),
                    "amount": str(it.amount),
                    "value": None if it.value is None else str(it.value),
                }
                for it in facts.ledger
            ],
            "quotes": [
                {
                    "source": it.source,
                    "asset": str(it.asset),
                    "value": str(it.value),
                    "exponent": str(it.exponent),
                    "at": str(it.at_ms),
                }
                for it in facts.quotes
            ],
            "people": _people(facts.people),
            "told": [{"fact": name, "figure": str(figure)} for name, figure in facts.told.items()],
        }
    )


def subject_question(subject: Subject, people: People) -> bytes:
    """The canonical bytes of what approvals are held against."""
    return canonical_bytes(
        {
            "intent": parse_json(subject.intent.to_canonical()),
            "effects_digest": subject.effects_digest,
            "policy_digest": subject.policy_digest,
            "recorded_at": str(subject.recorded_ms),
            "at": str(subject.at_ms),
            "people": _people(people),
        }
    )


def _people(people: People) -> Json:
    return {
        "keys": [
            {
                "name": name,
                "roles": list(key.roles),
                "not_after": None if key.not_after_ms is None else str(key.not_after_ms),
            }
            for name, key in people.keys.items()
        ],
        "groups": [
            {"name": name, "members": list(team.members), "threshold": team.threshold}
            for name, team in people.groups.items()
        ],
    }
