"""A node that lies, is on another network, hangs, or loses what it was told: nothing wrong is signed or believed."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from evm_world import GWEI, Liar, Rig
from stamping import serving

from jinku.core import JinkuError
from jinku.journal.anchors import AnchorState
from jinku.journal.verifier.verify_evm import keccak256, read_transaction
from jinku.ops.anchors import evm_source

ONES = "0x" + "11" * 32


def refusal(code: int, message: str) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}).encode()


def changed(name: str, value: object) -> Any:
    return lambda _, true: {**true, name: value}


def without_ours(_: list[Any], block: dict[str, Any]) -> dict[str, Any]:
    return {**block, "transactions": block["transactions"][:-1]}


def exchanged(_: list[Any], block: dict[str, Any]) -> dict[str, Any]:
    return {**block, "transactions": block["transactions"][::-1]}


def forged(_: list[Any], block: dict[str, Any]) -> dict[str, Any]:
    transactions = [{**one, "value": "0x777"} for one in block["transactions"]]
    return {**block, "transactions": transactions}


def another_type(_: list[Any], block: dict[str, Any]) -> dict[str, Any]:
    return {**block, "transactions": [{**one, "type": "0x7e"} for one in block["transactions"]]}


BLOCK, RECEIPT = "eth_getBlockByNumber", "eth_getTransactionReceipt"


@pytest.mark.parametrize(
    ("method", "lie", "code"),
    [
        (BLOCK, changed("timestamp", "0x1"), "anchor.header"),
        (BLOCK, changed("transactionsRoot", ONES), "anchor.header"),
        (BLOCK, changed("requestsHash", None), "anchor.header"),  # as a chain whose headers we cannot write
        (BLOCK, without_ours, "anchor.proof"),
        (BLOCK, exchanged, "anchor.proof"),
        (BLOCK, forged, "anchor.proof"),
        (BLOCK, lambda _, block: {**block, "transactions": []}, "anchor.proof"),
        (BLOCK, lambda _, block: {**block, "transactions": ["0x00"]}, "anchor.garbled"),
        (BLOCK, lambda _, block: {**block, "stateRoot": "0xzz"}, "anchor.garbled"),
        (BLOCK, lambda *_: None, "anchor.garbled"),
        (RECEIPT, changed("transactionIndex", "0x0"), "anchor.proof"),
        (RECEIPT, changed("transactionIndex", "0xffffffffffffffff"), "anchor.proof"),
        (RECEIPT, changed("transactionIndex", "0x" + "f" * 20), "anchor.garbled"),
        (RECEIPT, changed("blockNumber", "one"), "anchor.garbled"),
        (RECEIPT, lambda *_: "yes", "anchor.garbled"),
        ("eth_blockNumber", lambda *_: 7, "anchor.garbled"),
    ],
)
def test_a_lie_about_the_block_is_found(rig: Rig, liar: Liar, method: str, lie: Any, code: str) -> None:
    rig.anvil.send(0, gasPrice=hex(20 * GWEI))
    proof = rig.sent()
    rig.anvil.mine()
    if method == BLOCK:  # the question for block 0 is answered truly, else the lie were another one
        liar.lies[method] = lambda params, true: true if params[0] == "0x0" else lie(params, true)
    else:
        liar.lies[method] = lie
    error = rig.refused(code, lambda: rig.source(liar.url).upgrade(rig.key.digest, proof))
    assert error.exit_code == 5
    assert rig.source().upgrade(rig.key.digest, proof).state is AnchorState.COMPLETE  # a true node is asked next time


def test_a_transaction_of_an_unknown_type_is_taken_as_the_node_has_it(rig: Rig, liar: Liar) -> None:
    proof = rig.sent()
    rig.anvil.mine()
    liar.lies[BLOCK] = lambda params, block: block if params[0] == "0x0" else another_type(params, block)
    liar.lies["eth_getRawTransactionByHash"] = lambda _, true: true + "00"
    rig.refused("anchor.proof", lambda: rig.source(liar.url).upgrade(rig.key.digest, proof))
    liar.raw["eth_getRawTransactionByHash"] = (200, refusal(-32601, "no such method"))
    error = rig.refused("anchor.node", lambda: rig.source(liar.url).upgrade(rig.key.digest, proof))
    assert "eth_getRawTransactionByHash" in str(error)
    liar.raw.clear()
    del liar.lies["eth_getRawTransactionByHash"]
    assert rig.source(liar.url).upgrade(rig.key.digest, proof).state is AnchorState.COMPLETE


def test_a_block_of_another_hash_than_the_receipts_is_waited_for(rig: Rig, liar: Liar) -> None:
    proof = rig.sent()
    rig.anvil.mine()
    liar.lies[RECEIPT] = changed("blockHash", ONES)
    assert rig.source(liar.url).upgrade(rig.key.digest, proof) == proof


@pytest.mark.parametrize(
    ("method", "lie"),
    [("eth_chainId", lambda *_: "0x1"), (BLOCK, lambda _, block: {**block, "hash": ONES})],
)
def test_on_another_network_nothing_is_signed_or_sent(rig: Rig, liar: Liar, method: str, lie: Any) -> None:
    proof = rig.keep(rig.source().submit(rig.key.digest))
    rig.kept.clear()
    liar.lies[method] = lie
    source = rig.source(liar.url)
    for do in (lambda: source.submit(rig.key.digest), lambda: source.upgrade(rig.key.digest, proof)):
        assert rig.refused("anchor.network", do).exit_code == 5
    assert len(rig.key.signed) == 1
    assert "eth_sendRawTransaction" not in liar.asked
    rig.refused("anchor.network", lambda: evm_source(rig.key, liar.url, 31_337, genesis=rig.pins["genesis"]))


def test_a_genesis_of_ones_own_is_compared(rig: Rig) -> None:
    right = evm_source(rig.key, rig.anvil.url, 31_337, genesis="0x" + rig.pins["genesis"].upper())
    assert right.pins["genesis"] == rig.pins["genesis"]
    for chain, genesis in ((1, ""), (31_337, ONES), (31_337, "11" * 31)):
        rig.refused("anchor.network", lambda c=chain, g=genesis: evm_source(rig.key, rig.anvil.url, c, genesis=g))
    rig.refused("usage.invalid", lambda: evm_source(rig.key, rig.anvil.url, 31_337, genesis="0x1z"))


@pytest.mark.parametrize(
    ("method", "lie", "code"),
    [
        ("eth_maxPriorityFeePerGas", lambda *_: hex(10**18), "anchor.budget"),
        ("eth_maxPriorityFeePerGas", lambda *_: hex(1 << 200), "anchor.budget"),
        ("eth_estimateGas", lambda *_: hex(1 << 60), None),  # at most what the signer takes
        ("eth_estimateGas", lambda *_: "0x0", "anchor.budget"),
        ("eth_getBalance", lambda *_: "0x0", "anchor.funds"),
        ("eth_getTransactionCount", lambda *_: "0x" + "f" * 64, "anchor.garbled"),
        ("eth_getTransactionCount", lambda *_: "0x" + "f" * 80, "anchor.garbled"),
        ("eth_getTransactionCount", lambda *_: -1, "anchor.garbled"),
    ],
)
def test_what_a_node_says_of_fees_binds_nobody(rig: Rig, liar: Liar, method: str, lie: Any, code: str | None) -> None:
    liar.lies[method] = lie
    source = rig.source(liar.url)
    if code is None:
        assert source.submit(rig.key.digest) is not None
        return
    rig.refused(code, lambda: source.submit(rig.key.digest))
    assert rig.key.signed == []


def test_a_nonce_that_was_a_lie_stops_nothing_for_good(rig: Rig, liar: Liar) -> None:
    liar.lies["eth_getTransactionCount"] = lambda *_: "0x1"
    early = rig.keep(rig.source(liar.url).submit(rig.key.digest))
    assert rig.source().upgrade(rig.key.digest, early) == early  # sent, and it waits for the nonce before it
    right = rig.sent()
    assert [read_transaction(one.data).nonce for one in (early, right)] == [1, 0]
    assert rig.source().submit(rig.key.digest) is None
    rig.anvil.mine()
    assert [rig.source().upgrade(rig.key.digest, one).state for one in (early, right)] == [AnchorState.COMPLETE] * 2


def test_a_count_that_is_too_low_signs_no_second_anchor(rig: Rig, liar: Liar) -> None:
    rig.sent()
    rig.anvil.mine()
    liar.lies["eth_getTransactionCount"] = lambda *_: "0x0"
    assert rig.source(liar.url).submit(rig.key.digest) is None
    assert len(rig.key.signed) == 1


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"", "anchor.garbled"),
        (200, b"[]", "anchor.garbled"),
        (200, b"{}", "anchor.garbled"),
        (200, b"[" * 100_000, "anchor.garbled"),
        (200, b"\xff\xfe", "anchor.garbled"),
        (200, b'{"error": 7}', "anchor.garbled"),
        (200, refusal(7, "rate\x1b[2Jlimit"), "anchor.node"),
        (200, b'{"error": {"code": 7, "message": "no version"}}', "anchor.garbled"),
        (200, b" " * ((1 << 20) + 1), "anchor.too_large"),
        (503, b"{}", "anchor.status"),
        (302, b"{}", "anchor.redirected"),
    ],
)
def test_an_answer_out_of_form(rig: Rig, liar: Liar, status: int, body: bytes, code: str) -> None:
    liar.raw["eth_chainId"] = (status, body)
    error = rig.refused(code, lambda: rig.source(liar.url).submit(rig.key.digest))
    assert str(error).isprintable()
    assert rig.key.signed == []


def test_a_node_that_hangs_is_given_up(rig: Rig) -> None:
    over = threading.Event()

    def hang(*_: object) -> tuple[int, dict[str, str], bytes]:
        over.wait(300)
        return 200, {}, b"{}"

    with serving(hang) as server:
        try:
            rig.refused("anchor.timeout", lambda: rig.source(server.url, seconds=0.2).submit(rig.key.digest))
        finally:
            over.set()


@pytest.mark.parametrize("answer", [(500, b"gone"), (200, b"{"), (200, refusal(-1, "no"))])
def test_an_answer_that_is_lost_sends_no_second_anchor(rig: Rig, liar: Liar, answer: tuple[int, bytes]) -> None:
    proof = rig.keep(rig.source(liar.url).submit(rig.key.digest))
    liar.raw["eth_sendRawTransaction"] = answer
    try:
        rig.source(liar.url).upgrade(rig.key.digest, proof)
    except JinkuError as error:
        assert error.code in ("anchor.status", "anchor.garbled")  # noqa: PT017  the third answer is found to be untrue
    name = "0x" + keccak256(proof.data).hex()
    assert rig.anvil("eth_getTransactionByHash", name)["hash"] == name
    assert rig.source(liar.url).upgrade(rig.key.digest, proof) == proof
    assert rig.source(liar.url).submit(rig.key.digest) is None
    assert liar.asked.count("eth_sendRawTransaction") == 1
    assert len(rig.key.signed) == 1


def test_a_node_that_takes_nothing_says_why(rig: Rig, liar: Liar) -> None:
    proof = rig.keep(rig.source().submit(rig.key.digest))
    liar.lies["eth_getTransactionByHash"] = lambda *_: None
    liar.raw["eth_sendRawTransaction"] = (200, refusal(-32000, "no room"))
    error = rig.refused("anchor.node", lambda: rig.source(liar.url).upgrade(rig.key.digest, proof))
    assert "no room" in str(error)
    assert error.retryable


@pytest.mark.parametrize(
    "pins",
    [
        {"chain": "0"},
        {"chain": "-1"},
        {"chain": "1e3"},
        {"chain": "01"},
        {"chain": str(1 << 63)},
        {"confirmations": "101"},
        {"budget_wei": "many"},
        {"account": "0x" + "11" * 20},
        {"account": "11" * 19},
        {"genesis": "11" * 31},
        {"more": "1"},
    ],
)
def test_pins_that_cannot_be_meant(rig: Rig, pins: dict[str, str]) -> None:
    assert rig.refused("anchor.source", lambda: rig.source(**pins)).exit_code == 2


@pytest.mark.parametrize("url", ["http://user:word@127.0.0.1/", "ftp://127.0.0.1", "http://127.0.0.1/?key=1"])
def test_a_place_that_cannot_be_called(rig: Rig, url: str) -> None:
    rig.refused("anchor.source", lambda: rig.source(url))
