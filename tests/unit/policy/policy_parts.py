"""Small documents and questions for the tests beside it. Whatever they ask, they ask both evaluators."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jinku import _native
from jinku.core import (
    AccountId,
    Approval,
    AssetId,
    Decision,
    Obligation,
    Outcome,
    ParseError,
    Reason,
    Verdict,
    canonical_bytes,
)
from jinku.policy import (
    Case,
    Facts,
    People,
    Person,
    Policy,
    Quote,
    Spent,
    Subject,
    Team,
    evaluate,
    missing,
    question,
    subject_question,
)
from jinku.policy.cases import facts_of

SNAPSHOTS = Path(__file__).parents[2] / "snapshots" / "policy"
FULL: dict[str, str] = json.loads((SNAPSHOTS / "full.json").read_text())
ETHER = AssetId.exact("eip155:1/slip44:60")
TOKEN = AssetId.exact("eip155:1/erc20:0x" + "aa" * 20)
KRAKEN, OWN, NOBODY = (AccountId.exact("eip155:1:0x" + digits * 20) for digits in ("11", "22", "99"))
VAULT = "018bcfe5-6800-7000-8000-000000000003"
NOON_MS = 1_700_481_600_000  # a Monday
HOUR_MS = 3_600_000
ANY: dict[str, Any] = {"kind": ["transfer"]}
PRICES = [Quote(f"feed_{n}", ETHER, price, 1, NOON_MS - 1) for n, price in enumerate((90, 110))]


def a_rule(effect: str, when: dict[str, Any], then: dict[str, Any] | None = None, name: str = "one") -> dict[str, Any]:
    return {"effect": effect, "name": name, "then": then or {}, "when": when}


def a_document(*rules: dict[str, Any], **changes: Any) -> dict[str, Any]:
    numbered = [rule | {"name": f"{rule['name']}_{number}"} for number, rule in enumerate(rules)]
    return {
        "assets": [{"members": [str(TOKEN), str(ETHER)], "name": "liquid"}],
        "book": [
            {"accounts": [str(KRAKEN)], "label": "kraken", "since": str(NOON_MS - 30 * HOUR_MS)},
            {"accounts": [str(OWN)], "label": "own", "since": "0"},
        ],
        "destinations": [{"members": ["kraken"], "name": "exchanges"}],
        "initiators": [{"members": ["alice", "bob"], "name": "desk"}],
        "name": "small",
        "reference": {"currency": "usd", "max_age_seconds": 300, "quorum": 2},
        "rules": numbered,
        "v": 1,
        "vaults": [{"members": [VAULT], "name": "main"}],
    } | changes


def a_policy(*rules: dict[str, Any], **changes: Any) -> Policy:
    return Policy.of(a_document(*rules, **changes))


def asked(**changes: Any) -> Facts:
    """Alice asks for 100 to kraken on a Monday at noon."""
    case = Case("one", "alice", VAULT, ETHER, 100, destination=KRAKEN, source=OWN)
    parts = {name: changes.pop(name) for name in list(changes) if name in {"ledger", "people", "quotes", "deeds"}}
    return replace(facts_of(replace(case, **changes)), **parts)


def judged(policy: Policy, facts: Facts) -> Verdict:
    verdict = evaluate(policy, facts)
    assert _native.policy_verdict(policy.canonical, question(facts)) == verdict.to_canonical()
    return verdict


def answer(policy: Policy, **changes: Any) -> Verdict:
    return judged(policy, asked(**changes))


def refused(document: Any) -> ParseError:
    """Why the document is refused, by both."""
    text = canonical_bytes(document)
    with pytest.raises(ParseError):
        _native.policy_digest(text)
    with pytest.raises(ParseError) as caught:
        Policy(text)
    return caught.value


def outcome(policy: Policy, **changes: Any) -> Outcome:
    return answer(policy, **changes).outcome


def codes(verdict: Verdict) -> list[str]:
    return [reason.code for reason in verdict.reasons]


def spent(amount: int, at_ms: int = NOON_MS - 1, **changes: Any) -> Spent:
    made = Spent(
        at_ms,
        "00" * 32,
        facts_of(Case("x", "alice", VAULT, ETHER, 1)).intent.vault,
        OWN,
        KRAKEN,
        "alice",
        ETHER,
        amount,
    )
    return replace(made, **changes)


PEOPLE = People(
    keys={name: Person(("approver", "initiator")) for name in ("alice", "bob", "carol", "dave")}
    | {"gone": Person(("approver",), NOON_MS - 1), "clerk": Person(("initiator",))}
    | {f"feed_{n}": Person(("source",)) for n in range(3)},
    groups={"ops": Team(("alice", "bob", "carol")), "risk": Team(("carol", "dave", "gone", "clerk"))},
)


def lacking(
    obligations: Sequence[Obligation], approvals: Sequence[Approval], people: People, subject: Subject
) -> tuple[Reason, ...]:
    found = missing(obligations, approvals, people, subject)
    reason = (Reason("policy.required", "a rule asks for more"),)
    verdict = Verdict("policy", Outcome.REQUIRE_APPROVAL, reason, tuple(obligations)).to_canonical()
    given = [it.to_canonical() for it in approvals]
    native = _native.policy_missing(verdict, given, subject_question(subject, people))
    assert [(it.code, it.text, dict(it.facts)) for it in found] == [(code, text, dict(f)) for code, text, f in native]
    return found


def a_subject(facts: Facts, at_ms: int = NOON_MS, recorded_ms: int = NOON_MS) -> Subject:
    return Subject(facts.intent, "ee" * 32, "dd" * 32, recorded_ms, at_ms)


def approval(subject: Subject, approver: str, **changes: Any) -> Approval:
    made = Approval(
        deployment=subject.intent.deployment,
        intent_digest=subject.intent.digest().hex(),
        effects_digest=subject.effects_digest,
        bounds=subject.intent.bounds,
        policy_digest=subject.policy_digest,
        decision=Decision.APPROVE,
        not_after_ms=NOON_MS,
        approver=approver,
    )
    return replace(made, **changes)
