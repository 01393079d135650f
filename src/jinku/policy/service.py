"""The verbs of a person who writes a policy: simulate it against history, compare it with another one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jinku.core import Intent, Outcome, Verdict
from jinku.policy.analysis import someone
from jinku.policy.book import Names
from jinku.policy.cases import fee_asset_of
from jinku.policy.cells import Cells
from jinku.policy.rules import decide, evaluate
from jinku.policy.table import Policy
from jinku.policy.types import Deeds, Facts, Spent

__all__ = ["Change", "Difference", "diff", "simulate"]


@dataclass(frozen=True, slots=True)
class Change:
    """Intents that get another answer: which, and one of them."""

    old: Outcome
    new: Outcome
    stricter: bool
    example: dict[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new document changes. ``changes`` None: too many cells to compare."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    changes: tuple[Change, ...] | None


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


def diff(old: Policy, new: Policy) -> Difference:
    """Which rules differ, and one example of each change of outcome, over the cells of both documents."""
    before, after = ({rule.name: rule for rule in policy.rules} for policy in (old, new))
    changed = (name for name in before if name in after and before[name] != after[name])
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(changed)),
        changes=_changes(old, new),
    )


def _changes(old: Policy, new: Policy) -> tuple[Change, ...] | None:
    found: dict[tuple[Outcome, Outcome], Change] = {}
    for one in (old, new):
        for initiator in someone(one, Names.INITIATOR):
            for vault in someone(one, Names.VAULT):
                cells = Cells(one, initiator, vault)
                if cells.is_too_many:
                    return None
                for cell in cells:
                    before, after = (decide(it, cells.view(cell, policy=it)).outcome for it in (old, new))
                    if before is not after and (before, after) not in found:
                        example = cell.describe() | {"initiator": initiator, "vault": vault}
                        stricter = after.strictness > before.strictness
                        found[before, after] = Change(before, after, stricter, example)
    return tuple(found.values())
