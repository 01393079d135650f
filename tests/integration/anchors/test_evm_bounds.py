"""What a node may cost us, of what time its block may be, and that two of its answers decide nothing for good."""

from __future__ import annotations

from typing import Any

import pytest
from evm_world import Liar, Rig

from jinku.journal.adapters import anchor_evm
from jinku.journal.anchors import AnchorState
from jinku.journal.anchors.evm import header_of
from jinku.journal.anchors.types import Proof
from jinku.journal.verifier.verify_evm import keccak256

BLOCK, RECEIPT = "eth_getBlockByNumber", "eth_getTransactionReceipt"
RAW = "eth_getRawTransactionByHash"


def of_blocks(lie: Any) -> Any:
    """Block 0 is told truly: it is compared first."""
    return lambda params, block: block if params[0] == "0x0" else lie(block)


def test_a_block_of_many_unknown_transactions_is_not_asked_for_one_by_one(rig: Rig, liar: Liar) -> None:
    proof = rig.sent()
    rig.anvil.mine()
    liar.lies[BLOCK] = of_blocks(
        lambda block: {**block, "transactions": [{**block["transactions"][0], "type": "0x7e"}] * 1_000}
    )
    error = rig.refused("anchor.garbled", lambda: rig.source(liar.url).upgrade(rig.key.digest, proof))
    assert "65 transactions of unknown types" in str(error)
    assert liar.asked.count(RAW) == 64


def test_a_block_that_is_too_large_is_refused_before_it_is_hashed(
    rig: Rig, liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = rig.sent()
    rig.anvil.mine()
    monkeypatch.setattr(anchor_evm, "_MAX_BLOCK", len(proof.data) - 1)
    error = rig.refused("anchor.garbled", lambda: rig.source(liar.url).upgrade(rig.key.digest, proof))
    assert f"{len(proof.data)} bytes so far" in str(error)
    monkeypatch.setattr(anchor_evm, "_MAX_BLOCK", len(proof.data))
    assert rig.source(liar.url).upgrade(rig.key.digest, proof).state is AnchorState.COMPLETE


@pytest.mark.parametrize("timestamp", ["0x0", "0xff000000"])
def test_a_block_of_another_time_is_refused_whatever_its_hash(rig: Rig, liar: Liar, timestamp: str) -> None:
    proof = rig.sent()
    rig.anvil.mine()
    true = rig.anvil("eth_getBlockByNumber", "latest", True)
    invented = {**true, "timestamp": timestamp}
    invented["hash"] = "0x" + keccak256(header_of(invented)).hex()
    liar.lies[BLOCK] = of_blocks(lambda _: invented)
    liar.lies[RECEIPT] = lambda _, receipt: {**receipt, "blockHash": invented["hash"]}
    error = rig.refused("anchor.time", lambda: rig.source(liar.url).upgrade(rig.key.digest, proof))
    assert error.exit_code == 5
    assert rig.source().upgrade(rig.key.digest, proof).state is AnchorState.COMPLETE


def test_one_that_passed_for_superseded_is_complete_once_a_node_tells_its_block(rig: Rig, liar: Liar) -> None:
    proof = rig.sent()
    rig.anvil.mine()
    liar.lies[RECEIPT] = liar.lies["eth_getTransactionByHash"] = lambda *_: None
    lost = rig.keep(rig.source(liar.url).upgrade(rig.key.digest, proof))
    assert lost == Proof(AnchorState.SUPERSEDED, proof.data)
    liar.asked.clear()
    assert rig.source(liar.url).upgrade(rig.key.digest, lost) == lost
    assert "eth_sendRawTransaction" not in liar.asked
    assert rig.source().upgrade(rig.key.digest, lost).state is AnchorState.COMPLETE
