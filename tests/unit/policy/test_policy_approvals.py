"""Whose approvals count, and for what; holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from policy_parts import HOUR_MS, NOON_MS, PEOPLE, a_subject, approval, asked, lacking

from jinku.core import Bounds, Decision, Id, Obligation
from jinku.policy import Person, Subject, Team

OPS = Obligation("policy.approvals", {"teams": "ops=1"})
SUBJECT = a_subject(asked())


def missing_of(teams: str, *names: str, subject: Subject = SUBJECT, **changes: Any) -> list[str]:
    given = [approval(subject, name, **changes) for name in names]
    obligation = Obligation("policy.approvals", {"teams": teams})
    return [reason.code for reason in lacking([obligation], given, PEOPLE, subject)]


MISSING = ["policy.approvals_missing"]


def test_enough_of_a_group() -> None:
    assert missing_of("ops=1", "bob") == []
    assert missing_of("ops=1") == MISSING
    assert missing_of("ops=2", "bob", "carol") == []
    assert missing_of("ops=2", "bob", "bob") == MISSING
    assert missing_of("ops=3", "bob", "carol", "alice") == MISSING  # alice asks; she does not approve
    assert missing_of("nobody=1", "bob") == MISSING


def test_two_teams_are_two_persons() -> None:
    assert missing_of("ops=1,risk=1", "carol") == MISSING  # in both
    assert missing_of("ops=1,risk=1", "carol", "bob") == []
    assert missing_of("ops=1,risk=1", "bob", "carol") == []
    assert missing_of("ops=1,risk=2", "bob", "carol", "dave") == []
    assert missing_of("ops=2,risk=1", "carol", "dave") == MISSING


@pytest.mark.parametrize("name", ["gone", "clerk", "mallory"])
def test_who_is_no_approver_now_does_not_count(name: str) -> None:
    assert missing_of("risk=1", name) == MISSING
    assert missing_of("risk=1", name, "dave") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"deployment": Id.parse("018bcfe5-6800-7000-8000-00000000000f")},
        {"intent_digest": "ff" * 32},
        {"effects_digest": "ff" * 32},
        {"policy_digest": "ff" * 32},
        {"bounds": Bounds(10**9, SUBJECT.intent.bounds.valid_until_ms, replaceable=False)},
        {"not_after_ms": NOON_MS - 1},
    ],
)
def test_an_approval_of_something_else_does_not_count(changes: dict[str, Any]) -> None:
    assert missing_of("ops=1", "bob") == []
    assert missing_of("ops=1", "bob", **changes) == MISSING


def test_no_team_is_smaller_than_its_group_says() -> None:
    people = replace(PEOPLE, groups={"ops": Team(("bob", "carol"), 2)})
    assert lacking([OPS], [approval(SUBJECT, "bob")], people, SUBJECT)
    assert not lacking([OPS], [approval(SUBJECT, name) for name in ("bob", "carol")], people, SUBJECT)


def test_a_rejection_by_a_member_ends_it() -> None:
    agreed = [approval(SUBJECT, "bob")]
    by_member = approval(SUBJECT, "carol", decision=Decision.REJECT)
    by_stranger = approval(SUBJECT, "dave", decision=Decision.REJECT)
    assert [it.code for it in lacking([OPS], [*agreed, by_member], PEOPLE, SUBJECT)] == ["policy.rejected"]
    assert not lacking([OPS], [*agreed, by_stranger], PEOPLE, SUBJECT)
    stale = replace(by_member, policy_digest="ff" * 32)
    assert not lacking([OPS], [*agreed, stale], PEOPLE, SUBJECT)


def test_a_hold_runs_from_when_it_was_recorded() -> None:
    hold = [Obligation("policy.hold", {"hours": "2"})]
    subject = a_subject(asked(), at_ms=NOON_MS + 2 * HOUR_MS)
    assert not lacking(hold, [], PEOPLE, subject)
    early = replace(subject, at_ms=subject.at_ms - 1)
    assert [dict(it.facts) for it in lacking(hold, [], PEOPLE, early)] == [{"until": str(subject.at_ms)}]


@pytest.mark.parametrize(
    "obligation",
    [
        Obligation("policy.other", {}),
        Obligation("policy.approvals", {"teams": "ops=1", "more": "x"}),
        *(
            Obligation("policy.approvals", {"teams": text})
            for text in ("", "ops", "ops=0", "ops=01", "ops=33", "ops=1,")
        ),
        *(Obligation("policy.hold", {"hours": text}) for text in ("", "0", "+1", "8785")),
    ],
)
def test_what_is_not_understood_is_never_met(obligation: Obligation) -> None:
    people = replace(PEOPLE, keys={**PEOPLE.keys, "root": Person(("approver",))})
    found = lacking([obligation], [approval(SUBJECT, "bob")], people, SUBJECT)
    assert [it.code for it in found] == ["policy.not_understood"]
