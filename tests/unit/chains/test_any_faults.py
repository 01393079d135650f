"""Whatever a minority of endpoints does, facts are the truth; whatever a majority does apart, they are never a lie."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chain_terms import Rig, an_intent
from chain_world import Node
from hypothesis import given, settings
from hypothesis import strategies as st

from jinku.chains import Stage
from jinku.core import JinkuError

MONEY = ("eth_getBalance", "eth_getTransactionCount", "eth_getCode", "eth_getBlockByNumber", "eth_blockNumber")
QUESTIONS = (*MONEY, "eth_chainId", "eth_getTransactionReceipt", "eth_getTransactionByHash")
answers = st.one_of(
    st.none(),
    st.integers(0, 2**256).map(hex),
    st.binary(max_size=40).map(lambda data: "0x" + data.hex()),
    st.sampled_from(["", "0x", "0x00", "null", 7, True, 1.5, [], {}, {"hash": "0x" + "66" * 32}]),
)
faults = st.one_of(
    st.just(("silent", "", None)),
    st.just(("elsewhere", "", None)),
    st.tuples(st.just("behind"), st.just(""), st.integers(1, 3)),
    st.tuples(st.just("lie"), st.sampled_from(QUESTIONS), answers),
    st.tuples(st.just("raw"), st.sampled_from(QUESTIONS), st.binary(max_size=30)),
    st.tuples(st.just("no"), st.sampled_from(QUESTIONS), st.text(max_size=9)),
)


def put(node: Node, fault: tuple[str, str, Any]) -> None:
    kind, method, value = fault
    if kind == "silent":
        node.silent = True
    elif kind == "elsewhere":
        node.genesis = "0x" + "66" * 32
    elif kind == "behind":
        node.behind = value
    elif kind == "lie":
        node.lies[method] = lambda *_: value
    elif kind == "raw":
        node.raw[method] = value
    else:
        node.refuses[method] = value


def rig_with_sent() -> tuple[Rig, Any]:
    rig = Rig()
    ref = rig.sent(an_intent())
    rig.world.mine(5)
    return rig, ref


@given(st.integers(0, 2), faults)
@settings(max_examples=80, deadline=None)
def test_one_of_three_changes_nothing(place: int, fault: tuple[str, str, Any]) -> None:
    rig, ref = rig_with_sent()
    intent = an_intent(tail=5)
    true, standing = rig.chain.facts(intent), rig.chain.finality(ref)
    put(rig.nodes[place], fault)
    rig.chain = rig.opened()
    facts = rig.chain.facts(intent)
    assert replace(facts, by=true.by, faults=()) == true
    assert replace(rig.opened().finality(ref), faults=()) == standing


@given(faults, faults, st.integers(0, 2))
@settings(max_examples=80, deadline=None)
def test_two_of_three_that_do_not_conspire_never_make_a_lie(
    one: tuple[str, str, Any], other: tuple[str, str, Any], well: int
) -> None:
    rig, ref = rig_with_sent()
    intent = an_intent(tail=5)
    true, standing = rig.chain.facts(intent), rig.chain.finality(ref)
    bad = [node for at, node in enumerate(rig.nodes) if at != well]
    put(bad[0], one)
    put(bad[1], other)
    if one == other:  # that would be a conspiracy
        return
    try:
        facts = rig.opened().facts(intent)
    except JinkuError:
        pass
    else:
        assert facts.at.height <= true.at.height  # two that are late have a quorum for an older block
        if facts.at == true.at:
            assert replace(facts, by=true.by, faults=()) == true
    try:
        found = rig.opened().finality(ref)
    except JinkuError:
        return
    assert found.stage is not Stage.REPLACED or found.as_of != standing.as_of
    if found.as_of == standing.as_of:
        assert (found.stage, found.block, found.succeeded) == (standing.stage, standing.block, True)
