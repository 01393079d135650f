"""What every engine behind ``Database`` must do. A test module subclasses it and says how a database is made."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from jinku.core import JinkuError, ManualClock, ParseError, UsageError
from jinku.store import Database, LeaseLostError, Queue


class StoreConformance:
    """Unit of work, entries, outbox, leases."""

    def make(self, clock: ManualClock) -> Database:
        raise NotImplementedError

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(1_700_000_000_000)

    @pytest.fixture
    def database(self, clock: ManualClock) -> Iterator[Database]:
        with self.make(clock) as database:
            yield database

    # -- unit of work

    def test_a_unit_commits_everything(self, database: Database) -> None:
        with database.unit() as unit:
            unit.append_entry("a", "s", {"n": 1})
            unit.publish("t", {"n": 1})
            Queue("q").enqueue(unit, [("k", {})])
        with database.read() as unit:
            assert len(list(unit.entries())) == 1
            assert len(unit.outbox()) == 1
            assert Queue("q").size(unit) == 1

    def test_a_unit_that_raises_leaves_nothing(self, database: Database) -> None:
        with pytest.raises(ZeroDivisionError), database.unit() as unit:  # noqa: PT012
            unit.append_entry("a", "s", {"n": 1})
            unit.publish("t", {"n": 1})
            Queue("q").enqueue(unit, [("k", {})])
            raise ZeroDivisionError
        with database.read() as unit:
            assert list(unit.entries()) == []
            assert unit.outbox() == ()
            assert Queue("q").size(unit) == 0

    def test_a_reader_sees_only_what_was_committed(self, database: Database) -> None:
        with database.unit() as writer:
            writer.append_entry("a", "s", {})
            with database.read() as reader:
                assert list(reader.entries()) == []
        with database.read() as reader:
            assert len(list(reader.entries())) == 1

    def test_writers_take_turns(self, database: Database) -> None:
        def work(number: int) -> None:
            for turn in range(20):
                with database.unit() as unit:
                    unit.append_entry("turn", str(number), {"turn": turn})

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with database.read() as unit:
            entries = list(unit.entries())
        assert len(entries) == 80
        for number in range(4):
            mine = [entry for entry in entries if entry.subject == str(number)]
            assert [f'"turn":{n},' in entry.content.decode() for n, entry in enumerate(mine)] == [True] * 20

    # -- entries

    def test_an_entry_is_canonical_and_carries_its_leaf_hash(self, database: Database) -> None:
        with database.unit() as unit:
            made = unit.append_entry("kind", "subject", {"b": [1, None, True], "a": "é"})
        with database.read() as unit:
            (read,) = unit.entries()
        assert read == made
        assert read.content == (
            '{"a":"é","b":[1,null,true],"kind":"kind","subject":"subject","ts":"1700000000000","v":1}'.encode()
        )
        assert read.digest == hashlib.sha256(b"\x00" + read.content).digest()

    @pytest.mark.parametrize("facts", [{"x": 1.5}, {"x": 1 << 53}, {"x": "\ud800"}])
    def test_an_entry_refuses_what_is_not_canonical(self, database: Database, facts: dict[str, Any]) -> None:
        with pytest.raises(ParseError), database.unit() as unit:
            unit.append_entry("k", "s", facts)

    def test_an_entry_refuses_reserved_names_and_great_length(self, database: Database) -> None:
        with pytest.raises(UsageError, match="reserved"), database.unit() as unit:
            unit.append_entry("k", "s", {"ts": "0"})
        with pytest.raises(UsageError, match="too long"), database.unit() as unit:
            unit.append_entry("k", "s", {"x": "y" * 65_500})
        with database.unit() as unit:
            longest = unit.append_entry("k", "s", {"x": "y" * 65_400})
        assert len(longest.content) <= 65_535

    @pytest.mark.parametrize("statement", ["UPDATE entries SET kind = 'x'", "DELETE FROM entries"])
    def test_entries_are_append_only(self, database: Database, statement: str) -> None:
        with database.unit() as unit:
            unit.append_entry("k", "s", {})
        with pytest.raises((DBAPIError, JinkuError), match="append-only"), database.unit() as unit:
            unit.connection.exec_driver_sql(statement)
        with database.read() as unit:
            assert [entry.kind for entry in unit.entries()] == ["k"]

    def test_entries_are_filtered_and_paged(self, database: Database) -> None:
        with database.unit() as unit:
            for n in range(1_203):
                unit.append_entry("even" if n % 2 == 0 else "odd", str(n), {})
        with database.read() as unit:
            assert [entry.subject for entry in unit.entries()] == [str(n) for n in range(1_203)]
            assert len(list(unit.entries(kind="odd"))) == 601
            assert [entry.subject for entry in unit.entries(subject="7")] == ["7"]

    # -- outbox

    def test_a_message_waits_until_it_is_acknowledged(self, database: Database) -> None:
        with database.unit() as unit:
            first = unit.publish("t", {"n": 1})
            unit.publish("other", {"n": 2})
            unit.publish("t", {"n": 3})
        with database.unit() as unit:
            assert [m.payload for m in unit.outbox("t")] == [b'{"n":1}', b'{"n":3}']
            unit.acknowledge(first)
        with database.read() as unit:
            assert [m.payload for m in unit.outbox()] == [b'{"n":2}', b'{"n":3}']
            assert [m.payload for m in unit.outbox(limit=1)] == [b'{"n":2}']

    # -- leases

    @pytest.fixture
    def queue(self, database: Database) -> Queue:
        queue = Queue("work")
        with database.unit() as unit:
            queue.enqueue(unit, [("a", {"n": 1}), ("b", {"n": 2})])
        return queue

    def test_a_task_is_leased_once(self, database: Database, queue: Queue) -> None:
        with database.unit() as unit:
            (first,) = queue.lease(unit, "me", 1000)
            (second,) = queue.lease(unit, "you", 1000)
            assert queue.lease(unit, "third", 1000) == ()
        assert (first.key, first.payload, first.attempts, first.fence) == ("a", b'{"n":1}', 1, 1)
        assert second.key == "b"

    def test_topics_are_strangers(self, database: Database, queue: Queue) -> None:
        with database.unit() as unit:
            assert Queue("elsewhere").lease(unit, "me", 1000) == ()
            Queue("elsewhere").enqueue(unit, [("a", {})])
            assert Queue("elsewhere").clear(unit) == 1
            assert queue.size(unit) == 2

    def test_a_key_waits_once(self, database: Database, queue: Queue) -> None:
        with pytest.raises(DBAPIError), database.unit() as unit:
            queue.enqueue(unit, [("c", {}), ("a", {})])
        with database.read() as unit:
            assert queue.size(unit) == 2

    def test_a_completed_task_is_gone(self, database: Database, queue: Queue) -> None:
        with database.unit() as unit:
            (lease,) = queue.lease(unit, "me", 1000)
            queue.complete(unit, lease)
            assert queue.size(unit) == 1
        with pytest.raises(LeaseLostError), database.unit() as unit:
            queue.complete(unit, lease)

    def test_an_expired_lease_is_fenced_off(self, database: Database, queue: Queue, clock: ManualClock) -> None:
        with database.unit() as unit:
            (old,) = queue.lease(unit, "slow", 1000)
        clock.advance_ms(1000)
        with database.unit() as unit:
            (new,) = queue.lease(unit, "fast", 1000)
        assert (new.key, new.fence, new.attempts) == (old.key, old.fence + 1, 2)
        for late in (queue.complete, queue.release):
            with pytest.raises(LeaseLostError, match="fence"), database.unit() as unit:  # noqa: PT012
                unit.append_entry("late", "s", {})
                late(unit, old)
        with database.unit() as unit:
            assert list(unit.entries()) == []  # the late worker's other changes went with it
            queue.complete(unit, new)

    def test_an_expired_lease_that_nobody_took_still_holds(
        self, database: Database, queue: Queue, clock: ManualClock
    ) -> None:
        with database.unit() as unit:
            (lease,) = queue.lease(unit, "slow", 1000)
        clock.advance_ms(5000)
        with database.unit() as unit:
            queue.complete(unit, lease)
            assert queue.size(unit) == 1

    def test_extending_keeps_a_task(self, database: Database, queue: Queue, clock: ManualClock) -> None:
        with database.unit() as unit:
            first, _ = queue.lease(unit, "me", 1000, limit=2)
        clock.advance_ms(900)
        with database.unit() as unit:
            longer = queue.extend(unit, first, 1000)
        clock.advance_ms(500)
        with database.unit() as unit:
            assert [lease.key for lease in queue.lease(unit, "you", 1000, limit=2)] == ["b"]
            queue.complete(unit, longer)

    def test_a_retry_waits_and_counts(self, database: Database, queue: Queue, clock: ManualClock) -> None:
        with database.unit() as unit:
            first, other = queue.lease(unit, "me", 1000, limit=2)
            queue.complete(unit, other)
            queue.retry(unit, first, "it broke", clock.now_ms() + 700)
            assert queue.lease(unit, "me", 1000) == ()
            assert queue.next_run_ms(unit) == clock.now_ms() + 700
        clock.advance_ms(700)
        with database.unit() as unit:
            (again,) = queue.lease(unit, "me", 1000)
        assert again.attempts == 2

    def test_a_released_task_did_not_count(self, database: Database, queue: Queue) -> None:
        with database.unit() as unit:
            (lease,) = queue.lease(unit, "me", 1000)
            queue.release(unit, lease)
            (again,) = queue.lease(unit, "me", 1000)
        assert (again.key, again.attempts, again.fence) == ("a", 1, 2)

    def test_the_dead_leave_their_tasks(self, database: Database, queue: Queue) -> None:
        with database.unit() as unit:
            queue.lease(unit, "dead", 1_000_000)
            queue.lease(unit, "living", 1_000_000)
            assert queue.release_dead(unit, lambda owner: owner == "living") == 1
            assert [lease.key for lease in queue.lease(unit, "new", 1000, limit=5)] == ["a"]
            assert queue.release_dead(unit, lambda _owner: True) == 0

    def test_two_workers_share_all_tasks(self, database: Database) -> None:
        queue, seen, lock = Queue("many"), [], threading.Lock()
        with database.unit() as unit:
            queue.enqueue(unit, [(str(n), {}) for n in range(60)])

        def work(owner: str) -> None:
            while True:
                with database.unit() as unit:
                    leases = queue.lease(unit, owner, 60_000)
                if not leases:
                    return
                with database.unit() as unit:
                    queue.complete(unit, leases[0])
                with lock:
                    seen.append(leases[0].key)

        threads = [threading.Thread(target=work, args=(name,)) for name in ("x", "y", "z")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(seen, key=int) == [str(n) for n in range(60)]
