"""Plans of EVM chains: what they are made of, and each reason why there is none, with its code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from chain_terms import COIN, ETHER, NOW, OURS, THEIRS, TOKEN, Rig, an_intent, order_of, refused, why

from jinku import _native
from jinku.chains import Limits
from jinku.core import Amount, AssetId, EvmType

GWEI = 10**9


def token_rig(units: int = 100, **changes: Any) -> Rig:
    rig = Rig(**changes)
    rig.world.token(TOKEN)
    rig.world.accounts[TOKEN].holders[OURS] = units
    rig.world.mine()
    return rig


def test_a_plan_of_the_coin() -> None:
    rig = Rig()
    intent = an_intent()
    plan = rig.planned(intent)
    assert plan.detail is not None
    assert (plan.detail.kind, plan.detail.gas_limit, plan.nonce) == (EvmType.DYNAMIC_FEE, 21_000, 0)
    assert plan.fee == 21_000 * plan.detail.max_fee_per_gas
    assert plan.payloads[0].digest != "00" * 32
    assert _native.complete_plan(intent.to_canonical(), plan.to_canonical()) == plan.to_canonical()


def test_a_chain_without_a_base_fee_gets_legacy_transactions() -> None:
    rig = Rig(base_fee=None)
    plan = rig.planned(an_intent())
    assert plan.detail is not None
    assert (plan.detail.kind, plan.detail.max_priority_fee_per_gas) == (EvmType.LEGACY, None)
    assert plan.detail.max_fee_per_gas == 9 * GWEI  # an eighth over what the nodes advise
    ref = rig.sent(an_intent())
    rig.world.mine()
    assert rig.chain.finality(ref).succeeded


def test_an_estimate_gets_its_margin() -> None:
    rig = token_rig()
    plan = rig.planned(an_intent(amount=7, asset=f"erc20:{TOKEN}"))
    assert plan.detail is not None
    assert plan.detail.gas_limit == 60_000


def test_the_bound_of_the_intent_caps_the_fee() -> None:
    rig = Rig()
    bound = 21_000 * 11 * GWEI
    intent = an_intent(max_fee=bound)
    plan = rig.planned(intent)
    assert plan.detail is not None
    assert plan.fee == bound
    assert plan.detail.max_fee_per_gas == 11 * GWEI
    why(rig, an_intent(max_fee=21_000 * 10 * GWEI - 1), "plan.fee_bound")


def test_a_quote_that_the_base_fee_has_passed_is_said_to_be_old() -> None:
    rig = Rig()
    order, intent = order_of(rig), an_intent(max_fee=10 * ETHER)
    rig.world.base_fee = 1000 * GWEI
    facts = rig.chain.facts(intent)
    refused("plan.old_quote", lambda: rig.chain.plan(intent, facts, order))
    assert rig.chain.plan(intent, facts, order_of(rig)).fee > 21_000 * 1000 * GWEI


@pytest.mark.parametrize("base_fee", [2**255, 2**256 - 1])
def test_no_base_fee_is_paid_above_the_bound(base_fee: int) -> None:
    why(Rig(base_fee=base_fee), an_intent(), "plan.fee_bound")


@pytest.mark.parametrize("told", [0, 1, 20_999, 21_000, 2**62, 2**63, 2**256 - 1])
def test_one_estimate_of_three_moves_no_plan(told: int) -> None:
    rig = token_rig()
    intent = an_intent(amount=1, asset=f"erc20:{TOKEN}")
    rig.nodes[0].lies["eth_estimateGas"] = lambda *_: hex(told)
    assert rig.planned(intent).detail.gas_limit == 60_000  # type: ignore[union-attr]


@pytest.mark.parametrize("told", [0, 20_999, 2**63])
def test_an_estimate_that_cannot_be_is_out_of_form(told: int) -> None:
    rig = token_rig(nodes=1)
    rig.nodes[0].lies["eth_estimateGas"] = lambda *_: hex(told)
    refused("chain.garbled", lambda: rig.chain.facts(an_intent(amount=1, asset=f"erc20:{TOKEN}")))


def test_of_two_estimates_the_larger_counts_and_a_refusal_beside_one_stops() -> None:
    rig = token_rig()
    intent = an_intent(amount=1, asset=f"erc20:{TOKEN}")
    rig.nodes[2].silent = True
    rig.nodes[0].lies["eth_estimateGas"] = lambda *_: hex(21_001)
    assert rig.chain.facts(intent).gas == 50_000
    rig.nodes[0].refuses["eth_estimateGas"] = "execution reverted"
    rig.nodes[0].lies.clear()
    why(rig, intent, "plan.reverts")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": 10 * ETHER + 1}, "plan.over_balance"),
        ({"amount": 10 * ETHER}, "plan.maximal"),
        ({"to": OURS}, "plan.to_itself"),
        ({"amount": 101, "asset": f"erc20:{TOKEN}"}, "plan.over_balance"),
        ({"amount": 1, "asset": "erc20:0x" + "dd" * 20}, "plan.no_token"),
        ({"to": TOKEN}, "plan.destination_contract"),
    ],
)
def test_what_does_not_fit_the_facts(changes: dict[str, Any], code: str) -> None:
    why(token_rig(), an_intent(**changes), code)


def test_nothing_is_refused_by_the_codec_before_anybody_is_asked() -> None:
    rig = Rig()
    assert refused("tx.intent", lambda: rig.chain.facts(an_intent(amount=0))).exit_code == 2
    assert rig.nodes[0].asked == []


def test_what_other_plans_take_is_not_spent_twice() -> None:
    rig = Rig()
    committed = (Amount(COIN, 9 * ETHER),)
    why(rig, an_intent(amount=2 * ETHER), "plan.over_balance", committed=committed)
    why(rig, an_intent(amount=ETHER), "plan.maximal", committed=committed)
    assert rig.planned(an_intent(amount=ETHER // 2), committed=committed).nonce == 0
    other = (Amount(AssetId.parse(f"eip155:31337/erc20:{TOKEN}"), 9 * ETHER),)
    assert rig.planned(an_intent(amount=2 * ETHER), committed=other).nonce == 0


def test_tokens_need_some_coin_for_the_fee() -> None:
    rig = token_rig()
    rig.world.account(OURS).balance = 60_000 * GWEI
    rig.world.mine()
    why(rig, an_intent(amount=1, asset=f"erc20:{TOKEN}"), "plan.fee_balance")


@pytest.mark.parametrize(("stated", "claimed"), [(18, 6), (6, 18), (6, None)])
def test_a_token_that_lies_about_its_decimals_is_refused(stated: int, claimed: int | None) -> None:
    asset = AssetId.parse(f"eip155:31337/erc20:{TOKEN}")
    rig = token_rig(decimals={asset: stated})
    rig.world.accounts[TOKEN].decimals = claimed
    rig.world.mine()
    intent = an_intent(amount=1, asset=f"erc20:{TOKEN}")
    why(rig, intent, "plan.decimals")
    rig.world.accounts[TOKEN].decimals = stated
    rig.world.mine()
    assert rig.planned(intent).fee


def test_dust_and_a_fee_too_large_for_the_amount() -> None:
    rig = Rig()
    why(rig, an_intent(amount=999), "plan.dust", limits=Limits(dust=1000))
    assert rig.planned(an_intent(amount=1000), limits=Limits(dust=1000)).fee
    fee = rig.planned(an_intent()).fee
    share = Limits(fee_share_percent=5)
    why(rig, an_intent(amount=20 * fee - 1), "plan.fee_share", limits=share)
    assert rig.planned(an_intent(amount=20 * fee), limits=share).fee == fee


def test_a_contract_gets_something_where_that_is_allowed() -> None:
    rig = token_rig()
    plan = rig.planned(an_intent(to=TOKEN), limits=Limits(contracts=True))
    assert plan.detail is not None
    assert plan.detail.gas_limit == 60_000  # estimated: code runs


def test_accounts_that_handed_themselves_over_have_code_and_keys() -> None:
    rig = Rig()
    delegated = "0xef0100" + "bb" * 20
    rig.world.account(THEIRS).code = delegated
    rig.world.account(OURS).code = delegated
    rig.world.mine()
    why(rig, an_intent(), "plan.destination_contract")
    assert rig.planned(an_intent(), limits=Limits(contracts=True)).nonce == 0  # the source signs all the same
    rig.world.account(OURS).code = "0x60"
    rig.world.mine()
    why(rig, an_intent(), "plan.source_contract", limits=Limits(contracts=True))


def test_facts_serve_their_intent_for_a_while() -> None:
    rig = Rig()
    intent = an_intent(until=NOW + 60_000)
    facts, order = rig.chain.facts(intent), order_of(rig)
    refused("plan.other_facts", lambda: rig.chain.plan(an_intent(tail=5), facts, order))
    strange = replace(order.fee, chain=type(intent.chain)("eip155", "1"))
    refused("plan.other_facts", lambda: rig.chain.plan(intent, facts, replace(order, fee=strange)))
    for at_ms, code in ((NOW + 60_001, "plan.expired"), (NOW - 1, "plan.old_facts")):
        refused(code, lambda at_ms=at_ms: rig.chain.plan(intent, facts, replace(order, created_at_ms=at_ms)))
    assert rig.chain.plan(intent, facts, replace(order, created_at_ms=NOW + 60_000)).nonce == 0
    short = replace(order, created_at_ms=NOW + 5_001, limits=Limits(facts_seconds=5))
    refused("plan.old_facts", lambda: rig.chain.plan(intent, facts, short))


def test_more_gas_than_a_block_has_is_refused() -> None:
    rig = token_rig()
    intent = an_intent(amount=1, asset=f"erc20:{TOKEN}")
    for node in rig.nodes:
        node.lies["eth_estimateGas"] = lambda *_: hex(25_000_001)
    why(rig, intent, "plan.gas")
    for node in rig.nodes:
        node.lies["eth_estimateGas"] = lambda *_: hex(25_000_000)
    assert rig.planned(intent).detail.gas_limit == 30_000_000  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("asset", "answer", "balance"),
    [
        (f"erc721:{TOKEN}/7", "0x" + OURS[2:].rjust(64, "0"), 1),
        (f"erc721:{TOKEN}/7", "0x" + "aa".rjust(64, "0"), 0),
        (f"erc721:{TOKEN}/7", "0x", 0),
        (f"erc1155:{TOKEN}/7", f"0x{5:064x}", 5),
    ],
)
def test_tokens_of_collections(asset: str, answer: str, balance: int) -> None:
    rig = token_rig()
    asked = []

    def told(params: list[Any], _true: Any) -> str:
        asked.append(params[0]["data"])
        return answer

    for node in rig.nodes:
        node.lies["eth_call"] = told
    intent = an_intent(amount=1, asset=asset)
    assert rig.chain.facts(intent).balance == balance
    assert asked[0].startswith("0x6352211e" if "erc721" in asset else "0x00fdd58e")
    assert asked[0].endswith(f"{7:064x}")
    if balance:
        assert rig.planned(intent).detail.gas_limit == 60_000  # type: ignore[union-attr]
    else:
        why(rig, intent, "plan.over_balance")
