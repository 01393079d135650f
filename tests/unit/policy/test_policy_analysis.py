"""What the analysis finds, and that its examples hold before the evaluator."""

from __future__ import annotations

from typing import Any

from policy_parts import ANY, ETHER, KRAKEN, NOON_MS, VAULT, a_policy, a_rule, asked

from jinku.core import Outcome
from jinku.policy import analyse, diff, hot, reach, simulate

ASSET = {"asset": [str(ETHER)]}
ONE = {"approvals": [{"count": 1, "group": "ops"}]}


def limit(amount: int, seconds: int = 86_400, per: tuple[str, ...] = ("vault",)) -> dict[str, Any]:
    return {"limits": [{"amount": str(amount), "over": "deny", "per": list(per), "window_seconds": seconds}]}


def codes(*rules: dict[str, Any]) -> list[tuple[str, str]]:
    return [(it.code, it.rule) for it in analyse(a_policy(*rules))]


def test_rules_that_never_match_or_never_help() -> None:
    bounded = a_rule("permit", ANY | ASSET, limit(5))
    assert codes(bounded) == []
    far = a_rule("permit", {"kind": ["delegate"], "asset": ["eip155:1/erc20:0x" + "aa" * 20]})
    assert codes(bounded, far) == [("policy.never_matches", "one_1")]
    never = a_rule("forbid", {"destination": ["kraken"], "age_hours": {"most": "3"}, "chain": ["eip155:5"]})
    assert codes(bounded, never) == [("policy.never_matches", "one_1")]
    assert codes(a_rule("permit", ANY | ASSET, limit(5)), a_rule("forbid", {})) == [("policy.always_denied", "one_0")]


def test_a_permit_that_nothing_limits_is_named_with_an_example() -> None:
    open_ = a_rule("permit", ANY | {"initiator": ["alice"]}, ONE)
    found = analyse(a_policy(open_))
    assert [(it.code, it.example["initiator"]) for it in found] == [("policy.unlimited", "alice")]
    assert codes(open_, a_rule("require", ASSET, limit(5))) == [("policy.unlimited", "one_0")]  # other assets
    limited = a_rule("permit", ANY | {"initiator": ["alice"]} | ASSET, ONE)
    assert codes(limited, a_rule("require", ASSET, limit(5))) == []


def test_how_far_somebody_gets_without_approvals() -> None:
    policy = hot(vault=VAULT, initiators=["app"], asset=ETHER, per_transfer=10, per_day=50, team="ops")

    def of(amount: int, initiator: str = "app", hours: int = 24) -> Any:
        return reach(policy, initiator, VAULT, asset=ETHER, amount=amount, hours=hours)

    assert of(9).can
    assert of(9).text == "10 in one transfer"
    assert of(10).can
    assert len(of(49).steps) == 5
    assert of(50).can is False
    assert of(0, "stranger").can is False
    days = of(50, hours=48)  # a day's limit does not hold for two
    assert days.can
    assert len(days.steps) == 6


def test_a_limit_for_each_destination_is_none_where_destinations_are_free() -> None:
    policy = a_policy(a_rule("permit", ANY | ASSET, limit(5, per=("destination", "vault"))))
    assert reach(policy, "alice", VAULT, asset=ETHER, amount=50).can
    bound = a_policy(a_rule("permit", ANY | ASSET | {"destination": ["kraken"]}, limit(5, per=("destination",))))
    assert reach(bound, "alice", VAULT, asset=ETHER, amount=4).can
    assert reach(bound, "alice", VAULT, asset=ETHER, amount=5).can is None  # neither found nor excluded


def test_what_a_new_policy_changes() -> None:
    old = a_policy(a_rule("permit", ANY | ASSET | {"amount": {"most": "10"}}))
    new = a_policy(
        a_rule("permit", ANY | ASSET | {"amount": {"most": "20"}}), a_rule("forbid", {"destination": ["own"]})
    )
    found = diff(old, new)
    assert (found.added, found.removed, found.changed) == (("one_1",), (), ("one_0",))
    assert found.changes is not None
    assert {(it.old, it.new, it.stricter) for it in found.changes} == {
        (Outcome.DENY, Outcome.ALLOW, False),
        (Outcome.ALLOW, Outcome.DENY, True),
    }
    assert diff(old, old).changes == ()


def test_history_fills_the_windows_of_a_simulation() -> None:
    policy = a_policy(a_rule("permit", ANY | ASSET, limit(150)))
    times = [NOON_MS, NOON_MS + 1, NOON_MS + 86_400_000]
    history = [asked(at_ms=at_ms, destination=KRAKEN).intent for at_ms in reversed(times)]
    assert [verdict.outcome.value for _, verdict in simulate(policy, history)] == ["allow", "deny", "allow"]
