"""What every family of chains has to show, written once; a family brings a ``Bench`` and runs ``Conformance``.

The class that runs it is a subclass in a test module with a fixture ``bench``.
"""

from __future__ import annotations

import json
from typing import Any, Protocol

import pytest

from jinku import _native
from jinku.chains import (
    BlockSeen,
    Chain,
    Cursor,
    EndpointSilentError,
    Level,
    Order,
    Outcome,
    Reorged,
    Signed,
    Stage,
    TxRef,
    TxSeen,
    WrongNetworkError,
    slots_of,
)
from jinku.core import Intent, JinkuError, Plan

__all__ = ["Bench", "Conformance"]


class Bench(Protocol):
    """A chain with money on one account, and what a test may do to it. Blocks come when they are told to."""

    chain: Chain[Any]

    def intent(self, **changes: Any) -> Intent:
        """A small transfer of the coin, with this ``amount``, ``max_fee`` or ``tail`` of its id."""

    def order(self, intent: Intent, **changes: Any) -> Order:
        """An order of now at the normal fee; ``tail`` of the plan's id."""

    def sign(self, intent: Intent, plan: Plan) -> Signed: ...

    def mine(self, count: int = 1) -> None: ...

    def finalize(self) -> None:
        """So many blocks that all before is final."""

    def reorg(self, depth: int) -> None:
        """The last blocks give way to others without what stood in them, which waits again or has to be sent again."""

    def drop(self, name: str) -> None:
        """No node has this waiting transaction any more."""

    def silent(self) -> Chain[Any]:
        """The chain where no endpoint answers."""

    def elsewhere(self) -> Chain[Any]:
        """The chain by settings that name another genesis."""


def planned(bench: Bench, intent: Intent, **changes: Any) -> Plan:
    return bench.chain.plan(intent, bench.chain.facts(intent), bench.order(intent, **changes))


def sent(bench: Bench, intent: Intent, plan: Plan) -> tuple[TxRef, Signed]:
    made = bench.sign(intent, plan)
    assert bench.chain.broadcast(made).outcome is Outcome.ACCEPTED
    return TxRef(made.id, intent.source, plan), made


def stage(bench: Bench, ref: TxRef) -> Stage:
    return bench.chain.finality(ref).stage


class Conformance:
    """One life of a transfer, and what may come between."""

    def test_every_endpoint_serves(self, bench: Bench) -> None:
        found = bench.chain.check()
        assert found
        assert all(error is None for _, error in found)

    def test_a_plan_does_what_its_intent_asks_for(self, bench: Bench) -> None:
        intent = bench.intent()
        plan = planned(bench, intent)
        account, _, effects = _native.check_plan(intent.to_canonical(), plan.to_canonical())
        asked = json.loads(_native.asked_effects(intent.to_canonical()))
        assert account == str(intent.source)
        assert json.loads(effects) == {**asked, "fee": {**asked["fee"], "most": str(plan.fee)}}
        assert plan.fee <= intent.bounds.max_fee
        assert bench.chain.simulate(intent, plan).succeeds

    def test_from_seen_to_final(self, bench: Bench) -> None:
        intent = bench.intent()
        ref, made = sent(bench, intent, planned(bench, intent))
        assert stage(bench, ref) is Stage.SEEN
        assert bench.chain.broadcast(made).outcome is Outcome.KNOWN
        bench.mine()
        standing = bench.chain.finality(ref)
        assert (standing.stage, standing.succeeded, standing.settled) == (Stage.INCLUDED, True, False)
        assert bench.chain.broadcast(made).outcome is Outcome.KNOWN  # the nonce is used, and by this very one
        bench.finalize()
        after = bench.chain.finality(ref)
        assert (after.stage, after.block, after.settled) == (Stage.FINAL, standing.block, True)

    def test_levels_cost_more_the_faster_they_are(self, bench: Bench) -> None:
        slow, normal, fast = (bench.chain.fees(level).rate for level in Level)
        assert 0 < slow <= normal <= fast

    def test_a_reserved_slot_is_not_given_again(self, bench: Bench) -> None:
        one, two = bench.intent(tail=101), bench.intent(tail=102)
        first = planned(bench, one, tail=103)
        second = planned(bench, two, tail=104, reserved=slots_of(first))
        assert slots_of(first)
        assert not slots_of(first) & slots_of(second)
        refs = [sent(bench, one, first)[0], sent(bench, two, second)[0]]
        bench.mine()
        assert [stage(bench, ref) for ref in refs] == [Stage.INCLUDED] * 2

    def test_what_is_dropped_can_be_sent_again(self, bench: Bench) -> None:
        intent = bench.intent()
        ref, made = sent(bench, intent, planned(bench, intent))
        bench.drop(ref.id)
        assert stage(bench, ref) is Stage.DROPPED
        assert bench.chain.broadcast(made).outcome is Outcome.ACCEPTED
        bench.mine()
        assert stage(bench, ref) is Stage.INCLUDED

    def test_a_bump_replaces_and_only_one_lands(self, bench: Bench) -> None:
        intent = bench.intent()
        first = planned(bench, intent, tail=111)
        old, _ = sent(bench, intent, first)
        second = planned(bench, intent, tail=112, reserved=slots_of(first), replaces=first)
        assert slots_of(second) == slots_of(first)
        assert second.replaces == first.id
        assert second.fee > first.fee
        new, _ = sent(bench, intent, second)
        bench.mine()
        assert (stage(bench, old), stage(bench, new)) == (Stage.REPLACED, Stage.INCLUDED)
        assert not bench.chain.finality(old).settled  # a reorganisation may still bring it back
        bench.finalize()
        assert (stage(bench, old), stage(bench, new)) == (Stage.REPLACED, Stage.FINAL)
        assert bench.chain.finality(old).settled

    def test_a_watch_sees_blocks_our_transaction_and_a_reorganisation(self, bench: Bench) -> None:
        intent = bench.intent()
        cursor = bench.chain.watch(None, {intent.source}).cursor
        ref, made = sent(bench, intent, planned(bench, intent))
        bench.mine(2)
        seen = bench.chain.watch(cursor, {intent.source})
        blocks = [event.block for event in seen.events if isinstance(event, BlockSeen)]
        assert [block.height for block in blocks] == [cursor.tip.height + 1, cursor.tip.height + 2]
        [ours] = [event for event in seen.events if isinstance(event, TxSeen)]
        assert (ours.id, ours.block, ours.accounts) == (ref.id, blocks[0], {intent.source})
        assert (ours.payer, ours.slots) == (intent.source, slots_of(ref.plan))
        assert bench.chain.watch(seen.cursor, {intent.source}).events == ()

        bench.reorg(2)
        again = bench.chain.watch(seen.cursor, {intent.source})
        assert again.events[0] == Reorged(cursor.tip, (blocks[1], blocks[0]))
        assert stage(bench, ref) in (Stage.SEEN, Stage.DROPPED)
        bench.chain.broadcast(made)
        bench.mine()
        standing = bench.chain.finality(ref)
        assert standing.stage is Stage.INCLUDED
        assert standing.block not in blocks
        final = bench.chain.watch(again.cursor, {intent.source})
        assert [event.id for event in final.events if isinstance(event, TxSeen)] == [ref.id]

    def test_a_cursor_from_nowhere_is_no_beginning(self, bench: Bench) -> None:
        bench.mine(2)
        cursor = bench.chain.watch(None, set()).cursor
        strange = Cursor(cursor.chain, (type(cursor.tip)(cursor.tip.height, "0x" + "99" * 32),))
        with pytest.raises(JinkuError) as caught:
            bench.chain.watch(strange, set())
        assert caught.value.code == "chain.reorg_too_deep"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"amount": 2**200}, "plan.over_balance"),
            ({"max_fee": 1}, "plan.fee_bound"),
        ],
    )
    def test_what_cannot_be_is_refused(self, bench: Bench, changes: dict[str, Any], code: str) -> None:
        with pytest.raises(JinkuError) as caught:
            planned(bench, bench.intent(**changes))
        assert (caught.value.code, caught.value.exit_code) == (code, 3)

    def test_the_whole_balance_leaves_room_for_the_fee(self, bench: Bench) -> None:
        balance = bench.chain.facts(bench.intent()).coin
        with pytest.raises(JinkuError) as caught:
            planned(bench, bench.intent(amount=balance))
        assert caught.value.code == "plan.maximal"
        most = int(str(caught.value.fields["most"]))
        assert planned(bench, bench.intent(amount=most)).fee == balance - most

    def test_nothing_of_an_amount_is_refused(self, bench: Bench) -> None:
        with pytest.raises(JinkuError) as caught:
            planned(bench, bench.intent(amount=0))
        assert (caught.value.code, caught.value.exit_code) == ("tx.intent", 2)

    def test_facts_of_another_intent_serve_none(self, bench: Bench) -> None:
        facts, other = bench.chain.facts(bench.intent(tail=121)), bench.intent(tail=122)
        with pytest.raises(JinkuError) as caught:
            bench.chain.plan(other, facts, bench.order(other))
        assert caught.value.code == "plan.other_facts"

    def test_no_answer_is_unknown(self, bench: Bench) -> None:
        intent = bench.intent()
        made = bench.sign(intent, planned(bench, intent))
        assert bench.silent().broadcast(made).outcome is Outcome.UNKNOWN
        with pytest.raises(EndpointSilentError):
            bench.silent().facts(intent)

    def test_another_network_is_asked_nothing(self, bench: Bench) -> None:
        with pytest.raises(WrongNetworkError) as caught:
            bench.elsewhere().facts(bench.intent())
        assert caught.value.exit_code == 5
