"""What moves money has to be said alike by a quorum at one block: liars are named, another network is asked nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from chain_terms import ETHER, Rig, an_intent, refused

from jinku.chains import EndpointContradictsError, EndpointsDisagreeError, Level, WrongNetworkError

LIES: list[tuple[str, Any]] = [
    ("eth_getBalance", lambda *_: hex(99 * ETHER)),
    ("eth_getTransactionCount", lambda *_: "0x63"),
    ("eth_getCode", lambda *_: "0x60"),
    ("eth_getBlockByNumber", lambda params, true: true if params[0] == "0x0" else {**true, "hash": "0x" + "66" * 32}),
    ("eth_getBlockByNumber", lambda params, true: true if params[0] == "0x0" else {**true, "baseFeePerGas": "0x1"}),
]


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(("method", "lie"), LIES)
def test_a_liar_is_named_and_not_believed(place: int, method: str, lie: Any) -> None:
    rig = Rig()
    intent = an_intent()
    true = rig.chain.facts(intent)
    rig.nodes[place].lies[method] = lie
    facts = rig.chain.facts(intent)
    assert replace(facts, by=true.by, faults=()) == true
    if place == 2:  # two agreed already: it was not asked
        assert facts.faults == ()
    else:
        [fault] = [one for one in facts.faults if isinstance(one, EndpointContradictsError)]
        name = ["one", "two", "three"][place]
        assert fault.fields["endpoint"] == name
        assert name in fault.message
        assert name not in facts.by


@pytest.mark.parametrize(("method", "lie"), LIES)
def test_of_two_that_contradict_neither_is_believed(method: str, lie: Any) -> None:
    rig = Rig(nodes=2)
    rig.nodes[1].lies[method] = lie
    error = refused("chain.disagreement", lambda: rig.chain.facts(an_intent()))
    assert isinstance(error, EndpointsDisagreeError)
    assert error.exit_code == 5
    assert error.fields["endpoints"] == "one, two"


def test_three_that_say_three_things_agree_on_nothing() -> None:
    rig = Rig()
    rig.nodes[0].lies["eth_getBalance"] = lambda *_: "0x1"
    rig.nodes[1].lies["eth_getBalance"] = lambda *_: "0x2"
    assert refused("chain.disagreement", lambda: rig.chain.facts(an_intent())).fields["endpoints"] == "one, two, three"


def test_two_of_five_liars_are_named() -> None:
    rig = Rig(nodes=5)
    for node in rig.nodes[:2]:
        node.lies["eth_getBalance"] = lambda *_: "0x1"
    facts = rig.chain.facts(an_intent())
    assert facts.balance == 10 * ETHER
    assert facts.by == ("three", "four", "five")
    assert [one.fields["endpoint"] for one in facts.faults] == ["one", "two"]


def test_one_that_is_behind_or_tells_of_a_block_to_come_moves_nothing() -> None:
    rig = Rig()
    rig.world.mine(5)
    rig.nodes[0].behind = 4
    assert rig.chain.facts(an_intent()).at.height == 6
    rig.nodes[0].behind = 0
    rig.nodes[2].lies["eth_blockNumber"] = lambda *_: "0x7fffffff"
    assert rig.chain.facts(an_intent()).at.height == 6
    rig.nodes[1].behind = 2  # now a quorum has only what two of them have
    assert rig.opened().facts(an_intent()).at.height == 6
    rig.nodes[0].behind = 2
    rig.nodes[2].lies.clear()
    assert rig.opened().facts(an_intent()).at.height == 4


def test_all_facts_are_of_one_block_though_the_chain_goes_on() -> None:
    rig = Rig()
    ref = rig.sent(an_intent())

    def mined_meanwhile(_: Any, true: Any) -> Any:
        if rig.world.pool:
            rig.world.mine()
        return true

    rig.nodes[0].lies["eth_getTransactionCount"] = mined_meanwhile
    facts = rig.chain.facts(an_intent())
    assert (facts.at.height, facts.nonce, facts.coin, facts.by) == (1, 0, 10 * ETHER, ("one", "two"))
    assert rig.chain.finality(ref).stage == "included"


@pytest.mark.parametrize(
    "fault", [{"chain": 1}, {"genesis": "0x" + "66" * 32}, {"chain": 1, "genesis": "0x" + "66" * 32}]
)
def test_an_endpoint_of_another_network_is_named_and_asked_nothing(fault: dict[str, Any]) -> None:
    rig = Rig()
    for name, value in fault.items():
        setattr(rig.nodes[0], name, value)
    facts = rig.chain.facts(an_intent())
    assert facts.by == ("two", "three")
    assert set(rig.nodes[0].asked) <= {"eth_chainId", "eth_getBlockByNumber"}
    [(_, error), *_] = rig.chain.check()
    assert isinstance(error, WrongNetworkError)
    assert "one" in error.message


def test_on_another_network_nothing_is_planned_or_sent() -> None:
    rig = Rig()
    for node in rig.nodes:
        node.genesis = "0x" + "66" * 32
    intent = an_intent()
    for do in (lambda: rig.opened().facts(intent), lambda: rig.opened().fees(Level.FAST)):
        assert refused("chain.wrong_network", do).exit_code == 5


def test_a_network_is_asked_for_again_after_a_while_and_after_a_failure() -> None:
    rig = Rig(nodes=1, stale_seconds=10**9)
    rig.chain.facts(an_intent())
    rig.nodes[0].chain = 5
    assert rig.chain.facts(an_intent()).balance == 10 * ETHER  # believed for ten minutes
    rig.clock.sleep_seconds(601)
    refused("chain.wrong_network", lambda: rig.chain.facts(an_intent()))
    rig.nodes[0].chain = 31_337
    rig.clock.sleep_seconds(61)
    rig.chain.facts(an_intent())
    rig.nodes[0].silent = True
    refused("chain.silent", lambda: rig.chain.facts(an_intent()))
    rig.nodes[0].silent, rig.nodes[0].chain = False, 5
    rig.clock.sleep_seconds(61)
    refused("chain.wrong_network", lambda: rig.chain.facts(an_intent()))


def test_fees_need_a_quorum_and_one_liar_moves_them_within_what_others_say() -> None:
    rig = Rig()
    true = rig.chain.fees(Level.NORMAL)
    rig.nodes[0].lies["eth_feeHistory"] = lambda *_: {"baseFeePerGas": [hex(10**20)], "reward": [[hex(10**20)] * 3]}
    assert rig.chain.fees(Level.NORMAL) == true
    rig.nodes[1].silent = rig.nodes[2].silent = True
    assert refused("chain.silent", lambda: rig.chain.fees(Level.NORMAL)).retryable
