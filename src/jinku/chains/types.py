"""What every family says in the same words: facts, quotes, orders, outcomes, standings, and what a watch sees."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from jinku.core import AccountId, Amount, AssetId, ChainId, Id, JinkuError, Plan

__all__ = [
    "BlockRef",
    "BlockSeen",
    "BroadcastResult",
    "Cursor",
    "Event",
    "Facts",
    "FeeQuote",
    "Level",
    "Limits",
    "Order",
    "Outcome",
    "Refusal",
    "Reorged",
    "Said",
    "Signed",
    "Simulated",
    "Stage",
    "Standing",
    "TxRef",
    "TxSeen",
    "Watched",
    "slots_of",
]


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A block: its height (a slot where the family counts so) and its hash in the chain's own spelling."""

    height: int
    hash: str


class Level(StrEnum):
    """How much the sender is in a hurry."""

    SLOW = "slow"
    NORMAL = "normal"
    FAST = "fast"


@dataclass(frozen=True, slots=True)
class FeeQuote:
    """What a unit of the chain's work costs at most, in the smallest unit; the tip of it where the chain has one.

    The unit is gas (EVM), 1,000 virtual bytes (Bitcoin), a compute unit in millionths of a lamport (Solana).
    """

    chain: ChainId
    level: Level
    rate: int
    tip: int | None
    at: BlockRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What endpoints agree on about an intent's accounts, all at one block; a family adds its own."""

    intent_digest: str
    at: BlockRef
    taken_at_ms: int
    balance: int
    """Of the intent's asset at its source."""
    coin: int
    """Of the asset that fees are paid in, at the source."""
    by: tuple[str, ...]
    faults: tuple[JinkuError, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a planner refuses beyond the intent's own bounds."""

    dust: int = 0
    """Amounts of the coin below this are refused."""
    fee_share_percent: int | None = None
    """Of the coin's amount: the most that the fee may be. None: no such limit."""
    contracts: bool = False
    """Whether the destination may have code."""
    facts_seconds: int = 120
    """How old facts may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the caller decides for one plan: its name, key and fee, and what other plans of the source hold.

    ``reserved`` are the slots of the source's live plans as ``slots_of`` writes them, ``committed`` what those plans
    take, fees included. ``slot`` asks for one nonce: to fill a gap, or with ``replaces`` to bump or cancel that plan.
    ``authorization`` is the signature of the first plan of a delegation (EVM), which makes this the second.
    """

    plan: Id
    created_at_ms: int
    path: str
    fee: FeeQuote
    reserved: frozenset[str] = frozenset()
    committed: tuple[Amount, ...] = ()
    replaces: Plan | None = None
    slot: str | None = None
    authorization: str | None = None
    limits: Limits = Limits()

    def held(self, asset: AssetId) -> int:
        """How much of the asset other plans take."""
        return sum(amount.value for amount in self.committed if amount.asset == asset)


def slots_of(plan: Plan) -> frozenset[str]:
    """What at most one live plan of an account may use: its nonce, or each outpoint that it spends."""
    inputs = {item.outpoint for item in plan.inputs}
    return frozenset(inputs if plan.nonce is None else {str(plan.nonce)})


@dataclass(frozen=True, slots=True)
class Simulated:
    """What one endpoint tells of a transaction that was not sent: it can only tighten.

    ``gained`` is what the destination would have more of the asset; None where that is not told.
    """

    succeeds: bool
    reason: str
    at: BlockRef
    by: str
    gained: int | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A transaction that the codec attached the signatures to."""

    chain: ChainId
    account: AccountId
    id: str
    raw: bytes


class Outcome(StrEnum):
    """What became of a broadcast. ``unknown``: an answer that was waited for did not come; look on chain first.

    ``refused``: nobody has it now. It is signed, so it can land until its slot is used for good.
    """

    ACCEPTED = "accepted"
    KNOWN = "already_known"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Refusal(StrEnum):
    """Why an endpoint does not take a transaction. ``other``: in words that are not understood, so it may have."""

    NONCE_TOO_LOW = "nonce_too_low"
    NONCE_TOO_HIGH = "nonce_too_high"
    UNDERPRICED = "underpriced"
    REPLACEMENT_UNDERPRICED = "replacement_underpriced"
    FEE_BELOW_BASE = "fee_below_base"
    FEE_ABOVE_CAP = "fee_above_cap"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    GAS = "gas"
    WRONG_CHAIN = "wrong_chain"
    UNSUPPORTED = "unsupported"
    BUSY = "busy"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Said:
    """What one endpoint made of a broadcast."""

    endpoint: str
    outcome: Outcome
    code: Refusal | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class BroadcastResult:
    """What the endpoints made of it together; ``code`` with a refusal."""

    outcome: Outcome
    id: str
    said: tuple[Said, ...]
    code: Refusal | None = None


@dataclass(frozen=True, slots=True)
class TxRef:
    """A transaction that was signed: its id, whose it is, and the plan that it follows."""

    id: str
    account: AccountId
    plan: Plan


class Stage(StrEnum):
    """How far a transaction is.

    ``dropped``: no endpoint has it, and it can still come back. ``replaced``: another used its slot. ``expired``: its
    time has passed on chain (Solana).
    """

    SEEN = "seen"
    INCLUDED = "included"
    SAFE = "safe"
    FINAL = "final"
    DROPPED = "dropped"
    REPLACED = "replaced"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Standing:
    """A transaction's stage as of one block; where it is included, in which block and whether it did what it says.

    ``settled``: it is final; or what replaced it is, and no endpoint knows it. Until then a reorganisation may bring it
    back, and a second plan of its intent could be paid beside it.
    """

    stage: Stage
    as_of: BlockRef
    block: BlockRef | None = None
    succeeded: bool | None = None
    settled: bool = False
    faults: tuple[JinkuError, ...] = ()


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a watch has come: the last blocks, oldest first, so that a reorganisation is noticed."""

    chain: ChainId
    blocks: tuple[BlockRef, ...]

    @property
    def tip(self) -> BlockRef:
        """The block that was seen last."""
        return self.blocks[-1]


@dataclass(frozen=True, slots=True)
class BlockSeen:
    """One block more."""

    block: BlockRef
    at_ms: int


@dataclass(frozen=True, slots=True)
class Reorged:
    """These blocks stand no more, newest first; what follows builds on ``onto``."""

    onto: BlockRef
    lost: tuple[BlockRef, ...]


@dataclass(frozen=True, slots=True)
class TxSeen:
    """A transaction that touches watched accounts, in the block of the event before it.

    ``payer`` is the watched account whose slots it uses, if it uses some: one that no plan explains is from outside.
    """

    id: str
    block: BlockRef
    accounts: frozenset[AccountId]
    payer: AccountId | None
    slots: frozenset[str]


Event = BlockSeen | Reorged | TxSeen


@dataclass(frozen=True, slots=True)
class Watched:
    """What a watch saw, in order, and where the next one goes on."""

    events: tuple[Event, ...]
    cursor: Cursor
