"""Documents: frozen bytes, and the refusal of all that could be meant otherwise."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from policy_parts import ANY, ETHER, FULL, KRAKEN, OWN, a_document, a_rule, refused

from jinku import _native
from jinku.core import AssetId, Json, ParseError, canonical_bytes, parse_json
from jinku.policy import Deeds, People, Policy, PolicyFile, analyse, cold, hot, warm

LIMIT: dict[str, Any] = {"over": "deny", "per": [], "window_seconds": 60}
ASSET = {"asset": [str(ETHER)]}


def test_the_frozen_document_has_its_frozen_digest() -> None:
    policy = Policy(FULL["document"].encode())
    assert policy.digest.hex() == FULL["digest"]
    assert policy.longest_window_seconds == 86_400
    with pytest.raises(ParseError):
        Policy(FULL["document"].encode() + b"\n")


REFUSED: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("a permit without kind", "permit", {}, {}),
    ("told in a permit", "permit", ANY | {"told": [{"fact": "risk", "least": "1"}]}, {}),
    ("obligations of a forbid", "forbid", {}, {"hold_hours": 1}),
    ("an empty require", "require", {}, {}),
    ("an unknown effect", "allow", ANY, {}),
    ("an unknown column", "permit", ANY | {"colour": ["red"]}, {}),
    ("null for any", "permit", ANY | {"vault": None}, {}),
    ("an empty list", "permit", ANY | {"initiator": []}, {}),
    ("a list that does not ascend", "permit", ANY | {"initiator": ["bob", "alice"]}, {}),
    ("a name twice", "permit", ANY | {"initiator": ["bob", "bob"]}, {}),
    ("an unknown kind", "permit", {"kind": ["call"]}, {}),
    ("an unknown group", "permit", ANY | {"initiator": ["@none"]}, {}),
    ("an unknown label", "permit", ANY | {"destination": ["binance"]}, {}),
    ("a group of labels for vaults", "permit", ANY | {"vault": ["@exchanges"]}, {}),
    ("an amount of any asset", "permit", ANY | {"amount": {"most": "1"}}, {}),
    ("a fee of any coin", "permit", ANY | {"fee": {"most": "1"}}, {}),
    ("a limit of any asset", "permit", ANY, {"limits": [LIMIT | {"amount": "1"}]}),
    ("a ceiling of any asset", "permit", ANY, {"ceiling": {"most": "1"}}),
    ("an amount as a number", "permit", ANY | ASSET | {"amount": {"most": 1}}, {}),
    ("an amount of 257 bits", "permit", ANY | ASSET | {"amount": {"most": str(2**256)}}, {}),
    ("an empty range", "permit", ANY | ASSET | {"amount": {}}, {}),
    ("a range upside down", "permit", ANY | ASSET | {"amount": {"least": "2", "most": "1"}}, {}),
    ("a limit of nothing", "permit", ANY, {"limits": [LIMIT]}),
    ("no limits", "permit", ANY, {"limits": []}),
    ("a value without an amount", "permit", ANY, {"limits": [LIMIT | {"value": "1", "count": 1}]}),
    ("a limit that allows", "permit", ANY, {"limits": [LIMIT | {"count": 1, "over": "allow"}]}),
    ("a limit per kind", "permit", ANY, {"limits": [LIMIT | {"count": 1, "per": ["kind"]}]}),
    ("a window of no time", "permit", ANY, {"limits": [LIMIT | {"count": 1, "window_seconds": 0}]}),
    ("nobody's approval", "permit", ANY, {"approvals": []}),
    ("no approval of a group", "permit", ANY, {"approvals": [{"count": 0, "group": "ops"}]}),
    ("an unknown field of what is to be met", "permit", ANY, {"holds": 1}),
    ("a hold of more than 366 days", "permit", ANY, {"hold_hours": 366 * 24 + 1}),
    ("more approvals than a verdict may ask for", "permit", ANY, {"approvals": [{"count": 33, "group": "ops"}]}),
    ("a group with a sign of lists", "permit", ANY, {"approvals": [{"count": 1, "group": "ops=1,risk"}]}),
    ("groups out of order", "permit", ANY, {"approvals": [{"count": 1, "group": it} for it in ("b", "a")]}),
    ("a window of more than 366 days", "permit", ANY, {"limits": [LIMIT | {"count": 1, "window_seconds": 31_622_401}]}),
    ("a limit of very many", "permit", ANY, {"limits": [LIMIT | {"count": 1_000_001}]}),
    ("dimensions out of order", "permit", ANY, {"limits": [LIMIT | {"count": 1, "per": ["vault", "asset"]}]}),
    ("an unknown field of a limit", "permit", ANY, {"limits": [LIMIT | {"count": 1, "most": "1"}]}),
    ("a share of no need", "permit", ANY | ASSET, {"ceiling": {"most": "1", "need_percent": 0}}),
    ("no chain", "permit", ANY | {"chain": ["eip155:01"]}, {}),
    ("no asset", "permit", ANY | {"asset": ["ether"]}, {}),
    ("no vault", "permit", ANY | {"vault": ["main"]}, {}),
    ("no name of a key", "permit", ANY | {"initiator": ["Alice"]}, {}),
    ("grants out of order", "permit", ANY | {"grants": ["up_to", "all"]}, {}),
    ("no name of a fact", "require", {"told": [{"fact": "Risk", "least": "1"}]}, {"hold_hours": 1}),
    ("facts out of order", "require", {"told": [{"fact": it, "least": "1"} for it in "ba"]}, {"hold_hours": 1}),
    ("an unknown grant", "permit", ANY | {"grants": ["some"]}, {}),
    ("a share of 65 bits", "permit", ANY | {"fee_share_bps": {"most": str(2**64)}}, {}),
    *(
        (f"hours: {text}", "permit", ANY | {"time": time}, {})
        for text, time in {
            "days out of order": {"days": ["tue", "mon"], "from": "08:00", "to": "09:00", "offset": "+00:00"},
            "no days": {"days": [], "from": "08:00", "to": "09:00", "offset": "+00:00"},
            "no span": {"days": ["mon"], "from": "08:00", "to": "08:00", "offset": "+00:00"},
            "no offset": {"days": ["mon"], "from": "08:00", "to": "09:00", "offset": ""},
            "minus nothing": {"days": ["mon"], "from": "08:00", "to": "09:00", "offset": "-00:00"},
            "far off": {"days": ["mon"], "from": "08:00", "to": "09:00", "offset": "+14:01"},
            "no clock": {"days": ["mon"], "from": "8:00", "to": "09:00", "offset": "+00:00"},
            "61 minutes": {"days": ["mon"], "from": "08:61", "to": "09:30", "offset": "+00:00"},
            "signs": {"days": ["mon"], "from": "+8:00", "to": "09:00", "offset": "+00:00"},
            "the end of a day first": {"days": ["mon"], "from": "24:00", "to": "09:00", "offset": "+00:00"},
            "a day twice": {"days": ["mon", "mon"], "from": "08:00", "to": "09:00", "offset": "+00:00"},
            "a field more": {"days": ["mon"], "from": "08:00", "to": "09:00", "offset": "+00:00", "zone": "x"},
            "25 hours": {"days": ["mon"], "from": "08:00", "to": "25:00", "offset": "+00:00"},
        }.items()
    ),
]


@pytest.mark.parametrize(("effect", "when", "then"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_rule_that_could_be_meant_otherwise_is_refused(
    effect: str, when: dict[str, Any], then: dict[str, Any]
) -> None:
    refused(a_document(a_rule(effect, when, then)))
    assert Policy.of(a_document(a_rule("permit", ANY))).rules


def test_a_book_that_could_be_meant_otherwise_is_refused() -> None:
    good: Any = a_document(a_rule("permit", ANY), destinations=[])
    entry = {"accounts": [str(KRAKEN)], "label": "a", "since": "0"}
    other = {"accounts": [str(OWN)], "label": "b", "since": "0"}
    reference = {"currency": "usd", "max_age_seconds": 60, "quorum": 1}
    assert Policy.of(good | {"book": [entry, other], "reference": reference}).book.since[str(OWN)] == 0
    for name, value in (
        ("book", [entry, entry | {"label": "b"}]),
        ("book", [other, entry]),
        ("book", [entry, entry | {"accounts": [str(OWN)]}]),
        ("book", [entry | {"accounts": [str(OWN), str(KRAKEN)]}]),
        ("book", [entry | {"accounts": []}]),
        ("book", [entry | {"colour": "red"}]),
        ("initiators", [{"members": ["b", "a"], "name": "x"}]),
        ("initiators", [{"members": ["Alice"], "name": "x"}]),
        ("initiators", [{"members": [], "name": "X"}]),
        ("initiators", [{"members": [], "name": "y"}, {"members": [], "name": "x"}]),
        ("vaults", [{"members": ["main"], "name": "x"}]),
        ("assets", [{"members": ["ether"], "name": "x"}]),
        ("assets", [{"members": [], "name": "x"}, {"members": [], "name": "x"}]),
        ("destinations", [{"members": ["binance"], "name": "x"}]),
        ("reference", reference | {"max_age_seconds": 0}),
        ("reference", reference | {"max_age_seconds": 86_401}),
        ("reference", reference | {"quorum": 0}),
        ("reference", reference | {"quorum": 33}),
        ("reference", reference | {"currency": "USD"}),
        ("rules", [good["rules"][0] | {"name": "One"}]),
        ("rules", [good["rules"][0] | {"comment": "x"}]),
        ("name", "Small"),
        ("comment", "x"),
        ("v", 2),
    ):
        refused(good | {name: value})
    for label in ("unknown", "Kraken", "@kraken"):
        refused(good | {"book": [entry | {"label": label}], "destinations": []})
    for account in ("eip155:1:0x" + "AA" * 20, "eip155:01:0x" + "aa" * 20, "tron:0x2b6653dc:T" + "2" * 33, "kraken"):
        refused(good | {"book": [entry | {"accounts": [account]}], "destinations": []})
        refused(a_document(a_rule("permit", ANY | {"destination": [account.replace("kraken", "kr\u0430ken")]})))
    value = a_rule("permit", ANY | {"value": {"most": "1"}})
    assert "reference" in str(refused(a_document(value, reference=None)))
    of_value = a_rule("permit", ANY | ASSET, {"limits": [LIMIT | {"amount": "1", "value": "1"}]})
    assert "reference" in str(refused(a_document(of_value, reference=None)))
    twice = copy.deepcopy(good)
    twice["rules"] *= 2
    assert "each name once" in str(refused(twice))
    doubled = canonical_bytes(good).replace(b'"name":"small"', b'"name":"small","name":"small"')
    for read in (Policy, _native.policy_digest):
        with pytest.raises(ParseError, match=r"duplicate|twice|once"):
            read(doubled)


def test_a_file_holds_its_own_cases_and_they_are_no_part_of_the_digest() -> None:
    case = {"name": "c", "initiator": "alice", "vault": "018bcfe5-6800-7000-8000-000000000003", "asset": str(ETHER)}
    case |= {"amount": "5", "expect": "allow"}
    document = a_document(a_rule("permit", ANY))
    text = {"policy": document, "tests": [case, case | {"expect": "deny"}], "v": 1}
    opened = PolicyFile.parse(_spaced(text))
    assert opened.policy.digest == Policy.of(document).digest == PolicyFile.parse(_spaced(document)).policy.digest
    assert [(it.expect, verdict.outcome) for it, verdict in opened.failed()] == [("deny", "allow")]
    for spoilt in ({"told": {"risk": "x"}}, {"told": {"risk": "-1"}}, {"spent": ["٣"]}, {"at": str(2**53)}):
        with pytest.raises(ParseError):
            PolicyFile.parse(_spaced(text | {"tests": [case | spoilt]}))
    with pytest.raises(ParseError, match=r"tests\.expect"):
        PolicyFile.parse(_spaced(text | {"tests": [case | {"expect": "maybe"}]}))


def _spaced(value: Json) -> bytes:
    import json  # noqa: PLC0415  plain json on purpose: files are written by people

    return json.dumps(value, indent=2).encode()


def test_presets_are_documents_without_findings() -> None:
    vault = "018bcfe5-6800-7000-8000-000000000003"
    shared: dict[str, Any] = {"vault": vault, "initiators": ["b", "a"], "asset": AssetId.exact(str(ETHER))}
    small = hot(**shared, per_transfer=10, per_day=50, team="ops")
    assert analyse(small) == []
    middle = warm(**shared, per_day=50, team="ops", hot_most=100)
    # its groups have no members yet: nothing of them can match, and the analysis says so
    assert {it.code for it in analyse(middle)} == {"policy.never_matches"}
    deep = cold(**shared, per_week=50, teams=("ops", "board"))
    assert [it.rule for it in analyse(deep)] == ["to_warm"]
    filled: Any = parse_json(deep.canonical)
    filled |= {"book": [{"accounts": [str(OWN)], "label": "warm", "since": "0"}]}
    filled |= {"destinations": [{"members": ["warm"], "name": "warm"}]}
    assert analyse(Policy.of(filled)) == []


def test_people_and_deeds_are_read_from_the_documents_of_others() -> None:
    root = b"""{"keys":[{"name":"a","algorithm":"ed25519","roles":["approver"],"not_after":"5"}],
        "groups":[{"name":"ops","members":["a"],"threshold":1}]}"""
    people = People.of_root(root)
    assert people.may("a", "approver", 5)
    assert not people.may("a", "approver", 6)
    assert not people.may("a", "source", 5)
    assert people.groups["ops"].members == ("a",)
    effects = b"""{"grants":[{"limit":{"amount":null,"kind":"all"}}],"delegations":[{}],
        "fee":{"asset":"eip155:1/slip44:60"}}"""
    assert Deeds.of(effects) == Deeds(("all",), delegates=True, fee_asset=ETHER)
