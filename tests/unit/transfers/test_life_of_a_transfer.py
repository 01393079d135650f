"""Every way that a transfer can go, and what cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from transfer_terms import (
    ALLOWED,
    ASKED,
    BUMPED,
    END,
    NOW,
    OUT,
    PLANNED,
    SIGNED,
    WANTED,
    A,
    B,
    C,
    intent,
    judged,
    planned,
    play,
    signed,
)

from jinku.core import (
    Outcome,
)
from jinku.transfers import (
    Answer,
    Approvals,
    Asked,
    Cancel,
    Event,
    Freeze,
    Hold,
    Owner,
    Refused,
    Seen,
    Sent,
    Sight,
    Signed,
    Stage,
    State,
    Time,
    TransferHistoryError,
    TransferStateError,
    advance,
    propose,
)


@pytest.mark.parametrize(
    ("events", "state", "owner"),
    [
        ((), State.PROPOSED, Owner.WORKER),
        ((judged(Outcome.DENY),), State.SCREENED, Owner.WORKER),
        ((judged(Outcome.DENY), Time()), State.DENIED, Owner.NOBODY),
        ((judged(Outcome.HOLD, NOW + 5), Time()), State.HELD, Owner.WORKER),
        ((judged(Outcome.HOLD, NOW + 5), Time(), judged(Outcome.ALLOW)), State.HELD, Owner.WORKER),
        ((judged(Outcome.THROTTLE, NOW), Time(), Time()), State.HELD, Owner.WORKER),
        (WANTED, State.AWAITING_APPROVAL, Owner.APPROVERS),
        ((*WANTED, judged(Outcome.REQUIRE_APPROVAL)), State.AWAITING_APPROVAL, Owner.APPROVERS),
        ((*WANTED, Approvals(False, "b")), State.AWAITING_APPROVAL, Owner.APPROVERS),
        ((*WANTED, Approvals(True, "of old effects")), State.AWAITING_APPROVAL, Owner.APPROVERS),
        ((*WANTED, Approvals(True, "b")), State.AUTHORISED, Owner.WORKER),
        ((*WANTED, Approvals(False, "b", rejected=True)), State.DENIED, Owner.NOBODY),
        ((*ALLOWED, Hold("policy.window", NOW + 9)), State.HELD, Owner.WORKER),
        (ALLOWED, State.AUTHORISED, Owner.WORKER),
        ((*ALLOWED, judged(Outcome.DENY)), State.SCREENED, Owner.WORKER),
        (PLANNED, State.PLANNED, Owner.SIGNER),
        (ASKED, State.PLANNED, Owner.SIGNER),
        ((*PLANNED, Refused(A, "gap", retryable=True)), State.PROPOSED, Owner.WORKER),
        ((*ASKED, Refused(A, "slot.taken", retryable=True)), State.PROPOSED, Owner.WORKER),
        ((*ASKED, Refused(A, "evidence.policy", retryable=False)), State.DENIED, Owner.NOBODY),
        ((*ASKED, Refused(A, "evidence.time", retryable=False, never=False)), State.PLANNED, Owner.SIGNER),
        (SIGNED, State.SIGNED, Owner.WORKER),
        ((*SIGNED, Sent(A, Answer.NONE)), State.UNKNOWN, Owner.WORKER),
        ((*SIGNED, Sent(A, Answer.REFUSED, "low")), State.SIGNED, Owner.WORKER),
        (OUT, State.BROADCAST, Owner.CHAIN),
        ((*OUT, Seen(A, Sight.ABSENT)), State.SIGNED, Owner.WORKER),
        ((*OUT, Seen(A, Sight.INCLUDED)), State.INCLUDED, Owner.CHAIN),
        ((*OUT, Seen(A, Sight.INCLUDED), Seen(A, Sight.SEEN)), State.BROADCAST, Owner.CHAIN),
        ((*OUT, Seen(A, Sight.FINAL)), State.FINAL, Owner.NOBODY),
        ((*OUT, Seen(A, Sight.REVERTED)), State.FAILED, Owner.NOBODY),
        ((*OUT, Seen(A, Sight.DISPLACED)), State.FAILED, Owner.NOBODY),
        ((*OUT, planned(B, A)), State.BROADCAST, Owner.CHAIN),
        ((*BUMPED, Refused(B, "tx.bounds", retryable=False)), State.BROADCAST, Owner.CHAIN),
        ((*BUMPED, signed(B), Seen(A, Sight.DISPLACED)), State.SIGNED, Owner.WORKER),
        ((*BUMPED, signed(B), Sent(B, Answer.TAKEN), Seen(B, Sight.FINAL)), State.FINAL, Owner.NOBODY),
        ((*BUMPED, Seen(A, Sight.DISPLACED)), State.PLANNED, Owner.SIGNER),
        ((*BUMPED, Seen(A, Sight.DISPLACED), Refused(B, "x", retryable=True)), State.FAILED, Owner.NOBODY),
        ((*BUMPED, Refused(B, "x", retryable=True), Seen(A, Sight.DISPLACED)), State.FAILED, Owner.NOBODY),
        ((Cancel(),), State.CANCELLED, Owner.NOBODY),
        ((*PLANNED, Cancel()), State.CANCELLED, Owner.NOBODY),
        ((*ASKED, Cancel()), State.PLANNED, Owner.OPERATOR),
        ((*ASKED, Cancel(), Cancel(on=False)), State.PLANNED, Owner.SIGNER),
        ((*ASKED, Cancel(), Refused(A, "x", retryable=True)), State.CANCELLED, Owner.NOBODY),
        ((*ASKED, Cancel(), signed(A)), State.SIGNED, Owner.OPERATOR),
        ((*ASKED, Cancel(), signed(A), Sent(A, Answer.TAKEN)), State.BROADCAST, Owner.CHAIN),
        ((*SIGNED, Cancel(), Seen(A, Sight.DISPLACED)), State.CANCELLED, Owner.NOBODY),
        ((*ALLOWED, Freeze(on=True)), State.AUTHORISED, Owner.OPERATOR),
        ((*ALLOWED, Freeze(on=True), Freeze(on=False)), State.AUTHORISED, Owner.WORKER),
        ((Freeze(on=True), Cancel()), State.CANCELLED, Owner.NOBODY),
        ((*SIGNED, Freeze(on=True)), State.SIGNED, Owner.OPERATOR),
        ((*OUT, Freeze(on=True)), State.BROADCAST, Owner.CHAIN),
        ((*OUT, Freeze(on=True), Seen(A, Sight.ABSENT)), State.SIGNED, Owner.WORKER),
    ],
)
def test_each_way(events: tuple[Event, ...], state: State, owner: Owner) -> None:
    transfer = play(*events)
    assert (transfer.state, transfer.owner) == (state, owner)
    assert transfer.deadline_ms >= transfer.since_ms


@pytest.mark.parametrize(
    ("events", "error"),
    [
        ((planned(A),), TransferStateError),
        ((*ALLOWED, planned(A, B)), TransferHistoryError),
        ((*ALLOWED, Freeze(on=True), planned(A)), TransferStateError),
        ((*PLANNED, Freeze(on=True), Asked(A)), TransferStateError),
        ((*PLANNED, Refused(A, "gap", retryable=True), Asked(A)), TransferStateError),
        ((*PLANNED, signed(A)), TransferHistoryError),
        ((*ASKED, planned(B, A)), TransferStateError),
        ((*OUT, planned(B)), TransferHistoryError),
        ((*OUT, planned(B, A, frozenset({"8"}))), TransferHistoryError),
        ((*OUT, planned(B, A, frozenset())), TransferHistoryError),
        ((*OUT, planned(B, A), planned(C, A)), TransferHistoryError),
        ((*OUT, Seen(A, Sight.INCLUDED), planned(B, A)), TransferStateError),
        ((*OUT, replace(planned(A), digest="f" * 64)), TransferHistoryError),
        ((*OUT, planned(A, None, frozenset({"8"}))), TransferHistoryError),
        ((*OUT, Signed(A, "0xother")), TransferHistoryError),
        ((*OUT, Refused(A, "late", retryable=False)), TransferHistoryError),
        ((*OUT, Cancel()), TransferStateError),
        ((*OUT, Seen(A, Sight.ABSENT), Cancel()), TransferStateError),
        ((*OUT, Seen(A, Sight.FINAL), Cancel()), TransferStateError),
        ((*ASKED, Refused(A, "no", retryable=True), signed(A)), TransferHistoryError),
        ((*ALLOWED, signed(A)), TransferHistoryError),
        ((*ASKED, Sent(A, Answer.TAKEN)), TransferHistoryError),
        ((*ASKED, Seen(A, Sight.INCLUDED)), TransferHistoryError),
    ],
)
def test_what_cannot_be_is_an_error(events: tuple[Event, ...], error: type[Exception]) -> None:
    before = play(*events[:-1])
    with pytest.raises(error):
        advance(before, events[-1], NOW)


def test_other_effects_ask_for_approvals_again_and_the_same_do_not() -> None:
    met = play(*WANTED, Approvals(True, "b"))
    assert advance(met, judged(Outcome.REQUIRE_APPROVAL), NOW) == met
    assert advance(met, judged(Outcome.ALLOW, basis="c"), NOW) == met
    other = advance(advance(met, judged(Outcome.REQUIRE_APPROVAL, basis="c"), NOW), Time(), NOW)
    assert other.state is State.AWAITING_APPROVAL
    assert advance(other, Approvals(True, "b"), NOW) == other
    assert advance(other, Approvals(True, "c"), NOW).state is State.AUTHORISED


def test_an_intent_ends_by_time_only_while_no_signer_was_asked() -> None:
    late = END + 1
    before: tuple[tuple[Event, ...], ...] = ((), WANTED, (judged(Outcome.HOLD, END + 9), Time()), ALLOWED, PLANNED)
    for events in before:
        over = advance(play(*events), Time(), late)
        assert over.state is State.EXPIRED
        assert all(attempt.stage is Stage.VOID for attempt in over.attempts)
    for events in (ASKED, SIGNED, OUT):
        waits = play(*events)
        assert advance(waits, Time(), late).state is waits.state, "the chain decides"
    assert advance(play(), Time(), END).state is State.PROPOSED, "the last moment counts"
    with pytest.raises(TransferStateError, match="over"):
        advance(play(*ALLOWED), planned(A), late)
    with pytest.raises(TransferStateError, match="over"):
        advance(play(*PLANNED), Asked(A), late)
    assert advance(play(*ASKED), Refused(A, "evidence.time", retryable=False), late).state is State.EXPIRED


def test_it_is_planned_no_sooner_than_its_time() -> None:
    later = NOW + 60_000
    transfer = propose(intent(), NOW, not_before_ms=later)
    for event in ALLOWED:
        transfer = advance(transfer, event, NOW)
    assert transfer.deadline_ms >= later
    with pytest.raises(TransferStateError, match="not come"):
        advance(transfer, planned(A), later - 1)
    assert advance(transfer, planned(A), later).state is State.PLANNED


def test_a_hold_without_an_end_is_judged_anew_after_a_while() -> None:
    held = play(judged(Outcome.HOLD), Time())
    assert advance(held, Time(), held.hold_until_ms - 1).state is State.HELD
    assert advance(held, Time(), held.hold_until_ms).state is State.PROPOSED
    assert held.hold_until_ms > NOW


def test_a_replacement_needs_the_intents_leave() -> None:
    with pytest.raises(TransferHistoryError, match="forbids"):
        advance(play(*OUT, replaceable=False), planned(B, A), NOW)


def test_a_wait_that_starts_late_has_no_deadline_before_it() -> None:
    held = advance(play(), Hold("policy.window", NOW), END + 1)
    assert held.deadline_ms == held.since_ms == END + 1


def test_what_contradicts_an_end_is_an_alarm() -> None:
    gone = play(*SIGNED, Cancel(), Seen(A, Sight.DISPLACED))
    failed = play(*OUT, Seen(A, Sight.DISPLACED))
    done = play(*OUT, Seen(A, Sight.FINAL))
    bumped = play(*BUMPED, signed(B), Sent(B, Answer.TAKEN), Seen(B, Sight.FINAL))
    reverted = play(*OUT, Seen(A, Sight.REVERTED))
    alarms = [(gone, A, Sight.INCLUDED), (failed, A, Sight.FINAL), (failed, A, Sight.INCLUDED)]
    alarms += [
        (bumped, A, Sight.FINAL),
        (bumped, A, Sight.INCLUDED),
        (reverted, A, Sight.FINAL),
        (done, C, Sight.FINAL),
    ]
    alarms += [(done, A, sight) for sight in (Sight.ABSENT, Sight.SEEN, Sight.DISPLACED, Sight.REVERTED)]
    for transfer, plan, sight in alarms:
        with pytest.raises(TransferHistoryError, match="freeze the vault"):
            advance(transfer, Seen(plan, sight), NOW)
    quiet = [(done, A, Sight.FINAL), (done, A, Sight.INCLUDED), (bumped, A, Sight.DISPLACED), (gone, A, Sight.ABSENT)]
    for transfer, plan, sight in quiet:
        assert advance(transfer, Seen(plan, sight), NOW) == transfer
