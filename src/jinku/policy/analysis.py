"""What a policy can never do, and what it lets happen: answered by asking the evaluator every cell of its finite table.

Exhaustive up to 200,000 cells; beyond them it says that it did not decide. No solver is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from jinku.core import AccountId, AssetId, IntentKind, Outcome, Verdict
from jinku.policy.book import UNKNOWN, Names
from jinku.policy.cells import Cell, Cells
from jinku.policy.columns import Answer
from jinku.policy.rules import decide
from jinku.policy.table import Effect, Policy, Rule
from jinku.policy.types import HOUR_MS, Spent

__all__ = ["Finding", "Reach", "analyse", "reach"]

_MAX_STEPS: Final = 500
_MAX_QUESTIONS: Final = 4_000
_FIXED: Final = {Names.ASSET, Names.INITIATOR, Names.VAULT}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a rule that its author will want to know."""

    code: str
    rule: str
    text: str
    example: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether more than so much can leave without approvals: True with the steps, False proven, None undecided."""

    can: bool | None
    text: str
    cells: int
    steps: tuple[dict[str, str], ...] = ()


def analyse(policy: Policy) -> list[Finding]:
    """Rules that never match, permits that are always forbidden, and permits that nothing limits.

    Rules that ask for told facts or for grants are not judged: cells have neither.
    """
    cells = Cells(policy)
    if cells.is_too_many:
        return [Finding("policy.too_many_cells", "", f"{cells.count:,} cells: not decided", {})]
    matching: set[str] = set()
    open_: set[str] = set()
    unlimited: dict[str, dict[str, str]] = {}
    for cell in cells:
        verdict, matched = decide(policy, cells.view(cell, policy))
        matching |= {rule.name for rule, _ in matched}
        if verdict.outcome is Outcome.DENY:
            continue
        permits = {rule.name for rule, sure in matched if rule.effect is Effect.PERMIT and sure is Answer.YES}
        open_ |= permits
        if not any(cap.amount is not None for rule, _ in matched for cap in rule.then.limits):
            unlimited |= dict.fromkeys(permits - set(unlimited), cell.describe())
    found = []
    for rule in policy.rules:
        if rule.when.told or rule.when.grants is not None:
            continue
        if rule.name not in matching:
            found.append(Finding("policy.never_matches", rule.name, "it can never match", {}))
        elif rule.effect is Effect.PERMIT and rule.name not in open_:
            found.append(Finding("policy.always_denied", rule.name, "whatever it permits is denied", {}))
        elif rule.name in unlimited:
            text = "no limit of an amount binds what it permits"
            found.append(Finding("policy.unlimited", rule.name, text, unlimited[rule.name]))
    return found


def _is_unapproved(verdict: Verdict) -> bool:
    open_ = verdict.outcome in {Outcome.ALLOW, Outcome.REQUIRE_APPROVAL}
    return open_ and not any(it.code == "policy.approvals" for it in verdict.obligations)


def reach(policy: Policy, initiator: str, vault: str, *, asset: AssetId, amount: int, hours: int = 24) -> Reach:
    """Whether an initiator can ever move more than ``amount`` from a vault within ``hours`` without approvals."""
    cells = Cells(policy, initiator=initiator, vault=vault, asset=asset)
    if cells.is_too_many:
        return Reach(None, f"{cells.count:,} cells: not decided", cells.count)
    free: list[tuple[Cell, list[Rule]]] = []
    for cell in cells:
        if cell.amount or cell.kind is IntentKind.DELEGATE:
            verdict, matched = decide(policy, cells.view(cell, policy))
            if _is_unapproved(verdict):
                free.append((cell, [rule for rule, _ in matched]))
    can, text, steps = _reached(policy, free, amount, hours)
    return Reach(can, text, cells.count, tuple(steps))


def _reached(
    policy: Policy, free: list[tuple[Cell, list[Rule]]], amount: int, hours: int
) -> tuple[bool | None, str, Sequence[dict[str, str]]]:
    """Whether, why, and by which steps, from the cells that need no approvals and the rules that bind in them."""
    if not free:
        return False, "nothing leaves without approvals", ()
    for cell, _ in free:
        if cell.kind is IntentKind.DELEGATE:
            return True, "everything, by a delegation: it hands over the account", [cell.describe()]
    free.sort(key=lambda it: it[0].amount, reverse=True)
    largest = free[0][0]
    if largest.amount > amount:
        return True, f"{largest.amount} in one transfer", [largest.describe()]
    if all(_is_bounded(binding, largest.amount, amount, hours) for _, binding in free):
        return False, f"limits over {hours} hours hold it at {amount} or less", ()
    starts = sorted({cell.at_ms for cell, _ in free})
    for start in starts:
        begun = [cell for cell, _ in free if cell.at_ms == start]
        steps = _walk(policy, begun, amount, hours, _MAX_QUESTIONS // len(starts))
        if steps is not None:
            return True, f"in {len(steps)} transfers within {hours} hours", steps
    text = f"no way was found in {_MAX_STEPS} steps or {_MAX_QUESTIONS:,} questions, and no limit excludes it"
    return None, text, ()


def _is_bounded(binding: Sequence[Rule], largest: int, amount: int, hours: int) -> bool:
    """Whether one limit over what the initiator cannot vary keeps the sum of all such transfers."""
    return any(
        (cap.amount is not None and cap.amount <= amount) or (cap.count is not None and cap.count * largest <= amount)
        for rule in binding
        for cap in rule.then.limits
        if set(cap.per) <= _FIXED and cap.window_seconds >= hours * 3_600
    )


def _walk(policy: Policy, free: Sequence[Cell], amount: int, hours: int, questions: int) -> list[dict[str, str]] | None:
    """Transfers that the evaluator lets pass one after the other until their sum is above the amount."""
    ledger: list[Spent] = []
    steps: list[dict[str, str]] = []
    total = waited_ms = 0
    while len(steps) < _MAX_STEPS and waited_ms < hours * HOUR_MS and questions > 0:
        for cell in free:
            facts = Cells.facts(cell)
            intent = facts.intent
            if cell.destination == UNKNOWN and cell.asset.chain.namespace == "eip155":
                fresh = AccountId(cell.asset.chain, f"0x{len(steps) + 1:040x}")
                intent = replace(intent, destination=fresh)
            digest = f"{len(steps):064x}"
            at_ms = cell.at_ms + waited_ms
            questions -= 1
            now = replace(facts, intent=intent, digest=digest, ledger=ledger, at_ms=at_ms)
            if not _is_unapproved(decide(policy, Cells.view(cell, policy, now))[0]):
                continue
            ledger.append(
                Spent(
                    at_ms=at_ms,
                    intent_digest=digest,
                    vault=intent.vault,
                    source=intent.source,
                    destination=intent.destination,
                    initiator=intent.initiator,
                    asset=intent.asset,
                    amount=intent.amount,
                    value=cell.value,
                )
            )
            steps.append(cell.describe() | {"destination": str(intent.destination), "after_ms": str(waited_ms)})
            total += cell.amount
            break
        else:
            waited_ms += HOUR_MS
        if total > amount:
            return steps
    return None
