"""A decision: every rule is asked, forbid wins, no permit denies, and the obligations of all that match bind.

Pure, and the same as ``jinku_policy::evaluate`` in the signer, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from jinku.core import MAX_AMOUNT, Obligation, Outcome, Reason, Verdict
from jinku.policy.columns import Answer, View
from jinku.policy.table import Cap, Ceiling, Effect, Policy, Quorum, Rule
from jinku.policy.types import Facts

__all__ = ["evaluate"]

_ROOM: Final = "policy"
_MAX_REASONS: Final = 64
_MAX_OBLIGATIONS: Final = 16  # with as many reasons, the longest verdict is a document still
_MATCHED: Final = {
    Effect.FORBID: ("policy.forbidden", "a rule forbids it"),
    Effect.PERMIT: ("policy.permitted", "a rule permits it"),
    Effect.REQUIRE: ("policy.required", "a rule asks for more"),
}


def evaluate(policy: Policy, facts: Facts) -> Verdict:
    """What may happen to an intent."""
    return decide(policy, View(facts, policy.book, policy.reference))[0]


def decide(policy: Policy, view: View) -> tuple[Verdict, tuple[tuple[Rule, Answer], ...]]:
    """The same, of an intent as the columns see it, and which rules match: what the analysis asks, cell by cell."""
    facts = view.facts
    found = _Findings()
    matched = []
    for rule in policy.rules:
        answer = rule.when.test(view, rule.effect is Effect.PERMIT)
        if answer is not Answer.NO:
            found.matched(rule, answer)
            matched.append((rule, answer))
    if not found.permitted:
        found.add("policy.no_permit", "no rule permits it")
        found.outcome = Outcome.DENY
    for rule in found.binding:
        for cap in rule.then.limits:
            found.limit(view, rule, cap)
        if rule.then.ceiling is not None:
            found.ceiling(facts, rule, rule.then.ceiling)
    return found.verdict(), tuple(matched)


class _Findings:
    def __init__(self) -> None:
        self.outcome = Outcome.ALLOW
        self.permitted = False
        self.binding: list[Rule] = []
        self.reasons: list[Reason] = []

    def add(self, code: str, text: str, **facts: str) -> None:
        self.reasons.append(Reason(code, text, facts))

    def at_least(self, outcome: Outcome) -> None:
        self.outcome = max(self.outcome, outcome, key=lambda it: it.strictness)

    def matched(self, rule: Rule, answer: Answer) -> None:
        """A permit that is not sure permits nothing; what it asks for binds all the same.

        Else whoever withholds a price would choose among the permits.
        """
        code, text = _MATCHED[rule.effect]
        sure = answer is Answer.YES
        self.add(code, text, match="certain" if sure else "possible", rule=rule.name)
        if rule.effect is Effect.FORBID:
            self.outcome = Outcome.DENY
            return
        self.permitted = self.permitted or (sure and rule.effect is Effect.PERMIT)
        self.binding.append(rule)

    def overflow(self, rule: Rule, what: str) -> None:
        self.add("policy.overflow", "a sum does not fit 256 bits", rule=rule.name, what=what)
        self.outcome = Outcome.DENY

    def limit(self, view: View, rule: Rule, cap: Cap) -> None:
        facts = view.facts
        intent = facts.intent
        spent = [it for it in facts.ledger if cap.counts(facts, it)]
        if cap.amount is not None:
            total = intent.amount + sum(it.amount for it in spent if it.asset == intent.asset)
            self.over(rule, cap, "amount", (intent.amount, total, cap.amount))
        if cap.count is not None:
            self.over(rule, cap, "count", (1, len(spent) + 1, cap.count))
        if cap.value is None:
            return
        # What has no value counts as nothing: the limit binds on the rest, and the one in asset units on all.
        values = [it.value for it in spent if it.value is not None]
        own = 0 if view.value is None else view.value.high
        self.over(rule, cap, "value", (own, own + sum(values), cap.value))
        if view.value is None or len(values) < len(spent):
            text = "no value for want of prices; the limit in asset units binds"
            self.add("policy.unpriced", text, rule=rule.name)

    def over(self, rule: Rule, cap: Cap, what: str, figures: tuple[int, int, int]) -> None:
        """What is over for itself will never fit; what is over with others may, once they left the window."""
        own, total, most = figures
        if total > MAX_AMOUNT:
            self.overflow(rule, what)
            return
        if total <= most:
            return
        self.add(
            "policy.limit",
            "a limit would be passed",
            found=str(total),
            most=str(most),
            per=" ".join(cap.per),
            rule=rule.name,
            what=what,
            window_seconds=str(cap.window_seconds),
        )
        self.at_least(Outcome.DENY if own > most else cap.over)

    def ceiling(self, facts: Facts, rule: Rule, ceiling: Ceiling) -> None:
        total = facts.intent.amount + facts.told.get("balance", 0)
        most = ceiling.most
        if ceiling.need_percent is not None and "need" in facts.told:
            share = facts.told["need"] * ceiling.need_percent
            if share > MAX_AMOUNT:
                self.overflow(rule, "ceiling")
                return
            most = min(most, share // 100)
        if total > MAX_AMOUNT:
            self.overflow(rule, "ceiling")
            return
        if total > most:
            text = "a ceiling would be passed"
            self.add("policy.ceiling", text, found=str(total), most=str(most), rule=rule.name)
            self.at_least(Outcome.DENY if facts.intent.amount > ceiling.most else Outcome.THROTTLE)

    def verdict(self) -> Verdict:
        asked = _obligations(self.binding)
        if len(asked) > _MAX_OBLIGATIONS:
            text = "more obligations than a verdict may hold"
            self.add("policy.obligations", text, found=str(len(asked)))
            self.outcome = Outcome.DENY
        if self.outcome is Outcome.DENY:
            asked = ()
        elif asked:
            self.at_least(Outcome.REQUIRE_APPROVAL)
        if (left_out := len(self.reasons) - _MAX_REASONS) > 0:
            del self.reasons[_MAX_REASONS:]
            self.add("policy.more", "more reasons of the same kind", count=str(left_out))
        return Verdict(_ROOM, self.outcome, tuple(self.reasons), asked)


def _obligations(rules: Iterable[Rule]) -> tuple[Obligation, ...]:
    """The obligations of all rules, without those that another one includes."""
    rules = list(rules)
    asked = sorted({rule.then.approvals for rule in rules if rule.then.approvals})
    strictest = [one for one in asked if not any(more != one and includes(more, one) for more in asked)]
    found = [Obligation("policy.approvals", {"teams": teams_text(teams)}) for teams in strictest]
    hours = max((rule.then.hold_hours for rule in rules), default=0)
    if hours:
        found.append(Obligation("policy.hold", {"hours": str(hours)}))
    return tuple(found)


def includes(more: Iterable[Quorum], less: Iterable[Quorum]) -> bool:
    """Whether whoever has met the one has met the other."""
    counts = {team.group: team.count for team in more}
    return all(counts.get(team.group, 0) >= team.count for team in less)


def teams_text(teams: Iterable[Quorum]) -> str:
    """``ops=2,risk=1``: no group's name has such a sign."""
    return ",".join(f"{team.group}={team.count}" for team in teams)
