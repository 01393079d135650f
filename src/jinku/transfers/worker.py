"""A worker takes what is due, asks the ports, and writes what they said; killed anywhere, another does the same again.

A step reads, asks one port outside of any transaction, and writes under its lease: whoever lost the lease writes
nothing. What was asked twice is answered alike: plans that were not written are forgotten, signatures are
deterministic, a transaction is sent again in the same bytes.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from jinku.core import Clock, Id, IdSource, JinkuError, Json
from jinku.store import Database, Lease, LeaseLostError, Queue, Unit, due_topics, next_due_ms
from jinku.transfers.asking import Asking, Ports, Said
from jinku.transfers.errors import TransferStateError
from jinku.transfers.events import Asked, Event, Judged, Planned, Refused, Signed
from jinku.transfers.journaling import TOPIC, found, tell, thaw
from jinku.transfers.records import Below, TransferRows
from jinku.transfers.rules import advance
from jinku.transfers.standing import find
from jinku.transfers.steps import Do, Step, next_step, pause_ms
from jinku.transfers.types import Transfer

__all__ = ["Pace", "Worker"]

_BEHIND_MS = 200  # until a plan whose predecessor is being signed is looked at again


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a lease lasts, how many steps a transfer gets before others do, how many plans a source may have out."""

    lease_ms: int = 60_000
    steps: int = 16
    out: int = 16


class Worker:
    """One worker. Many may run, in one process or in several."""

    def __init__(
        self,
        database: Database,
        rows: TransferRows,
        ports: Ports,
        *,
        clock: Clock,
        ids: IdSource,
        owner: str,
        pace: Pace = Pace(),
    ) -> None:
        """``owner`` names the process as the store's leases do."""
        self._database = database
        self._rows = rows
        self._clock = clock
        self._owner = owner
        self._pace = pace
        self._asking = Asking(database, rows, ports, clock=clock, ids=ids, out=pace.out)
        self._last = ""  # the topic that was served last: the next one comes first

    def step(self) -> bool:
        """One transfer that was due was brought on as far as it goes; False when none is due."""
        lease = self._lease()
        if lease is None:
            return False
        with contextlib.suppress(LeaseLostError):  # another took it over, and knows what stands
            try:
                self._serve(lease)
            except LeaseLostError:
                raise
            except JinkuError as error:
                self._later(lease, error)
            finally:
                self._asking.fresh.clear()
        return True

    def next_run_ms(self) -> int | None:
        """When the next transfer is due; None when none is unfinished."""
        with self._database.read() as unit:
            return next_due_ms(unit, TOPIC)

    def _lease(self) -> Lease | None:
        """The oldest due transfer of the vault whose turn it is."""
        with self._database.unit(durable=False) as unit:
            topics = due_topics(unit, TOPIC)
            after = [topic for topic in topics if topic > self._last]
            for topic in (*after, *topics[: len(topics) - len(after)]):
                leases = Queue(topic).lease(unit, self._owner, self._pace.lease_ms)
                if leases:
                    self._last = topic
                    return leases[0]
        return None

    def _serve(self, lease: Lease) -> None:
        said, done = Said(()), Do.WAIT
        for _ in range(self._pace.steps):
            transfer = self._write(lease, said, done)
            if transfer is None:
                return
            step = next_step(transfer, self._clock.now_ms())
            said, done = self._asking.ask(transfer, step), step.do
        self._write(lease, said, done, last=True)

    def _write(self, lease: Lease, said: Said, done: Do, last: bool = False) -> Transfer | None:
        """What was said stands, as far as it still can; the transfer, or None when there is nothing to do at once."""
        queue, name = Queue(lease.topic), Id.parse(lease.key)
        with self._database.unit() as unit:
            queue.extend(unit, lease, self._pace.lease_ms)
            transfer = found(self._rows, unit, name)
            if any(isinstance(event, Planned | Asked) for event in said.events):
                unit.hold(f"transfers/{transfer.intent.source}")  # before any entry: no two units wait in a circle
            transfer = thaw(self._rows, unit, transfer)
            transfer, soon = self._told(unit, transfer, said)
            step = next_step(transfer, unit.now_ms)
            if step.do is Do.END:
                queue.drop(unit, lease.key)
                return None
            at_ms = _again_at(transfer, step, done, unit.now_ms)
            if soon:
                at_ms = unit.now_ms + _BEHIND_MS
            if at_ms is None and not last:
                return transfer
            queue.retry(unit, lease, "", unit.now_ms if at_ms is None else at_ms)
            return None

    def _told(self, unit: Unit, transfer: Transfer, said: Said) -> tuple[Transfer, bool]:
        """The transfer after the events; True when one of them has to wait for another transfer of the source."""
        for told in said.events:
            event: Event | None = told
            more: dict[str, Json] = {}
            if isinstance(told, Planned) and not self._reserve(unit, transfer, said, told):
                return transfer, True
            if isinstance(told, Asked):
                event = self._in_order(unit, transfer, told)
            if event is None:
                return transfer, True
            if isinstance(event, Judged) and said.verdict is not None:
                more["verdict_digest"] = said.verdict.digest().hex()
            try:
                after = tell(self._rows, unit, transfer, event, more.items())
            except TransferStateError:
                return transfer, False  # something was told meanwhile that forbids it: what comes next is seen anew
            if after is transfer:
                continue
            self._beside(unit, transfer, event, said)
            transfer = after
        return transfer, False

    def _in_order(self, unit: Unit, transfer: Transfer, event: Asked) -> Event | None:
        """A nonce is signed after those below it, so that none is left out: the event, or None while one waits."""
        intent, plan = transfer.intent, find(transfer, event.plan)
        below = self._rows.below(unit, intent.source, plan.slots if plan else frozenset(), intent.id)
        if below is Below.FREE:
            return Refused(event.plan, "transfers.gap", retryable=True)
        return None if below is Below.WAITS else event

    def _beside(self, unit: Unit, before: Transfer, event: Event, said: Said) -> None:
        """What the event brings with it."""
        name = before.intent.id
        if isinstance(event, Judged) and said.verdict is not None:
            self._rows.put_verdict(unit, name, said.verdict)
        if isinstance(event, Signed):
            self._rows.put_raw(unit, event.plan, said.raw)
            self._asking.fresh.add(event.plan)

    def _reserve(self, unit: Unit, transfer: Transfer, said: Said, event: Planned) -> bool:
        """The plan's slots are the transfer's, and the plan stands; False when another transfer has one of them."""
        plan, seen, name = said.plan, said.seen, transfer.intent.id
        if plan is None or seen is None:
            return False
        try:
            if advance(transfer, event, unit.now_ms) == transfer:
                return True
        except TransferStateError:
            return True  # refused when it is told
        if not self._rows.reserve(unit, transfer.intent.source, event.slots, name, seen.free):
            return False
        self._rows.add_plan(unit, name, len(transfer.attempts), plan, event.slots)
        return True

    def _later(self, lease: Lease, error: JinkuError) -> None:
        """Nothing is known but that it did not go: what was to be done is done again after a while."""
        with self._database.unit() as unit:
            transfer = found(self._rows, unit, Id.parse(lease.key))
            at_ms = unit.now_ms + pause_ms(transfer, unit.now_ms)
            Queue(lease.topic).retry(unit, lease, error.code, at_ms)


def _again_at(transfer: Transfer, step: Step, done: Do, now_ms: int) -> int | None:
    """When the transfer is due again; None: at once."""
    if step.do is Do.WAIT:
        return max(step.at_ms, now_ms + 1)
    if step.do is Do.COUNT and done is Do.COUNT:  # an approval hastens it
        return min(transfer.intent.bounds.valid_until_ms + 1, now_ms + 10 * 60 * 1_000)
    if step.do is done or done in {Do.SEND, Do.LOOK}:
        return now_ms + pause_ms(transfer, now_ms)
    return None
