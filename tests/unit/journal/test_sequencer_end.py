"""How a run ends: remembered outside for certain, its first error told, what it opened closed."""

from __future__ import annotations

import itertools
import threading
from queue import Empty, SimpleQueue
from typing import ClassVar

import pytest
from log_keys import CryptoVerifier
from log_world import MemoryOutside, World

from jinku.core import UnavailableError
from jinku.journal import OutsideSilentError, Step, TileStoreError
from jinku.journal.guard import Guard
from jinku.journal.notes import read_note
from jinku.journal.sequencer import LEASE_MS


@pytest.fixture
def world() -> World:
    return World()


def test_killed_before_it_was_remembered_the_next_run_remembers(world: World) -> None:
    world.rows.add(5)
    for _ in itertools.islice(world.sequencer().steps(), list(Step).index(Step.PUBLISHED) + 1):
        pass  # and then the process is gone
    world.clock.advance_ms(LEASE_MS + 1)
    published = world.tiles.published()
    assert published is not None
    assert world.outside.note is None
    done = world.sequencer("next").flush()  # nothing waits, and yet there is work
    assert (done.integrated, done.held, world.outside.note) == (0, "", published)
    assert len(world.signer.signed) == 1
    fence = world.rows.fence
    world.sequencer("last").flush()
    assert world.rows.fence == fence, "all is done: nobody takes the lease"


def test_a_place_that_could_not_be_written_is_told_later(world: World) -> None:
    world.rows.add(5)
    world.outside.deaf = True
    with pytest.raises(UnavailableError, match="cannot be written"):
        world.sequencer().flush()
    assert world.outside.note is None
    world.outside.deaf = False
    world.sequencer().flush()
    assert world.outside.note == world.tiles.published()


def test_a_place_far_away_is_not_asked_by_a_run_without_work(world: World) -> None:
    world.outside.near = False
    world.rows.add(5)
    world.sequencer().flush()
    world.outside.note, asked = None, world.outside.asked
    world.sequencer().flush()
    assert (world.outside.note, world.outside.asked) == (None, asked)
    world.rows.add(1)
    world.sequencer().flush()
    assert world.outside.note == world.tiles.published()


def test_the_first_error_is_told_when_the_lease_cannot_be_given_back(world: World) -> None:
    world.rows.add(300)

    def fault(verb: str, _path: str) -> str:
        world.rows.broken = verb == "write"
        return "full" if verb == "write" else ""

    world.tiles.fault = fault
    with pytest.raises(TileStoreError, match="full"):
        world.sequencer().flush()
    assert world.rows.holder == "one"  # it was not given back: it ends by itself
    world.rows.broken, world.tiles.fault = False, lambda _verb, _path: ""
    world.clock.advance_ms(LEASE_MS + 1)
    assert world.sequencer("two").flush().waiting == 0
    world.check()


def test_a_defect_is_not_taken_for_a_refusal(world: World) -> None:
    world.rows.add(1)

    def fault(_verb: str, _path: str) -> str:
        raise ZeroDivisionError

    world.tiles.fault = fault
    with pytest.raises(ZeroDivisionError):
        world.sequencer().flush()
    assert world.rows.holder == "one"


@pytest.mark.parametrize("held", ["", "the system keys are locked"])
def test_the_signer_is_closed_after_each_run(world: World, held: str) -> None:
    world.rows.add(1)
    world.signer.held = held
    world.sequencer().flush()
    assert world.signer.closed == 1
    world.rows.add(1)
    world.signer.held, world.tiles.fault = "", lambda _verb, _path: "full"
    with pytest.raises(TileStoreError):
        world.sequencer().flush()
    assert world.signer.closed == 2


class Hung(MemoryOutside):
    """Does not answer before the test ends."""

    def __init__(self, until: threading.Event, number: int) -> None:
        super().__init__()
        self.name = f"hung {number}"
        self._until = until

    def last(self) -> bytes | None:
        self._until.wait()
        return None


class Impatient(SimpleQueue[object]):
    """Waits for nothing, and notes how long it was to wait."""

    asked: ClassVar[list[float]] = []

    def get(self, block: bool = True, timeout: float | None = None) -> object:
        self.asked.append(timeout or 0.0)
        raise Empty


def guard(world: World, places: list[MemoryOutside]) -> Guard:
    return Guard(world.rows, world.tiles, CryptoVerifier(), world.signer.keys, places, silence_seconds=60)


def test_places_that_hang_have_one_moment_for_all_and_hold_no_process(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jinku.journal.guard.SimpleQueue", Impatient)
    Impatient.asked.clear()
    over = threading.Event()
    try:
        with pytest.raises(OutsideSilentError) as silent:
            guard(world, [Hung(over, number) for number in range(40)]).ask()
        assert str(silent.value.found).count("no answer in 60 s") == 40
        assert len(Impatient.asked) == 1, "once the moment is over, none is waited for by itself"
        assert 0 < Impatient.asked[0] <= 60
        hung = [thread for thread in threading.enumerate() if thread.name.startswith("ask hung")]
        assert len(hung) == 40
        assert all(thread.daemon for thread in hung), "they would be joined when the process ends"
    finally:
        over.set()


def test_the_places_that_answer_are_heard(world: World) -> None:
    world.rows.add(3)
    world.sequencer().flush()
    quiet = MemoryOutside()
    quiet.silent = True
    with pytest.raises(OutsideSilentError) as silent:
        guard(world, [world.outside, quiet, world.outside]).ask()
    assert silent.value.found == f"{quiet.name}: no answer"
    known = guard(world, [world.outside, MemoryOutside()]).ask()
    assert [one.who for one in known] == ["the published checkpoint", world.outside.name]


def test_a_defect_in_a_place_is_raised_not_waited_for(world: World) -> None:
    class Broken(MemoryOutside):
        def last(self) -> bytes | None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        guard(world, [Broken()]).ask()


def test_what_is_remembered_is_compared_to_the_byte(world: World) -> None:
    world.rows.add(3)
    world.sequencer().flush()
    note = world.outside.note or b""
    asking = guard(world, [world.outside])
    assert asking.remembered(note)
    world.rows.add(1)
    world.sequencer().flush()
    assert not asking.remembered(note)
    assert read_note(world.outside.note or b"").size == 4
    world.outside.silent = True
    assert asking.remembered(note), "silence is no work; the first signature asks again"
