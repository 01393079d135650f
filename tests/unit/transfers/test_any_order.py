"""No order of events breaks a promise, whatever is lost, told twice or told late."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from transfer_terms import END, NOW, PLANS, intent, judged, planned, signed

from jinku.core import (
    Outcome,
)
from jinku.transfers import (
    ENDS,
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
    Stage,
    State,
    Time,
    TransferHistoryError,
    TransferStateError,
    advance,
    propose,
)

_PLAN = st.sampled_from(PLANS)
_EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(judged, st.sampled_from(Outcome), st.sampled_from([0, NOW + 3, END + 9]), st.sampled_from(["b", "c"])),
    st.builds(Approvals, st.booleans(), st.sampled_from(["b", "c"]), st.booleans()),
    st.builds(Hold, st.just("policy.window"), st.sampled_from([NOW, NOW + 3])),
    st.builds(planned, _PLAN, st.one_of(st.none(), _PLAN)),
    st.builds(Asked, _PLAN),
    st.builds(Refused, _PLAN, st.just("slot.taken"), st.booleans(), st.booleans()),
    st.builds(signed, _PLAN),
    st.builds(Sent, _PLAN, st.sampled_from(Answer)),
    st.builds(Seen, _PLAN, st.sampled_from(Sight)),
    st.builds(Cancel, st.booleans()),
    st.builds(Freeze, st.booleans()),
    st.just(Time()),
)


@settings(max_examples=300, deadline=None)
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
        assert (transfer.state is State.FINAL) == (Stage.FINAL in stages)
        if transfer.state in {State.DENIED, State.EXPIRED, State.CANCELLED}:
            assert all(stage in {Stage.VOID, Stage.DISPLACED} for stage in stages), "nothing of it can land"
        live = [attempt for attempt in transfer.attempts if attempt.stage is not Stage.VOID]
        assert len(live) < 2 or transfer.intent.bounds.replaceable
        assert transfer.deadline_ms >= transfer.since_ms
        assert (transfer.state in ENDS) == (transfer.owner is Owner.NOBODY), "somebody has to act"
        undecided = [attempt for attempt in transfer.attempts if not attempt.dead]
        after = transfer.state not in {*ENDS, *_BEFORE_A_PLAN}
        assert not after or undecided, "what waits for a signer or a chain has a plan there"


_BEFORE_A_PLAN = {State.PROPOSED, State.SCREENED, State.AWAITING_APPROVAL, State.HELD, State.AUTHORISED}
