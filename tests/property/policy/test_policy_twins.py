"""The signer's evaluator and the platform's: equal bytes on random documents, questions and approvals."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policy_terms import (
    ASSETS,
    HOUR_MS,
    INITIATORS,
    START_MS,
    VAULTS,
    approvals,
    crowds,
    documents,
    intents,
    policies,
    questions,
)

from jinku import _native
from jinku.core import (
    AssetId,
    Id,
    Intent,
    IntentKind,
    Obligation,
    Outcome,
    ParseError,
    Reason,
    Verdict,
    canonical_bytes,
)
from jinku.policy import Deeds, Facts, People, Policy, Subject, evaluate, missing, question, subject_question

slow = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


def variants(facts: Facts) -> Iterator[Facts]:
    """The same question of other people, vaults, assets and moments: drawing is dear, asking is cheap."""
    for vault, initiator, asset in itertools.product(VAULTS, INITIATORS, ASSETS):
        intent = facts.intent
        text = asset if intent.kind is IntentKind.TRANSFER else str(intent.asset)
        intent = replace(intent, vault=Id.parse(vault), initiator=initiator, asset=AssetId.exact(text))
        at_ms = facts.at_ms + 7 * HOUR_MS * VAULTS.index(vault)
        yield replace(facts, intent=intent, digest=intent.digest().hex(), at_ms=at_ms)


@given(policies, questions())
@slow
def test_both_evaluators_give_the_same_verdict(policy: Policy, facts: Facts) -> None:
    for one in (facts, *variants(facts)):
        verdict = evaluate(policy, one)
        assert _native.policy_verdict(policy.canonical, question(one)) == verdict.to_canonical()
    assert _native.policy_digest(policy.canonical) == policy.digest


@given(intents())
@settings(deadline=None, max_examples=20)
def test_the_deeds_of_an_intent_are_those_of_its_effects(intent: Intent) -> None:
    effects = _native.asked_effects(intent.to_canonical())
    assert Deeds.of(effects) == Deeds.asked(intent, AssetId.exact(ASSETS[0]))


texts = st.sampled_from(["ops=1", "ops=2,risk=1", "risk=3", "none=1", "ops", "ops=0", "ops=01", "ops=33", "ops=+1", ""])


held = st.sampled_from(["1", "48", "0", "01", "9999", "x"])


@given(intents(), crowds(), st.lists(texts, max_size=3), held, st.data())
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_both_find_the_same_missing(
    intent: Intent, people: People, teams: list[str], hours: str, data: st.DataObject
) -> None:
    recorded = data.draw(st.sampled_from([START_MS - 3_600_000, START_MS - 3_599_999]))
    subject = Subject(intent, "ee" * 32, "dd" * 32, recorded, START_MS)
    given_ = data.draw(st.lists(approvals(subject), max_size=6))
    asked = [Obligation("policy.approvals", {"teams": text}) for text in teams]
    asked += [Obligation("policy.hold", {"hours": hours}), Obligation("policy.other", {"hours": "1"})]
    reason = (Reason("policy.required", "a rule asks for more"),)
    verdict = Verdict("policy", Outcome.REQUIRE_APPROVAL, reason, tuple(asked))
    found = [(it.code, it.text, dict(it.facts)) for it in missing(asked, given_, people, subject)]
    native = _native.policy_missing(
        verdict.to_canonical(), [it.to_canonical() for it in given_], subject_question(subject, people)
    )
    assert found == [(code, text, dict(facts)) for code, text, facts in native]
    assert found[-1][0] == "policy.not_understood"


JUNK: list[Any] = [
    None,
    True,
    -1,
    0,
    10**6,
    "",
    "0",
    "x",
    "@none",
    "unknown",
    [],
    ["x"],
    ["b", "a"],
    {},
    {"least": "1"},
    [{}],
]


def paths(value: Any) -> list[list[Any]]:
    """The way to each part of a document."""
    items: Any = []
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    found: list[list[Any]] = []
    for key, part in items:
        found += [[key], *([key, *rest] for rest in paths(part))]
    return found


@given(documents(), st.data())
@slow
def test_both_refuse_the_same_documents(document: Any, data: st.DataObject) -> None:
    broken = copy.deepcopy(document)
    *way, last = data.draw(st.sampled_from(paths(broken)))
    place = broken
    for key in way:
        place = place[key]
    match data.draw(st.sampled_from(["set", "drop", "add", "twice"])):
        case "set":
            place[last] = data.draw(st.sampled_from(JUNK))
        case "drop":
            del place[last]
        case "add" if isinstance(place, dict):
            name = data.draw(st.sampled_from(["x", "told", "kind", "amount", "limits", "least"]))
            place[name] = data.draw(st.sampled_from(JUNK))
        case _ if isinstance(place, list):
            place.append(place[last])
    text = canonical_bytes(broken)
    assert verdict_of(lambda: Policy(text).digest) == verdict_of(lambda: _native.policy_digest(text))


def verdict_of(call: Any) -> bytes | str:
    try:
        digest: bytes = call()
    except ParseError:
        return "refused"
    return digest


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=200)
def test_both_refuse_bytes_that_are_no_document(data: bytes) -> None:
    assert verdict_of(lambda: Policy(data).digest) == "refused" == verdict_of(lambda: _native.policy_digest(data))
