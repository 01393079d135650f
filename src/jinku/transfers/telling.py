"""Events as journal entries, and back: a transfer's entries, played again, give its row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinku.core import Id, Intent, Json, Outcome, canonical_bytes, parse_canonical
from jinku.store import Entry
from jinku.transfers.events import (
    Answer,
    Approvals,
    Asked,
    Cancel,
    Event,
    Freeze,
    Hold,
    Judged,
    Planned,
    Refused,
    Seen,
    Sent,
    Sight,
    Signed,
    Time,
)
from jinku.transfers.rules import advance, propose
from jinku.transfers.types import Transfer

__all__ = ["APPROVAL", "FREEZE_BEGUN", "FREEZE_ENDED", "PROPOSED", "facts_of", "kind_of", "proposal", "replay"]

PROPOSED = "transfer.proposed"
APPROVAL = "transfer.approval"
FREEZE_BEGUN = "freeze.begun"
FREEZE_ENDED = "freeze.ended"
_KINDS: dict[type[Any], str] = {
    Judged: "transfer.judged",
    Approvals: "transfer.approvals_counted",
    Hold: "transfer.held",
    Planned: "transfer.planned",
    Asked: "transfer.sign_begun",
    Refused: "transfer.plan_refused",
    Signed: "transfer.signed",
    Sent: "transfer.sent",
    Seen: "transfer.seen",
    Cancel: "transfer.cancel_asked",
    Freeze: "transfer.freeze_noted",
    Time: "transfer.moved",
}
_EVENTS = {kind: event for event, kind in _KINDS.items()}


def proposal(intent: Intent, not_before_ms: int, signature: bytes) -> dict[str, Json]:
    """The facts of the first entry: the whole intent, which holds no name and no free text."""
    return {
        "intent": parse_canonical(intent.to_canonical()),
        "intent_digest": intent.digest().hex(),
        "not_before": str(not_before_ms),
        "signature": signature.hex(),
    }


def kind_of(event: Event) -> str:
    """The kind of its entry."""
    return _KINDS[type(event)]


def facts_of(event: Event, after: Transfer) -> dict[str, Json]:
    """What its entry says, with the state that it led to."""
    facts: dict[str, Json] = {name: _told(getattr(event, name)) for name in event.__slots__}
    if isinstance(event, Planned):
        facts |= {"intent_digest": after.intent.digest().hex(), "plan_digest": facts.pop("digest")}
    return facts | {"state": after.state.value, "owner": after.owner.value}


def _told(value: object) -> Json:
    if isinstance(value, frozenset):
        return sorted(str(item) for item in value)
    if isinstance(value, bool):
        return value
    return "" if value is None else str(value)


def replay(entries: Iterable[Entry]) -> Transfer | None:
    """Where its entries say that a transfer stands; None without a first one.

    Raises ``TransferHistoryError`` or ``TransferStateError`` when one cannot follow the others,
    ``EntryChangedError`` when one says another state than it led to.
    """
    transfer: Transfer | None = None
    for entry in entries:
        if entry.kind == PROPOSED:
            intent = Intent.from_canonical(canonical_bytes(entry.said("intent", dict)))
            transfer = propose(intent, entry.created_at_ms, int(entry.said("not_before", str)))
        elif entry.kind in _EVENTS and transfer is not None:
            transfer = advance(transfer, _event(entry), entry.created_at_ms)
            if transfer.state.value != entry.said("state", str):
                raise entry.odd(f"the state {entry.said('state', str)}", transfer.state.value)
    return transfer


def _event(entry: Entry) -> Event:
    kind = _EVENTS[entry.kind]
    if kind is Judged:
        outcome, code = Outcome(entry.said("outcome", str)), entry.said("code", str)
        return Judged(outcome, code, entry.said("basis", str), int(entry.said("until_ms", str)))
    if kind is Approvals:
        return Approvals(entry.said("met", bool), entry.said("basis", str), entry.said("rejected", bool))
    if kind is Hold:
        return Hold(entry.said("code", str), int(entry.said("until_ms", str)))
    if kind is Cancel:
        return Cancel(entry.said("on", bool))
    if kind is Freeze:
        return Freeze(entry.said("on", bool))
    return Time() if kind is Time else _of_a_plan(kind, Id.parse(entry.said("plan", str)), entry)


def _of_a_plan(kind: type[Any], plan: Id, entry: Entry) -> Event:
    if kind is Planned:
        taken = frozenset(str(item) for item in entry.said("slots", list))
        replaced = entry.said("replaces", str)
        return Planned(plan, entry.said("plan_digest", str), taken, Id.parse(replaced) if replaced else None)
    if kind is Asked:
        return Asked(plan)
    if kind is Refused:
        code, retryable = entry.said("code", str), entry.said("retryable", bool)
        return Refused(plan, code, retryable, entry.said("never", bool))
    if kind is Signed:
        return Signed(plan, entry.said("transaction", str))
    if kind is Sent:
        return Sent(plan, Answer(entry.said("answer", str)), entry.said("code", str))
    return Seen(plan, Sight(entry.said("sight", str)))
