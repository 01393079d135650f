"""What a new policy changes: no widening is missed, and what is said of one is true."""

from __future__ import annotations

from typing import Any

import pytest
from policy_parts import ANY, ETHER, KRAKEN, NOON_MS, OWN, a_document, a_policy, a_rule

from jinku.policy import Policy, diff

ASSET = {"asset": [str(ETHER)]}


def changes(old: Policy, new: Policy) -> set[tuple[str, str, str, str]]:
    found = diff(old, new).changes
    assert found is not None
    return {(it.what, it.old, it.new, it.way.value) for it in found}


def test_rules_and_outcomes() -> None:
    old = a_policy(a_rule("permit", ANY | ASSET | {"amount": {"most": "10"}}))
    new = a_policy(
        a_rule("permit", ANY | ASSET | {"amount": {"most": "20"}}), a_rule("forbid", {"destination": ["own"]})
    )
    found = diff(old, new)
    assert (found.added, found.removed, found.changed, found.names) == (("one_1",), (), ("one_0",), ())
    assert changes(old, new) == {("outcome", "deny", "allow", "milder"), ("outcome", "allow", "deny", "stricter")}
    assert diff(old, old).changes == ()


def test_a_widening_that_lies_between_the_cells_of_either() -> None:
    """The old document names the destination only, the new one the amount only."""
    old = a_policy(a_rule("permit", ANY), a_rule("forbid", {"destination": ["own"]}))
    new = a_policy(a_rule("permit", ANY | ASSET | {"amount": {"least": "5", "most": "7"}}))
    found = diff(old, new).changes
    assert found is not None
    wider = [it.example for it in found if (it.old, it.new) == ("deny", "allow")]
    assert [(it["destination"], it["amount"]) for it in wider] == [(str(OWN), "5")]


ONE, TWO = ({"count": count, "group": "ops"} for count in (1, 2))
RISK = {"count": 1, "group": "risk"}
CAP = {"amount": "50", "over": "throttle", "per": ["asset", "vault"], "window_seconds": 86_400}


@pytest.mark.parametrize(
    ("old", "new", "what", "way"),
    [
        ({"approvals": [TWO]}, {"approvals": [ONE]}, "approvals", "milder"),
        ({"approvals": [ONE]}, {"approvals": [ONE, RISK]}, "approvals", "stricter"),
        ({"approvals": [TWO]}, {"approvals": [ONE, RISK]}, "approvals", "other"),
        ({"approvals": [ONE], "hold_hours": 48}, {"approvals": [ONE]}, "hold_hours", "milder"),
        ({"hold_hours": 1}, {"hold_hours": 2}, "hold_hours", "stricter"),
        ({"limits": [CAP]}, {"limits": [CAP | {"amount": "51"}]}, "limits", "milder"),
        ({"limits": [CAP]}, {}, "limits", "milder"),
        ({"limits": [CAP]}, {"limits": [CAP | {"per": ["asset", "source", "vault"]}]}, "limits", "milder"),
        ({"limits": [CAP]}, {"limits": [CAP | {"window_seconds": 86_399}]}, "limits", "milder"),
        ({"limits": [CAP]}, {"limits": [CAP | {"over": "deny"}]}, "limits", "stricter"),
        ({"limits": [CAP]}, {"limits": [CAP | {"count": 3}]}, "limits", "stricter"),
        ({"limits": [CAP]}, {"limits": [CAP | {"amount": "40", "window_seconds": 60}]}, "limits", "other"),
        ({"ceiling": {"most": "5", "need_percent": 9}}, {"ceiling": {"most": "5"}}, "ceiling", "milder"),
        ({"ceiling": {"most": "5"}}, {"ceiling": {"most": "4"}}, "ceiling", "stricter"),
    ],
)
def test_obligations_that_change_under_one_outcome(
    old: dict[str, Any], new: dict[str, Any], what: str, way: str
) -> None:
    before, after = (a_policy(a_rule("permit", ANY | ASSET, then)) for then in (old, new))
    assert {(it[0], it[3]) for it in changes(before, after) if it[0] == what} == {(what, way)}
    other = {"milder": "stricter", "stricter": "milder", "other": "other"}[way]
    assert {(it[0], it[3]) for it in changes(after, before) if it[0] == what} == {(what, other)}
    assert changes(before, before) == set()


def test_a_limit_that_another_one_includes_changes_nothing() -> None:
    one = a_policy(a_rule("permit", ANY | ASSET, {"limits": [CAP]}))
    both = a_policy(a_rule("permit", ANY | ASSET, {"limits": [CAP, CAP | {"amount": "60"}]}))
    assert changes(one, both) == changes(both, one) == set()


def test_names_that_change_under_unchanged_rules() -> None:
    permit = a_rule("permit", ANY | {"destination": ["@exchanges"], "age_hours": {"least": "24"}})
    old = a_policy(permit)
    more = a_policy(permit, destinations=[{"members": ["kraken", "own"], "name": "exchanges"}])
    found = diff(old, more)
    assert (found.changed, found.names) == ((), ("@exchanges",))
    assert found.changes is not None
    assert [(it.new, it.example["destination"]) for it in found.changes] == [("allow", str(OWN))]
    book = a_document()["book"]
    book[0] = book[0] | {"since": str(NOON_MS)}
    assert diff(old, a_policy(permit, book=book)).names == ("kraken",)
    unlisted = diff(old, a_policy(permit, book=book[1:], destinations=[{"members": [], "name": "exchanges"}]))
    assert unlisted.names == ("@exchanges", "kraken")
    assert unlisted.changes is not None
    assert [(it.new, it.example["destination"]) for it in unlisted.changes] == [("deny", str(KRAKEN))]
    assert diff(old, a_policy(permit, reference=None)).names == ("reference",)
