"""The verbs of people on both databases: what each leaves, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sim_people import ACCOUNTS, START
from sim_world import World
from sqlalchemy import text

from jinku.core import AccountId, Decision, Id, Intent, RefusedError
from jinku.transfers import (
    Frozen,
    IdempotencyError,
    NoTransferError,
    Owner,
    ProposalError,
    Scope,
    State,
    Transfer,
    TransferHistoryError,
    TransferOverError,
    Transfers,
    TransfersBusyError,
    TransferStateError,
)

SIGNATURE = b"initiator"


def kinds(world: World, name: Id) -> list[str]:
    """What the entries of a transfer are called."""
    return [line.kind.partition(".")[2] for line in world.service.show(name).line]


def state(world: World, intent: Intent) -> Transfer:
    """Where it stands; its entries say the same."""
    return world.service.check(intent.id)


def test_a_transfer_from_proposal_to_final(world: World) -> None:
    intent = world.make(rule=0)
    assert world.service.propose(intent, SIGNATURE).state is State.PROPOSED
    world.work()
    assert state(world, intent).state is State.BROADCAST
    world.until_ended()
    done = state(world, intent)
    assert (done.state, done.owner) == (State.FINAL, Owner.NOBODY)
    said = ["proposed", "judged", "moved", "planned", "sign_begun", "signed", "sent", "seen", "seen"]
    assert kinds(world, intent.id) == said
    assert len(world.chain.of_intent(intent.id)) == 1
    assert world.workers[0].next_run_ms() is None, "nothing is left to do"


def test_the_same_key_gives_the_same_answer_and_another_body_none(world: World) -> None:
    intent = world.make()
    first = world.service.propose(intent, SIGNATURE)
    again = replace(intent, id=world.ids.new())
    assert world.service.propose(again, SIGNATURE) == first
    world.work()
    assert world.service.propose(again, SIGNATURE) == state(world, intent)
    for other in (replace(intent, amount=77), replace(again, source=AccountId.parse(ACCOUNTS[1]))):
        with pytest.raises(IdempotencyError, match="another request"):
            world.service.propose(other, SIGNATURE)
    with pytest.raises(IdempotencyError):
        world.service.propose(intent, SIGNATURE, not_before_ms=START + 1)
    with pytest.raises(ProposalError, match="another's"):
        world.service.propose(replace(intent, idempotency_key="order-of-another"), SIGNATURE)
    assert world.service.propose(replace(again, initiator="ed25519:other"), SIGNATURE).intent.id == again.id


def test_many_at_once_under_one_key_make_one_transfer(world: World) -> None:
    intent = world.make()
    intents = [replace(intent, id=world.ids.new()) for _ in range(4)]
    gate, answers, failures = Barrier(4), list[Transfer](), list[Exception]()

    def ask(intent: Intent) -> None:
        gate.wait()
        try:
            answers.append(world.service.propose(intent, SIGNATURE))
        except Exception as error:  # noqa: BLE001  whatever it is, the test says so
            failures.append(error)

    threads = [Thread(target=ask, args=[intent]) for intent in intents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len({answer.intent.id for answer in answers}) == 1
    assert len(world.service.list()) == 1


def test_what_nothing_can_come_of_is_refused_and_leaves_nothing(world: World) -> None:
    intent = world.make()
    with pytest.raises(ProposalError, match="another deployment"):
        world.service.propose(replace(intent, deployment=world.ids.new()), SIGNATURE)
    with pytest.raises(RefusedError, match="initiator"):
        world.service.propose(intent, b"forged")
    until_ms = intent.bounds.valid_until_ms
    with pytest.raises(TransferOverError):
        world.service.propose(intent, SIGNATURE, not_before_ms=until_ms + 1)
    world.clock.set_now_ms(until_ms + 1)
    with pytest.raises(TransferOverError):
        world.service.propose(intent, SIGNATURE)
    with pytest.raises(NoTransferError):
        world.service.show(intent.id)
    with pytest.raises(NoTransferError):
        world.service.cancel(intent.id)
    assert world.service.list() == ()


def test_a_vault_takes_so_many_unfinished_ones(world: World) -> None:
    few = Transfers(world.database, world.rows, world, world.deployment, max_open=2)
    first, second, third = (world.make() for _ in range(3))
    few.propose(first, SIGNATURE)
    few.propose(second, SIGNATURE)
    with pytest.raises(TransfersBusyError) as caught:
        few.propose(third, SIGNATURE)
    assert caught.value.retryable
    assert few.propose(second, SIGNATURE).intent == second, "what stands is answered all the same"
    few.propose(replace(third, vault=world.vaults[1]), SIGNATURE)
    few.cancel(first.id)
    few.propose(replace(third, id=world.ids.new(), idempotency_key="later"), SIGNATURE)


def test_approvals_are_counted_once_and_a_rejection_ends_it(world: World) -> None:
    one, two = world.make(rule=1), world.make(rule=1)
    for intent in (one, two):
        world.service.propose(intent, SIGNATURE)
    world.work()
    assert {state(world, intent).owner for intent in (one, two)} == {Owner.APPROVERS}
    with pytest.raises(RefusedError, match="another intent"):
        world.service.approve(one.id, world.decision(two, Decision.APPROVE))
    world.service.approve(one.id, world.decision(one, Decision.APPROVE))
    world.service.approve(one.id, world.decision(one, Decision.APPROVE))
    world.service.approve(two.id, world.decision(two, Decision.REJECT))
    assert kinds(world, one.id).count("approval") == 1
    world.work()
    assert (state(world, one).state, state(world, two).state) == (State.BROADCAST, State.DENIED)
    for intent in (one, two):
        with pytest.raises(TransferStateError, match="no approvals"):
            world.service.approve(intent.id, world.decision(intent, Decision.APPROVE))
    assert len(world.service.show(one.id).approvals) == 1


def test_a_cancel_before_and_after_the_signature(world: World) -> None:
    early, late = world.make(), world.make()
    world.service.propose(early, SIGNATURE)
    assert world.service.cancel(early.id).state is State.CANCELLED
    assert world.service.cancel(early.id).state is State.CANCELLED, "asked twice"
    world.service.propose(late, SIGNATURE)
    world.work()
    with pytest.raises(TransferStateError, match="sent"):
        world.service.cancel(late.id)
    world.until_ended()
    assert not world.chain.of_intent(early.id)
    assert len(world.chain.of_intent(late.id)) == 1


@pytest.mark.parametrize("scope", list(Scope))
def test_a_freeze_holds_what_it_covers_and_nothing_is_lost(world: World, scope: Scope) -> None:
    intent = world.make()
    other = replace(world.make(source=1), vault=world.vaults[1], destination=AccountId.parse(ACCOUNTS[1]))
    other = replace(other, initiator="ed25519:other")
    value = {
        Scope.ALL: "",
        Scope.VAULT: intent.vault,
        Scope.ACCOUNT: intent.source,
        Scope.DESTINATION: intent.destination,
        Scope.INITIATOR: intent.initiator,
        Scope.CHAIN: intent.chain,
    }[scope]
    freeze = Frozen(scope, str(value))
    world.service.propose(intent, SIGNATURE)
    assert world.service.freeze(freeze)
    assert not world.service.freeze(freeze), "it stands already"
    world.service.propose(other, SIGNATURE)
    world.work()
    assert (state(world, intent).state, state(world, intent).owner) == (State.PROPOSED, Owner.OPERATOR)
    covered = scope in {Scope.ALL, Scope.CHAIN}
    assert state(world, other).state is (State.PROPOSED if covered else State.BROADCAST)
    assert world.service.freezes() == (freeze,)
    assert world.service.unfreeze(freeze)
    assert not world.service.unfreeze(freeze)
    world.until_ended()
    assert {state(world, one).state for one in (intent, other)} == {State.FINAL}


def test_a_freeze_leaves_an_entry_and_so_does_its_end(world: World) -> None:
    freeze = Frozen(Scope.CHAIN, "cosmos:cosmoshub-4")
    world.service.freeze(freeze)
    world.service.freeze(freeze)
    assert world.service.freezes() == (freeze,)
    world.service.unfreeze(freeze)
    assert world.service.freezes() == ()
    with world.database.read() as unit:
        said = [(entry.kind, entry.subject) for entry in unit.entries()]
    subject = "freeze:chain:cosmos:cosmoshub-4"
    assert said == [("freeze.begun", subject), ("freeze.ended", subject)]


def test_a_freeze_between_plan_and_signature_takes_the_plan_back(world: World) -> None:
    intent = world.make()
    world.service.propose(intent, SIGNATURE)
    world.work(until=State.PLANNED)
    world.service.freeze(Frozen(Scope.ALL))
    world.work()
    held = state(world, intent)
    assert (held.state, held.frozen, held.owner) == (State.PROPOSED, True, Owner.OPERATOR)
    assert not world.signer.signed
    world.service.unfreeze(Frozen(Scope.ALL))
    world.until_ended()
    assert state(world, intent).state is State.FINAL


def test_what_stands_too_long_is_reported(world: World) -> None:
    intent = world.make()
    world.service.propose(intent, SIGNATURE)
    assert world.service.late() == ()
    world.clock.advance_ms(60_001)
    assert [late.intent.id for late in world.service.late()] == [intent.id]
    assert world.service.list(vault=world.vaults[1]) == ()
    assert len(world.service.list(vault=intent.vault, states=frozenset({State.PROPOSED}))) == 1


def test_a_row_that_was_changed_is_not_what_its_entries_say(world: World) -> None:
    intent = world.make(rule=2)
    world.service.propose(intent, SIGNATURE)
    world.work()
    assert state(world, intent).state is State.DENIED
    with world.database.unit() as unit:
        unit.connection.execute(text("UPDATE transfer SET state = 'authorised', ended = 0"))
    with pytest.raises(TransferHistoryError, match="not what its entries say"):
        world.service.check(intent.id)
