"""Every way that a transfer can go, and what cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jinku.core import (
    AccountId,
    AssetId,
    Bounds,
    Id,
    IdSource,
    Intent,
    IntentKind,
    ManualClock,
    Outcome,
    Reason,
    Verdict,
)
from jinku.transfers import (
    ENDS,
    Answer,
    Approvals,
    Cancel,
    Event,
    Freeze,
    Hold,
    Judged,
    Owner,
    Planned,
    Refused,
    Seen,
    Sent,
    Sight,
    Signed,
    Stage,
    State,
    Time,
    Transfer,
    TransferHistoryError,
    TransferStateError,
    advance,
    propose,
)

NOW = 1_700_000_000_000
END = NOW + 600_000
_IDS = IdSource(ManualClock(NOW), lambda count: bytes(range(count)))
PLANS = [_IDS.new() for _ in range(3)]
A, B, C = PLANS


def intent(replaceable: bool = True) -> Intent:
    chain = "eip155:1"
    return Intent(
        id=_IDS.new(),
        deployment=_IDS.new(),
        kind=IntentKind.TRANSFER,
        vault=_IDS.new(),
        source=AccountId.parse(f"{chain}:0x9858effd232b4033e47d90003d41ec34ecaeda94"),
        destination=AccountId.parse(f"{chain}:0x6fac4d18c912343bf86fa7049364dd4e424ab9c0"),
        asset=AssetId.parse(f"{chain}/slip44:60"),
        amount=1,
        bounds=Bounds(max_fee=10**15, valid_until_ms=END, replaceable=replaceable),
        initiator="ed25519:7f4c",
        reason_commitment=None,
        idempotency_key="order-1",
        created_at_ms=NOW,
    )


def judged(outcome: Outcome, until_ms: int = 0) -> Judged:
    return Judged(Verdict("policy", outcome, (Reason("policy.rule", "a rule says so"),)), until_ms)


def planned(plan: Id, replaces: Id | None = None) -> Planned:
    return Planned(plan, f"{PLANS.index(plan):064x}", replaces)


def signed(plan: Id) -> Signed:
    return Signed(plan, f"0x{PLANS.index(plan)}")


def play(*events: Event, now_ms: int = NOW, replaceable: bool = True) -> Transfer:
    transfer = propose(intent(replaceable), NOW)
    for event in events:
        transfer = advance(transfer, event, now_ms)
    return transfer


ALLOWED = (judged(Outcome.ALLOW), Time())
OUT = (*ALLOWED, planned(A), signed(A), Sent(A, Answer.TAKEN))


@pytest.mark.parametrize(
    ("events", "state", "owner"),
    [
        ((), State.PROPOSED, Owner.WORKER),
        ((judged(Outcome.DENY),), State.SCREENED, Owner.WORKER),
        ((judged(Outcome.DENY), Time()), State.DENIED, Owner.NOBODY),
        ((judged(Outcome.HOLD, NOW + 5), Time()), State.HELD, Owner.WORKER),
        ((judged(Outcome.THROTTLE, NOW), Time(), Time()), State.PROPOSED, Owner.WORKER),
        ((judged(Outcome.REQUIRE_APPROVAL), Time()), State.AWAITING_APPROVAL, Owner.APPROVERS),
        ((judged(Outcome.REQUIRE_APPROVAL), Time(), Approvals(met=False)), State.AWAITING_APPROVAL, Owner.APPROVERS),
        ((judged(Outcome.REQUIRE_APPROVAL), Time(), Approvals(met=True)), State.AUTHORISED, Owner.WORKER),
        ((judged(Outcome.REQUIRE_APPROVAL), Time(), Approvals(False, "cy")), State.DENIED, Owner.NOBODY),
        ((*ALLOWED, Hold("policy.window", NOW + 9)), State.HELD, Owner.WORKER),
        (ALLOWED, State.AUTHORISED, Owner.WORKER),
        ((*ALLOWED, planned(A)), State.PLANNED, Owner.SIGNER),
        ((*ALLOWED, planned(A), Refused(A, "slot.taken", retryable=True)), State.PROPOSED, Owner.WORKER),
        ((*ALLOWED, planned(A), Refused(A, "evidence.policy", retryable=False)), State.DENIED, Owner.NOBODY),
        ((*ALLOWED, planned(A), signed(A)), State.SIGNED, Owner.WORKER),
        ((*ALLOWED, planned(A), signed(A), Sent(A, Answer.NONE)), State.UNKNOWN, Owner.WORKER),
        ((*ALLOWED, planned(A), signed(A), Sent(A, Answer.REFUSED, "low")), State.SIGNED, Owner.WORKER),
        (OUT, State.BROADCAST, Owner.CHAIN),
        ((*OUT, Seen(A, Sight.ABSENT)), State.SIGNED, Owner.WORKER),
        ((*OUT, Seen(A, Sight.INCLUDED)), State.INCLUDED, Owner.CHAIN),
        ((*OUT, Seen(A, Sight.INCLUDED), Seen(A, Sight.SEEN)), State.BROADCAST, Owner.CHAIN),
        ((*OUT, Seen(A, Sight.FINAL)), State.FINAL, Owner.NOBODY),
        ((*OUT, Seen(A, Sight.REVERTED)), State.FAILED, Owner.NOBODY),
        ((*OUT, Seen(A, Sight.DISPLACED)), State.FAILED, Owner.NOBODY),
        ((*OUT, Cancel(), Seen(A, Sight.DISPLACED)), State.CANCELLED, Owner.NOBODY),
        ((*OUT, planned(B, A)), State.BROADCAST, Owner.CHAIN),
        ((*OUT, planned(B, A), Refused(B, "tx.bounds", retryable=False)), State.BROADCAST, Owner.CHAIN),
        ((*OUT, planned(B, A), signed(B), Seen(A, Sight.DISPLACED)), State.SIGNED, Owner.WORKER),
        ((*OUT, planned(B, A), signed(B), Sent(B, Answer.TAKEN), Seen(B, Sight.FINAL)), State.FINAL, Owner.NOBODY),
        ((Cancel(),), State.CANCELLED, Owner.NOBODY),
        ((*ALLOWED, planned(A), Cancel()), State.PLANNED, Owner.SIGNER),
        ((*ALLOWED, planned(A), Cancel(), Refused(A, "x", retryable=True)), State.CANCELLED, Owner.NOBODY),
        ((*ALLOWED, Freeze(on=True)), State.AUTHORISED, Owner.OPERATOR),
        ((*ALLOWED, Freeze(on=True), Freeze(on=False)), State.AUTHORISED, Owner.WORKER),
        ((*OUT, Freeze(on=True)), State.BROADCAST, Owner.CHAIN),
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
        ((*ALLOWED, Freeze(on=True), planned(A)), TransferStateError),
        ((*OUT, planned(B)), TransferHistoryError),
        ((*OUT, planned(B, A), planned(C, A)), TransferHistoryError),
        ((*OUT, replace(planned(A), digest="f" * 64)), TransferHistoryError),
        ((*OUT, Signed(A, "0xother")), TransferHistoryError),
        ((*OUT, Refused(A, "late", retryable=False)), TransferHistoryError),
        ((*ALLOWED, planned(A), Refused(A, "no", retryable=True), signed(A)), TransferHistoryError),
        ((*ALLOWED, signed(A)), TransferHistoryError),
        ((*ALLOWED, planned(A), Sent(A, Answer.TAKEN)), TransferHistoryError),
        ((*ALLOWED, planned(A), Seen(A, Sight.INCLUDED)), TransferHistoryError),
    ],
)
def test_what_cannot_be_is_an_error(events: tuple[Event, ...], error: type[Exception]) -> None:
    before = play(*events[:-1])
    with pytest.raises(error):
        advance(before, events[-1], NOW)


def test_an_intent_ends_by_time_only_while_nothing_of_it_is_signed() -> None:
    late = END + 1
    before: tuple[tuple[Event, ...], ...] = (
        (),
        (judged(Outcome.REQUIRE_APPROVAL), Time()),
        (judged(Outcome.HOLD, END + 9), Time()),
        ALLOWED,
    )
    for events in before:
        assert advance(play(*events), Time(), late).state is State.EXPIRED
    afterwards: tuple[tuple[Event, ...], ...] = ((*ALLOWED, planned(A)), (*ALLOWED, planned(A), signed(A)), OUT)
    for events in afterwards:
        waits = play(*events)
        assert advance(waits, Time(), late).state is waits.state, "the chain decides"
    assert advance(play(), Time(), END).state is State.PROPOSED, "the last moment counts"


def test_a_replacement_needs_the_intents_leave() -> None:
    fixed = play(*OUT, replaceable=False)
    with pytest.raises(TransferHistoryError, match="forbids"):
        advance(fixed, planned(B, A), NOW)
    with pytest.raises(TransferStateError, match="forbids"):
        advance(fixed, Cancel(), NOW)


def test_an_effect_after_an_end_without_one_is_an_alarm() -> None:
    gone = play(*OUT, Cancel(), Seen(A, Sight.DISPLACED))
    with pytest.raises(TransferHistoryError, match="freeze the vault"):
        advance(gone, Seen(A, Sight.INCLUDED), NOW)
    done = play(*OUT, Seen(A, Sight.FINAL))
    assert advance(done, Seen(A, Sight.FINAL), NOW) == done


_PLAN = st.sampled_from(PLANS)
_EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(judged, st.sampled_from(Outcome), st.sampled_from([0, NOW + 3, END + 9])),
    st.builds(Approvals, st.booleans(), st.sampled_from(["", "cy"])),
    st.builds(Hold, st.just("policy.window"), st.sampled_from([NOW, NOW + 3])),
    st.builds(planned, _PLAN, st.one_of(st.none(), _PLAN)),
    st.builds(Refused, _PLAN, st.just("slot.taken"), st.booleans()),
    st.builds(signed, _PLAN),
    st.builds(Sent, _PLAN, st.sampled_from(Answer)),
    st.builds(Seen, _PLAN, st.sampled_from(Sight)),
    st.just(Cancel()),
    st.builds(Freeze, st.booleans()),
    st.just(Time()),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(_EVENTS, st.integers(0, 200_000)), max_size=40), st.booleans())
def test_no_order_of_events_breaks_a_promise(steps: list[tuple[Event, int]], replaceable: bool) -> None:
    transfer, now = propose(intent(replaceable), NOW), NOW
    for event, later in steps:
        now += later
        before = transfer
        try:
            transfer = advance(before, event, now)
        except (TransferHistoryError, TransferStateError):
            continue
        assert before.state not in ENDS or transfer == before, "an end is an end"
        if not isinstance(event, Time):
            assert advance(transfer, event, now) == transfer, "told twice, it happened once"
        stages = [attempt.stage for attempt in transfer.attempts]
        if transfer.state is State.FINAL:
            assert Stage.INCLUDED in stages
        if transfer.state in {State.DENIED, State.EXPIRED, State.CANCELLED}:
            assert all(stage in {Stage.VOID, Stage.DISPLACED} for stage in stages), "nothing of it can land"
        live = [attempt for attempt in transfer.attempts if attempt.signed]
        assert len(live) < 2 or transfer.intent.bounds.replaceable
        assert transfer.deadline_ms >= transfer.since_ms
        assert transfer.state in ENDS or transfer.owner is not Owner.NOBODY, "somebody has to act"
