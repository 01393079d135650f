"""Endpoints that are silent, garbled or refuse: named with their method, passed over, left to rest; never a figure."""

from __future__ import annotations

import traceback
from dataclasses import replace

import pytest
from chain_terms import ETHER, NOW, OURS, Rig, an_intent, changed, refused, signed

from jinku.chains import EndpointSettings, EndpointSilentError, EndpointsRestError, Level, PlanRefusedError
from jinku.chains.nodes.pool import rest_seconds
from jinku.core import ManualClock

BALANCE, COUNT, CODE, BLOCK = "eth_getBalance", "eth_getTransactionCount", "eth_getCode", "eth_getBlockByNumber"


def one_node() -> Rig:
    return Rig(nodes=1)


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        (BALANCE, "1000000000000000000"),
        (BALANCE, 10**18),
        (BALANCE, 1.5),
        (BALANCE, "0x"),
        (BALANCE, "0x01"),
        (BALANCE, "0x" + "f" * 65),
        (BALANCE, None),
        (BALANCE, {}),
        (COUNT, "0x8000000000000000"),
        (COUNT, "-0x1"),
        (CODE, "0x6"),
        (CODE, ""),
        (BLOCK, None),
        (BLOCK, []),
        (BLOCK, "0x1"),
        ("eth_blockNumber", None),
        ("eth_chainId", "31337"),
    ],
)
def test_an_answer_out_of_form_is_no_balance(method: str, answer: object) -> None:
    rig = one_node()
    rig.nodes[0].lies[method] = lambda *_: answer
    error = refused("chain.garbled", lambda: rig.chain.facts(an_intent()))
    assert error.exit_code == 5
    assert (error.fields["endpoint"], error.fields["method"]) == ("one", method)
    assert "http" not in error.message


@pytest.mark.parametrize("member", ["number", "hash", "parentHash", "timestamp", "gasLimit", "baseFeePerGas"])
def test_a_header_out_of_form_is_refused(member: str) -> None:
    rig = one_node()
    rig.chain.check()
    rig.nodes[0].lies[BLOCK] = changed(member, "0x0g")
    assert refused("chain.garbled", lambda: rig.chain.facts(an_intent())).fields["method"] == BLOCK


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'{"jsonrpc":"2.0","id":4,"resu',
        b"<html>too many requests</html>",
        b'{"jsonrpc":"2.0","id":1,"result":"0x1","result":"0x2"}',
        b'{"jsonrpc":"2.0","id":99,"result":"0x1"}',
    ],
)
def test_a_body_out_of_form_is_no_balance(data: bytes) -> None:
    rig = one_node()
    rig.nodes[0].raw[BALANCE] = data
    assert refused("chain.garbled", lambda: rig.chain.facts(an_intent())).fields["method"] == BALANCE


def test_a_header_of_another_height_is_refused() -> None:
    rig = one_node()
    rig.world.mine(3)
    rig.chain.check()
    rig.nodes[0].lies[BLOCK] = changed("number", "0x1")
    refused("chain.garbled", lambda: rig.chain.facts(an_intent()))


def test_silence_is_unknown_and_can_be_asked_again() -> None:
    rig = one_node()
    rig.nodes[0].silent = True
    error = refused("chain.silent", lambda: rig.chain.facts(an_intent()))
    assert error.retryable
    assert error.fields["endpoint"] == "one"
    assert "http" not in error.message


def test_what_one_fails_to_give_the_next_gives() -> None:
    rig = Rig()
    rig.nodes[0].silent = True
    facts = rig.chain.facts(an_intent())
    assert (facts.balance, facts.by) == (10 * ETHER, ("two", "three"))
    rig.nodes[1].raw[BALANCE] = b"{"
    refused("chain.garbled", lambda: rig.chain.facts(an_intent()))  # one of three is no quorum, whatever it says


def test_a_refusal_is_told_and_the_endpoint_does_not_rest() -> None:
    rig = one_node()
    rig.nodes[0].refuses[BALANCE] = "rate limit"
    for _ in range(2):
        error = refused("chain.refused", lambda: rig.chain.facts(an_intent()))
        assert "rate limit" in error.message
    del rig.nodes[0].refuses[BALANCE]
    assert rig.chain.facts(an_intent()).balance == 10 * ETHER


def test_a_key_that_a_node_sends_back_is_shown_nowhere() -> None:
    rig = one_node()
    made = signed(an_intent(), rig.planned(an_intent()))
    rig.wires.nodes["one/v3/c0ffee"] = rig.nodes[0]
    rig.settings = replace(rig.settings, endpoints=(EndpointSettings("one", "http://one/v3/c0ffee"),))
    rig.chain = rig.opened()
    rig.nodes[0].refuses = {BALANCE: "no such project: /v3/c0ffee", "eth_sendRawTransaction": "c0ffee is used up"}
    refusal = refused("chain.refused", lambda: rig.chain.facts(an_intent()))
    assert "no such project: /v3/..." in refusal.message
    said = rig.chain.broadcast(made)
    assert said.said[0].text == "... is used up"
    rig.nodes[0].refuses.clear()
    rig.nodes[0].lies[BALANCE] = lambda *_: "/v3/c0ffee"
    garbled = refused("chain.garbled", lambda: rig.chain.facts(an_intent()))
    for error in (refusal, garbled):
        assert "c0ffee" not in "".join(traceback.format_exception(error)) + str(error.as_document())


def test_one_that_failed_rests_longer_each_time_and_is_asked_again() -> None:
    rig = one_node()
    rig.nodes[0].silent = True
    waits = []
    for failures in range(1, 9):
        refused("chain.silent", lambda: rig.chain.fees(Level.SLOW))
        asked = len(rig.nodes[0].asked)
        error = refused("chain.resting", lambda: rig.chain.fees(Level.SLOW))
        assert isinstance(error, EndpointsRestError)
        assert len(rig.nodes[0].asked) == asked  # it was left in peace
        waits.append(rest_seconds(failures, 0.5))
        assert error.fields["retry_ms"] == round(waits[-1] * 1000)
        rig.clock.sleep_seconds(waits[-1])
    assert waits == sorted(waits)
    assert waits[-1] <= 60
    rig.nodes[0].silent = False
    assert rig.chain.fees(Level.SLOW).rate > 0
    rig.nodes[0].silent = True
    refused("chain.silent", lambda: rig.chain.fees(Level.SLOW))
    assert refused("chain.resting", lambda: rig.chain.fees(Level.SLOW)).fields["retry_ms"] == 750  # from the beginning


def test_a_check_asks_those_that_rest_too() -> None:
    rig = Rig()
    rig.nodes[0].silent = True
    rig.chain.facts(an_intent())
    [(name, error), *others] = rig.chain.check()
    assert name == "one"
    assert isinstance(error, EndpointSilentError)
    assert others == [("two", None), ("three", None)]
    rig.nodes[0].silent = False
    assert rig.chain.check()[0] == ("one", None)


def test_the_newest_block_may_be_too_old_to_plan_by() -> None:
    rig = Rig()
    rig.clock.sleep_seconds(12 + 600)
    assert rig.chain.facts(an_intent()).at.height == 1
    rig.clock.sleep_seconds(1)
    assert refused("chain.stale", lambda: rig.chain.facts(an_intent())).retryable
    rig.world.mine()
    assert rig.chain.facts(an_intent()).at.height == 2


def test_no_plan_is_made_by_a_clock_that_is_behind_the_chain() -> None:
    rig = Rig()
    for behind, code in ((588, None), (589, "chain.stale")):
        rig.clock = ManualClock(NOW - behind * 1000)  # the newest block is of twelve seconds later
        rig.chain = rig.opened()
        if code is None:
            assert rig.chain.facts(an_intent()).at.height == 1
        else:
            refused(code, lambda: rig.chain.facts(an_intent()))


def test_facts_of_a_transfer_that_would_fail_say_why() -> None:
    rig = Rig()
    token = "0x" + "cc" * 20
    rig.world.token(token)
    rig.world.accounts[token].holders[OURS] = 5
    rig.world.mine()
    fine = an_intent(amount=5, asset=f"erc20:{token}")
    for node in rig.nodes[:2]:
        node.refuses["eth_estimateGas"] = "execution reverted: paused"
    assert rig.chain.facts(fine).reverts == "execution reverted: paused"
    error = refused("plan.reverts", lambda: rig.planned(fine))
    assert isinstance(error, PlanRefusedError)
    rig.nodes[1].refuses.clear()
    assert rig.chain.facts(fine).reverts is None  # one of three that says no stops nothing
    sent = rig.sent(fine)
    rig.world.mine()
    assert rig.chain.finality(sent).succeeded
    assert rig.world.accounts[token].holders["0x" + "aa" * 20] == 5


def test_a_simulation_that_is_refused_is_told() -> None:
    rig = Rig()
    intent = an_intent()
    plan = rig.planned(intent)
    assert rig.chain.simulate(intent, plan).succeeds
    for node in rig.nodes:
        node.refuses["eth_call"] = "execution reverted: paused"
    told = rig.chain.simulate(intent, plan)
    assert (told.succeeds, told.reason, told.by) == (False, "execution reverted: paused", "one")


def test_a_token_that_answers_no_does_not_succeed() -> None:
    rig = Rig()
    token = "0x" + "cc" * 20
    rig.world.token(token)
    rig.world.accounts[token].holders[OURS] = 5
    rig.world.mine()
    intent = an_intent(amount=5, asset=f"erc20:{token}")
    plan = rig.planned(intent)
    for answer, succeeds in ((f"0x{1:064x}", True), ("0x", True), (f"0x{0:064x}", False), (f"0x{2:064x}", False)):
        rig.nodes[0].lies["eth_call"] = lambda *_, answer=answer: answer  # type: ignore[misc]
        assert rig.chain.simulate(intent, plan).succeeds is succeeds
    assert signed(intent, plan).raw


@pytest.mark.parametrize(("moved", "succeeds"), [(5, True), (4, False), (0, False), (6, False), (-1, False)])
def test_a_token_that_moves_something_else_does_not_succeed(moved: int, succeeds: bool) -> None:
    rig = Rig()
    token = "0x" + "cc" * 20
    rig.world.token(token)
    rig.world.accounts[token].holders[OURS] = 5
    rig.world.mine()
    intent = an_intent(amount=5, asset=f"erc20:{token}")
    plan = rig.planned(intent)
    told = [f"0x{7:064x}", "0x", f"0x{7 + moved:064x}"]
    calls = [{"status": "0x1", "returnData": one} for one in told]
    rig.nodes[0].lies["eth_simulateV1"] = lambda *_: [{"calls": calls}]
    found = rig.chain.simulate(intent, plan)
    assert (found.succeeds, found.gained, bool(found.reason)) == (succeeds, moved, not succeeds)
    calls[2]["status"] = "0x0"  # it cannot be told: what eth_call says stands
    assert (rig.chain.simulate(intent, plan).succeeds, rig.chain.simulate(intent, plan).gained) == (True, None)
    rig.nodes[0].refuses["eth_simulateV1"] = "the method does not exist"
    rig.nodes[0].lies.clear()
    assert rig.chain.simulate(intent, plan).gained is None
    rig.nodes[0].refuses.clear()
    rig.nodes[0].raw["eth_simulateV1"] = b"{"
    assert (rig.chain.simulate(intent, plan).by, rig.chain.simulate(intent, plan).gained) == ("two", 5)
