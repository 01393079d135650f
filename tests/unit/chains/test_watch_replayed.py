"""Whatever the chain and its nodes do between two watches, its events in order are the chain: none twice, none lost."""

from __future__ import annotations

import pickle

from chain_terms import KEY, OURS, Rig, an_intent, signed
from hypothesis import given, settings
from hypothesis import strategies as st

from jinku.chains import BlockRef, BlockSeen, Cursor, Reorged, TxSeen, Watched
from jinku.core import AccountId, JinkuError

steps = st.one_of(
    st.tuples(st.just("mine"), st.integers(1, 4)),
    st.tuples(st.just("send"), st.just(0)),
    st.tuples(st.just("reorg"), st.integers(1, 5)),
    st.tuples(st.just("late"), st.integers(0, 11)),
    st.tuples(st.just("silent"), st.integers(0, 2)),
    st.tuples(st.just("restart"), st.just(0)),
    st.tuples(st.just("watch"), st.integers(1, 5)),
)
EXPECTED = ("chain.silent", "chain.behind", "chain.refused", "plan.outside_transaction")


class Reader:
    """What somebody keeps who is told of nothing but events."""

    def __init__(self, start: Watched) -> None:
        self.cursor = start.cursor
        self.blocks: list[BlockRef] = [start.cursor.tip]
        self.seen: list[tuple[BlockRef, str]] = []

    def take(self, found: Watched) -> None:
        for event in found.events:
            if isinstance(event, BlockSeen):
                assert event.block.height == self.blocks[-1].height + 1
                self.blocks.append(event.block)
            elif isinstance(event, Reorged):
                assert tuple(reversed(self.blocks[-len(event.lost) :])) == event.lost
                del self.blocks[-len(event.lost) :]
                assert self.blocks[-1] == event.onto
                self.seen = [(block, name) for block, name in self.seen if block not in event.lost]
            else:
                assert isinstance(event, TxSeen)
                assert event.block == self.blocks[-1]
                assert (event.block, event.id) not in self.seen
                self.seen.append((event.block, event.id))
        assert found.cursor.blocks == tuple(self.blocks[-len(found.cursor.blocks) :])
        kept: Cursor = pickle.loads(pickle.dumps(found.cursor))
        self.cursor = kept


def send(rig: Rig, number: int) -> None:
    intent = an_intent(amount=1 + number, tail=50 + number)
    plan = rig.planned(intent, tail=500 + number, at_ms=rig.clock.now_ms())
    rig.chain.broadcast(signed(intent, plan, KEY))  # to nodes that may be late: taken or not


def do(rig: Rig, reader: Reader, step: tuple[str, int], number: int) -> None:
    kind, value = step
    ours = {AccountId(rig.chain.chain, OURS)}
    if kind == "mine":
        rig.world.mine(value)
    elif kind == "reorg":
        depth = min(value, len(rig.world.blocks) - 1 - reader.blocks[0].height)  # below its start is too deep
        if depth:
            rig.world.reorg(depth)
    elif kind == "late":
        rig.nodes[value % 3].behind = value // 3
    elif kind == "silent":
        rig.nodes[value].silent = not rig.nodes[value].silent
    elif kind == "restart":
        rig.chain = rig.opened()
    elif kind == "watch":
        reader.take(rig.chain.watch(reader.cursor, ours, limit=value))
    else:
        send(rig, number)


@given(st.lists(steps, max_size=25))
@settings(max_examples=80, deadline=None)
def test_events_in_order_are_the_chain(chosen: list[tuple[str, int]]) -> None:
    rig = Rig(stale_seconds=10**9)
    rig.world.mine(10)
    reader = Reader(rig.chain.watch(None, set()))
    for number, step in enumerate(chosen):
        rig.clock.sleep_seconds(61)
        try:
            do(rig, reader, step, number)
        except JinkuError as error:
            if error.code not in EXPECTED:
                raise
    for node in rig.nodes:
        node.behind, node.silent = 0, False
    rig.clock.sleep_seconds(61)
    rig.world.mine()  # so that the quorum is not only behind
    ours = {AccountId(rig.chain.chain, OURS)}
    while (found := rig.chain.watch(reader.cursor, ours, limit=7)).events:
        reader.take(found)
    truth = [(block.hash, [one["hash"] for one in block.transactions]) for block in rig.world.blocks]
    start = reader.blocks[0].height
    assert [block.hash for block in reader.blocks] == [name for name, _ in truth[start:]]
    assert [name for _, name in reader.seen] == [one for _, those in truth[start + 1 :] for one in those]
