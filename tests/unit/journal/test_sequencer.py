"""The sequencer in a simulated world: killed, paused, lied to, restored from old copies; one tree, or none."""

from __future__ import annotations

import copy
import itertools

import pytest
from log_keys import MemoryLogSigner
from log_world import MemoryWitnesses, World

from jinku.core import RefusedError
from jinku.journal import (
    CheckpointDamagedError,
    JournalBehindError,
    JournalForkedError,
    OutsideSilentError,
    Step,
    TileDamagedError,
    TileStoreError,
    WitnessQuorumError,
)
from jinku.journal.notes import read_note
from jinku.journal.sequencer import LEASE_MS

STEPS = list(Step)


@pytest.fixture
def world() -> World:
    return World()


def head(world: World) -> int:
    note = world.tiles.published()
    return read_note(note).size if note else 0


def test_all_that_waited_is_under_one_checkpoint(world: World) -> None:
    world.rows.add(700)
    done = world.sequencer().flush()
    assert (done.integrated, done.waiting, done.held) == (700, 0, "")
    assert head(world) == 700
    assert world.outside.note == world.tiles.published() == world.rows.notes[-1][2]
    assert {"tile/0/000", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"} <= world.tiles.files.keys()
    assert {"tile/entries/000", "tile/entries/001", "tile/entries/002.p/188"} <= world.tiles.files.keys()
    world.check()


def test_nothing_to_do_asks_nobody(world: World) -> None:
    world.rows.add(3)
    world.sequencer().flush()
    world.outside.silent = True
    again = world.sequencer().flush()
    assert (again.integrated, again.held, len(world.signer.signed)) == (0, "", 1)


@pytest.mark.parametrize("killed_at", range(len(STEPS)))
def test_killed_after_any_step_the_next_start_carries_on(world: World, killed_at: int) -> None:
    for turn in range(3):
        world.rows.add(300)
        for _ in itertools.islice(world.sequencer(f"run {turn}").steps(), killed_at + 1):
            pass  # and then the process is gone: its generator is never resumed
        world.clock.advance_ms(LEASE_MS + 1)
        world.check()
    done = world.sequencer("last").flush()
    assert (done.waiting, head(world)) == (0, 900)
    world.check()


@pytest.mark.parametrize("paused_at", range(len(STEPS)))
def test_a_holder_that_wakes_up_does_no_harm(world: World, paused_at: int) -> None:
    world.rows.add(300)
    sleeper = world.sequencer("sleeper").steps()
    for _ in itertools.islice(sleeper, paused_at + 1):
        pass
    world.clock.advance_ms(LEASE_MS + 1)
    world.rows.add(300)
    other = world.sequencer("other").flush()
    assert other.waiting == 0
    before, published = dict(world.tiles.files), world.tiles.published()
    for _ in sleeper:  # it wakes up in the middle
        pass
    assert world.tiles.published() == published
    assert {path: data for path, data in world.tiles.files.items() if before.get(path, data) != data} == {}
    assert head(world) == 600
    world.check()


def test_two_at_once_one_works(world: World) -> None:
    world.rows.add(10)
    first = world.sequencer("first").steps()
    next(first)
    assert "another process" in world.sequencer("second").flush().held
    assert head(world) == 0
    for _ in first:
        pass
    assert head(world) == 10


def test_locked_keys_leave_the_entries_waiting(world: World) -> None:
    world.rows.add(10)
    world.signer.held = "the system keys are locked"
    done = world.sequencer().flush()
    assert (done.held, done.waiting, done.integrated) == ("the system keys are locked", 10, 0)
    world.signer.held = ""
    assert world.sequencer().flush().waiting == 0


@pytest.mark.parametrize("fault", ["full", "late", "late but done"])
@pytest.mark.parametrize("nth", range(5))
def test_a_store_that_fails_is_asked_again(world: World, fault: str, nth: int) -> None:
    world.rows.add(300)
    calls = itertools.count()
    world.tiles.fault = lambda _verb, _path: fault if next(calls) == nth else ""
    with pytest.raises(TileStoreError):
        world.sequencer().flush()
    assert head(world) == 0
    assert world.rows.holder == ""  # the lease is given back
    assert world.sequencer().flush().waiting == 0
    assert head(world) == 300
    world.check()


@pytest.mark.parametrize("kind", ["tile/0", "tile/1"])
def test_a_store_that_lies_about_success_gets_no_checkpoint(world: World, kind: str) -> None:
    world.rows.add(300)
    world.tiles.fault = lambda verb, path: "lie" if verb == "write" and path.startswith(kind) else ""
    with pytest.raises(TileDamagedError, match="missing"):
        world.sequencer().flush()
    assert world.signer.signed == []
    world.tiles.fault = lambda _verb, _path: ""
    assert world.sequencer().flush().waiting == 0
    world.check()


def test_a_publish_that_times_out_is_done_by_the_next_run(world: World) -> None:
    world.rows.add(5)
    world.tiles.fault = lambda verb, _path: "late" if verb == "publish" else ""
    with pytest.raises(TileStoreError):
        world.sequencer().flush()
    world.tiles.fault = lambda _verb, _path: ""
    world.sequencer().flush()
    assert head(world) == 5
    assert len(world.signer.signed) == 1  # the head that was recorded is published, not a second one


def test_a_clock_that_jumps_makes_no_second_tree(world: World) -> None:
    for jump in (0, 10**9, -(10**9), 5):
        world.rows.add(40)
        steps = world.sequencer("a").steps()
        next(steps)
        world.clock.set_now_ms(max(0, world.clock.now_ms() + jump))
        world.sequencer("b").flush()
        for _ in steps:
            pass
        world.check()
    world.clock.set_now_ms(1)
    world.clock.advance_ms(LEASE_MS * 10**6)
    world.sequencer("c").flush()
    assert head(world) == world.rows.size() == 160
    world.check()


def restored(world: World, change: int = 0) -> World:
    """A database from a backup taken now; store, signer and the place outside live on."""
    old = copy.deepcopy(world.rows)
    for _ in range(2):
        world.rows.add(50)
        world.sequencer().flush()
    world.rows = old
    world.rows.add(change, "other")
    return world


@pytest.mark.parametrize("lost", ["", "tiles", "outside", "signer", "tiles signer", "outside signer", "tiles outside"])
@pytest.mark.parametrize("change", [0, 1, 70])
def test_a_restored_old_database_never_forks(world: World, lost: str, change: int) -> None:
    world.rows.add(60)
    world.sequencer().flush()
    kept = dict(world.tiles.files)
    restored(world, change)
    if "tiles" in lost:  # the folder came back from the same backup
        world.tiles.files = kept
    if "outside" in lost:
        world.outside.note = None
    if "signer" in lost:
        world.signer.last = None
    signed = list(world.signer.signed)
    for _ in range(2):
        with pytest.raises(JournalBehindError, match="catch-up") as caught:
            world.sequencer().flush()
        assert caught.value.exit_code == 5
    assert world.signer.signed == signed
    assert world.rows.size() == 60  # no place was given that another copy of the database may have given


def test_another_tree_of_the_same_size_is_the_loudest_alarm(world: World) -> None:
    world.rows.add(60)
    twin = copy.deepcopy(world)
    twin.rows.add(1, "twin")
    twin.sequencer().flush()
    world.rows.add(5)
    world.sequencer().flush()
    world.outside.note = twin.outside.note  # somebody else's view
    world.rows.add(1)
    with pytest.raises(JournalForkedError, match="TWO TREES") as caught:
        world.sequencer().flush()
    assert caught.value.exit_code == 5
    (kept,) = [data for path, data in world.tiles.files.items() if path.startswith("evidence/")]
    assert twin.outside.note in kept
    assert b"journal.fork_found" in world.rows.rows[-1].content
    with pytest.raises(JournalForkedError):  # and it stays so
        world.sequencer().flush()


def test_a_signer_that_signed_another_tree_is_not_asked(world: World) -> None:
    world.rows.add(10)
    for _ in itertools.islice(world.sequencer().steps(), STEPS.index(Step.TILED) + 1):
        pass
    world.signer.last = (5, b"x" * 32)
    with pytest.raises(JournalForkedError, match="the signer"):
        world.sequencer().flush()
    assert world.signer.signed == []


def test_the_signer_refuses_a_fork_and_a_step_back_by_itself(world: World) -> None:
    world.rows.add(10)
    world.sequencer().flush()
    for size, root in [(9, b"x" * 32), (10, b"x" * 32), (11, b"x" * 32)]:
        with pytest.raises(RefusedError):
            world.signer.sign_checkpoint(size, root, [b"y" * 32])


def test_a_silent_place_outside_stops_the_first_signature(world: World) -> None:
    world.rows.add(2)
    world.outside.silent = True
    with pytest.raises(OutsideSilentError, match="--accept-unverified") as caught:
        world.sequencer().flush()
    assert caught.value.exit_code == 5
    assert head(world) == 0
    done = world.sequencer(accept_unverified=True).flush()
    assert done.waiting == 0
    assert b"journal.accepted_unverified" in world.rows.rows[-1].content


def test_a_damaged_or_foreign_checkpoint_outside_is_named(world: World) -> None:
    world.rows.add(2)
    world.sequencer().flush()
    good = world.outside.note or b""
    other = World(signer=MemoryLogSigner(origin="other.jinku"))
    other.rows.add(1)
    other.sequencer().flush()
    for note in (good[:-9] + b"AAAAAAA=\n", b"rubbish", other.outside.note):
        world.outside.note = note
        world.rows.add(1)
        with pytest.raises(CheckpointDamagedError, match="a place outside"):
            world.sequencer().flush()
    world.outside.note = good
    assert world.sequencer().flush().waiting == 0


def test_too_few_witnesses_hold_the_checkpoint_back(world: World) -> None:
    world.witnesses = MemoryWitnesses(needed=2, down=1)
    world.rows.add(4)
    with pytest.raises(WitnessQuorumError) as caught:
        world.sequencer().flush()
    assert caught.value.retryable
    assert head(world) == 0
    world.witnesses.down = 0
    world.sequencer().flush()
    note = world.tiles.published() or b""
    assert note.count(b"witness") == 2
    world.rows.add(500)
    world.sequencer().flush()
    assert world.witnesses.asked[-1][0] == 504
    assert world.witnesses.asked[-1][1] > 0  # with a proof from what the witness knew
    world.check()
