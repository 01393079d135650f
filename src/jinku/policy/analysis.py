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
from jinku.policy.rules import decide
from jinku.policy.table import Effect, Policy, Rule
from jinku.policy.types import Spent

__all__ = ["Finding", "Reach", "analyse", "reach"]

_HOUR_MS: Final = 3_600_000
_MAX_STEPS: Final = 500
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
    """Rules that never match, permits that are always forbidden, and permits that nothing limits."""
    matched: set[str] = set()
    open_: set[str] = set()
    unlimited: dict[str, dict[str, str]] = {}
    rules = {rule.name: rule for rule in policy.rules}
    for initiator in someone(policy, Names.INITIATOR):
        for vault in someone(policy, Names.VAULT):
            cells = Cells(policy, initiator, vault)
            if cells.is_too_many:
                text = f"{cells.count:,} cells: not decided"
                return [Finding("policy.too_many_cells", "", text, {})]
            for cell in cells:
                verdict = decide(policy, cells.view(cell))
                names = _rules(verdict)
                matched |= names
                if verdict.outcome is Outcome.DENY:
                    continue
                permits = {name for name in names if rules[name].effect is Effect.PERMIT}
                open_ |= permits
                if not any(cap.amount is not None for name in names for cap in rules[name].then.limits):
                    example = cell.describe() | {"initiator": initiator, "vault": vault}
                    unlimited |= dict.fromkeys(permits - set(unlimited), example)
    found = []
    for rule in policy.rules:
        if rule.when.told:
            continue
        if rule.name not in matched:
            found.append(Finding("policy.never_matches", rule.name, "it can never match", {}))
        elif rule.effect is Effect.PERMIT and rule.name not in open_:
            found.append(Finding("policy.always_denied", rule.name, "whatever it permits is denied", {}))
        elif rule.name in unlimited:
            text = "no limit of an amount binds what it permits"
            found.append(Finding("policy.unlimited", rule.name, text, unlimited[rule.name]))
    return found


def someone(policy: Policy, names: Names) -> list[str]:
    """One member of each set of names that rules mention, and one of none."""
    other = "nobody" if names is Names.INITIATOR else "018bcfe5-6800-7000-8000-000000000000"
    mentioned = {item for rule in policy.rules for item in rule.when.lists.get(names, frozenset())}
    members = {it for group in policy.book.groups[names].values() for it in group}
    found: dict[frozenset[str], str] = {}
    for one in (other, *sorted(members | {item for item in mentioned if not item.startswith("@")})):
        found.setdefault(policy.book.tokens(names, one) & mentioned, one)
    return list(found.values())


def _rules(verdict: Verdict) -> set[str]:
    codes = {"policy.forbidden", "policy.permitted", "policy.required"}
    return {reason.facts["rule"] for reason in verdict.reasons if reason.code in codes}


def _is_unapproved(verdict: Verdict) -> bool:
    open_ = verdict.outcome in {Outcome.ALLOW, Outcome.REQUIRE_APPROVAL}
    return open_ and not any(it.code == "policy.approvals" for it in verdict.obligations)


def reach(policy: Policy, initiator: str, vault: str, *, asset: AssetId, amount: int, hours: int = 24) -> Reach:
    """Whether an initiator can ever move more than ``amount`` from a vault within ``hours`` without approvals."""
    cells = Cells(policy, initiator, vault, asset)
    if cells.is_too_many:
        return Reach(None, f"{cells.count:,} cells: not decided", cells.count)
    rules = {rule.name: rule for rule in policy.rules}
    free: list[tuple[Cell, list[Rule]]] = []
    for cell in cells:
        if cell.kind is IntentKind.TRANSFER and cell.amount:
            verdict = decide(policy, cells.view(cell))
            if _is_unapproved(verdict):
                free.append((cell, [rules[name] for name in _rules(verdict)]))
    if not free:
        return Reach(False, "nothing leaves without approvals", cells.count)
    free.sort(key=lambda it: it[0].amount, reverse=True)
    largest = free[0][0]
    if largest.amount > amount:
        return Reach(True, f"{largest.amount} in one transfer", cells.count, (largest.describe(),))
    if all(_is_bounded(binding, largest.amount, amount, hours) for _, binding in free):
        return Reach(False, f"limits over {hours} hours hold it at {amount} or less", cells.count)
    steps = None
    for start in sorted({cell.at_ms for cell, _ in free}):
        steps = steps or _walk(cells, [cell for cell, _ in free if cell.at_ms == start], amount, hours)
    if steps is None:
        return Reach(None, f"no way was found in {_MAX_STEPS} steps, and no limit excludes it", cells.count)
    return Reach(True, f"in {len(steps)} transfers within {hours} hours", cells.count, tuple(steps))


def _is_bounded(binding: Sequence[Rule], largest: int, amount: int, hours: int) -> bool:
    """Whether one limit over what the initiator cannot vary keeps the sum of all such transfers."""
    caps = [cap for rule in binding for cap in rule.then.limits]
    return any(
        set(cap.per) <= _FIXED
        and cap.window_seconds >= hours * 3_600
        and ((cap.amount is not None and cap.amount <= amount) or (cap.count or largest + amount) * largest <= amount)
        for cap in caps
    )


def _walk(cells: Cells, free: list[Cell], amount: int, hours: int) -> list[dict[str, str]] | None:
    """Transfers that the evaluator lets pass one after the other until their sum is above the amount."""
    ledger: list[Spent] = []
    steps: list[dict[str, str]] = []
    total = waited_ms = 0
    while len(steps) < _MAX_STEPS and waited_ms < hours * _HOUR_MS:
        for cell in free:
            facts = cells.facts(cell)
            intent = facts.intent
            if cell.destination == UNKNOWN and cell.asset.chain.namespace == "eip155":
                fresh = AccountId(cell.asset.chain, f"0x{len(steps) + 1:040x}")
                intent = replace(intent, destination=fresh)
            digest = f"{len(steps):064x}"
            at_ms = cell.at_ms + waited_ms
            view = cells.view(cell, replace(facts, intent=intent, digest=digest, ledger=ledger, at_ms=at_ms))
            if not _is_unapproved(decide(cells.policy, view)):
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
            waited_ms += _HOUR_MS
        if total > amount:
            return steps
    return None
