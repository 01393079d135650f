"""The analysis against random intents: no answer is missing from the cells, and nobody gets where it says no."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from policy_terms import ACCOUNTS, ASSETS, START_MS, documents, intents, policies, questions
from strictness import is_as_strict

from jinku.core import AccountId, AssetId, Id, Intent, IntentKind, Outcome, Verdict
from jinku.policy import Deeds, Facts, Policy, Reach, Spent, diff, evaluate, reach
from jinku.policy.cells import Cells
from jinku.policy.rules import decide

slow = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
MOST = 3_000


def plain(facts: Facts) -> Facts:
    """Without what the cells leave out: told facts, a ledger, grants that no intent asks for."""
    deeds = Deeds.asked(facts.intent, facts.deeds.fee_asset)
    return replace(facts, told={}, ledger=(), deeds=deeds)


def all_of(policy: Policy, intent: Intent) -> list[Verdict]:
    cells = Cells(policy, initiator=intent.initiator, vault=str(intent.vault), asset=intent.asset)
    assume(cells.count <= MOST)
    kinds = (cell for cell in cells if cell.kind is intent.kind)
    return [decide(policy, cells.view(cell, policy))[0] for cell in kinds]


@given(policies, questions())
@slow
def test_no_answer_is_milder_than_those_of_the_cells(policy: Policy, facts: Facts) -> None:
    facts = plain(facts)
    answers = all_of(policy, facts.intent)
    found = evaluate(policy, facts)
    assert any(is_as_strict(found, it) for it in answers), found


@given(policies, questions(), policies)
@slow
def test_no_widening_is_missed(old: Policy, facts: Facts, new: Policy) -> None:
    facts = plain(facts)
    assume(Cells(old, new).count <= 2 * MOST)
    before, after = (evaluate(policy, replace(facts, quotes=())) for policy in (old, new))
    found = diff(old, new).changes
    assert found is not None
    if before.outcome is not after.outcome:
        assert (before.outcome, after.outcome) in {(it.old, it.new) for it in found}
    elif before.outcome is Outcome.REQUIRE_APPROVAL and not is_as_strict(after, before):
        assert {it.what for it in found} & {"approvals", "hold_hours"}


columns = st.fixed_dictionaries(
    {},
    optional={
        "amount": st.sampled_from([{"most": "5"}, {"most": "20"}, {"least": "3"}, {"least": "3", "most": "9"}]),
        "destination": st.sampled_from([["@friends"], ["own"], ["unknown"], ["kraken", "unknown"]]),
        "source": st.sampled_from([["own"], ["unknown"]]),
        "age_hours": st.sampled_from([{"least": "10"}, {"most": "9"}]),
        "time": st.just({"days": ["tue", "wed"], "from": "22:00", "offset": "+00:00", "to": "22:30"}),
    },
)
limits = st.lists(
    st.builds(
        lambda per, figures, window: {"over": "throttle", "per": per, "window_seconds": window} | figures,
        st.sampled_from([[], ["asset"], ["initiator", "vault"], ["vault"], ["destination"], ["source", "vault"]]),
        st.sampled_from([{"amount": "10"}, {"amount": "30"}, {"count": 2}, {"amount": "50", "count": 4}]),
        st.sampled_from([1_800, 3_600, 7_200]),
    ),
    max_size=2,
)


@st.composite
def small_worlds(draw: st.DrawFn) -> Policy:
    """One to three rules about ether, most of them with limits of a few units."""
    rules = []
    for number in range(draw(st.integers(1, 3))):
        effect = draw(st.sampled_from(["permit", "permit", "require", "forbid"]))
        when = {"asset": [ASSETS[0]], "kind": ["transfer"]} | draw(columns)
        caps = draw(limits)
        then = {"limits": caps} if caps else {}
        if effect == "require" and not then:
            then = {"approvals": [{"count": 1, "group": "ops"}]}
        then = {} if effect == "forbid" else then
        rules.append({"effect": effect, "name": f"rule_{number}", "then": then, "when": when})
    return Policy.of(draw(documents()) | {"rules": rules})


def moved(policy: Policy, first: Intent, rng: random.Random) -> int:
    """How much of 40 random transfers within an hour goes through without approvals."""
    ledger: list[Spent] = []
    for number in range(40):
        at_ms = START_MS + number * 90_000 - 1
        intent = replace(
            first,
            id=Id.from_parts(START_MS, number),
            source=AccountId.exact(rng.choice(ACCOUNTS)),
            destination=AccountId.exact(rng.choice(ACCOUNTS)),
            amount=rng.choice([1, 2, 3, 5, 5, 9, 10, 20, 2**255]),
        )
        digest = intent.digest().hex()
        verdict = evaluate(policy, Facts(intent, digest, Deeds.asked(intent, intent.asset), at_ms, ledger))
        asked = any(it.code == "policy.approvals" for it in verdict.obligations)
        if verdict.outcome in {Outcome.ALLOW, Outcome.REQUIRE_APPROVAL} and not asked:
            names = ("vault", "source", "destination", "initiator", "asset", "amount")
            ledger.append(Spent(at_ms, digest, **{name: getattr(intent, name) for name in names}))
    return sum(it.amount for it in ledger)


@given(small_worlds(), intents(), st.integers(0, 2**32))
@settings(slow, max_examples=80)
def test_nobody_moves_more_than_the_analysis_excludes(policy: Policy, first: Intent, seed: int) -> None:
    """The least amount that it excludes, against random transfers; where it finds a way, the way is checked again."""
    first = replace(first, kind=IntentKind.TRANSFER, asset=AssetId.exact(ASSETS[0]), amount=1)
    rng = random.Random(seed)

    def reached(amount: int) -> Reach:
        return reach(policy, first.initiator, str(first.vault), asset=first.asset, amount=amount, hours=1)

    excluded = [amount for amount in (0, 5, 10, 30, 50, 80) if reached(amount).can is False]
    event(f"excluded from {min(excluded, default='never')}")
    most = max(moved(policy, first, rng) for _ in range(3))
    assert all(most <= amount for amount in excluded)
    found = reached(7)
    if found.can:
        assert sum(int(step["amount"]) for step in found.steps) > 7
        assert all(int(step.get("after_ms", 0)) < 3_600_000 for step in found.steps)
