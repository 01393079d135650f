"""What the analysis finds, and that its examples hold before the evaluator."""

from __future__ import annotations

from typing import Any

import pytest
from policy_parts import ANY, ETHER, KRAKEN, NOBODY, NOON_MS, TOKEN, VAULT, a_policy, a_rule, asked

from jinku.core import AccountId, AssetId
from jinku.policy import analyse, analysis, hot, reach, simulate

ASSET = {"asset": [str(ETHER)]}
ONE = {"approvals": [{"count": 1, "group": "ops"}]}
TOLD = {"fact": "risk", "least": "80"}


def limit(amount: int, seconds: int = 86_400, per: tuple[str, ...] = ("vault",)) -> dict[str, Any]:
    return {"limits": [{"amount": str(amount), "over": "deny", "per": list(per), "window_seconds": seconds}]}


def codes(*rules: dict[str, Any], **changes: Any) -> list[tuple[str, str]]:
    return [(it.code, it.rule) for it in analyse(a_policy(*rules, **changes))]


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


def test_a_delegation_without_approvals_moves_everything() -> None:
    delegate = {"kind": ["delegate"], "initiator": ["alice"]}
    policy = a_policy(a_rule("permit", ANY | ASSET, ONE), a_rule("permit", delegate))
    for asset in (ETHER, TOKEN):
        found = reach(policy, "alice", VAULT, asset=asset, amount=10**30)
        assert found.can
        assert found.steps[0]["kind"] == "delegate"
        assert reach(policy, "bob", VAULT, asset=asset, amount=0).can is False
    guarded = a_policy(a_rule("permit", ANY | ASSET, ONE), a_rule("permit", delegate, ONE))
    assert reach(guarded, "alice", VAULT, asset=ETHER, amount=0).can is False


def test_an_address_of_the_book_is_not_taken_for_nobodys() -> None:
    """The unknown address of test cases may be known to a policy; the analysis asks about another one then."""
    book = [{"accounts": [str(NOBODY)], "label": "cold", "since": "0"}]
    elsewhere = a_rule("permit", ANY | ASSET | {"destination": ["unknown"]})
    policy = a_policy(elsewhere, a_rule("forbid", {"destination": ["cold"]}), book=book, destinations=[])
    assert reach(policy, "alice", VAULT, asset=ETHER, amount=10**20).can
    assert codes(elsewhere, a_rule("forbid", {"destination": ["cold"]}), book=book, destinations=[]) == [
        ("policy.unlimited", "one_0")
    ]


@pytest.mark.parametrize(
    "chain",
    [
        "bip122:000000000019d6689c085ae165831e93",
        "bip122:000000000933ea01ad0ee984209779ba",
        "cosmos:cosmoshub-4",
        "cosmos:osmosis-1",
        "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
        "neo:860833102",
        "tron:728126428",
    ],
)
def test_chains_that_only_a_column_names_are_asked(chain: str) -> None:
    open_ = a_rule("permit", ANY | {"chain": [chain]})
    assert codes(open_) == [("policy.unlimited", "one_0")]
    assert codes(open_, a_rule("forbid", {"chain": ["eip155:7"]})) == [("policy.unlimited", "one_0")]


def test_chains_of_which_the_book_knows_an_address_are_asked() -> None:
    account = AccountId.exact("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp:" + "4" * 40)
    entry = [{"accounts": [str(account)], "label": "sol", "since": "0"}]
    changes: dict[str, Any] = {"book": entry, "destinations": []}
    assert codes(a_rule("permit", ANY | {"destination": ["sol"]}), **changes) == [("policy.unlimited", "one_0")]
    asset = AssetId.exact(f"{account.chain}/slip44:501")
    only = a_policy(a_rule("permit", ANY | {"destination": [str(account)]}), book=[], destinations=[])
    assert reach(only, "alice", VAULT, asset=asset, amount=5).can
    assert reach(only, "alice", VAULT, asset=ETHER, amount=5).can is False


def test_rules_beyond_the_reasons_of_a_verdict_are_seen() -> None:
    many = [a_rule("permit", ANY | ASSET, limit(5)) for _ in range(130)]
    assert codes(*many) == []
    last = a_rule("require", ASSET, limit(5))
    policy = a_policy(*[a_rule("permit", ANY | ASSET) for _ in range(130)], last)
    assert reach(policy, "alice", VAULT, asset=ETHER, amount=5).can is False


def test_rules_that_cells_cannot_ask_are_not_judged() -> None:
    bounded = a_rule("permit", ANY | ASSET, limit(5))
    assert codes(bounded, a_rule("forbid", {"grants": ["all"]}), a_rule("forbid", {"told": [TOLD]})) == []


def test_all_pairs_of_initiators_and_vaults_count_towards_the_cells() -> None:
    wide = [a_rule("permit", ANY | ASSET | {"initiator": [f"i{n:03}"]}, limit(n + 1)) for n in range(150)]
    assert codes(*wide) == [("policy.too_many_cells", "")]
    assert reach(a_policy(*wide), "i007", VAULT, asset=ETHER, amount=8).can is False


def test_a_walk_ends_where_nothing_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "_MAX_QUESTIONS", 100)
    policy = a_policy(a_rule("permit", ANY | ASSET | {"destination": ["kraken"]}, limit(5, per=("destination",))))
    found = reach(policy, "alice", VAULT, asset=ETHER, amount=10**9, hours=8_784)
    assert found.can is None
    assert "100 questions" in found.text


def test_history_fills_the_windows_of_a_simulation() -> None:
    policy = a_policy(a_rule("permit", ANY | ASSET, limit(150)))
    times = [NOON_MS, NOON_MS + 1, NOON_MS + 86_400_000]
    history = [asked(at_ms=at_ms, destination=KRAKEN).intent for at_ms in reversed(times)]
    assert [verdict.outcome.value for _, verdict in simulate(policy, history)] == ["allow", "deny", "allow"]
