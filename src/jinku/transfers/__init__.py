"""The life of one transfer, from intent to finality: each stands in one named state, through any crash or retry.

>>> from jinku.core import AccountId, AssetId, Bounds, IdSource, Intent, IntentKind, ManualClock, Outcome
>>> from jinku.transfers import Asked, Judged, Planned, Seen, Sight, Signed, Time, advance, propose
>>> new, ours = IdSource(ManualClock(0), bytes).new, AccountId.parse("eip155:1:0x" + "1" * 40)
>>> bounds = Bounds(max_fee=10**15, valid_until_ms=60_000, replaceable=True)
>>> asked = (IntentKind.TRANSFER, new(), ours, ours, AssetId.parse("eip155:1/slip44:60"), 1, bounds)
>>> intent, plan = Intent(new(), new(), *asked, "bo", None, "order-1", 0), new()
>>> transfer = propose(intent, now_ms=0)
>>> for event in (
...     Judged(Outcome.ALLOW),
...     Time(),
...     Planned(plan, "ab" * 32),
...     Asked(plan),
...     Signed(plan, "0xfeed"),
...     Seen(plan, Sight.INCLUDED),
...     Seen(plan, Sight.FINAL),
... ):
...     transfer = advance(transfer, event, now_ms=1_000)
...     print(transfer.state.value, "waits for", transfer.owner.value)
screened waits for worker
authorised waits for worker
planned waits for signer
planned waits for signer
signed waits for worker
included waits for chain
final waits for nobody
"""

from jinku.transfers.errors import TransferHistoryError, TransferStateError
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
from jinku.transfers.types import ENDS, Attempt, Owner, Stage, State, Transfer

__all__ = [
    "ENDS",
    "Answer",
    "Approvals",
    "Asked",
    "Attempt",
    "Cancel",
    "Event",
    "Freeze",
    "Hold",
    "Judged",
    "Owner",
    "Planned",
    "Refused",
    "Seen",
    "Sent",
    "Sight",
    "Signed",
    "Stage",
    "State",
    "Time",
    "Transfer",
    "TransferHistoryError",
    "TransferStateError",
    "advance",
    "propose",
]
