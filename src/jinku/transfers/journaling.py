"""The one way in which a transfer changes: row, slots, task and journal entry in one transaction."""

from __future__ import annotations

from collections.abc import Iterable

from jinku.core import Id, Json
from jinku.store import Queue, Unit
from jinku.transfers.errors import NoTransferError
from jinku.transfers.events import Event, Freeze
from jinku.transfers.records import TransferRows
from jinku.transfers.rules import advance
from jinku.transfers.telling import facts_of, kind_of
from jinku.transfers.types import ENDS, Stage, Transfer

__all__ = ["TOPIC", "found", "queue_of", "tell", "thaw"]

TOPIC = "transfers/"


def queue_of(vault: Id) -> Queue:
    """The unfinished transfers of a vault, one task each: vaults take turns."""
    return Queue(f"{TOPIC}{vault}")


def found(rows: TransferRows, unit: Unit, transfer: Id) -> Transfer:
    """The transfer of this id; an error when there is none."""
    stands = rows.load(unit, transfer)
    if stands is None:
        raise NoTransferError("there is no such transfer", found=str(transfer), advice="check the id")
    return stands


def tell(
    rows: TransferRows, unit: Unit, transfer: Transfer, event: Event, more: Iterable[tuple[str, Json]] = ()
) -> Transfer:
    """Where it stands after the event. When that is elsewhere, row, slots and an entry say so.

    The caller holds the transfer's task, so that nobody else is at it.
    """
    after = advance(transfer, event, unit.now_ms)
    if after == transfer:
        return transfer
    rows.save(unit, after)
    source, name = after.intent.source, after.intent.id
    if _held(transfer) and not _held(after) and not after.may_be_signed:
        rows.free(unit, source, name)
    if any(attempt.transaction for attempt in after.attempts) and not any(a.transaction for a in transfer.attempts):
        rows.mark_signed(unit, source, name)
    unit.append_entry(kind_of(event), str(name), {**facts_of(event, after), **dict(more)})
    if after.state in ENDS:
        queue_of(after.intent.vault).drop(unit, str(name))
    return after


def thaw(rows: TransferRows, unit: Unit, transfer: Transfer) -> Transfer:
    """The transfer, frozen or not as the freezes say that stand now."""
    on = any(freeze.covers(transfer.intent) for freeze in rows.freezes(unit))
    return transfer if on is transfer.frozen else tell(rows, unit, transfer, Freeze(on))


def _held(transfer: Transfer) -> bool:
    return any(attempt.stage is not Stage.VOID for attempt in transfer.attempts)
