"""What a policy would have said of the past."""

from __future__ import annotations

from collections.abc import Iterable

from jinku.core import Intent, Outcome, Verdict
from jinku.policy.cases import fee_asset_of
from jinku.policy.rules import evaluate
from jinku.policy.table import Policy
from jinku.policy.types import Deeds, Facts, Spent

__all__ = ["simulate"]


def simulate(policy: Policy, history: Iterable[Intent]) -> list[tuple[Intent, Verdict]]:
    """What the policy would have said of each intent, in order of time, had it been in force.

    What it lets pass, with or without approvals, counts towards its limits. No facts are told, and no prices given.
    """
    found = []
    ledger: list[Spent] = []
    for intent in sorted(history, key=lambda it: (it.created_at_ms, it.id.bytes16)):
        at_ms = intent.created_at_ms
        horizon = at_ms - policy.longest_window_seconds * 1_000
        ledger = [spent for spent in ledger if spent.at_ms > horizon]
        deeds = Deeds.asked(intent, fee_asset_of(intent.asset))
        facts = Facts(intent, intent.digest().hex(), deeds, at_ms, ledger=ledger)
        verdict = evaluate(policy, facts)
        found.append((intent, verdict))
        if verdict.outcome in {Outcome.ALLOW, Outcome.REQUIRE_APPROVAL}:
            ledger.append(
                Spent(
                    at_ms=at_ms,
                    intent_digest=facts.digest,
                    vault=intent.vault,
                    source=intent.source,
                    destination=intent.destination,
                    initiator=intent.initiator,
                    asset=intent.asset,
                    amount=intent.amount,
                )
            )
    return found
