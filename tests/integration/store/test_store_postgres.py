"""PostgreSQL passes the store's conformance suite, and keeps what writers side by side rely on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy.exc import DBAPIError
from store_conformance import StoreConformance

import jinku.accounts.adapters.tables
import jinku.custody.adapters.tables
import jinku.journal.adapters.tables  # noqa: F401  every table is declared
from jinku.core import JinkuError, Json, ManualClock, ParseError
from jinku.store import (
    ConcurrentChangeError,
    Database,
    DatabaseBusyError,
    DatabaseUrl,
    Queue,
)

CLOCK = ManualClock(1_700_000_000_000)


class TestPostgres(StoreConformance):
    """The whole suite on PostgreSQL."""

    @pytest.fixture(autouse=True)
    def _database(self, postgres: str) -> None:
        self.url = DatabaseUrl.parse(postgres)

    def make(self, clock: ManualClock) -> Database:
        return Database.open(self.url, clock)


@pytest.fixture
def url(postgres: str) -> DatabaseUrl:
    return DatabaseUrl.parse(postgres)


@pytest.fixture
def database(url: DatabaseUrl) -> Iterator[Database]:
    with Database.open(url, CLOCK) as database:
        yield database


def waits(work: Callable[[], None]) -> threading.Thread:
    """``work`` in a thread, which a moment later has not ended."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(0.3)
    assert thread.is_alive(), "it did not wait"
    return thread


def test_only_a_unit_that_says_so_waits_for_no_disk(database: Database) -> None:
    levels = []
    for durable in (True, False, True, False, True):
        with database.unit(durable) as unit:
            levels.append(unit.connection.exec_driver_sql("SHOW synchronous_commit").scalar_one())
    assert levels == ["on", "off", "on", "off", "on"]


# -- what writers side by side may rely on


def test_entries_of_one_subject_wait_for_each_other_and_others_do_not(database: Database) -> None:
    order: list[str] = []

    def append(subject: str, name: str) -> None:
        with database.unit() as unit:
            unit.append_entry("k", subject, {"by": name})
            order.append(name)

    with database.unit() as unit:
        first = unit.append_entry("k", "one", {"by": "first"})
        append("other", "stranger")  # does not wait
        second = waits(lambda: append("one", "second"))
        order.append("first")
    second.join()
    assert order == ["stranger", "first", "second"]
    with database.read() as unit:
        ids = [entry.row_id for entry in unit.entries(subject="one")]
    assert ids[0] == first.row_id
    assert ids == sorted(ids)
    assert len(ids) == 2


def test_a_batch_of_many_subjects_keeps_their_order_too(database: Database) -> None:
    many: list[tuple[str, str, dict[str, Json]]] = [("k", f"s{n}", {}) for n in range(200)]
    for begun, then in ((many, many[:1]), (many[:1], many), (many[:3], many[2:4])):
        with database.unit() as unit:
            earlier = unit.append_entries(begun)

            def append(wanted: list[tuple[str, str, dict[str, Json]]] = then) -> None:
                with database.unit() as late:
                    late.append_entries(wanted)

            late = waits(append)
        late.join()
        common = {subject for _, subject, _ in begun} & {subject for _, subject, _ in then}
        with database.read() as unit:
            for subject in common:
                last = [entry.row_id for entry in unit.entries(subject=subject)][-1]
                assert last > max(row for row, (_, about, _) in zip(earlier, begun, strict=True) if about == subject)


def test_entries_cannot_be_truncated(database: Database) -> None:
    with database.unit() as unit:
        unit.append_entry("k", "s", {})
    with pytest.raises(DBAPIError, match="append-only"), database.unit() as unit:
        unit.connection.exec_driver_sql("TRUNCATE entries")


def test_leasing_steps_over_what_another_unit_has_in_hand(database: Database) -> None:
    queue = Queue("work")
    with database.unit() as unit:
        queue.enqueue(unit, [("a", {}), ("b", {})])
    with database.unit() as one:
        (first,) = queue.lease(one, "one", 60_000)
        with database.unit() as two:
            (second,) = queue.lease(two, "two", 60_000, limit=2)
    assert (first.key, second.key) == ("a", "b")


def test_a_fence_is_checked_inside_the_unit_that_writes(url: DatabaseUrl) -> None:
    """While the holder's unit is open nobody takes the expired lease; once taken, the late holder's rows are gone."""
    clock, queue = ManualClock(1_000), Queue("work")
    with Database.open(url, clock) as database:
        with database.unit() as unit:
            queue.enqueue(unit, [("a", {})])
            (lease,) = queue.lease(unit, "slow", 100)
        clock.advance_ms(1_000)
        with database.unit() as unit:
            unit.append_entry("done", "a", {})
            queue.complete(unit, lease)
            with database.unit() as other:
                assert queue.lease(other, "fast", 100) == ()
        with database.unit() as unit:
            assert queue.size(unit) == 0


def test_a_held_name_makes_others_wait(database: Database) -> None:
    def take() -> None:
        with database.unit() as unit:
            unit.hold("name")

    with database.unit() as unit:
        unit.hold("name")
        with database.unit() as other:
            other.hold("another name")
        late = waits(take)
    late.join()


def test_two_that_wait_for_each_other_are_told_apart(database: Database) -> None:
    found: list[JinkuError] = []
    met = threading.Barrier(2)

    def cross(first: str, second: str) -> None:
        try:
            with database.unit() as unit:
                unit.hold(first)
                met.wait()
                unit.hold(second)
        except JinkuError as error:
            found.append(error)

    threads = [threading.Thread(target=cross, args=names) for names in (("x", "y"), ("y", "x"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (error,) = found
    assert isinstance(error, ConcurrentChangeError)
    assert error.retryable


def test_nobody_waits_for_ever(url: DatabaseUrl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jinku.store.database.BUSY_SECONDS", 0.2)
    with Database.open(url, CLOCK) as one, Database.open(url, CLOCK) as two, one.unit() as unit:
        unit.hold("name")
        with pytest.raises(DatabaseBusyError) as caught, two.unit() as late:
            late.hold("name")
        assert caught.value.retryable


def test_a_read_is_one_snapshot_that_writes_nothing(database: Database) -> None:
    with database.read() as reader:
        assert list(reader.entries()) == []
        with database.unit() as unit:
            unit.append_entry("k", "s", {})
        assert list(reader.entries()) == []
        with pytest.raises(DBAPIError, match="read-only"):
            reader.connection.exec_driver_sql("INSERT INTO outbox (topic, payload, created_at_ms) VALUES ('t', '', 1)")


def test_a_text_with_a_zero_is_refused(database: Database) -> None:
    with pytest.raises(ParseError, match="zero"), database.unit() as unit:
        Queue("work").enqueue(unit, [("a\x00b", {})])
