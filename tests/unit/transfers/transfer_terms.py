"""An intent, its plans, and the events that bring a transfer to each of its states."""

from __future__ import annotations

from jinku.core import (
    AccountId,
    AssetId,
    Bounds,
    Id,
    IdSource,
    Intent,
    IntentKind,
    ManualClock,
    Outcome,
)
from jinku.transfers import (
    Answer,
    Asked,
    Event,
    Judged,
    Planned,
    Sent,
    Signed,
    Time,
    Transfer,
    advance,
    propose,
)

NOW = 1_700_000_000_000
END = NOW + 600_000
_IDS = IdSource(ManualClock(NOW), lambda count: bytes(range(count)))
PLANS = [_IDS.new() for _ in range(3)]
A, B, C = PLANS


def intent(replaceable: bool = True) -> Intent:
    chain = "eip155:1"
    return Intent(
        id=_IDS.new(),
        deployment=_IDS.new(),
        kind=IntentKind.TRANSFER,
        vault=_IDS.new(),
        source=AccountId.parse(f"{chain}:0x9858effd232b4033e47d90003d41ec34ecaeda94"),
        destination=AccountId.parse(f"{chain}:0x6fac4d18c912343bf86fa7049364dd4e424ab9c0"),
        asset=AssetId.parse(f"{chain}/slip44:60"),
        amount=1,
        bounds=Bounds(max_fee=10**15, valid_until_ms=END, replaceable=replaceable),
        initiator="ed25519:7f4c",
        reason_commitment=None,
        idempotency_key="order-1",
        created_at_ms=NOW,
    )


def judged(outcome: Outcome, until_ms: int = 0, basis: str = "b") -> Judged:
    return Judged(outcome, "policy.rule", basis, until_ms)


def planned(plan: Id, replaces: Id | None = None, slots: frozenset[str] = frozenset({"7"})) -> Planned:
    return Planned(plan, f"{PLANS.index(plan):064x}", slots, replaces)


def signed(plan: Id) -> Signed:
    return Signed(plan, f"0x{PLANS.index(plan)}")


def play(*events: Event, now_ms: int = NOW, replaceable: bool = True) -> Transfer:
    transfer = propose(intent(replaceable), NOW)
    for event in events:
        transfer = advance(transfer, event, now_ms)
    return transfer


ALLOWED = (judged(Outcome.ALLOW), Time())
PLANNED = (*ALLOWED, planned(A))
ASKED = (*PLANNED, Asked(A))
SIGNED = (*ASKED, signed(A))
OUT = (*SIGNED, Sent(A, Answer.TAKEN))
BUMPED = (*OUT, planned(B, A), Asked(B))
WANTED = (judged(Outcome.REQUIRE_APPROVAL), Time())
