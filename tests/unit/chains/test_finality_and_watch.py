"""How far a transaction is, by a quorum; and a watch through reorganisations, late nodes and a chain that moves."""

from __future__ import annotations

from typing import Any

import pytest
from chain_terms import NOW, OURS, THEIRS, Rig, an_intent, changed, refused

from jinku.chains import BlockSeen, Cursor, EndpointContradictsError, Reorged, Stage, TxSeen
from jinku.chains.evm.following import REMEMBERED
from jinku.core import AccountId

RECEIPT = "eth_getTransactionReceipt"


def test_tags_of_a_quorum_decide() -> None:
    rig = Rig()
    ref = rig.sent(an_intent())
    rig.world.mine(5)
    assert rig.chain.finality(ref).stage is Stage.INCLUDED
    rig.world.safe = 2
    assert rig.chain.finality(ref).stage is Stage.SAFE
    rig.world.finalized = 1
    assert rig.chain.finality(ref).stage is Stage.SAFE
    rig.world.finalized = 2
    assert rig.chain.finality(ref).stage is Stage.FINAL


def test_one_endpoint_makes_nothing_final() -> None:
    rig = Rig()
    ref = rig.sent(an_intent())
    rig.world.mine(5)
    rig.nodes[0].lies["eth_getBlockByNumber"] = lambda params, true: (
        rig.nodes[0].eth_get_block_by_number("latest", False) if params[0] in ("finalized", "safe") else true
    )
    assert rig.chain.finality(ref).stage is Stage.INCLUDED
    rig.nodes[1].lies = rig.nodes[0].lies
    assert rig.chain.finality(ref).stage is Stage.FINAL


def test_without_tags_blocks_on_top_decide() -> None:
    rig = Rig(tags=False, safe_blocks=2, final_blocks=4)
    ref = rig.sent(an_intent())
    stages = []
    for _ in range(6):
        rig.world.mine()
        stages.append(rig.chain.finality(ref).stage.value)
    assert stages == ["included", "included", "safe", "safe", "final", "final"]


def test_a_node_that_refuses_a_tag_has_no_such_block() -> None:
    rig = Rig()
    ref = rig.sent(an_intent())
    rig.world.mine()

    def unknown_tag(node: Any) -> Any:
        true = node.eth_get_block_by_number
        return lambda which, full: true(which, full) if which not in ("finalized", "safe") else None

    for node in rig.nodes:
        node.eth_get_block_by_number = unknown_tag(node)
    assert rig.chain.finality(ref).stage is Stage.INCLUDED


@pytest.mark.parametrize(
    "lie",
    [
        lambda *_: None,
        changed("blockHash", "0x" + "66" * 32),
        changed("status", "0x0"),
        changed("blockNumber", "0x1"),
    ],
)
def test_a_lie_about_a_receipt_is_named(lie: Any) -> None:
    rig = Rig()
    ref = rig.sent(an_intent())
    rig.world.mine()
    true = rig.chain.finality(ref)
    rig.nodes[0].lies[RECEIPT] = lie
    found = rig.chain.finality(ref)
    assert (found.stage, found.block, found.succeeded) == (true.stage, true.block, True)
    [fault] = found.faults
    assert isinstance(fault, EndpointContradictsError)
    assert fault.fields["endpoint"] == "one"


@pytest.mark.parametrize(
    ("member", "value"), [("status", "0x2"), ("blockHash", "0x"), ("transactionHash", "0x" + "66" * 32)]
)
def test_a_receipt_out_of_form_is_no_inclusion(member: str, value: str) -> None:
    rig = Rig(nodes=1)
    ref = rig.sent(an_intent())
    rig.world.mine()
    rig.nodes[0].lies[RECEIPT] = changed(member, value)
    assert refused("chain.garbled", lambda: rig.chain.finality(ref)).fields["method"] == RECEIPT


def test_what_failed_on_chain_is_told() -> None:
    rig = Rig()
    ref = rig.sent(an_intent())
    rig.world.mine()
    for node in rig.nodes:
        node.lies[RECEIPT] = changed("status", "0x0")
    found = rig.chain.finality(ref)
    assert (found.stage, found.succeeded) == (Stage.INCLUDED, False)


def test_one_that_is_ahead_contradicts_nobody() -> None:
    rig = Rig()
    ref = rig.sent(an_intent())
    rig.world.mine()
    rig.nodes[1].behind = rig.nodes[2].behind = 1
    found = rig.chain.finality(ref)
    assert (found.stage, found.faults) == (Stage.SEEN, ())
    rig.nodes[1].behind = 0
    assert rig.chain.finality(ref).stage is Stage.INCLUDED


def test_what_is_lost_is_dropped_only_when_a_quorum_says_so() -> None:
    rig = Rig()
    ref = rig.sent(an_intent())
    rig.world.pool.clear()
    assert rig.chain.finality(ref).stage is Stage.DROPPED
    for node in rig.nodes[1:]:
        node.raw["eth_getTransactionByHash"] = b"{"
    refused("chain.garbled", lambda: rig.chain.finality(ref))


def test_another_transaction_of_the_nonce_replaced_it_until_a_reorganisation() -> None:
    rig = Rig()
    ref = rig.sent(an_intent())
    rig.world.pool.clear()
    other = rig.sent(an_intent(amount=5, tail=9))
    rig.world.mine()
    assert rig.chain.finality(ref).stage is Stage.REPLACED
    rig.world.reorg(1)
    assert rig.chain.finality(ref).stage is Stage.DROPPED
    assert rig.chain.finality(other).stage is Stage.SEEN


def account(rig: Rig, address: str) -> AccountId:
    return AccountId(rig.chain.chain, address)


def test_a_watch_takes_so_many_blocks_and_only_watched_accounts() -> None:
    rig = Rig()
    start = rig.chain.watch(None, set()).cursor
    sent = rig.sent(an_intent())
    rig.world.mine(5)
    seen = rig.chain.watch(start, {account(rig, THEIRS)}, limit=2)
    assert [event.block.height for event in seen.events if isinstance(event, BlockSeen)] == [2, 3]
    [tx] = [event for event in seen.events if isinstance(event, TxSeen)]
    assert (tx.id, tx.accounts, tx.payer, tx.slots) == (sent.id, {account(rig, THEIRS)}, None, frozenset())
    [tx] = [event for event in rig.chain.watch(start, {account(rig, OURS)}).events if isinstance(event, TxSeen)]
    assert (tx.payer, tx.slots) == (account(rig, OURS), {"0"})
    assert seen.events[0] == BlockSeen(seen.cursor.blocks[1], NOW + 24_000)
    rest = rig.chain.watch(seen.cursor, {account(rig, OURS)})
    assert [type(event) for event in rest.events] == [BlockSeen] * 3
    assert not any(
        isinstance(event, TxSeen) for event in rig.chain.watch(start, {account(rig, "0x" + "bb" * 20)}).events
    )


def test_a_reorganisation_gives_back_each_lost_block_once() -> None:
    rig = Rig()
    cursor = rig.chain.watch(None, set()).cursor
    rig.world.mine(6)
    seen = rig.chain.watch(cursor, set()).cursor
    rig.world.reorg(4)
    rig.world.mine(2)
    found = rig.chain.watch(seen, set())
    lost = tuple(reversed(seen.blocks[-4:]))
    assert found.events[0] == Reorged(seen.blocks[-5], lost)
    assert [event.block.height for event in found.events[1:] if isinstance(event, BlockSeen)] == [4, 5, 6, 7, 8, 9]
    assert rig.chain.watch(found.cursor, set()).events == ()


def test_a_chain_that_moves_while_it_is_read_stops_there() -> None:
    rig = Rig(nodes=1)
    cursor = rig.chain.watch(None, set()).cursor
    rig.world.mine(3)

    def moved(params: list[Any], true: Any) -> Any:
        if params == ["0x3", True] and rig.world.salt == 0:
            rig.world.reorg(3)
        return true

    rig.nodes[0].lies["eth_getBlockByNumber"] = moved
    first = rig.chain.watch(cursor, set())
    assert [event.block.height for event in first.events if isinstance(event, BlockSeen)] == [2, 3]
    second = rig.chain.watch(first.cursor, set())
    assert second.events[0] == Reorged(cursor.tip, tuple(reversed(first.cursor.blocks[1:])))
    assert second.cursor.tip.hash == rig.world.blocks[-1].hash


def test_one_that_is_behind_takes_nothing_back() -> None:
    rig = Rig(nodes=1)
    cursor = rig.chain.watch(None, set()).cursor
    rig.world.mine(4)
    seen = rig.chain.watch(cursor, set()).cursor
    for behind in (1, 3, 5):
        rig.nodes[0].behind = behind
        assert rig.chain.watch(seen, set()) == type(rig.chain.watch(seen, set()))((), seen)


def test_a_cursor_is_bounded_and_deeper_is_refused() -> None:
    rig = Rig(nodes=1)
    cursor = rig.chain.watch(None, set()).cursor
    rig.world.mine(REMEMBERED + 10)
    cursor = rig.chain.watch(cursor, set(), limit=1000).cursor
    assert len(cursor.blocks) == REMEMBERED
    rig.world.reorg(REMEMBERED - 1)
    found = rig.chain.watch(cursor, set(), limit=1000)
    assert isinstance(found.events[0], Reorged)
    assert len(found.events[0].lost) == REMEMBERED - 1
    rig.world.reorg(REMEMBERED + 2)
    error = refused("chain.reorg_too_deep", lambda: rig.chain.watch(found.cursor, set()))
    assert error.exit_code == 5
    assert isinstance(found.cursor, Cursor)
