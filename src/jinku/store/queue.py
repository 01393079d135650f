"""The lease queue: tasks with a fencing token, attempts and a time to run. At most one live lease a task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import Select, case, delete, func, select, update

from jinku.core import Json, canonical_bytes
from jinku.store.errors import LeaseLostError
from jinku.store.owner import GONE
from jinku.store.tables import queue
from jinku.store.types import Lease
from jinku.store.unit import Unit

__all__ = ["Queue", "due_topics", "next_due_ms"]

FOR_EVER_MS = 1 << 62  # the lease of a claim
_COLUMNS = ("topic", "key", "payload", "run_at_ms", "attempts", "fence", "owner", "lease_until_ms", "error")


class Queue:
    """The tasks of one topic. Every method works inside the caller's unit of work, by that unit's time."""

    def __init__(self, topic: str) -> None:
        """Name the topic."""
        self.topic = topic

    def enqueue(
        self, unit: Unit, tasks: Iterable[tuple[str, Mapping[str, Json]]], run_at_ms: int | None = None
    ) -> None:
        """Each (key, payload) waits once: a key that already waits makes the unit fail."""
        at = unit.now_ms if run_at_ms is None else run_at_ms
        rows: list[tuple[object, ...]] = [
            (self.topic, key, canonical_bytes(payload), at, 0, 0, "", 0, "") for key, payload in tasks
        ]
        unit.insert_rows(queue, _COLUMNS, rows)

    def lease(self, unit: Unit, owner: str, lease_ms: int, limit: int = 1) -> tuple[Lease, ...]:
        """Up to ``limit`` tasks whose time has come and that nobody holds, oldest first."""
        rows = unit.connection.execute(self._free(unit.now_ms).limit(limit)).all()
        until = unit.now_ms + lease_ms
        leases = []
        for row in rows:
            unit.connection.execute(
                update(queue)
                .where(queue.c.id == row.id)
                .values(owner=owner, lease_until_ms=until, fence=row.fence + 1, attempts=row.attempts + 1)
            )
            leases.append(Lease(row.id, row.topic, row.key, row.payload, row.attempts + 1, row.fence + 1, owner, until))
        return tuple(leases)

    def _free(self, now_ms: int) -> Select[tuple[object, ...]]:
        free = (queue.c.owner == "") | (queue.c.lease_until_ms <= now_ms)
        query = select(queue).where(queue.c.topic == self.topic, queue.c.run_at_ms <= now_ms, free)
        return query.order_by(queue.c.run_at_ms, queue.c.id).with_for_update(skip_locked=True)

    def hasten(self, unit: Unit, key: str) -> bool:
        """The task can be taken at once, and by nobody before the unit ends; False when there is none.

        Whoever works on it meanwhile sees at his next step what this unit changed.
        """
        mine = (queue.c.topic == self.topic) & (queue.c.key == key)
        row = unit.connection.execute(unit.locked(select(queue.c.run_at_ms).where(mine))).first()
        if row is None:
            return False
        soon = min(row.run_at_ms, unit.now_ms)
        unit.connection.execute(update(queue).where(mine).values(run_at_ms=soon))
        return True

    def extend(self, unit: Unit, lease: Lease, lease_ms: int) -> Lease:
        """The same lease, longer. LeaseLostError when it was lost."""
        until = unit.now_ms + lease_ms
        self._touch(unit, lease, lease_until_ms=until)
        return Lease(
            lease.row_id, lease.topic, lease.key, lease.payload, lease.attempts, lease.fence, lease.owner, until
        )

    def complete(self, unit: Unit, lease: Lease) -> None:
        """The task is gone with this unit's other changes. LeaseLostError when another may hold it."""
        self._hold(unit, lease)
        unit.connection.execute(delete(queue).where(queue.c.id == lease.row_id))

    def retry(self, unit: Unit, lease: Lease, error: str, run_at_ms: int) -> None:
        """The task waits again until ``run_at_ms``; ``error`` says why."""
        self._touch(unit, lease, owner="", lease_until_ms=0, run_at_ms=run_at_ms, error=error)

    def release(self, unit: Unit, lease: Lease) -> None:
        """The task waits again at once and this attempt does not count."""
        self._touch(unit, lease, owner="", lease_until_ms=0, attempts=lease.attempts - 1)

    def release_dead(self, unit: Unit, alive: Callable[[str], bool] | None = None) -> int:
        """Tasks whose owner died wait again at once; their number. The attempt counts."""
        held = select(queue.c.owner).where(queue.c.topic == self.topic, queue.c.owner != "").distinct()
        lives = alive or unit.owner_is_alive
        dead = [owner for owner in unit.connection.execute(held).scalars() if not lives(owner)]
        if not dead:
            return 0
        freed = update(queue).where(queue.c.topic == self.topic, queue.c.owner.in_(dead))
        return unit.connection.execute(freed.values(owner="", lease_until_ms=0)).rowcount

    def let_go(self, unit: Unit, key: str) -> None:
        """Whoever held the task works on it no more, as if he had died."""
        unit.connection.execute(update(queue).where(queue.c.topic == self.topic, queue.c.key == key).values(owner=GONE))

    def left(self, unit: Unit) -> dict[str, int]:
        """The tasks that nobody works on, since they were let go or their owner died: row ids by key."""
        query = select(queue.c.key, queue.c.id, queue.c.owner).where(queue.c.topic == self.topic)
        rows = unit.connection.execute(query)
        return {row.key: row.id for row in rows if not (row.owner and unit.owner_is_alive(row.owner))}

    def keys(self, unit: Unit) -> set[str]:
        """The keys of all tasks, held or not."""
        return set(unit.connection.execute(select(queue.c.key).where(queue.c.topic == self.topic)).scalars())

    def claim(self, unit: Unit, key: str, owner: str) -> None:
        """A task of this key stands that ``owner`` holds until it is dropped or the owner dies."""
        row = (self.topic, key, b"{}", unit.now_ms, 1, 1, owner, FOR_EVER_MS, "")
        unit.insert_rows(queue, _COLUMNS, [row])

    def held_keys(self, unit: Unit) -> set[str]:
        """The keys of the tasks that somebody holds."""
        held = select(queue.c.key).where(queue.c.topic == self.topic, queue.c.owner != "")
        return set(unit.connection.execute(held).scalars())

    def holders(self, unit: Unit) -> dict[str, str]:
        """The owner of each task that somebody holds, by the task's key."""
        held = select(queue.c.key, queue.c.owner).where(queue.c.topic == self.topic, queue.c.owner != "")
        return {row.key: row.owner for row in unit.connection.execute(held)}

    def drop(self, unit: Unit, key: str) -> None:
        """The task is gone, whoever held it."""
        unit.connection.execute(delete(queue).where(queue.c.topic == self.topic, queue.c.key == key))

    def clear(self, unit: Unit) -> int:
        """No task of the topic waits or is held; the number dropped. Holders fail at their next step."""
        return unit.connection.execute(delete(queue).where(queue.c.topic == self.topic)).rowcount

    def size(self, unit: Unit) -> int:
        """Tasks that wait or are held."""
        query = select(func.count()).select_from(queue).where(queue.c.topic == self.topic)
        return unit.connection.execute(query).scalar_one()

    def next_run_ms(self, unit: Unit) -> int | None:
        """When the next task can be taken: its time to run, or the end of its lease; None when nothing waits."""
        query = select(queue.c.run_at_ms, queue.c.owner, queue.c.lease_until_ms).where(queue.c.topic == self.topic)
        times = [max(row.run_at_ms, row.lease_until_ms if row.owner else 0) for row in unit.connection.execute(query)]
        return min(times, default=None)

    def _hold(self, unit: Unit, lease: Lease) -> None:
        """The lease is the latest of its task and stays so until the unit ends: nobody can take the task meanwhile."""
        query = select(queue.c.fence, queue.c.owner).where(queue.c.id == lease.row_id, queue.c.topic == self.topic)
        row = unit.connection.execute(unit.locked(query)).first()
        if row is None or (row.fence, row.owner) != (lease.fence, lease.owner):
            raise _lost(lease, None if row is None else row.fence)

    def _touch(self, unit: Unit, lease: Lease, **values: object) -> None:
        self._hold(unit, lease)
        unit.connection.execute(update(queue).where(queue.c.id == lease.row_id).values(**values))


def due_topics(unit: Unit, prefix: str) -> tuple[str, ...]:
    """The topics of this prefix of which a task can be taken now, by name."""
    free = (queue.c.owner == "") | (queue.c.lease_until_ms <= unit.now_ms)
    query = select(queue.c.topic).where(queue.c.topic.startswith(prefix, autoescape=True), free)
    return tuple(
        unit.connection.execute(
            query.where(queue.c.run_at_ms <= unit.now_ms).distinct().order_by(queue.c.topic)
        ).scalars()
    )


def next_due_ms(unit: Unit, prefix: str) -> int | None:
    """When the next task of these topics can be taken: its time to run, or the end of its lease; None without one."""
    until = case((queue.c.owner == "", 0), else_=queue.c.lease_until_ms)
    at = case((until > queue.c.run_at_ms, until), else_=queue.c.run_at_ms)
    query = select(func.min(at)).where(queue.c.topic.startswith(prefix, autoescape=True))
    return unit.connection.execute(query).scalar_one_or_none()


def _lost(lease: Lease, fence: int | None) -> LeaseLostError:
    return LeaseLostError(
        f"the lease of {lease.topic} {lease.key} is lost",
        found="no such task" if fence is None else f"fence {fence}",
        expected=f"fence {lease.fence}",
        advice="drop the work; whoever holds the task now does it again",
    )
