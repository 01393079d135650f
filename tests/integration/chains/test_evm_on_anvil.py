"""What only EVM has, on a real node: tokens, delegations, gaps, cancels, and a key that somebody else has, too."""

from __future__ import annotations

from typing import Any

import pytest
from chain_terms import ETHER, an_intent
from evm_bench import AnvilBench

from anvil_fixture import Anvil
from jinku.chains import BroadcastResult, Level, Limits, Outcome, Stage, TxRef, slots_of
from jinku.core import AssetId, EvmDetail, EvmType, Intent, IntentKind, JinkuError, Plan

TOKEN = "0x" + "7c" * 20
THEIRS = "0x" + "aa" * 20
# A token of ERC-20 in its least form, by hand: decimals 6; balanceOf reads the slot of the address; transfer moves what
# is there, or reverts. Offsets: decimals 38, balanceOf 3e, return 46, revert 4f.
CODE = (
    "0x60003560e01c"
    "8063313ce56714603857"
    "806370a0823114603e57"
    "602435" "3354" "818110" "604f57" "819003" "3355" "6004355401" "60043555" "6001604656"
    "5b6006604656"
    "5b60043554604656"
    "5b60005260206000f3"
    "5b60006000fd"
)  # fmt: skip

REFUSES = "0x60006000fd"


@pytest.fixture
def bench(anvil: Anvil) -> AnvilBench:
    return AnvilBench(anvil)


@pytest.fixture
def token(bench: AnvilBench) -> str:
    bench.anvil("anvil_setCode", TOKEN, CODE)
    bench.anvil("anvil_setStorageAt", TOKEN, "0x" + bench.address[2:].rjust(64, "0"), f"0x{100:064x}")
    bench.mine()
    return f"erc20:{TOKEN}"


def planned(bench: AnvilBench, intent: Intent, **changes: Any) -> Plan:
    return bench.chain.plan(intent, bench.chain.facts(intent), bench.order(intent, **changes))


def sent(bench: AnvilBench, intent: Intent, plan: Plan) -> tuple[TxRef, BroadcastResult]:
    made = bench.sign(intent, plan)
    return TxRef(made.id, intent.source, plan), bench.chain.broadcast(made)


def refused(code: str, bench: AnvilBench, intent: Intent, **changes: Any) -> None:
    with pytest.raises(JinkuError) as caught:
        planned(bench, intent, **changes)
    assert caught.value.code == code


def test_a_token_moves_exactly(bench: AnvilBench, token: str) -> None:
    intent = bench.intent(amount=40, asset=token)
    facts = bench.chain.facts(intent)
    assert (facts.balance, facts.coin, facts.decimals) == (100, ETHER, 6)
    plan = planned(bench, intent)
    told = bench.chain.simulate(intent, plan)
    assert (told.succeeds, told.gained) == (True, 40)
    ref, _ = sent(bench, intent, plan)
    bench.mine()
    assert bench.chain.finality(ref).succeeded
    data = "0x70a08231" + THEIRS[2:].rjust(64, "0")
    assert int(bench.anvil("eth_call", {"to": TOKEN, "data": data}, "latest"), 16) == 40
    assert bench.chain.facts(bench.intent(amount=1, asset=token)).balance == 60


def test_a_token_that_would_fail_or_lies_or_is_none_is_refused(bench: AnvilBench, token: str) -> None:
    refused("plan.over_balance", bench, bench.intent(amount=101, asset=token))
    bench.anvil("anvil_setCode", "0x" + "7e" * 20, REFUSES)
    bench.mine()
    refused("plan.reverts", bench, bench.intent(amount=1, to="0x" + "7e" * 20), limits=Limits(contracts=True))
    refused("plan.no_token", bench, bench.intent(amount=1, asset="erc20:0x" + "7d" * 20))
    refused("plan.destination_contract", bench, bench.intent(to=TOKEN))
    stated = bench.opened(decimals={AssetId.parse(f"eip155:31337/{token}"): 18})
    intent = bench.intent(amount=1, asset=token)
    with pytest.raises(JinkuError) as caught:
        stated.plan(intent, stated.facts(intent), bench.order(intent))
    assert caught.value.code == "plan.decimals"


def test_a_token_that_only_pretends_is_told(bench: AnvilBench, token: str) -> None:
    says_true = "0x600160005260206000f3"  # to whatever it is asked
    intent = bench.intent(amount=40, asset=token)
    plan = planned(bench, intent)
    bench.anvil("anvil_setCode", TOKEN, says_true)
    bench.mine()
    told = bench.chain.simulate(intent, plan)
    assert (told.succeeds, told.gained) == (False, 0)


def test_what_fails_in_the_end_is_told(bench: AnvilBench, token: str) -> None:
    intent = bench.intent(amount=100, asset=token)
    ref, _ = sent(bench, intent, planned(bench, intent))
    bench.anvil("anvil_setStorageAt", TOKEN, "0x" + bench.address[2:].rjust(64, "0"), f"0x{99:064x}")
    bench.mine()
    standing = bench.chain.finality(ref)
    assert (standing.stage, standing.succeeded) == (Stage.INCLUDED, False)


def test_an_account_hands_itself_over_to_code(bench: AnvilBench) -> None:
    code = "0x" + "5e" * 20
    intent = bench.intent(amount=0, kind=IntentKind.DELEGATE, to=code)
    first = planned(bench, intent, tail=201)
    assert isinstance(first.detail, EvmDetail)
    assert (first.detail.kind, first.fee) == (EvmType.AUTHORIZATION, 0)
    made = bench.key.unsafe_sign_hash(bytes.fromhex(first.payloads[0].digest))
    signature = f"{made.r:064x}{made.s:064x}{made.v - 27:02x}"
    second = planned(bench, intent, tail=202, authorization=signature)
    ref, _ = sent(bench, intent, second)
    bench.mine()
    assert bench.chain.finality(ref).succeeded
    assert bench.anvil("eth_getCode", bench.address, "latest") == "0xef0100" + code[2:]
    facts = bench.chain.facts(bench.intent())
    assert (facts.source_code.value, facts.nonce) == ("delegated", 2)


def test_a_gap_holds_up_what_is_behind_it_until_it_is_filled(bench: AnvilBench) -> None:
    intent = bench.intent(tail=211)
    later = planned(bench, intent, tail=212, reserved=frozenset({"0"}))
    ref, found = sent(bench, intent, later)
    assert (later.nonce, found.outcome) == (1, Outcome.ACCEPTED)
    bench.mine()
    assert bench.chain.finality(ref).stage is Stage.SEEN
    filler = bench.intent(amount=1, to=bench.address, tail=213)
    fill = planned(bench, filler, tail=214, slot="0", reserved=slots_of(later))
    sent(bench, filler, fill)
    bench.mine()
    assert bench.chain.finality(ref).stage is Stage.INCLUDED


def test_a_cancel_lands_in_the_place_of_a_transfer(bench: AnvilBench) -> None:
    before = int(bench.anvil("eth_getBalance", THEIRS, "latest"), 16)
    intent = bench.intent(tail=221)
    stuck = planned(bench, intent, tail=222)
    old, _ = sent(bench, intent, stuck)
    cancel = bench.intent(amount=1, to=bench.address, tail=223)
    plan = planned(bench, cancel, tail=224, slot="0", replaces=stuck, reserved=slots_of(stuck))
    new, found = sent(bench, cancel, plan)
    assert found.outcome is Outcome.ACCEPTED
    bench.mine()
    assert [bench.chain.finality(ref).stage for ref in (old, new)] == [Stage.REPLACED, Stage.INCLUDED]
    assert int(bench.anvil("eth_getBalance", THEIRS, "latest"), 16) == before


def test_somebody_else_with_the_key_is_noticed(bench: AnvilBench) -> None:
    rogue = bench.intent(amount=7, tail=231)
    plan = planned(bench, rogue, tail=232)
    ref, _ = sent(bench, rogue, plan)
    intent = bench.intent(tail=233)
    refused("plan.outside_transaction", bench, intent)
    assert planned(bench, intent, tail=234, reserved=slots_of(plan)).nonce == 1
    bench.mine()
    assert bench.chain.finality(ref).stage is Stage.INCLUDED
    ours = planned(bench, intent, tail=235)
    assert ours.nonce == 1


def test_what_the_node_refuses_has_its_code(bench: AnvilBench) -> None:
    intent = bench.intent(amount=ETHER // 2)
    plan = planned(bench, intent)
    made = bench.sign(intent, plan)
    bench.anvil("anvil_setBalance", bench.address, hex(1000))
    found = bench.chain.broadcast(made)
    assert (found.outcome, found.code and found.code.value) == (Outcome.REFUSED, "insufficient_funds")
    bench.anvil("anvil_setBalance", bench.address, hex(ETHER))
    other = bench.intent(amount=5, tail=241)
    sent(bench, other, planned(bench, other, tail=242))
    bench.mine()
    found = bench.chain.broadcast(made)
    assert (found.outcome, found.code and found.code.value) == (Outcome.REFUSED, "nonce_too_low")


def test_fees_follow_the_chain_and_the_transaction_pays_no_more(bench: AnvilBench) -> None:
    intent = bench.intent(amount=1000)
    quote = bench.chain.fees(Level.FAST)
    plan = planned(bench, intent, limits=Limits(dust=1000))
    assert isinstance(plan.detail, EvmDetail)
    assert plan.detail.max_fee_per_gas <= quote.rate
    ref, _ = sent(bench, intent, plan)
    bench.mine()
    assert bench.chain.finality(ref).succeeded
    left = int(bench.anvil("eth_getBalance", bench.address, "latest"), 16)
    assert ETHER - 1000 - plan.fee <= left < ETHER - 1000
    refused("plan.dust", bench, an_intent(amount=999, source=bench.address, until=2**50), limits=Limits(dust=1000))
