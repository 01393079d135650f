"""Workers on both databases: slots, order, leases, turns of vaults, and times."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread

import pytest
from sim_people import START
from sim_world import LEASE_MS, World

from jinku.core import Intent, JinkuError, Plan, UnavailableError
from jinku.store import Place, Queue
from jinku.transfers import Given, Order, Refusal, Request, Sight, State, Transaction

SIGNATURE = b"initiator"


def propose(world: World, *intents: Intent) -> None:
    for intent in intents:
        world.service.propose(intent, SIGNATURE)


def test_many_workers_give_the_nonces_of_one_source_without_gap_or_double(world: World) -> None:
    intents = [world.make() for _ in range(12)]
    propose(world, *intents)
    failures: list[BaseException] = []

    def work(worker: object) -> None:
        try:
            while worker.step():  # type: ignore[attr-defined]
                pass
        except BaseException as error:  # noqa: BLE001  the test says so
            failures.append(error)

    for _ in range(1_000):
        threads = [Thread(target=work, args=[world.new_worker()]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        world.chain.mine()
        due = world.workers[0].next_run_ms()
        if due is None:
            break
        world.clock.set_now_ms(max(due, world.clock.now_ms()))
    assert not failures
    assert {world.service.check(intent.id).state for intent in intents} == {State.FINAL}
    landed = [slot for tx in world.chain.landed() for slot in tx.slots]
    assert landed == [str(nonce) for nonce in range(12)]


def test_a_nonce_whose_plan_was_withdrawn_is_taken_before_higher_ones(world: World) -> None:
    first, second, third = (world.make() for _ in range(3))
    propose(world, first)
    world.work(until=State.PLANNED)
    with world.database.unit() as unit:  # somebody else is at it, and slow
        assert Queue(f"transfers/{first.vault}").lease(unit, "slow", 10**6)
    propose(world, second)
    world.work(until=State.PLANNED, of=second)
    world.work()
    assert world.service.check(second.id).state is State.PLANNED, "it waits for the one below it"
    world.service.cancel(first.id)
    propose(world, third)
    world.until_ended()
    assert [world.service.check(one.id).state for one in (first, second, third)] == [
        State.CANCELLED,
        State.FINAL,
        State.FINAL,
    ]
    assert sorted(slot for tx in world.chain.landed() for slot in tx.slots) == ["0", "1"]


def test_a_plan_is_not_signed_before_the_one_below_it(world: World) -> None:
    first, second = world.make(), world.make()
    world.silent = {first.id}
    propose(world, first)
    world.work()
    propose(world, second)
    world.work()
    assert world.service.check(second.id).state is State.PLANNED
    assert not world.signer.signed
    world.silent = set()
    world.until_ended()
    assert {world.service.check(one.id).state for one in (first, second)} == {State.FINAL}


def test_a_nonce_that_another_took_meanwhile_is_not_taken_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    intents = [world.make(), world.make()]
    propose(world, *intents)
    quick, plain, seen = world.new_worker(), world.plan, list[Order]()

    def plan(intent: Intent, order: Order) -> Plan:
        seen.append(order)
        if len(seen) == 1:
            assert quick.step()
        return plain(intent, order)

    monkeypatch.setattr(world, "plan", plan)
    world.work()
    assert [order.reserved for order in seen[:2]] == [frozenset(), frozenset()], "both were told that none is held"
    world.until_ended()
    assert [slot for tx in world.chain.landed() for slot in tx.slots] == ["0", "1"]
    for intent in intents:
        line = [one.kind for one in world.service.show(intent.id).line]
        assert line.count("transfer.planned") == 1


def test_who_lost_the_lease_writes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    intent = world.make()
    propose(world, intent)
    slow, quick, plain = world.new_worker(), world.new_worker(), world.sign
    seen: list[str] = []

    def sign(request: Request) -> Given | Refusal:
        answer = plain(request)
        if not seen:
            seen.append("slow")
            world.clock.advance_ms(LEASE_MS + 1)
            assert quick.step()
            assert world.service.check(intent.id).state is State.BROADCAST
        return answer

    monkeypatch.setattr(world, "sign", sign)
    assert slow.step()
    assert seen == ["slow"]
    line = [one.kind for one in world.service.show(intent.id).line]
    assert line.count("transfer.signed") == 1
    world.until_ended()
    assert len(world.chain.of_intent(intent.id)) == 1


def test_a_broadcast_without_an_answer_is_looked_for_before_it_is_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = world.make()
    propose(world, intent)
    calls: list[str] = []
    plain_send, plain_look = world.broadcast, world.look

    def broadcast(transaction: Transaction) -> object:
        calls.append("send")
        plain_send(transaction)
        raise UnavailableError("no answer came")

    def look(transaction: Transaction) -> Sight:
        calls.append("look")
        return plain_look(transaction)

    monkeypatch.setattr(world, "broadcast", broadcast)
    monkeypatch.setattr(world, "look", look)
    world.work()
    world.until_ended()
    assert calls[:2] == ["send", "look"]
    assert calls.count("send") == 1
    assert world.service.check(intent.id).state is State.FINAL


def test_a_vault_with_many_does_not_keep_another_waiting(world: World) -> None:
    many = [world.make(rule=2) for _ in range(6)]
    one = replace(world.make(rule=2), vault=world.vaults[1])
    propose(world, *many, one)
    worker = world.new_worker()
    for _ in range(2):
        assert worker.step()
    ended = {transfer.intent.vault for transfer in world.service.list(states=frozenset({State.DENIED}))}
    assert ended == set(world.vaults)


def test_start_hold_and_expiry_keep_their_times(world: World) -> None:
    later, held, silent = world.make(), world.make(rule=3), world.make(rule=1)
    world.service.propose(later, SIGNATURE, not_before_ms=START + 45_000)
    propose(world, held, silent)
    world.work()
    assert world.service.check(later.id).state is State.AUTHORISED
    assert world.service.check(held.id).state is State.HELD
    world.clock.set_now_ms(START + 44_999)
    world.work()
    assert world.service.check(later.id).state is State.AUTHORISED
    assert world.service.check(held.id).state is State.BROADCAST
    world.clock.set_now_ms(START + 45_000)
    world.work()
    assert world.service.check(later.id).state is State.BROADCAST
    world.clock.set_now_ms(silent.bounds.valid_until_ms + 1)
    world.work()
    assert world.service.check(silent.id).state is State.EXPIRED


def test_what_no_plan_serves_is_held_with_its_code_and_goes_on_later(world: World) -> None:
    made = [world.make(source=2) for _ in range(8)]
    intents = [replace(one, bounds=replace(one.bounds, valid_until_ms=START + 200_000)) for one in made]
    propose(world, *intents)
    world.until_ended()
    assert all(world.service.check(intent.id).state in {State.FINAL, State.EXPIRED} for intent in intents)
    codes = {line.facts.get("code") for intent in intents for line in world.service.show(intent.id).line}
    assert "plan.funds" in codes, "eight want one or two of six coins each"
    spent = [slot for tx in world.chain.landed() for slot in tx.slots]
    assert len(spent) == len(set(spent))


def test_a_source_has_so_many_plans_out(world: World) -> None:
    intents = [world.make() for _ in range(6)]
    propose(world, *intents)
    world.work()
    states = [world.service.check(intent.id).state for intent in intents]
    assert sorted(states) == [State.AUTHORISED] * 2 + [State.BROADCAST] * 4
    before = [len(world.service.show(intent.id).line) for intent in intents]
    world.clock.advance_ms(30_000)
    world.work()
    assert [len(world.service.show(intent.id).line) for intent in intents] == before, "to wait leaves no entry"
    world.until_ended()
    assert {world.service.check(intent.id).state for intent in intents} == {State.FINAL}


def test_an_error_of_a_port_leaves_the_state_and_stands_in_the_task(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = world.make()
    propose(world, intent)

    def garbled(*_: object) -> object:
        raise JinkuError("an endpoint's answer is out of form", code="chain.garbled")

    monkeypatch.setattr(world, "plan", garbled)
    world.work()
    assert world.service.check(intent.id).state is State.AUTHORISED
    with world.database.read() as unit:
        query = "SELECT error FROM queue"
        assert unit.connection.exec_driver_sql(query).scalars().all() == ["chain.garbled"]
    monkeypatch.undo()
    world.until_ended()
    assert world.service.check(intent.id).state is State.FINAL


def test_a_task_can_be_hastened_and_nobody_takes_it_meanwhile(world: World, place: Place) -> None:
    queue = Queue("t")
    with world.database.unit() as unit:
        queue.enqueue(unit, [("one", {})], run_at_ms=START + 90_000)
        assert not queue.hasten(unit, "two")
        assert queue.lease(unit, "me", 1_000) == ()
        assert queue.hasten(unit, "one")
        assert [lease.key for lease in queue.lease(unit, "me", 1_000)] == ["one"]
