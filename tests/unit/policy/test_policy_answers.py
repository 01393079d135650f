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
    PRICES,
    TOKEN,
    VAULT,
    a_document,
    a_policy,
    a_rule,
    answer,
    codes,
    outcome,
    spent,
)

from jinku.core import MAX_AMOUNT, IntentKind, Outcome
from jinku.policy import Deeds, Person, Policy, Quote

ALLOW, DENY, THROTTLE, HOLD = Outcome.ALLOW, Outcome.DENY, Outcome.THROTTLE, Outcome.HOLD
ONE = {"approvals": [{"count": 1, "group": "ops"}]}


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


def test_prices_at_their_edges() -> None:
    def worth(most: int, amount: int = 101, **changes: Any) -> Outcome:
        quotes = [Quote(f"feed_{n}", ETHER, 95, 1, NOON_MS) for n in range(2)]
        quotes[1] = replace(quotes[1], **{name: it for name, it in changes.items() if name != "people"})
        people = changes.get("people", PEOPLE)
        policy = a_policy(a_rule("permit", ANY), a_rule("forbid", {"value": {"least": str(most + 1)}}))
        return outcome(policy, people=people, quotes=quotes, amount=amount)

    assert worth(960) is ALLOW
    assert worth(959) is DENY  # 959.5 is more
    assert worth(960, at_ms=NOON_MS - 300_000) is ALLOW
    assert worth(960, at_ms=NOON_MS - 300_001) is DENY
    for not_after, expected in ((NOON_MS, ALLOW), (NOON_MS - 1, DENY)):
        ends = replace(PEOPLE, keys={**PEOPLE.keys, "feed_1": Person(("source",), not_after)})
        assert worth(960, people=ends) is expected
    assert worth(10**60, amount=MAX_AMOUNT) is DENY  # 95 times as much does not fit: it may be anything


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


def test_an_absent_fact_does_not_match_and_a_told_one_does() -> None:
    told = {"told": [{"fact": "risk", "most": "9"}]}
    policy = a_policy(a_rule("permit", ANY), a_rule("require", told, ONE))
    assert outcome(policy) is ALLOW
    assert outcome(policy, told={"risk": 10}) is ALLOW
    assert outcome(policy, told={"risk": 9}) is Outcome.REQUIRE_APPROVAL


def test_an_address_that_is_not_yet_in_the_book_has_no_age() -> None:
    book = [{"accounts": [str(KRAKEN)], "label": "kraken", "since": str(NOON_MS + 30 * HOUR_MS)}]
    old = a_policy(a_rule("permit", ANY | {"age_hours": {"least": "1"}}), book=book, destinations=[])
    assert outcome(old) is DENY
    assert outcome(old, at_ms=NOON_MS + 31 * HOUR_MS) is ALLOW


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
