"""The rules of nonces and fees, for any figures."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jinku.chains import Level, stuck, survey
from jinku.chains.evm.fees import bumped, dynamic_fee, grown, legacy_price, median
from jinku.chains.evm.reading import History

counts = st.integers(0, 300)
reserved = st.sets(st.integers(0, 320), max_size=30)
wei = st.integers(0, 2**100)
histories = st.lists(
    st.builds(History, wei, st.lists(st.lists(wei, max_size=5).map(tuple), min_size=3, max_size=3).map(tuple)),
    min_size=1,
    max_size=5,
)


@given(counts, counts, reserved)
def test_every_nonce_is_in_one_place(latest: int, waiting: int, held: set[int]) -> None:
    pending = latest + waiting
    found = survey(latest, pending, held)
    assert found.next >= latest
    assert found.next not in held.union(found.outside)
    assert all(nonce in held or nonce in found.outside for nonce in range(latest, found.next))
    assert set(found.passed) == {nonce for nonce in held if nonce < latest}
    assert set(found.outside) == set(range(latest, pending)) - held
    above = [nonce for nonce in held if nonce >= latest]
    assert set(found.gaps) == set(range(latest, max(above, default=latest))) - held - set(found.outside)
    assert not found.gaps or found.gaps[0] == found.next


@given(counts, reserved, st.integers(1, 40))
def test_one_after_another_there_is_no_gap_and_no_nonce_twice(latest: int, held: set[int], count: int) -> None:
    given_out: list[int] = []
    for _ in range(count):
        given_out.append(survey(latest, latest, held.union(given_out)).next)
    assert len(set(given_out)) == count
    assert not held.intersection(given_out)
    done = survey(latest, latest, held.union(given_out))
    assert all(gap > given_out[-1] for gap in done.gaps)


def test_a_lie_about_waiting_ones_is_bounded() -> None:
    assert len(survey(0, 2**63, []).outside) == 4096


@given(
    counts, st.dictionaries(st.integers(0, 320), st.integers(0, 10**6)), st.integers(0, 10**6), st.integers(0, 10**6)
)
def test_only_the_next_one_due_is_stuck(latest: int, sent: dict[int, int], now: int, patience: int) -> None:
    found = stuck(latest, sent, now, patience)
    assert (found == latest) is (latest in sent and now - sent[latest] > patience)
    assert found in (None, latest)


@given(wei)
def test_a_replacement_is_an_eighth_more_and_no_more_than_needed(price: int) -> None:
    more = bumped(price)
    assert more > price
    assert 8 * more >= 9 * price
    assert more == price + 1 or 8 * (more - 1) < 9 * price


@given(wei, st.integers(0, 20))
def test_the_base_fee_never_outgrows_what_is_allowed_for(base: int, blocks: int) -> None:
    at_most = base
    for _ in range(blocks):  # EIP-1559 with full blocks: at least 1 more
        at_most += max(at_most // 8, 1)
    assert grown(base, blocks) >= at_most


@given(wei, histories)
def test_fees_rise_with_hurry_and_endpoints_cannot_push_the_base(base: int, told: list[History]) -> None:
    ordered = [History(one.next_base, (sorted(one.tips, key=median)[0],) * 3) for one in told]
    slow, normal, fast = (dynamic_fee(level, base, ordered) for level in Level)
    assert slow[0] <= normal[0] <= fast[0]
    for level, blocks in ((Level.SLOW, 4), (Level.NORMAL, 7), (Level.FAST, 13)):
        rate, tip = dynamic_fee(level, base, told)
        assert base + tip <= rate <= grown(base, blocks) + tip
        assert tip >= 1_000_000


@given(wei, wei, wei, st.permutations([0, 1, 2]))
def test_one_liar_of_three_moves_a_median_no_further_than_the_others(
    one: int, two: int, lie: int, order: list[int]
) -> None:
    values = [[one, two, lie][at] for at in order]
    assert min(one, two) <= median(values) <= max(one, two)


@given(st.lists(wei, max_size=5))
def test_a_legacy_price_is_never_nothing(told: list[int]) -> None:
    slow, normal, fast = (legacy_price(level, told) for level in Level)
    assert 1 <= slow <= normal <= fast
