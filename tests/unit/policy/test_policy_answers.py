"""What a policy answers: each column, each obligation, and beside each permit its refusal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from policy_parts import (
    ANY,
    ETHER,
    HOUR_MS,
    KRAKEN,
    NOBODY,
    NOON_MS,
    OWN,
    PEOPLE,
    TOKEN,
    VAULT,
    a_document,
    a_policy,
    a_rule,
    answer,
    asked,
    codes,
    judged,
    outcome,
    spent,
)

from jinku.core import MAX_AMOUNT, Id, IntentKind, Outcome
from jinku.policy import Deeds, Policy, Quote

ALLOW, DENY, THROTTLE, HOLD = Outcome.ALLOW, Outcome.DENY, Outcome.THROTTLE, Outcome.HOLD
ONE = {"approvals": [{"count": 1, "group": "ops"}]}
PRICES = [Quote(f"feed_{n}", ETHER, price, 1, NOON_MS - 1) for n, price in enumerate((90, 110))]


def test_silence_permits_nothing_and_forbid_wins() -> None:
    assert codes(answer(a_policy())) == ["policy.no_permit"]
    assert outcome(a_policy()) is DENY
    assert outcome(a_policy(a_rule("permit", ANY))) is ALLOW
    for rules in ([a_rule("permit", ANY), a_rule("forbid", {})], [a_rule("forbid", {}), a_rule("permit", ANY)]):
        verdict = answer(a_policy(*rules))
        assert verdict.outcome is DENY
        assert {"policy.forbidden", "policy.permitted"} == set(codes(verdict))
        assert verdict.obligations == ()
    assert outcome(a_policy(a_rule("require", {}, ONE))) is DENY  # it asks for more, it does not permit


@pytest.mark.parametrize(
    ("when", "yes", "no"),
    [
        ({"initiator": ["alice"]}, {}, {"initiator": "bob"}),
        ({"initiator": ["@desk"]}, {"initiator": "bob"}, {"initiator": "carol"}),
        ({"vault": ["@main"]}, {}, {"vault": "018bcfe5-6800-7000-8000-000000000004"}),
        ({"vault": [VAULT]}, {}, {"vault": "018bcfe5-6800-7000-8000-000000000004"}),
        ({"source": ["own"]}, {}, {"source": NOBODY}),
        ({"destination": ["@exchanges"]}, {}, {"destination": OWN}),
        ({"destination": ["kraken"]}, {}, {"destination": NOBODY}),
        ({"destination": [str(KRAKEN)]}, {}, {"destination": OWN}),
        ({"destination": ["unknown"]}, {"destination": NOBODY}, {}),
        ({"asset": ["@liquid"]}, {"asset": TOKEN}, {"asset": replace(TOKEN, reference="0x" + "bb" * 20)}),
        ({"chain": ["eip155:1"]}, {}, {"asset": replace(ETHER, chain=replace(ETHER.chain, reference="5")),
                                       "source": None, "destination": None}),
        ({"amount": {"least": "100", "most": "100"}, "asset": [str(ETHER)]}, {}, {"amount": 101}),
        ({"amount": {"least": "100"}, "asset": [str(ETHER)]}, {"amount": MAX_AMOUNT}, {"amount": 99}),
        ({"fee": {"most": "7"}, "chain": ["eip155:1"]}, {"max_fee": 7}, {"max_fee": 8}),
        ({"fee_share_bps": {"most": "500"}}, {"max_fee": 5}, {"max_fee": 6}),
        ({"age_hours": {"least": "30"}}, {}, {"at_ms": NOON_MS - 1}),
        ({"age_hours": {"most": "0"}}, {"destination": NOBODY}, {}),
    ],
)  # fmt: skip
def test_a_column_holds_or_it_does_not(when: dict[str, Any], yes: dict[str, Any], no: dict[str, Any]) -> None:
    permit, forbid = (a_policy(a_rule(effect, ANY | when), a_rule("permit", ANY)) for effect in ("permit", "forbid"))
    alone = a_policy(a_rule("permit", ANY | when))
    assert outcome(alone, **yes) is ALLOW
    assert outcome(alone, **no) is DENY
    assert outcome(forbid, **yes) is DENY
    assert outcome(forbid, **no) is ALLOW
    assert outcome(permit, **no) is ALLOW


@pytest.mark.parametrize(
    ("hours", "at_hours", "holds"),
    [
        (("08:00", "18:00", "+00:00"), 0, True),
        (("12:00", "12:01", "+00:00"), 0, True),
        (("08:00", "12:00", "+00:00"), 0, False),
        (("12:01", "18:00", "+00:00"), 0, False),
        (("08:00", "18:00", "+06:00"), 0, False),
        (("08:00", "18:00", "-05:00"), 0, False),
        (("08:00", "24:00", "+11:59"), 0, True),
        (("00:00", "24:00", "+12:00"), 0, False),  # Tuesday there
        (("22:00", "06:00", "+00:00"), 11, True),  # Monday night
        (("22:00", "06:00", "+00:00"), 17, True),  # and the morning after
        (("22:00", "06:00", "+00:00"), 18, False),
        (("22:00", "06:00", "+00:00"), -7, False),  # Monday before six: Sunday's night
    ],
)
def test_days_and_hours(hours: tuple[str, str, str], at_hours: int, holds: bool) -> None:
    time = {"days": ["mon"], "from": hours[0], "to": hours[1], "offset": hours[2]}
    policy = a_policy(a_rule("permit", ANY | {"time": time}))
    assert (outcome(policy, at_ms=NOON_MS + at_hours * HOUR_MS) is ALLOW) is holds


def test_a_permit_permits_the_grants_it_names_and_no_others() -> None:
    plain = a_policy(a_rule("permit", ANY))
    named = a_policy(a_rule("permit", ANY | {"grants": ["up_to"]}))
    guarded = a_policy(a_rule("permit", ANY | {"grants": ["all", "up_to"]}), a_rule("forbid", {"grants": ["all"]}))
    for grants, expected in [((), ALLOW), (("up_to",), DENY), (("all", "up_to"), DENY)]:
        deeds = Deeds(grants, delegates=False, fee_asset=ETHER)
        assert outcome(plain, deeds=deeds) is expected
        assert outcome(named, deeds=deeds) is (ALLOW if set(grants) <= {"up_to"} else DENY)
        assert outcome(guarded, deeds=deeds) is (DENY if "all" in grants else ALLOW)
    handed_over = Deeds((), delegates=True, fee_asset=ETHER)
    assert outcome(plain, deeds=handed_over) is DENY


def test_a_delegation_has_the_amount_zero_and_needs_its_own_kind() -> None:
    small = {"amount": {"most": "500"}, "asset": [str(ETHER)]}
    delegation = {"kind": IntentKind.DELEGATE, "amount": 0}
    assert outcome(a_policy(a_rule("permit", {"kind": ["transfer"]} | small)), **delegation) is DENY
    assert outcome(a_policy(a_rule("permit", {"kind": ["delegate"]} | small)), **delegation) is ALLOW


def test_what_is_unknown_counts_against_the_intent() -> None:
    worth = {"value": {"most": "1100"}}
    permit, forbid = (a_policy(a_rule(effect, ANY | worth)) for effect in ("permit", "forbid"))
    guarded = a_policy(a_rule("permit", ANY), a_rule("forbid", {"value": {"least": "1101"}}))
    assert outcome(permit, people=PEOPLE, quotes=PRICES) is ALLOW  # 100 · 90 / 10 to 100 · 110 / 10
    assert outcome(permit, people=PEOPLE, quotes=PRICES, amount=101) is DENY
    assert outcome(permit, people=PEOPLE, quotes=PRICES[:1]) is DENY
    assert outcome(forbid) is DENY
    assert outcome(guarded, people=PEOPLE, quotes=PRICES) is ALLOW
    assert outcome(guarded, people=PEOPLE, quotes=PRICES, amount=101) is DENY
    for spoilt in (
        [PRICES[0], PRICES[0]],  # one source twice
        [PRICES[0], replace(PRICES[1], at_ms=NOON_MS - 300_001)],
        [PRICES[0], replace(PRICES[1], at_ms=NOON_MS + 1)],
        [PRICES[0], replace(PRICES[1], source="alice")],
        [PRICES[0], replace(PRICES[1], asset=TOKEN)],
    ):
        verdict = answer(guarded, people=PEOPLE, quotes=spoilt)
        assert verdict.outcome is DENY
        assert {"match": "possible", "rule": "one_1"} in [dict(it.facts) for it in verdict.reasons]
    share = a_policy(a_rule("permit", ANY), a_rule("forbid", {"fee_share_bps": {"least": "1"}}))
    assert outcome(share, max_fee=0) is ALLOW
    assert outcome(share, asset=TOKEN) is DENY  # what ether is of a token, nobody knows without prices


def test_withheld_prices_do_not_choose_among_the_permits() -> None:
    dear = a_rule("permit", ANY | {"value": {"least": "1000"}}, {"approvals": [{"count": 3, "group": "board"}]})
    policy = a_policy(a_rule("permit", ANY, ONE), dear)

    def teams(**known: Any) -> list[str]:
        return [it.facts["teams"] for it in answer(policy, **known).obligations]

    assert teams(people=PEOPLE, quotes=PRICES) == ["board=3", "ops=1"]
    assert teams(people=PEOPLE, quotes=PRICES, amount=80) == ["ops=1"]
    assert teams(people=PEOPLE, quotes=PRICES[:1]) == teams() == ["board=3", "ops=1"]
    assert outcome(a_policy(dear)) is DENY  # what is not sure binds, and permits nothing


def test_the_longest_answer_is_a_document() -> None:
    names = [f"{n:02}" + "g" * 126 for n in range(24)]  # as long as the name of a group may be
    teams = [{"approvals": [{"count": 32, "group": it} for it in names[n : n + 8]]} for n in range(16)]
    per = ["asset", "destination", "initiator", "source", "vault"]
    most = str(MAX_AMOUNT - 100)
    cap = {"amount": most, "over": "hold", "per": per, "window_seconds": 31_622_400}
    long = ".".join(letter * 32 for letter in "abc") + "."
    rules = [a_rule("permit", ANY | {"asset": ["@liquid"]}, then | {"limits": [cap] * 8}, name=long) for then in teams]
    document = a_document(*rules)
    for n, rule in enumerate(document["rules"]):
        rule["name"] = long + f"{n:02}".rjust(32, "d")
    verdict = answer(Policy.of(document), ledger=[spent(MAX_AMOUNT - 100)])
    assert (verdict.outcome, len(verdict.obligations), len(verdict.reasons)) == (HOLD, 16, 65)
    assert 40_000 < len(verdict.to_canonical()) < 65_536


def capped(**cap: Any) -> Any:
    limit = {"over": "throttle", "per": ["asset", "vault"], "window_seconds": 3_600} | cap
    return a_policy(a_rule("permit", ANY | {"asset": ["@liquid"]}, {"limits": [limit]}))


def test_a_window_slides_to_the_millisecond() -> None:
    policy = capped(amount="150")
    assert outcome(policy, amount=150) is ALLOW
    assert outcome(policy, amount=151) is DENY  # it will never fit
    assert outcome(policy, ledger=[spent(50)]) is ALLOW
    assert outcome(policy, ledger=[spent(51)]) is THROTTLE
    assert outcome(policy, ledger=[spent(51, NOON_MS - HOUR_MS + 1)]) is THROTTLE
    assert outcome(policy, ledger=[spent(51, NOON_MS - HOUR_MS)]) is ALLOW
    assert outcome(policy, ledger=[spent(51, NOON_MS + HOUR_MS)]) is THROTTLE  # another clock runs ahead
    assert outcome(policy, ledger=[spent(51, asset=TOKEN)]) is ALLOW
    assert outcome(policy, ledger=[spent(51, vault=Id.parse("018bcfe5-6800-7000-8000-000000000004"))]) is ALLOW
    assert outcome(policy, ledger=[spent(51, initiator="bob", destination=NOBODY)]) is THROTTLE
    assert outcome(capped(amount="150", over="hold"), ledger=[spent(51)]) is HOLD
    assert outcome(capped(amount="150", over="deny"), ledger=[spent(51)]) is DENY


def test_an_intent_does_not_count_itself_and_another_of_its_id_does() -> None:
    policy, facts = capped(amount="150"), asked()
    mine = spent(100, intent_digest=facts.digest)
    assert judged(policy, replace(facts, ledger=[mine])).outcome is ALLOW
    assert judged(policy, replace(facts, ledger=[mine, spent(51)])).outcome is THROTTLE
    assert judged(policy, replace(facts, ledger=[replace(mine, intent_digest="ff" * 32)])).outcome is THROTTLE


def test_counts_values_and_overflow() -> None:
    twice = capped(count=2)
    assert outcome(twice, ledger=[spent(1)]) is ALLOW
    assert outcome(twice, ledger=[spent(1), spent(1)]) is THROTTLE
    worth = capped(amount="1000", value="1200")
    priced = {"people": PEOPLE, "quotes": PRICES}
    assert outcome(worth, ledger=[spent(1, value=100)], **priced) is ALLOW
    assert outcome(worth, ledger=[spent(1, value=101)], **priced) is THROTTLE
    assert outcome(worth, amount=110, **priced) is DENY
    for unpriced in ({"ledger": [spent(1, value=101)]}, priced | {"ledger": [spent(1)]}):
        verdict = answer(worth, **unpriced)
        assert verdict.outcome is ALLOW
        assert "policy.unpriced" in codes(verdict)
        assert outcome(worth, amount=1001, **unpriced) is DENY  # the limit in asset units binds
    later = [spent(1), spent(1, value=101)]  # one without a value does not lift the limit on the others
    assert outcome(worth, ledger=later, **priced) is THROTTLE
    assert outcome(worth, ledger=[spent(1), spent(1, value=1201)]) is THROTTLE
    verdict = answer(capped(amount=str(MAX_AMOUNT)), ledger=[spent(MAX_AMOUNT)])
    assert verdict.outcome is DENY
    assert "policy.overflow" in codes(verdict)


def test_a_ceiling_moves_with_balance_and_need_and_is_never_raised() -> None:
    then = {"ceiling": {"most": "300", "need_percent": 150}}
    policy = a_policy(a_rule("permit", ANY | {"asset": [str(ETHER)]}, then))
    for told, expected in [
        ({}, ALLOW),
        ({"balance": 200}, ALLOW),
        ({"balance": 201}, THROTTLE),
        ({"need": 67}, ALLOW),
        ({"need": 66}, THROTTLE),
        ({"need": 10**9, "balance": 201}, THROTTLE),
        ({"need": MAX_AMOUNT}, DENY),
        ({"balance": MAX_AMOUNT}, DENY),
    ]:
        assert outcome(policy, told=told) is expected, told
    assert outcome(policy, amount=301) is DENY


def test_the_obligations_of_all_that_match_bind() -> None:
    two = {"approvals": [{"count": 2, "group": "ops"}], "hold_hours": 2}
    both = {"approvals": [{"count": 1, "group": "ops"}, {"count": 1, "group": "risk"}], "hold_hours": 5}
    rules = [a_rule("permit", ANY), a_rule("permit", ANY, ONE), a_rule("require", {}, two), a_rule("require", {}, both)]
    verdict = answer(a_policy(*rules))
    assert verdict.outcome is Outcome.REQUIRE_APPROVAL
    found = [(it.code, dict(it.facts)) for it in verdict.obligations]
    assert found == [
        ("policy.approvals", {"teams": "ops=1,risk=1"}),
        ("policy.approvals", {"teams": "ops=2"}),
        ("policy.hold", {"hours": "5"}),
    ]
    many = [a_rule("require", {}, {"approvals": [{"count": 1, "group": f"g{n}"}]}) for n in range(17)]
    assert outcome(a_policy(a_rule("permit", ANY), *many[:16])) is Outcome.REQUIRE_APPROVAL
    assert "policy.obligations" in codes(answer(a_policy(a_rule("permit", ANY), *many)))
    assert outcome(a_policy(a_rule("permit", ANY), *many)) is DENY


def test_many_reasons_are_counted() -> None:
    verdict = answer(a_policy(*[a_rule("permit", ANY) for _ in range(200)]))
    assert len(verdict.reasons) == 65
    assert dict(verdict.reasons[-1].facts) == {"count": "136"}
