"""Transfers, plans, approvals and freezes by SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, true, update

from jinku.core import Approval, Id, IntegrityError, Intent, JinkuError, Outcome, Plan, Verdict
from jinku.store import Unit
from jinku.transfers.adapters import tables as t
from jinku.transfers.adapters.slot_rows import SqlSlotRows
from jinku.transfers.ports import SignedApproval
from jinku.transfers.records import Frozen, Known, Scope
from jinku.transfers.types import ENDS, Attempt, Stage, State, Transfer

__all__ = ["SqlTransferRows"]

_COVERS = {
    Scope.ACCOUNT: t.transfer.c.source,
    Scope.DESTINATION: t.transfer.c.destination,
    Scope.INITIATOR: t.transfer.c.initiator,
    Scope.CHAIN: t.transfer.c.chain,
}


class SqlTransferRows(SqlSlotRows):
    """Implements the port ``TransferRows``."""

    def add(self, unit: Unit, transfer: Transfer, signature: bytes) -> bool:
        """See the port."""
        intent = transfer.intent
        row = {
            "uuid": intent.id.bytes16,
            "intent": intent.to_canonical(),
            "signature": signature,
            "initiator": intent.initiator,
            "idempotency_key": intent.idempotency_key,
            "body_digest": intent.body_digest(),
            "vault": intent.vault.bytes16,
            "source": str(intent.source),
            "destination": str(intent.destination),
            "chain": str(intent.chain),
            "verdict": b"",
            **_state(transfer),
        }
        unit.insert_rows(t.transfer, tuple(row), [tuple(row.values())], skip_known=True)
        found = unit.connection.execute(select(t.transfer.c.intent).where(t.transfer.c.uuid == intent.id.bytes16))
        return found.scalar_one_or_none() == row["intent"]

    def known(self, unit: Unit, initiator: str, idempotency_key: str) -> Known | None:
        """See the port."""
        c = t.transfer.c
        query = select(c.uuid, c.body_digest, c.not_before_ms)
        found = query.where(c.initiator == initiator, c.idempotency_key == idempotency_key)
        row = unit.connection.execute(found).first()
        return None if row is None else Known(Id(row.uuid), row.body_digest, row.not_before_ms)

    def vault_of(self, unit: Unit, transfer: Id) -> Id | None:
        """See the port."""
        query = select(t.transfer.c.vault).where(t.transfer.c.uuid == transfer.bytes16)
        found = unit.connection.execute(query).scalar_one_or_none()
        return None if found is None else Id(found)

    def load(self, unit: Unit, transfer: Id) -> Transfer | None:
        """See the port."""
        query = select(t.transfer).where(t.transfer.c.uuid == transfer.bytes16)
        row = unit.connection.execute(unit.locked(query)).first()
        return None if row is None else self._transfer(unit, row)

    def save(self, unit: Unit, transfer: Transfer) -> None:
        """See the port."""
        key = transfer.intent.id.bytes16
        unit.connection.execute(update(t.transfer).where(t.transfer.c.uuid == key).values(**_state(transfer)))
        for attempt in transfer.attempts:
            moved = update(t.plan).where(t.plan.c.uuid == attempt.plan.bytes16, t.plan.c.transfer == key)
            values = {"stage": attempt.stage.value, "tx": attempt.transaction, "sent": int(attempt.sent)}
            unit.connection.execute(moved.values(**values))

    def signature(self, unit: Unit, transfer: Id) -> bytes:
        """See the port."""
        query = select(t.transfer.c.signature).where(t.transfer.c.uuid == transfer.bytes16)
        return bytes(unit.connection.execute(query).scalar_one())

    def put_verdict(self, unit: Unit, transfer: Id, verdict: Verdict) -> None:
        """See the port."""
        row = update(t.transfer).where(t.transfer.c.uuid == transfer.bytes16)
        unit.connection.execute(row.values(verdict=verdict.to_canonical()))

    def verdict(self, unit: Unit, transfer: Id) -> Verdict | None:
        """See the port."""
        query = select(t.transfer.c.verdict).where(t.transfer.c.uuid == transfer.bytes16)
        content = unit.connection.execute(query).scalar_one_or_none()
        return Verdict.from_canonical(content) if content else None

    def add_plan(self, unit: Unit, transfer: Id, number: int, plan: Plan, slots: frozenset[str]) -> None:
        """See the port."""
        row = {
            "uuid": plan.id.bytes16,
            "transfer": transfer.bytes16,
            "number": number,
            "content": plan.to_canonical(),
            "digest": plan.digest().hex(),
            "slots": " ".join(sorted(slots)),
            "stage": Stage.PLANNED.value,
            "tx": "",
            "raw": b"",
            "sent": 0,
        }
        unit.connection.execute(insert(t.plan).values(**row))

    def plan(self, unit: Unit, plan: Id) -> tuple[Plan, bytes]:
        """See the port."""
        query = select(t.plan.c.content, t.plan.c.raw).where(t.plan.c.uuid == plan.bytes16)
        row = unit.connection.execute(query).one()
        return Plan.from_canonical(row.content), bytes(row.raw)

    def put_raw(self, unit: Unit, plan: Id, raw: bytes) -> None:
        """See the port."""
        unit.connection.execute(update(t.plan).where(t.plan.c.uuid == plan.bytes16).values(raw=raw))

    def add_approval(self, unit: Unit, transfer: Id, given: SignedApproval) -> bool:
        """See the port."""
        digest = given.approval.digest()
        mine = select(t.approval.c.id).where(t.approval.c.transfer == transfer.bytes16, t.approval.c.digest == digest)
        if unit.connection.execute(mine).first() is not None:
            return False
        row = {"transfer": transfer.bytes16, "digest": digest, "content": given.approval.to_canonical()}
        row |= {"signature": given.signature}
        unit.connection.execute(insert(t.approval).values(**row, received_at_ms=unit.now_ms))
        return True

    def approvals(self, unit: Unit, transfer: Id) -> tuple[SignedApproval, ...]:
        """See the port."""
        query = select(t.approval).where(t.approval.c.transfer == transfer.bytes16).order_by(t.approval.c.id)
        rows = unit.connection.execute(query)
        return tuple(SignedApproval(Approval.from_canonical(row.content), bytes(row.signature)) for row in rows)

    def add_freeze(self, unit: Unit, freeze: Frozen) -> bool:
        """See the port."""
        if freeze in self.freezes(unit):
            return False
        values = {"scope": freeze.scope.value, "value": freeze.value, "since_ms": unit.now_ms}
        unit.connection.execute(insert(t.freeze).values(**values))
        return True

    def drop_freeze(self, unit: Unit, freeze: Frozen) -> bool:
        """See the port."""
        mine = (t.freeze.c.scope == freeze.scope.value) & (t.freeze.c.value == freeze.value)
        return unit.connection.execute(delete(t.freeze).where(mine)).rowcount > 0

    def freezes(self, unit: Unit) -> tuple[Frozen, ...]:
        """See the port."""
        query = select(t.freeze.c.scope, t.freeze.c.value).order_by(t.freeze.c.scope, t.freeze.c.value)
        return tuple(Frozen(Scope(row.scope), row.value) for row in unit.connection.execute(query))

    def covered(self, unit: Unit, freeze: Frozen) -> Sequence[tuple[Id, Id]]:
        """See the port."""
        mine: ColumnElement[bool] = true()
        if freeze.scope is Scope.VAULT:
            mine = t.transfer.c.vault == Id.parse(freeze.value).bytes16
        elif freeze.scope is not Scope.ALL:
            mine = _COVERS[freeze.scope] == freeze.value
        query = select(t.transfer.c.vault, t.transfer.c.uuid).where(t.transfer.c.ended == 0, mine)
        rows = unit.connection.execute(query.order_by(t.transfer.c.id))
        return [(Id(row.vault), Id(row.uuid)) for row in rows]

    def open_count(self, unit: Unit, vault: Id) -> int:
        """See the port."""
        query = select(func.count()).where(t.transfer.c.vault == vault.bytes16, t.transfer.c.ended == 0)
        return unit.connection.execute(query.select_from(t.transfer)).scalar_one()

    def find(
        self, unit: Unit, vault: Id | None = None, states: frozenset[State] = frozenset(), late_at_ms: int | None = None
    ) -> tuple[Transfer, ...]:
        """See the port."""
        query = select(t.transfer).order_by(t.transfer.c.id)
        if vault is not None:
            query = query.where(t.transfer.c.vault == vault.bytes16)
        if states:
            query = query.where(t.transfer.c.state.in_([state.value for state in states]))
        if late_at_ms is not None:
            query = query.where(t.transfer.c.ended == 0, t.transfer.c.deadline_ms < late_at_ms)
        return tuple(self._transfer(unit, row) for row in unit.connection.execute(query).all())

    def _transfer(self, unit: Unit, row: Row[Any]) -> Transfer:
        query = select(t.plan).where(t.plan.c.transfer == row.uuid).order_by(t.plan.c.number)
        try:
            return Transfer(
                intent=Intent.from_canonical(row.intent),
                state=State(row.state),
                since_ms=row.since_ms,
                deadline_ms=row.deadline_ms,
                not_before_ms=row.not_before_ms,
                attempts=tuple(_attempt(plan) for plan in unit.connection.execute(query)),
                outcome=Outcome(row.outcome) if row.outcome else None,
                basis=row.basis,
                hold_until_ms=row.hold_until_ms,
                cancelling=bool(row.cancelling),
                frozen=bool(row.frozen),
                code=row.code,
            )
        except (ValueError, JinkuError) as error:
            raise IntegrityError(
                "the row of a transfer was changed",
                found=str(error),
                expected="what its entries say",
                advice="it was changed from outside; compare the database with a backup",
                code="transfers.history",
            ) from error


def _attempt(row: Row[Any]) -> Attempt:
    slots = frozenset(row.slots.split())
    return Attempt(Id(row.uuid), row.digest, Stage(row.stage), row.tx, slots, bool(row.sent))


def _state(transfer: Transfer) -> dict[str, object]:
    return {
        "state": transfer.state.value,
        "ended": int(transfer.state in ENDS),
        "since_ms": transfer.since_ms,
        "deadline_ms": transfer.deadline_ms,
        "not_before_ms": transfer.not_before_ms,
        "outcome": "" if transfer.outcome is None else transfer.outcome.value,
        "basis": transfer.basis,
        "hold_until_ms": transfer.hold_until_ms,
        "cancelling": int(transfer.cancelling),
        "frozen": int(transfer.frozen),
        "code": transfer.code,
    }
