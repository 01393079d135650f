"""What endpoints make of a transaction: taken, known, refused with a code, or unknown after a look on chain."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chain_terms import OURS, Rig, an_intent, refused, signed

from jinku.chains import Level, Outcome, Refusal, Signed
from jinku.chains.evm.sending import refusal_of
from jinku.core import AccountId, ChainId

SEND = "eth_sendRawTransaction"


def ready(rig: Rig) -> Signed:
    intent = an_intent()
    return signed(intent, rig.planned(intent))


def test_one_that_takes_it_is_enough() -> None:
    rig = Rig()
    made = ready(rig)
    rig.nodes[0].refuses[SEND] = "transaction underpriced"
    rig.nodes[1].silent = True
    found = rig.chain.broadcast(made)
    assert (found.outcome, found.id, found.code) == (Outcome.ACCEPTED, made.id, None)
    assert [(one.endpoint, one.outcome) for one in found.said] == [
        ("one", Outcome.REFUSED),
        ("two", Outcome.UNKNOWN),
        ("three", Outcome.ACCEPTED),
    ]


def test_an_answer_that_is_lost_is_unknown_and_the_chain_tells() -> None:
    rig = Rig(nodes=1)
    made = ready(rig)
    rig.nodes[0].deaf_after = SEND
    assert rig.chain.broadcast(made).outcome is Outcome.UNKNOWN
    assert made.id in rig.world.pool  # it was taken all the same
    rig.clock.sleep_seconds(1)
    rig.nodes[0].deaf_after = None
    assert rig.chain.broadcast(made).outcome is Outcome.KNOWN


def test_silence_beside_a_refusal_is_unknown() -> None:
    rig = Rig()
    made = ready(rig)
    for node in rig.nodes[:2]:
        node.refuses[SEND] = "intrinsic gas too low"
    rig.nodes[2].deaf_after = SEND
    rig.nodes[2].refuses[SEND] = ""
    assert rig.chain.broadcast(made).outcome is Outcome.UNKNOWN


def test_what_all_refuse_is_refused_with_its_code() -> None:
    rig = Rig()
    made = ready(rig)
    for node in rig.nodes:
        node.refuses[SEND] = "insufficient funds for gas * price + value"
    found = rig.chain.broadcast(made)
    assert (found.outcome, found.code) == (Outcome.REFUSED, Refusal.INSUFFICIENT_FUNDS)


def test_the_code_is_what_most_say() -> None:
    rig = Rig()
    made = ready(rig)
    for node, text in zip(rig.nodes, ("rate limit", "nonce too low", "nonce too low"), strict=True):
        node.refuses[SEND] = text
    assert rig.chain.broadcast(made).code is Refusal.NONCE_TOO_LOW


def test_the_transaction_of_another_chain_is_given_to_nobody() -> None:
    rig = Rig()
    made = ready(rig)
    refused("chain.wrong_network", lambda: rig.chain.broadcast(replace(made, chain=ChainId.parse("eip155:1"))))
    assert not any(SEND in node.asked for node in rig.nodes)


def test_nothing_of_another_chain_is_followed() -> None:
    rig = Rig()
    ref = rig.sent(an_intent())
    cursor = rig.chain.watch(None, set()).cursor
    other = ChainId.parse("eip155:1")
    refused("chain.wrong_network", lambda: rig.chain.watch(replace(cursor, chain=other), set()))
    refused("chain.wrong_network", lambda: rig.chain.finality(replace(ref, account=AccountId(other, OURS))))
    assert rig.chain.finality(ref).stage == "seen"


def test_a_refusal_that_is_not_understood_is_unknown() -> None:
    rig = Rig()
    made = ready(rig)
    for node in rig.nodes:
        node.refuses[SEND] = "request timed out"
    found = rig.chain.broadcast(made)
    assert (found.outcome, found.code, found.said[0].code) == (Outcome.UNKNOWN, None, Refusal.OTHER)


def test_a_nonce_that_is_too_low_because_it_landed_is_known() -> None:
    rig = Rig()
    made = ready(rig)
    rig.chain.broadcast(made)
    rig.world.mine()
    found = rig.chain.broadcast(made)
    assert (found.outcome, found.said[0].code) == (Outcome.KNOWN, Refusal.NONCE_TOO_LOW)


def test_a_nonce_that_another_used_is_refused() -> None:
    rig = Rig()
    made = ready(rig)
    rig.sent(an_intent(amount=5, tail=9))
    rig.world.mine()
    found = rig.chain.broadcast(made)
    assert (found.outcome, found.code) == (Outcome.REFUSED, Refusal.NONCE_TOO_LOW)


def test_whether_it_landed_is_not_guessed_when_too_few_say() -> None:
    rig = Rig()
    made = ready(rig)
    for node in rig.nodes:
        node.refuses[SEND] = "nonce too low"
    for node in rig.nodes[:2]:
        node.raw["eth_getTransactionByHash"] = b"{"
    assert rig.chain.broadcast(made).outcome is Outcome.UNKNOWN
    for node in rig.nodes[:2]:
        node.raw.clear()
    rig.clock.sleep_seconds(1)
    assert rig.chain.broadcast(made).outcome is Outcome.REFUSED


def test_where_all_rest_nothing_is_sent() -> None:
    rig = Rig(nodes=1)
    made = ready(rig)
    rig.nodes[0].silent = True
    refused("chain.silent", lambda: rig.chain.fees(Level.SLOW))
    asked = len(rig.nodes[0].asked)
    refused("chain.resting", lambda: rig.chain.broadcast(made))
    assert len(rig.nodes[0].asked) == asked


@pytest.mark.parametrize("answer", ["0x" + "99" * 32, "0x", True, None])
def test_one_that_names_another_transaction_took_nothing_for_sure(answer: object) -> None:
    rig = Rig(nodes=1)
    made = ready(rig)
    rig.nodes[0].lies[SEND] = lambda *_: answer
    [said] = rig.chain.broadcast(made).said
    assert said.outcome is Outcome.UNKNOWN
    assert "one" in said.text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("already known", None),
        ("AlreadyKnown", None),
        ("transaction already imported", None),
        ("known transaction: 1234", None),
        ("nonce too low: address 0xaa, tx: 0 state: 1", Refusal.NONCE_TOO_LOW),
        ("OldNonce, Current nonce: 3", Refusal.NONCE_TOO_LOW),
        ("nonce too high", Refusal.NONCE_TOO_HIGH),
        ("replacement transaction underpriced", Refusal.REPLACEMENT_UNDERPRICED),
        ("Replacement transaction underpriced", Refusal.REPLACEMENT_UNDERPRICED),
        ("transaction underpriced: tip needed 1, tip permitted 0", Refusal.UNDERPRICED),
        ("max fee per gas less than block base fee", Refusal.FEE_BELOW_BASE),
        ("insufficient funds for gas * price + value: balance 0", Refusal.INSUFFICIENT_FUNDS),
        ("Insufficient funds for gas * price + value", Refusal.INSUFFICIENT_FUNDS),
        ("intrinsic gas too low", Refusal.GAS),
        ("exceeds block gas limit", Refusal.GAS),
        ("invalid chain id for signer", Refusal.WRONG_CHAIN),
        ("transaction type not supported", Refusal.UNSUPPORTED),
        ("unknown transaction type", Refusal.UNSUPPORTED),
        ("Known transaction", None),
        ("Transaction with the same hash was already imported.", None),
        (
            "Transaction gas price 1 is too low. There is another transaction with same nonce",
            Refusal.REPLACEMENT_UNDERPRICED,
        ),
        ("Transaction nonce is too low. Try incrementing the nonce.", Refusal.NONCE_TOO_LOW),
        ("NonceGap, Future nonce. Expected nonce: 3", Refusal.NONCE_TOO_HIGH),
        ("FeeTooLow, MaxFeePerGas too low", Refusal.UNDERPRICED),
        ("Gas price below configured minimum gas price", Refusal.UNDERPRICED),
        ("Upfront cost exceeds account balance", Refusal.INSUFFICIENT_FUNDS),
        ("InsufficientFunds, Account balance: 1", Refusal.INSUFFICIENT_FUNDS),
        ("tx fee (1.00 ether) exceeds the configured cap (0.50 ether)", Refusal.FEE_ABOVE_CAP),
        ("Intrinsic gas exceeds gas limit", Refusal.GAS),
        ("txpool is full", Refusal.BUSY),
        ("Pool(Stale)", Refusal.NONCE_TOO_LOW),
        ("request timed out", Refusal.OTHER),
        ("in-flight transaction limit reached for delegated accounts", Refusal.BUSY),
        ("account limit exceeded", Refusal.BUSY),
        ("gapped-nonce tx from delegated accounts", Refusal.NONCE_TOO_HIGH),
        ("Transaction gas limit too high (cap: 16777216, tx: 30000000)", Refusal.GAS),
        ("transaction was meant for chain id 5 and not this chain id 1", Refusal.WRONG_CHAIN),
        ("invalid sender", Refusal.WRONG_CHAIN),
        ("timeout on the way to chain id 1", Refusal.OTHER),
        ("context deadline exceeded (replacement of nonce 3)", Refusal.OTHER),
        ("syncing took too long, timed out", Refusal.OTHER),
        ("upstream: connection reset, nonce too low?", Refusal.OTHER),
        ("already known, though the request timed out", None),
        ("unknown transaction", Refusal.OTHER),
        ("OwnNonceAlreadyUsed", Refusal.OTHER),
        ("the moon is full", Refusal.OTHER),
    ],
)
def test_what_nodes_say_has_codes(text: str, code: Refusal | None) -> None:
    assert refusal_of(text) is code
