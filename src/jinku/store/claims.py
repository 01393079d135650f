"""Tasks that somebody holds until he ends them or dies, and what can be said of him from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select, update

from jinku.store.owner import GONE, Fate, fate_of, host_of
from jinku.store.queue import FOR_EVER_MS
from jinku.store.tables import queue
from jinku.store.unit import Unit

__all__ = ["Claim", "claims", "give_up"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A task without an end of its lease."""

    row_id: int
    topic: str
    key: str
    host: str  # the name that the owner's had; empty when it was let go
    fate: Fate
    since_ms: int


def claims(unit: Unit) -> tuple[Claim, ...]:
    """Every task that is held until it is ended, oldest first."""
    held = select(queue).where(queue.c.lease_until_ms == FOR_EVER_MS, queue.c.owner != "").order_by(queue.c.id)
    return tuple(
        Claim(
            row.id,
            row.topic,
            row.key,
            "" if row.owner == GONE else host_of(row.owner),
            fate_of(row.owner, unit.one_kernel),
            row.run_at_ms,
        )
        for row in unit.connection.execute(held)
    )


def give_up(unit: Unit, given: Iterable[Claim]) -> None:
    """Whoever held them works on them no more, as if he had died: the next command of their room ends them."""
    ids = [claim.row_id for claim in given]
    unit.connection.execute(update(queue).where(queue.c.id.in_(ids)).values(owner=GONE))
