"""From an intent, its facts and an order to a plan; pure. What does not fit is refused with a code of its own."""

from __future__ import annotations

from typing import Final

from jinku import _native
from jinku.chains.errors import PlanRefusedError
from jinku.chains.evm.fees import bumped
from jinku.chains.evm.nonces import survey
from jinku.chains.evm.reading import Code
from jinku.chains.evm.types import BLANK_DIGEST, EvmFacts, EvmRules
from jinku.chains.types import Order
from jinku.core import AssetId, Curve, EvmDetail, EvmType, Intent, IntentKind, Payload, Plan

__all__ = ["GAS_MARGIN_PERCENT", "plan"]

GAS_MARGIN_PERCENT: Final = 20
"""How much more gas than estimated a plan allows for: what is called may have changed by then. Not used is not paid."""
_PLAIN_GAS: Final = 21_000
_MAX_NONCE: Final = (1 << 64) - 2


def plan(rules: EvmRules, intent: Intent, facts: EvmFacts, order: Order) -> Plan:
    """The plan of the intent under this order, complete; PlanRefusedError with one of the ``plan.*`` codes."""
    _check_facts(rules, intent, facts, order)
    _check_sides(rules, intent, facts, order)
    nonce = _nonce(facts, order)
    detail = _detail(intent, facts, order)
    _check_money(intent, facts, order, detail)
    if facts.reverts is not None:
        raise PlanRefusedError(
            "the transaction would fail", found=facts.reverts, expected="one that succeeds", code="plan.reverts"
        )
    if detail.kind is EvmType.AUTHORIZATION:
        nonce += 1  # the transaction that carries it along comes first
    made = Plan(
        id=order.plan,
        deployment=intent.deployment,
        intent_digest=facts.intent_digest,
        chain=intent.chain,
        nonce=nonce,
        inputs=(),
        change=(),
        fee=detail.max_fee,
        anchor=None,
        valid_until_height=None,
        payloads=(Payload(BLANK_DIGEST, Curve.SECP256K1, order.path),),
        replaces=None if order.replaces is None else order.replaces.id,
        created_at_ms=order.created_at_ms,
        detail=detail,
    )
    return Plan.from_canonical(_native.complete_plan(intent.to_canonical(), made.to_canonical()))


def _check_facts(rules: EvmRules, intent: Intent, facts: EvmFacts, order: Order) -> None:
    before = order.replaces
    is_other = before is not None and (before.chain, before.payloads[0].path) != (rules.chain, order.path)
    if {intent.chain, order.fee.chain} != {rules.chain} or facts.intent_digest != intent.digest().hex() or is_other:
        raise PlanRefusedError(
            "facts, fee, intent and what is replaced do not belong together",
            expected=f"all of one intent and key on {rules.chain}",
            code="plan.other_facts",
        )
    if order.created_at_ms > intent.bounds.valid_until_ms:
        raise PlanRefusedError(
            "the intent has expired",
            found=order.created_at_ms,
            expected=f"at most {intent.bounds.valid_until_ms}",
            advice="propose it again",
            code="plan.expired",
        )
    age = order.created_at_ms - facts.taken_at_ms
    if not 0 <= age <= order.limits.facts_seconds * 1000:
        raise PlanRefusedError(
            "the facts are not of now",
            found=f"{age} ms old",
            expected=f"0 to {order.limits.facts_seconds} s",
            advice="gather them again",
            code="plan.old_facts",
        )


def _check_sides(rules: EvmRules, intent: Intent, facts: EvmFacts, order: Order) -> None:
    """Source, destination and token are what the intent takes them for."""
    if facts.source_code is Code.CONTRACT:
        raise PlanRefusedError(
            "the source is a contract, which no key can send from (EIP-3607)",
            found=intent.source,
            expected="an account without code of its own",
            code="plan.source_contract",
        )
    to_oneself = intent.destination == intent.source
    if to_oneself and order.slot is None and intent.kind is IntentKind.TRANSFER:
        raise PlanRefusedError(
            "the transfer goes to its own source",
            found=intent.destination,
            expected="another account, unless it fills a gap or cancels",
            code="plan.to_itself",
        )
    code = facts.destination_code
    is_open = order.limits.contracts or to_oneself or intent.kind is IntentKind.DELEGATE
    if code is not Code.NONE and not is_open:
        raise PlanRefusedError(
            "the destination has code: it may keep, pass on or refuse what it gets",
            found=f"{intent.destination}, {code.value}",
            expected="an account without code",
            advice="allow contracts for this transfer if it is meant",
            code="plan.destination_contract",
        )
    if facts.token_code is not None:
        _check_token(rules, intent, facts)


def _check_token(rules: EvmRules, intent: Intent, facts: EvmFacts) -> None:
    if facts.token_code is not Code.CONTRACT:
        raise PlanRefusedError(
            "there is no contract at the token's address",
            found=intent.asset,
            expected="the token of this chain",
            code="plan.no_token",
        )
    stated = rules.decimals.get(intent.asset)
    if stated is not None and stated != facts.decimals:
        raise PlanRefusedError(
            "the token has other decimals than the settings state",
            found="none" if facts.decimals is None else facts.decimals,
            expected=stated,
            advice="find out which token this is before anything moves",
            code="plan.decimals",
        )


def _nonce(facts: EvmFacts, order: Order) -> int:
    """The nonce that is free, or the one that the order asks for if it can be had."""
    reserved = [_number(slot) for slot in order.reserved]
    found = survey(facts.nonce, facts.pending, reserved)
    if order.slot is None and order.replaces is None:
        if found.outside:
            raise PlanRefusedError(
                "transactions of this account wait that no live plan explains",
                found=f"nonce {', '.join(map(str, found.outside[:5]))}",
                expected="none",
                advice="freeze the account and find out who signs with its key; or wait, or replace them by their slot",
                code="plan.outside_transaction",
            )
        return found.next
    replaced = None if order.replaces is None else order.replaces.nonce
    nonce = replaced if order.slot is None else _number(order.slot)
    if nonce is None or (replaced is not None and nonce != replaced) or nonce > _MAX_NONCE:
        raise PlanRefusedError(
            "a replacement has to use the nonce of what it replaces",
            found=nonce,
            expected="none" if replaced is None else replaced,
            code="plan.slot",
        )
    if nonce < facts.nonce:
        raise PlanRefusedError(
            "the nonce is used up",
            found=nonce,
            expected=f"at least {facts.nonce}",
            advice="look which transaction used it",
            code="plan.nonce_used",
        )
    if replaced is None and nonce in reserved:
        raise PlanRefusedError(
            "a live plan has this nonce",
            found=nonce,
            expected="a free one, or the plan that is replaced",
            code="plan.slot",
        )
    if replaced is None and nonce not in (found.next, *found.gaps, *found.outside):
        raise PlanRefusedError(
            "the nonce would open a gap, and wait behind it", found=nonce, expected=found.next, code="plan.slot"
        )
    return nonce


def _number(slot: str) -> int:
    if not (slot.isascii() and slot.isdecimal()):
        raise PlanRefusedError("a slot of this family is a nonce", found=slot[:80], expected="digits", code="plan.slot")
    return int(slot)


def _detail(intent: Intent, facts: EvmFacts, order: Order) -> EvmDetail:
    """Gas with its margin and fees within the bounds; enough more than what is replaced."""
    if intent.kind is IntentKind.DELEGATE and order.authorization is None:
        return EvmDetail(EvmType.AUTHORIZATION, 0, 0, None)
    gas = facts.gas if facts.gas == _PLAIN_GAS else -(-facts.gas * (100 + GAS_MARGIN_PERCENT) // 100)
    if gas > facts.block_gas:
        raise PlanRefusedError(
            "the transaction takes more gas than a block has", found=gas, expected=facts.block_gas, code="plan.gas"
        )
    rate, tip = order.fee.rate, order.fee.tip
    needed = [facts.base_fee or 1]
    before = None if order.replaces is None else order.replaces.detail
    if isinstance(before, EvmDetail):  # both caps have to rise
        tip_before = before.max_priority_fee_per_gas
        least_tip = bumped(before.max_fee_per_gas if tip_before is None else tip_before)
        needed += [bumped(before.max_fee_per_gas), least_tip]
        tip = None if tip is None else max(tip, least_tip)
        rate = max(rate, *needed, tip or 0)
        needed.append(tip or 0)
    least = max(needed)
    if rate < least:
        raise PlanRefusedError(
            "the quoted fee is below the base fee of now",
            found=rate,
            expected=f"at least {least}",
            advice="ask for the fee again",
            code="plan.old_quote",
        )
    capped = min(rate, intent.bounds.max_fee // gas)
    if capped < least:
        raise PlanRefusedError(
            "the fee that is needed now is above the intent's bound",
            found=gas * least,
            expected=f"at most {intent.bounds.max_fee}",
            advice="wait until fees fall, or propose it again with a higher bound",
            code="plan.fee_bound",
        )
    if intent.kind is IntentKind.DELEGATE:
        kind = EvmType.SET_CODE
    else:
        kind = EvmType.LEGACY if tip is None else EvmType.DYNAMIC_FEE
    tip = None if tip is None else min(tip, capped)
    return EvmDetail(kind, gas, capped, tip, authorization=order.authorization)


def _check_money(intent: Intent, facts: EvmFacts, order: Order, detail: EvmDetail) -> None:
    """Enough of the asset and of the coin is there beside what other plans take."""
    coin = AssetId(intent.chain, "slip44", "60")
    is_coin, fee = intent.asset == coin, detail.max_fee
    if is_coin and intent.kind is IntentKind.TRANSFER and intent.destination != intent.source:
        _check_worth(intent, order, fee)
    free, free_coin = facts.balance - order.held(intent.asset), facts.coin - order.held(coin)
    if intent.amount > free:
        raise PlanRefusedError(
            "the balance is too small",
            found=intent.amount,
            expected=f"at most {max(0, free)}",
            advice="send less, or wait for what is on its way",
            code="plan.over_balance",
        )
    if is_coin and intent.amount + fee > free_coin:
        raise PlanRefusedError(
            "the whole balance leaves nothing for the fee",
            found=intent.amount,
            expected=f"at most {max(0, free_coin - fee)}",
            advice="send that; the fee may be less, and what is left of it stays",
            fields={"most": str(max(0, free_coin - fee))},
            code="plan.maximal",
        )
    if fee > free_coin:
        raise PlanRefusedError(
            "there is too little of the coin for the fee",
            found=free_coin,
            expected=f"at least {fee}",
            advice=f"send some of the coin to {intent.source.address} first",
            code="plan.fee_balance",
        )


def _check_worth(intent: Intent, order: Order, fee: int) -> None:
    if intent.amount < order.limits.dust:
        raise PlanRefusedError(
            "the amount is dust", found=intent.amount, expected=f"at least {order.limits.dust}", code="plan.dust"
        )
    share = order.limits.fee_share_percent
    if share is not None and fee * 100 > intent.amount * share:
        raise PlanRefusedError(
            "the fee is too large a share of the amount",
            found=fee,
            expected=f"at most {share} % of {intent.amount}",
            advice="send more at once, or wait until fees fall",
            code="plan.fee_share",
        )
