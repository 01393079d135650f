"""What the coordinator tells can only tighten; limits hold whatever the order in which two reserve and ask."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from policy_terms import START_MS, policies, questions
from strictness import includes, is_as_strict

from jinku.core import AssetId, Id, Obligation, Outcome, Verdict
from jinku.policy import Case, Facts, Policy, Spent, evaluate, hot
from jinku.policy.cases import facts_of

slow = settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
ETHER = AssetId.exact("eip155:1/slip44:60")
VAULT = "018bcfe5-6800-7000-8000-000000000003"


@given(policies, questions())
@slow
def test_withheld_prices_never_give_a_milder_answer(policy: Policy, facts: Facts) -> None:
    """But for limits in the reference currency, which the one in asset units beside them backs."""
    assume(not any(cap.value is not None for rule in policy.rules for cap in rule.then.limits))
    assert is_as_strict(evaluate(policy, replace(facts, quotes=())), evaluate(policy, facts))


@given(policies, questions())
@slow
def test_a_told_fact_never_gives_a_milder_answer(policy: Policy, facts: Facts) -> None:
    with_all = evaluate(policy, facts)
    for name in facts.told:
        fewer = replace(facts, told={it: figure for it, figure in facts.told.items() if it != name})
        assert is_as_strict(with_all, evaluate(policy, fewer)), name
    assert is_as_strict(with_all, evaluate(policy, replace(facts, told={})))


def test_the_measure_of_strictness_sees_a_milder_answer() -> None:
    one = Obligation("policy.approvals", {"teams": "ops=1"})
    two = Obligation("policy.approvals", {"teams": "ops=2,risk=1"})
    held = Obligation("policy.hold", {"hours": "3"})
    assert includes(two, one)
    assert not includes(one, two)
    assert not includes(held, one)
    mild = Verdict("policy", Outcome.ALLOW)
    denied = evaluate(hot_policy(), facts_of(Case("much", "app", VAULT, ETHER, 51)))
    assert is_as_strict(denied, mild)
    assert not is_as_strict(mild, denied)


def hot_policy() -> Policy:
    return hot(vault=VAULT, initiators=["app"], asset=ETHER, per_transfer=50, per_day=50, team="ops")


@given(st.lists(st.integers(1, 40), min_size=2, max_size=4))
@settings(deadline=None, max_examples=60)
def test_no_order_of_reserving_and_asking_passes_a_limit(amounts: list[int]) -> None:
    policy = hot_policy()
    asked = []
    for number, amount in enumerate(amounts):
        facts = facts_of(Case("one", "app", VAULT, ETHER, amount))
        intent = replace(facts.intent, id=Id.from_parts(START_MS, number + 1))
        asked.append(replace(facts, intent=intent, digest=intent.digest().hex()))
    for order in permutations(range(len(amounts))):
        for at_once in (False, True):
            ledger: list[Spent] = []
            taken = 0
            if at_once:  # all have reserved before the first asks
                ledger = [reserved(it) for it in asked]
            for number in order:
                facts = asked[number]
                if not at_once:
                    ledger.append(reserved(facts))
                if evaluate(policy, replace(facts, ledger=ledger)).outcome is Outcome.ALLOW:
                    taken += facts.intent.amount
                else:
                    ledger.remove(reserved(facts))
            assert taken <= 50
            assert taken > 0


def reserved(facts: Facts) -> Spent:
    intent = facts.intent
    return Spent(
        facts.at_ms,
        facts.digest,
        intent.vault,
        intent.source,
        intent.destination,
        intent.initiator,
        intent.asset,
        intent.amount,
    )
