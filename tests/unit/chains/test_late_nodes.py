"""Endpoints that are late, on a branch of their own, or change while they are asked: nothing is final that may go."""

from __future__ import annotations

from typing import Any

import pytest
from chain_terms import Rig, an_intent, refused
from chain_world import NodeSaysNoError

from jinku.chains import BlockSeen, EndpointBehindError, Stage

BLOCK, COUNT = "eth_getBlockByNumber", "eth_getTransactionCount"


def heights(rig: Rig, cursor: Any) -> list[int]:
    return [event.block.height for event in rig.chain.watch(cursor, set()).events if isinstance(event, BlockSeen)]


def test_a_block_that_a_balanced_endpoint_has_not_yet_is_late_and_no_garbage() -> None:
    rig = Rig(nodes=1)
    rig.world.mine(3)
    rig.chain.check()
    rig.nodes[0].lies[BLOCK] = lambda params, true: None if params[0] == "0x4" else true
    for _ in range(2):  # it does not rest: the next one behind that address may have it
        error = refused("chain.behind", lambda: rig.chain.facts(an_intent()))
        assert isinstance(error, EndpointBehindError)
        assert (error.retryable, error.exit_code, error.fields["endpoint"]) == (True, 1, "one")
    rig.nodes[0].lies.clear()
    assert rig.chain.facts(an_intent()).at.height == 4


def test_a_watch_passes_over_one_that_lags() -> None:
    rig = Rig()
    cursor = rig.chain.watch(None, set()).cursor
    rig.world.mine(5)
    rig.nodes[0].behind = 5
    assert heights(rig, cursor) == [2, 3, 4, 5, 6]
    assert rig.opened().watch(None, set()).cursor.tip.height == 6
    rig.nodes[1].behind = 3  # a quorum has reached no more
    assert heights(rig, cursor) == [2, 3]
    assert rig.opened().watch(None, set()).cursor.tip.height == 3


def test_a_watch_goes_on_where_one_that_lags_ends() -> None:
    rig = Rig()
    cursor = rig.chain.watch(None, set()).cursor
    rig.world.mine(5)
    rig.nodes[0].behind = 3
    first = rig.chain.watch(cursor, set())
    assert first.cursor.tip.height == 3
    assert heights(rig, first.cursor) == [4, 5, 6]


def test_a_watch_is_not_held_up_by_blocks_that_do_not_hang_together() -> None:
    rig = Rig()
    cursor = rig.chain.watch(None, set()).cursor
    rig.world.mine(2)
    rig.nodes[0].lies[BLOCK] = lambda params, true: {**true, "parentHash": "0x" + "66" * 32} if params[1] else true
    assert heights(rig, cursor) == [2, 3]
    for node in rig.nodes:
        node.lies = rig.nodes[0].lies
    refused("chain.behind", lambda: rig.chain.watch(cursor, set()))


def test_a_watch_passes_over_one_that_is_on_a_branch_of_its_own() -> None:
    rig = Rig()
    cursor = rig.chain.watch(None, set()).cursor
    rig.world.mine(2)
    rig.nodes[0].lies[BLOCK] = lambda params, true: true if params[0] == "0x0" else {**true, "hash": "0x" + "66" * 32}
    assert heights(rig, cursor) == [2, 3]
    for node in rig.nodes:
        node.lies = rig.nodes[0].lies
    for _ in range(2):  # the same each time
        refused("chain.reorg_too_deep", lambda: rig.chain.watch(cursor, set()))


@pytest.mark.parametrize("twice", [False, True])
def test_a_block_of_another_height_or_with_a_transaction_twice_is_none(twice: bool) -> None:
    rig = Rig(nodes=1)
    cursor = rig.chain.watch(None, set()).cursor
    rig.sent(an_intent())
    rig.world.mine(2)

    def lie(params: list[Any], true: Any) -> Any:
        if not params[1]:
            return true
        return {**true, "transactions": true["transactions"] * 2} if twice else {**true, "number": "0xf4240"}

    rig.nodes[0].lies[BLOCK] = lie
    assert refused("chain.garbled", lambda: rig.chain.watch(cursor, set())).fields["method"] == BLOCK
    rig.clock.sleep_seconds(1)
    rig.nodes[0].lies.clear()
    assert heights(rig, cursor) == [2, 3]


def test_what_goes_while_its_finality_is_read_is_not_final() -> None:
    rig = Rig()
    ref = rig.sent(an_intent())
    rig.world.mine(5)

    def moves(node: Any) -> Any:
        def told(params: list[Any], true: Any) -> Any:
            if params[0] != "finalized":
                return true
            if rig.world.finalized is None:
                rig.world.reorg(5)
                rig.world.mine(3)
                rig.world.finalized = 8
            return node.eth_get_block_by_number("finalized", False)

        return told

    for node in rig.nodes:
        node.lies[BLOCK] = moves(node)
    found = rig.chain.finality(ref)
    assert (found.stage, found.settled) == (Stage.INCLUDED, False)
    after = rig.chain.finality(ref)
    assert (after.stage, after.block != found.block) == (Stage.FINAL, True)  # it came back in another block


def test_a_receipt_without_its_nonce_does_not_count() -> None:
    rig = Rig(nodes=1)
    ref = rig.sent(an_intent())
    rig.world.mine()
    assert rig.chain.finality(ref).stage is Stage.INCLUDED
    rig.nodes[0].lies[COUNT] = lambda *_: "0x0"
    assert rig.chain.finality(ref).stage is Stage.SEEN


def replaced(**changes: Any) -> tuple[Rig, Any]:
    rig = Rig(**changes)
    ref = rig.sent(an_intent())
    rig.world.pool.clear()
    rig.sent(an_intent(amount=5, tail=9))
    rig.world.mine(4)
    return rig, ref


def test_what_was_replaced_is_settled_when_a_quorum_has_its_nonce_in_final_blocks() -> None:
    rig, ref = replaced()
    rig.world.finalized = 1
    assert (rig.chain.finality(ref).stage, rig.chain.finality(ref).settled) == (Stage.REPLACED, False)
    rig.nodes[0].lies[COUNT] = changed_at("finalized", "0x9")
    assert not rig.chain.finality(ref).settled
    rig.nodes[0].lies.clear()
    rig.world.finalized = 2
    assert rig.chain.finality(ref).settled
    rig.nodes[0].lies[COUNT] = changed_at("finalized", "0x0")
    assert rig.chain.finality(ref).settled


def test_what_landed_and_has_no_receipt_any_more_is_not_settled_as_replaced() -> None:
    rig = Rig()
    ref = rig.sent(an_intent())
    rig.world.mine(4)
    rig.world.finalized = 4
    for node in rig.nodes:
        node.lies["eth_getTransactionReceipt"] = lambda *_: None
    for node in rig.nodes[:2]:
        node.lies["eth_getTransactionByHash"] = lambda *_: None
    found = rig.chain.finality(ref)
    assert (found.stage, found.settled) == (Stage.REPLACED, False)  # the third still knows it


def changed_at(which: str, value: str) -> Any:
    return lambda params, true: value if params[1] == which else true


def test_without_tags_it_is_settled_below_so_many_blocks() -> None:
    rig, ref = replaced(tags=False, safe_blocks=2, final_blocks=4)
    assert not rig.chain.finality(ref).settled
    rig.world.mine()
    assert rig.chain.finality(ref).settled


def test_nodes_that_keep_no_state_of_final_blocks_settle_nothing() -> None:
    rig, ref = replaced()
    rig.world.finalized = 3

    def pruned(node: Any) -> Any:
        true = node.eth_get_transaction_count
        refusal = "missing trie node"

        def told(account: str, which: Any) -> Any:
            if which == "finalized":
                raise NodeSaysNoError(refusal)
            return true(account, which)

        return told

    for node in rig.nodes:
        node.eth_get_transaction_count = pruned(node)
    found = rig.chain.finality(ref)
    assert (found.stage, found.settled) == (Stage.REPLACED, False)
