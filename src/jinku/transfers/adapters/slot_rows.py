"""Who holds which nonce or outpoint of a source: one row each, so that no two plans of two transfers have one."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from jinku.core import AccountId, Id, Intent, Plan
from jinku.store import Unit
from jinku.transfers.adapters import tables as t
from jinku.transfers.ports import Live
from jinku.transfers.records import Below, Slots
from jinku.transfers.types import Stage

__all__ = ["SqlSlotRows"]

_OUTPOINT = -1
_FREE = b""
_COLUMNS = ("account", "slot", "number", "holder", "signed")


class SqlSlotRows:
    """The part of the port ``TransferRows`` that keeps slots. Every method holds the source's slots until the end."""

    def slots(self, unit: Unit, source: AccountId) -> Slots:
        """See the port. Those of transfers that ended are not told: the chain knows them."""
        c = t.slot.c
        ended = select(t.transfer.c.uuid).where(t.transfer.c.source == str(source), t.transfer.c.ended == 0)
        held = select(c.slot).where(c.account == str(source), c.holder.in_(ended))
        free = select(c.slot).where(c.account == str(source), c.signed == 0, c.holder == _FREE)
        read = unit.connection.execute
        return Slots(frozenset(read(held).scalars()), frozenset(read(free).scalars()))

    def live(self, unit: Unit, source: AccountId, but: Id) -> tuple[Live, ...]:
        """See the port."""
        p, m = t.plan.c, t.transfer.c
        dead = [Stage.VOID.value, Stage.DISPLACED.value]
        query = select(m.uuid, m.intent, p.content).join(t.plan, p.transfer == m.uuid)
        query = query.where(m.source == str(source), m.ended == 0, m.uuid != but.bytes16, p.stage.not_in(dead))
        newest = {row.uuid: row for row in unit.connection.execute(query.order_by(m.id, p.number))}
        return tuple(
            Live(Intent.from_canonical(row.intent), Plan.from_canonical(row.content)) for row in newest.values()
        )

    def reserve(
        self, unit: Unit, source: AccountId, slots: frozenset[str], transfer: Id, skipped: frozenset[str]
    ) -> bool:
        """See the port."""
        c, mine = t.slot.c, t.slot.c.account == str(source)
        unit.hold(f"transfers/{source}")
        held = select(c.slot, c.holder).where(mine, c.slot.in_(slots))
        holders = {row.slot: row.holder for row in unit.connection.execute(held)}
        if any(holder not in {_FREE, transfer.bytes16} for holder in holders.values()):
            return False
        for slot in slots & holders.keys():
            taken = update(t.slot).where(mine, c.slot == slot, c.holder == _FREE)
            unit.connection.execute(taken.values(holder=transfer.bytes16, signed=0))
        new = sorted(slots - holders.keys())
        unit.insert_rows(t.slot, _COLUMNS, [(str(source), slot, _number(slot), transfer.bytes16, 0) for slot in new])
        lowest = min((_number(slot) for slot in slots), default=_OUTPOINT)
        passed = [slot for slot in skipped - slots if 0 <= _number(slot) < lowest]
        if passed:  # the plan was made by a chain that is past them
            unit.connection.execute(delete(t.slot).where(mine, c.holder == _FREE, c.slot.in_(passed)))
        return True

    def below(self, unit: Unit, source: AccountId, slots: frozenset[str], transfer: Id) -> Below:
        """See the port."""
        c = t.slot.c
        unit.hold(f"transfers/{source}")
        lowest = min((_number(slot) for slot in slots), default=_OUTPOINT)
        query = select(c.holder).where(c.account == str(source), c.signed == 0, c.number >= 0, c.number < lowest)
        holders = set(unit.connection.execute(query.where(c.holder != transfer.bytes16)).scalars())
        if _FREE in holders:
            return Below.FREE
        return Below.WAITS if holders else Below.NOTHING

    def mark_signed(self, unit: Unit, source: AccountId, transfer: Id) -> None:
        """See the port."""
        unit.hold(f"transfers/{source}")
        mine = (t.slot.c.account == str(source)) & (t.slot.c.holder == transfer.bytes16)
        unit.connection.execute(update(t.slot).where(mine).values(signed=1))

    def free(self, unit: Unit, source: AccountId, transfer: Id) -> None:
        """See the port."""
        unit.hold(f"transfers/{source}")
        mine = (t.slot.c.account == str(source)) & (t.slot.c.holder == transfer.bytes16)
        unit.connection.execute(delete(t.slot).where(mine, t.slot.c.number < 0))
        unit.connection.execute(update(t.slot).where(mine).values(holder=_FREE, signed=0))


def _number(slot: str) -> int:
    return int(slot) if slot.isdigit() else _OUTPOINT
