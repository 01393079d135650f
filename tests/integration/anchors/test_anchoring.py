"""The verbs on real parts: a log on either database, sources over HTTP, entries for what was done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from anchor_world import World, world_of
from calendars import calendar
from real_log import RealLog
from sqlalchemy import text
from stamping import STAMPING, Authority, certify, need_openssl, serving

from jinku.core import JinkuError, SystemClock
from jinku.journal import Checkpoint
from jinku.journal.adapters.anchor_rows import SqlAnchorRows
from jinku.journal.anchors import Anchor, AnchorKind, AnchorState, Proof, Said, SourceFacts, anchored
from jinku.journal.anchors.errors import AnchorDigestError, AnchorUnreachableError
from jinku.store import Database, DatabaseUrl, Place

RFC3161, OTS = AnchorKind.RFC3161, AnchorKind.OTS
ODD_ROWS = [("kind", "moon"), ("state", "done"), ("proof", "text"), ("root", 7), ("root", b"x"), ("size", -9)]


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    place: Place = tmp_path / "jinku.db"
    if request.param == "postgresql":
        place = DatabaseUrl.parse(request.getfixturevalue("postgres"))
    with Database.create(place, SystemClock()) as database:
        database.actor = "ed25519:" + "b" * 32
        yield world_of(RealLog(tmp_path, database))


@dataclass
class MemorySource:
    """A place that promises at once and completes when it is told; ``error`` is raised instead of anything."""

    error: JinkuError | None = None
    ready: bool = False
    asked: list[str] = field(default_factory=list)

    def _do(self, verb: str) -> None:
        self.asked.append(verb)
        if self.error is not None:
            raise self.error

    def submit(self, digest: bytes) -> Proof:
        self._do("submit")
        return Proof(AnchorState.PENDING, digest)

    def upgrade(self, digest: bytes, proof: Proof) -> Proof:
        self._do("upgrade")
        return Proof(AnchorState.COMPLETE, proof.data, b"done") if self.ready else proof

    def verify(self, digest: bytes, proof: Proof) -> Said:
        if proof.data != digest:
            raise AnchorDigestError("another digest")
        return Said(proof.state)


@dataclass
class MemorySources:
    by: dict[str, MemorySource]

    def open(self, facts: SourceFacts) -> MemorySource:
        return self.by[facts.place]


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[tuple[World, dict[str, MemorySource]]]:
    by = {"a": MemorySource(), "b": MemorySource()}
    with Database.create(tmp_path / "jinku.db", SystemClock()) as database:
        world = world_of(RealLog(tmp_path, database), MemorySources(by))
        for name in by:
            world.anchoring.add_source(SourceFacts(OTS, name))
        yield world, by


def test_both_kinds_from_the_first_submission_to_the_last_check(world: World, tmp_path: Path) -> None:
    need_openssl()
    root = certify("Root")
    authority = Authority(tmp_path / "tsa", certify("Leaf", root, usage=STAMPING))
    with serving(lambda _m, _p, body: (200, {}, authority.reply(body))) as tsa, calendar() as (made, server):
        world.anchoring.add_source(SourceFacts(RFC3161, tsa.url, {"ca": root.pem}))
        world.anchoring.add_source(SourceFacts(OTS, server.url, {"headers": server.url}))
        first, failed = world.run()
        assert not failed
        states = {(one.kind, one.proof.state) for one in first}
        assert states == {(RFC3161, AnchorState.COMPLETE), (OTS, AnchorState.PENDING)}
        assert {(one.size, one.root) for one in first} == {(9, world.journal.checkpoint().root)}
        assert world.run() == ([], [])  # nothing new was published
        made.mine()
        (done,), failed = world.run(OTS)
        assert (done.kind, done.proof.state, failed) == (OTS, AnchorState.COMPLETE, [])
    assert world.kinds() == [
        "journal.anchor_source_added",
        "journal.anchor_source_added",
        "journal.anchored",
        "journal.anchored",
        "journal.anchor_completed",
    ]
    assert (world.last()["size"], world.last()["proof"]) == ("9", done.proof.digest)
    looked = list(world.anchoring.look())  # nobody listens any more: it needs no network
    assert [one.error for one in looked] == [None, None]
    assert all(one.said is not None and one.said.at is not None for one in looked)
    world.journal.flush()
    assert [one.error for one in world.anchoring.look()] == [None, None]  # under the grown tree as well


def test_the_database_keeps_one_anchor_of_a_checkpoint_and_place(world: World) -> None:
    proof = Proof(AnchorState.PENDING, b"p")
    one = Anchor(9, bytes(32), OTS, "http://a", proof, 1, 1)
    assert world.rows.add(one, "s", {"n": 1})
    assert not world.rows.add(one, "s", {"n": 2})
    newer = Proof(AnchorState.COMPLETE, b"p", b"header")
    assert world.rows.complete(one, newer, "s", {"n": 3})
    assert not world.rows.complete(one, newer, "s", {"n": 4})  # it was changed since
    (kept,) = world.rows.anchors()
    assert kept.proof == newer
    assert world.rows.unfinished(OTS, "http://a", 8) == []
    assert world.rows.unfinished(OTS, "http://b", 9) == []
    assert world.rows.unfinished(OTS, "http://a", 9) == [kept]
    with world.log.database.read() as unit:
        assert [json.loads(entry.content)["n"] for entry in unit.entries(subject="s")] == [1, 3]


def test_what_fails_at_one_source_stops_no_other(memory: tuple[World, dict[str, MemorySource]]) -> None:
    world, by = memory
    by["a"].error = AnchorUnreachableError("nobody there")
    fresh, failed = world.run()
    assert [one.place for one in fresh] == [one.place for one in world.rows.anchors()] == ["b"]
    assert [error.code for error in failed] == ["anchor.unreachable"]
    by["a"].error = None
    fresh, failed = world.run()
    assert ([one.place for one in fresh], failed) == (["a"], [])
    by["b"].ready, by["a"].error = True, AnchorUnreachableError("nobody there")
    fresh, failed = world.run()
    assert [(one.place, one.proof.state) for one in fresh] == [("b", AnchorState.COMPLETE)]
    assert len(failed) == 1
    asked = len(by["b"].asked)
    world.run()
    assert len(by["b"].asked) == asked  # what is complete is asked for no more


def test_who_is_second_at_the_same_checkpoint_tells_of_nothing(
    memory: tuple[World, dict[str, MemorySource]], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _ = memory
    with monkeypatch.context() as blind:
        blind.setattr(SqlAnchorRows, "add", lambda *_: False)
        assert world.run() == ([], [])
    assert world.rows.anchors() == []
    assert len(world.run()[0]) == 2


def test_a_source_that_fails_holds_no_checkpoint(memory: tuple[World, dict[str, MemorySource]]) -> None:
    world, by = memory
    by["a"].error = by["b"].error = AnchorUnreachableError("nobody there")
    assert len(world.run()[1]) == 2
    world.log.fill(4)
    assert world.journal.flush().waiting == 0
    assert world.journal.checkpoint().size > 9


def test_each_checkpoint_has_its_own_and_older_promises_are_followed(
    memory: tuple[World, dict[str, MemorySource]],
) -> None:
    world, by = memory
    world.run()
    world.journal.flush()
    by["a"].ready = True
    fresh, _ = world.run()
    sizes = sorted((one.place, one.size, one.proof.state.value) for one in fresh)
    head = world.journal.checkpoint().size
    assert ("a", 9, "complete") in sizes
    assert ("a", head, "complete") in sizes
    assert ("b", head, "pending") in sizes
    assert [one.error for one in world.anchoring.look()] == [None] * 4


def test_sources_are_what_the_entries_say(memory: tuple[World, dict[str, MemorySource]]) -> None:
    world, _ = memory
    world.anchoring.remove_source(OTS, "a")
    assert [one.place for one in world.anchoring.sources()] == ["b"]
    assert [one.place for one in world.run()[0]] == ["b"]
    with pytest.raises(JinkuError) as caught:
        world.anchoring.remove_source(OTS, "a")
    assert (caught.value.code, caught.value.exit_code) == ("anchor.no_source", 4)
    world.anchoring.add_source(SourceFacts(OTS, "a", {"headers": "http://h"}))
    assert {one.place: dict(one.pins) for one in world.anchoring.sources()} == {"a": {"headers": "http://h"}, "b": {}}
    with pytest.raises(JinkuError) as caught:
        list(world.anchoring.run([RFC3161]))
    assert caught.value.code == "anchor.no_source"


def test_a_source_that_cannot_be_meant_leaves_no_entry(world: World) -> None:
    for facts in (
        SourceFacts(RFC3161, "http://a"),
        SourceFacts(OTS, "ftp://a"),
        SourceFacts(OTS, "http://a", {"headers": "x"}),
    ):
        with pytest.raises(JinkuError) as caught:
            world.anchoring.add_source(facts)
        assert caught.value.code == "anchor.source"
    assert world.kinds() == []
    assert list(world.anchoring.look()) == []


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("proof", b"\x00" * 32, "anchor.digest"),
        ("root", bytes(32), "anchor.digest"),
        ("size", 8, "anchor.digest"),
    ],
)
def test_a_changed_row_is_found(
    memory: tuple[World, dict[str, MemorySource]], column: str, value: object, code: str
) -> None:
    world, _ = memory
    world.run()
    with world.log.database.unit() as unit:
        unit.connection.execute(text("DELETE FROM journal_anchor WHERE place = 'b'"))
    world.change(column, value)
    *missing, one = world.anchoring.look()
    assert {(one.anchor.place, one.error and one.error.code) for one in missing} >= {("b", "anchor.missing")}
    assert one.error is not None
    assert (one.error.code, one.error.exit_code, one.said) == (code, 5, None)


def test_a_row_that_is_none_stops_no_other_source(memory: tuple[World, dict[str, MemorySource]]) -> None:
    world, _ = memory
    world.run()
    world.journal.flush()  # the entries of the anchors
    with world.log.database.unit() as unit:
        unit.connection.execute(text("UPDATE journal_anchor SET extra = 'text' WHERE place = 'a'"))
    fresh, failed = world.run()
    assert ([one.place for one in fresh], [error.code for error in failed]) == (["b"], ["anchor.garbled"])


@pytest.mark.parametrize(("column", "value"), ODD_ROWS)
def test_a_row_that_is_none_is_found(memory: tuple[World, dict[str, MemorySource]], column: str, value: object) -> None:
    world, _ = memory
    world.run(OTS)
    with world.log.database.unit() as unit:
        unit.connection.execute(text("DELETE FROM journal_anchor WHERE place = 'b'"))
    world.change(column, value)
    with pytest.raises(JinkuError) as caught:
        list(world.anchoring.look())
    assert (caught.value.code, caught.value.exit_code) == ("anchor.garbled", 5)


def test_an_anchor_of_a_tree_that_the_log_does_not_extend(memory: tuple[World, dict[str, MemorySource]]) -> None:
    """The proof holds, and it is over another tree: the log was rewritten since."""
    world, _ = memory
    digest = anchored(Checkpoint(world.journal.keys.origin, 5, bytes(32)))
    world.rows.add(Anchor(5, bytes(32), OTS, "a", Proof(AnchorState.COMPLETE, digest), 1, 1), "s", {})
    (one,) = world.anchoring.look()
    assert one.error is not None
    assert (one.error.code, one.error.exit_code) == ("anchor.rewritten", 5)
    assert bytes(32).hex() in str(one.error)
