"""Whose turn a nonce is: outside transactions, gaps, replacements, cancels, and delegations that take two."""

from __future__ import annotations

from dataclasses import replace

from chain_terms import KEY, OURS, THEIRS, Rig, an_id, an_intent, order_of, ref_of, refused, signed, why

from jinku.chains import Limits, slots_of
from jinku.chains.evm.types import EvmFacts
from jinku.core import EvmType, IntentKind


def test_an_outside_transaction_is_noticed_and_can_be_outbid_by_its_slot() -> None:
    rig = Rig()
    rig.sent(an_intent(tail=7))  # of another program that has the key
    intent = an_intent()
    why(rig, intent, "plan.outside_transaction")
    assert rig.planned(intent, reserved=frozenset({"0"})).nonce == 1  # it was ours
    assert rig.planned(intent, slot="0").nonce == 0


def test_a_liar_cannot_invent_an_outside_transaction() -> None:
    rig = Rig()
    rig.nodes[0].lies["eth_getTransactionCount"] = lambda params, true: "0x9" if params[1] == "pending" else true
    assert rig.planned(an_intent()).nonce == 0
    rig.nodes[1].lies = rig.nodes[0].lies
    why(rig, an_intent(), "plan.outside_transaction")


def test_slots_that_cannot_be_had() -> None:
    rig = Rig()
    rig.sent(an_intent(tail=7))
    rig.world.mine()
    why(rig, an_intent(), "plan.nonce_used", slot="0")
    why(rig, an_intent(), "plan.slot", slot="3", reserved=frozenset({"3"}))
    old = rig.planned(an_intent(), reserved=frozenset({"1"}))
    assert slots_of(old) == {"2"}
    why(rig, an_intent(), "plan.slot", slot="1", replaces=old)
    assert rig.planned(an_intent(), tail=11, slot="2", replaces=old, reserved=frozenset({"2"})).replaces == an_id(10)


def test_no_slot_opens_a_gap() -> None:
    rig = Rig()
    rig.sent(an_intent(tail=7))
    held = frozenset({"0", "3"})
    assert [rig.planned(an_intent(), slot=slot, reserved=held).nonce for slot in ("1", "2")] == [1, 2]
    for slot in ("4", "99", str(2**64), "x", "", "-1", "1_0"):
        why(rig, an_intent(), "plan.slot", slot=slot, reserved=frozenset({"0"}))
    why(rig, an_intent(), "plan.slot", reserved=frozenset({"aa:0"}))
    assert rig.planned(an_intent(), slot="1", reserved=frozenset({"0"})).nonce == 1


def test_a_plan_of_another_chain_or_key_is_not_replaced() -> None:
    rig = Rig()
    old = rig.planned(an_intent())
    elsewhere = replace(old, chain=type(old.chain)("eip155", "1"))
    others = replace(old, payloads=(replace(old.payloads[0], path="m/44'/60'/0'/0/1"),))
    for plan in (elsewhere, others):
        why(rig, an_intent(), "plan.other_facts", tail=11, replaces=plan)
    assert rig.planned(an_intent(), tail=11, replaces=old).nonce == 0


def test_a_slot_makes_no_amount_large_enough() -> None:
    rig = Rig()
    for limits in (Limits(dust=1000), Limits(fee_share_percent=1)):
        code = "plan.dust" if limits.dust else "plan.fee_share"
        why(rig, an_intent(amount=999), code, slot="0", limits=limits)
        old = rig.planned(an_intent(amount=999))
        why(rig, an_intent(amount=999), code, slot="0", tail=11, replaces=old, limits=limits)
        assert rig.planned(an_intent(amount=1, to=OURS), slot="0", limits=limits).nonce == 0  # fills a gap, or cancels


def test_a_replacement_raises_both_caps_by_an_eighth() -> None:
    rig = Rig()
    intent = an_intent()
    first = rig.planned(intent)
    second = rig.planned(intent, tail=11, replaces=first, reserved=slots_of(first))
    old, new = first.detail, second.detail
    assert old is not None
    assert new is not None
    assert new.max_fee_per_gas == -(-old.max_fee_per_gas * 9 // 8)
    assert new.max_priority_fee_per_gas == -(-(old.max_priority_fee_per_gas or 0) * 9 // 8)
    tight = an_intent(max_fee=second.fee - 1)
    facts = rig.chain.facts(tight)
    refused("plan.fee_bound", lambda: rig.chain.plan(tight, facts, order_of(rig, tail=12, replaces=first)))


def test_a_cancel_takes_the_place_of_what_is_stuck() -> None:
    rig = Rig()
    intent = an_intent()
    stuck = rig.sent(intent)
    cancel = an_intent(amount=1, to=OURS, tail=8)
    plan = rig.planned(cancel, tail=11, slot="0", replaces=stuck.plan, reserved=slots_of(stuck.plan))
    made = signed(cancel, plan)
    assert rig.chain.broadcast(made).outcome == "accepted"
    rig.world.mine()
    assert rig.chain.finality(ref_of(cancel, plan, made)).stage == "included"
    assert rig.chain.finality(stuck).stage == "replaced"
    assert rig.world.account(THEIRS).balance == 0


def test_a_gap_is_filled_and_what_waited_behind_it_lands() -> None:
    rig = Rig()
    later = rig.sent(an_intent(tail=7), reserved=frozenset({"0"}))
    rig.world.mine()
    assert rig.chain.finality(later).stage == "seen"
    filler = an_intent(amount=1, to=OURS, tail=8)
    plan = rig.planned(filler, tail=11, slot="0", reserved=slots_of(later.plan))
    assert rig.chain.broadcast(signed(filler, plan)).outcome == "accepted"
    rig.world.mine()
    assert rig.chain.finality(later).stage == "included"


def test_a_delegation_is_two_plans_of_one_intent() -> None:
    rig = Rig()
    intent = an_intent(amount=0, kind=IntentKind.DELEGATE, to="0x" + "bb" * 20)
    facts: EvmFacts = rig.chain.facts(intent)
    authorization = rig.chain.plan(intent, facts, order_of(rig, tail=11))
    assert authorization.detail is not None
    assert (authorization.detail.kind, authorization.nonce, authorization.fee) == (EvmType.AUTHORIZATION, 1, 0)
    made = signed_authorization(authorization.payloads[0].digest)
    plan = rig.chain.plan(intent, facts, order_of(rig, tail=12, authorization=made))
    assert plan.detail is not None
    assert (plan.detail.kind, plan.nonce, plan.detail.gas_limit) == (EvmType.SET_CODE, 0, 55_200)


def signed_authorization(digest: str) -> str:
    made = KEY.unsafe_sign_hash(bytes.fromhex(digest))
    return f"{made.r:064x}{made.s:064x}{made.v - 27:02x}"
