"""Limits and ceilings: what they count, to the millisecond and the unit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from policy_parts import (
    ANY,
    ETHER,
    HOUR_MS,
    NOBODY,
    NOON_MS,
    PEOPLE,
    PRICES,
    TOKEN,
    a_policy,
    a_rule,
    answer,
    asked,
    codes,
    judged,
    outcome,
    spent,
)

from jinku.core import MAX_AMOUNT, Id, Outcome

ALLOW, DENY, THROTTLE, HOLD = Outcome.ALLOW, Outcome.DENY, Outcome.THROTTLE, Outcome.HOLD


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


ELSE: dict[str, Any] = {
    "asset": TOKEN,
    "destination": NOBODY,
    "initiator": "bob",
    "source": NOBODY,
    "vault": Id.parse("018bcfe5-6800-7000-8000-000000000004"),
}


@pytest.mark.parametrize("name", sorted(ELSE))
def test_a_limit_counts_what_has_its_dimensions_in_common(name: str) -> None:
    other = {"ledger": [spent(1, **{name: ELSE[name]})]}
    same = {"ledger": [spent(1, **{it: value for it, value in ELSE.items() if it != name})]}
    assert outcome(capped(count=1, per=[name]), **other) is ALLOW
    assert outcome(capped(count=1, per=[name]), **same) is THROTTLE
    assert outcome(capped(count=1, per=[]), **other) is THROTTLE
    everything = capped(amount="100", per=[])
    assert outcome(everything, **other) is (ALLOW if name == "asset" else THROTTLE)  # of no other asset


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
