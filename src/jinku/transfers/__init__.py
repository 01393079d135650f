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

from jinku.transfers.asking import Ports
from jinku.transfers.errors import (
    IdempotencyError,
    NoTransferError,
    ProposalError,
    TransferHistoryError,
    TransferInFlightError,
    TransferOverError,
    TransfersBusyError,
    TransferStateError,
)
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
from jinku.transfers.ports import (
    Approvers,
    Chain,
    Given,
    Judge,
    Judgement,
    Live,
    Order,
    Refusal,
    Request,
    SignedApproval,
    Signer,
    Told,
    Transaction,
)
from jinku.transfers.records import Frozen, Scope, TransferRows
from jinku.transfers.rules import advance, propose
from jinku.transfers.service import Line, Story, Transfers
from jinku.transfers.steps import Do, Step, next_step
from jinku.transfers.types import ENDS, Attempt, Owner, Stage, State, Transfer
from jinku.transfers.worker import Pace, Worker

__all__ = [
    "ENDS",
    "Answer",
    "Approvals",
    "Approvers",
    "Asked",
    "Attempt",
    "Cancel",
    "Chain",
    "Do",
    "Event",
    "Freeze",
    "Frozen",
    "Given",
    "Hold",
    "IdempotencyError",
    "Judge",
    "Judged",
    "Judgement",
    "Line",
    "Live",
    "NoTransferError",
    "Order",
    "Owner",
    "Pace",
    "Planned",
    "Ports",
    "ProposalError",
    "Refusal",
    "Refused",
    "Request",
    "Scope",
    "Seen",
    "Sent",
    "Sight",
    "Signed",
    "SignedApproval",
    "Signer",
    "Stage",
    "State",
    "Step",
    "Story",
    "Time",
    "Told",
    "Transaction",
    "Transfer",
    "TransferHistoryError",
    "TransferInFlightError",
    "TransferOverError",
    "TransferRows",
    "TransferStateError",
    "Transfers",
    "TransfersBusyError",
    "Worker",
    "advance",
    "next_step",
    "propose",
]
