"""What a worker asks of the ports, one call a step, outside of any transaction; what they said, as events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jinku.chains import slots_of
from jinku.core import Clock, Id, IdSource, Plan, RefusedError, UsageError, Verdict
from jinku.store import Database
from jinku.transfers.events import Answer, Asked, Event, Hold, Judged, Planned, Refused, Seen, Sent, Sight, Signed, Time
from jinku.transfers.ports import Approvers, Chain, Judge, Judgement, Order, Refusal, Request, Signer, Transaction
from jinku.transfers.records import Slots, TransferRows
from jinku.transfers.rules import advance
from jinku.transfers.standing import get
from jinku.transfers.steps import Do, Step
from jinku.transfers.types import Transfer

__all__ = ["Asking", "Ports", "Said"]

_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Ports:
    """Whom a worker asks."""

    chain: Chain
    judge: Judge
    approvers: Approvers
    signer: Signer


@dataclass(frozen=True, slots=True)
class Said:
    """What a port said: events, and what has to be written beside them."""

    events: tuple[Event, ...]
    verdict: Verdict | None = None
    plan: Plan | None = None
    seen: Slots | None = None
    raw: bytes = b""


class Asking:
    """The calls of one worker."""

    def __init__(
        self, database: Database, rows: TransferRows, ports: Ports, *, clock: Clock, ids: IdSource, out: int
    ) -> None:
        """``out``: how many plans of one source may be out at a time."""
        self._database = database
        self._rows = rows
        self._ports = ports
        self._clock = clock
        self._ids = ids
        self._out = out
        self.fresh: set[Id] = set()  # plans signed in this very run: nobody can have sent them before
        self._calls: dict[Do, Callable[[Transfer, Step], Said]] = {
            Do.JUDGE: self._judge,
            Do.COUNT: self._count,
            Do.MOVE: lambda _transfer, _step: Said((Time(),)),
            Do.PLAN: self._plan,
            Do.WITHDRAW: lambda _transfer, step: Said((Refused(_named(step), "transfers.withdrawn", retryable=True),)),
            Do.ASK: lambda _transfer, step: Said((Asked(_named(step)),)),
            Do.SIGN: self._sign,
            Do.SEND: self._send,
            Do.LOOK: self._look,
        }

    def ask(self, transfer: Transfer, step: Step) -> Said:
        """What the step's port said; whatever it raises."""
        return self._calls[step.do](transfer, step)

    def _judged(self, transfer: Transfer) -> tuple[Judgement, Judged]:
        judgement = self._ports.judge.judge(transfer.intent, self._clock.now_ms())
        return judgement, Judged.of(judgement.verdict, judgement.basis, judgement.until_ms)

    def _judge(self, transfer: Transfer, _: Step) -> Said:
        judgement, event = self._judged(transfer)
        return Said((event,), verdict=judgement.verdict)

    def _count(self, transfer: Transfer, _: Step) -> Said:
        judgement, event = self._judged(transfer)
        now_ms = self._clock.now_ms()
        with self._database.read() as unit:
            given = self._rows.approvals(unit, transfer.intent.id)
        counted = self._ports.approvers.standing(transfer.intent, transfer.basis, given, now_ms)
        return Said((event, counted), verdict=judgement.verdict)

    def _plan(self, transfer: Transfer, _: Step) -> Said:
        judgement, event = self._judged(transfer)
        if advance(transfer, event, self._clock.now_ms()) != transfer:
            return Said((event,), verdict=judgement.verdict)  # no longer what it was authorised by
        intent, now_ms = transfer.intent, self._clock.now_ms()
        with self._database.read() as unit:
            seen = self._rows.slots(unit, intent.source)
            live = self._rows.live(unit, intent.source, intent.id)
        if len(live) >= self._out:
            return Said(())  # it stays authorised, and is looked at again
        order = Order(self._ids.new(), now_ms, live, seen.held)
        try:
            plan = self._ports.chain.plan(intent, order)
        except RefusedError as error:
            age_ms = now_ms - intent.created_at_ms
            return Said((Hold(error.code, now_ms + min(max(age_ms // 4, _MINUTE_MS), 60 * _MINUTE_MS)),))
        told = Planned(plan.id, plan.digest().hex(), slots_of(plan))
        return Said((told,), plan=plan, seen=seen)

    def _sign(self, transfer: Transfer, step: Step) -> Said:
        name, plan = transfer.intent.id, _named(step)
        with self._database.read() as unit:
            made, _ = self._rows.plan(unit, plan)
            signature = self._rows.signature(unit, name)
            given = self._rows.approvals(unit, name)
        answer = self._ports.signer.sign(Request(transfer.intent, signature, made, given))
        if isinstance(answer, Refusal):
            return Said((Refused(plan, answer.code, answer.retryable, answer.never),))
        return Said((Signed(plan, answer.transaction),), raw=answer.raw)

    def _send(self, transfer: Transfer, step: Step) -> Said:
        """What may have been sent before is looked for first; what was not taken is looked for afterwards."""
        plan = _named(step)
        transaction = self._transaction(transfer, plan)
        if plan not in self.fresh:
            sight = self._ports.chain.look(transaction)
            if sight is not Sight.ABSENT:
                return Said((Seen(plan, sight),))
        told = self._ports.chain.broadcast(transaction)
        sent = Sent(plan, told.answer, told.code)
        if told.answer is not Answer.REFUSED:
            return Said((sent,))
        return Said((sent, Seen(plan, self._ports.chain.look(transaction))))

    def _look(self, transfer: Transfer, step: Step) -> Said:
        """All of its transactions, the newest first; those that another one displaced come last."""
        sights = []
        for attempt in reversed(transfer.attempts):
            if attempt.transaction and not attempt.dead:
                transaction = self._transaction(transfer, attempt.plan)
                sights.append(Seen(attempt.plan, self._ports.chain.look(transaction)))
        sights.sort(key=lambda seen: seen.sight is Sight.DISPLACED)
        return Said(tuple(sights))

    def _transaction(self, transfer: Transfer, plan: Id) -> Transaction:
        with self._database.read() as unit:
            made, raw = self._rows.plan(unit, plan)
        return Transaction(transfer.intent, made, get(transfer, plan).transaction, raw)


def _named(step: Step) -> Id:
    if step.plan is None:
        raise UsageError("a step of a plan names none", found=step.do.value, expected="the plan's id")
    return step.plan
