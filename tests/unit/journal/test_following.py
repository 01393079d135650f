"""A process that publishes what others write: each second, through what is away for a while, never through a lie."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from log_keys import CryptoVerifier
from log_world import World

from jinku.journal import Flushed, Journal, JournalForkedError
from jinku.journal.following import PAUSE_SECONDS, follow


@pytest.fixture
def world() -> World:
    return World()


class Turns:
    """What happens between one run and the next; the following is over when nothing is left."""

    def __init__(self, *events: Callable[[], None]) -> None:
        self._events = list(events)
        self.pauses: list[float] = []

    def over(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        if not self._events:
            return True
        self._events.pop(0)()
        return False


def told(done: Flushed) -> tuple[int, str]:
    return (done.head.size if done.head else 0, done.held)


def nothing() -> None:
    """A second in which nobody writes."""


def test_each_second_what_others_wrote_is_published_and_told_once(world: World) -> None:
    said: list[tuple[int, str]] = []
    turns = Turns(lambda: world.rows.add(3), nothing, lambda: world.rows.add(2), nothing)
    follow(world.sequencer(), turns.over, lambda done: said.append(told(done)))
    assert said == [(0, ""), (3, ""), (5, "")]
    assert turns.pauses == [PAUSE_SECONDS] * 5 == [1.0] * 5
    assert [size for size, _ in world.signer.signed] == [3, 5]
    assert world.rows.holder == "", "between two runs the lease is anybody's"
    world.check()


def test_what_is_away_for_a_while_is_waited_for_and_told_once(world: World) -> None:
    said: list[tuple[int, str]] = []

    def lock() -> None:
        world.signer.held = "the signer's system keys are locked"
        world.rows.add(1)

    def unlock_and_fill_the_disk() -> None:
        world.signer.held = ""
        world.tiles.fault = lambda verb, _path: "full" if verb == "write" else ""

    def free_the_disk() -> None:
        world.tiles.fault = lambda _verb, _path: ""

    turns = Turns(lock, nothing, nothing, unlock_and_fill_the_disk, nothing, free_the_disk)
    follow(world.sequencer(), turns.over, lambda done: said.append(told(done)))
    held = "the signer's system keys are locked"
    assert said == [(0, ""), (0, held), (0, "the disk is full"), (1, "")]
    world.check()


def test_a_place_outside_that_is_silent_is_waited_for(world: World) -> None:
    said: list[tuple[int, str]] = []

    def answer() -> None:
        world.outside.silent = False

    world.outside.silent = True
    world.rows.add(2)
    follow(world.sequencer(), Turns(nothing, answer).over, lambda done: said.append(told(done)))
    assert said == [(0, "the last checkpoint known outside cannot be compared"), (2, "")]
    assert [size for size, _ in world.signer.signed] == [2], "nothing is signed unverified"
    world.check()


def test_what_contradicts_itself_ends_it(world: World) -> None:
    world.rows.add(5)
    turns = Turns(*[lambda: world.rows.add(1)] * 9)
    world.sequencer().flush()
    world.outside.note = None
    world.signer.last = (5, b"x" * 32)
    with pytest.raises(JournalForkedError):
        follow(world.sequencer(), turns.over, lambda _done: None)
    assert len(turns.pauses) == 1


def test_beside_a_command_it_begins_after_a_second(world: World) -> None:
    keys = world.signer.keys
    journal = Journal(world.rows, world.tiles, CryptoVerifier(), keys, lambda _: world.sequencer())
    world.rows.add(1)
    journal.follow(Turns().over, lambda _done: None, at_once=False)
    assert world.signer.signed == [], "a short command publishes at its end only"
    journal.follow(Turns(nothing).over, lambda _done: None, at_once=False)
    assert [size for size, _ in world.signer.signed] == [1]
