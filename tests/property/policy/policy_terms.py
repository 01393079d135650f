"""Random documents, intents, ledgers and people for the tests beside it: few names, so that they meet."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from jinku.core import MAX_AMOUNT, AccountId, Approval, AssetId, Bounds, Decision, Id, Intent, IntentKind
from jinku.policy import Deeds, Facts, People, Person, Policy, Quote, Spent, Subject, Team

ETHER, TOKEN = "eip155:1/slip44:60", "eip155:1/erc20:0x" + "aa" * 20
ASSETS = [ETHER, TOKEN]
ACCOUNTS = ["eip155:1:0x" + f"{n:02x}" * 20 for n in range(1, 6)]
VAULTS = [str(Id.from_parts(1_700_000_000_000, n)) for n in range(1, 4)]
INITIATORS = ["alice", "bob", "carol"]
TEAMS = ["ops", "risk"]
START_MS = 1_700_000_000_000
HOUR_MS = 3_600_000
HUGE = [2**255, MAX_AMOUNT - 1, MAX_AMOUNT]
figures = st.one_of(st.integers(0, 20), st.sampled_from(HUGE))


def some(items: list[str], most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(items), min_size=1, max_size=most, unique=True).map(sorted)


def maybe(columns: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=columns)


@st.composite
def spans(draw: st.DrawFn, values: st.SearchStrategy[int] = figures) -> dict[str, str]:
    low, high = sorted((draw(values), draw(values)))
    return draw(st.sampled_from([{"least": str(low)}, {"most": str(high)}, {"least": str(low), "most": str(high)}]))


clocks = st.sampled_from(["00:00", "06:30", "12:00", "22:00"])
hours = st.fixed_dictionaries(
    {
        "days": st.sampled_from([["mon", "tue", "wed"], ["tue"], ["sat", "sun"], ["mon", "sun"]]),
        "from": clocks,
        "to": st.sampled_from(["07:00", "13:00", "24:00"]),
        "offset": st.sampled_from(["+00:00", "+05:30", "-11:00", "+14:00"]),
    }
)
facts_told = st.lists(st.sampled_from(["risk", "speed"]), min_size=1, unique=True).map(sorted)
places = ["@friends", "kraken", "own", "unknown", ACCOUNTS[3], ACCOUNTS[4]]
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "chain": some(["eip155:1", "eip155:5"], 2),
    "destination": some(places),
    "initiator": some(["@staff", *INITIATORS]),
    "source": some(places),
    "vault": some(["@warm", *VAULTS]),
    "grants": some(["all", "lowered_by", "up_to"]),
    "age_hours": spans(st.integers(0, 60)),
    "fee": spans(),
    "fee_share_bps": spans(st.one_of(st.integers(0, 20_000), st.just(2**64 - 1))),
    "value": spans(),
    "time": hours,
}
quorums = st.lists(st.sampled_from(TEAMS), min_size=1, max_size=2, unique=True).flatmap(
    lambda groups: st.tuples(*[st.integers(1, 3) for _ in groups]).map(
        lambda counts: [{"count": n, "group": g} for g, n in sorted(zip(groups, counts, strict=True))]
    )
)


@st.composite
def caps(draw: st.DrawFn, with_asset: bool) -> dict[str, Any]:
    kinds = ["count", "amount", "value", "both"] if with_asset else ["count"]
    kind = draw(st.sampled_from(kinds))
    cap: dict[str, Any] = {
        "per": draw(st.one_of(st.just([]), some(["asset", "destination", "initiator", "source", "vault"]))),
        "window_seconds": draw(st.sampled_from([60, 3_600, 86_400])),
        "over": draw(st.sampled_from(["deny", "hold", "throttle"])),
    }
    if kind != "amount":
        cap["count"] = draw(st.integers(1, 4))
    if kind != "count":
        cap["amount"] = str(draw(figures))
    if kind in {"value", "both"}:
        cap["value"] = str(draw(figures))
    return cap


@st.composite
def rules(draw: st.DrawFn, number: int, broad: bool) -> dict[str, Any]:
    """A rule; a broad one permits whatever its asset allows, so that limits and others come to matter."""
    effect = "permit" if broad else draw(st.sampled_from(["forbid", "permit", "permit", "permit", "require"]))
    when = {} if broad else draw(maybe(COLUMNS).map(lambda it: dict(list(it.items())[:3])))
    with_asset = broad or draw(st.booleans())
    if "fee" in when and not with_asset:
        when.setdefault("chain", ["eip155:1"])
    if with_asset:
        when["asset"] = ["@stable"] if broad else draw(some(["@stable", *ASSETS]))
        when |= {} if broad else draw(maybe({"amount": spans()}))
    if effect == "permit":
        when["kind"] = ["delegate", "transfer"] if broad else draw(some(["delegate", "transfer"]))
    else:
        told = draw(st.one_of(st.none(), facts_told))
        if told:
            when["told"] = [{"fact": fact} | draw(spans(st.integers(0, 5))) for fact in told]
    then: dict[str, Any] = {}
    if effect != "forbid":
        parts: dict[str, st.SearchStrategy[Any]] = {
            "approvals": quorums,
            "hold_hours": st.integers(1, 72),
            "limits": st.lists(caps(with_asset), min_size=1, max_size=2),
        }
        if with_asset:
            ceiling = {"most": figures.map(str)}
            parts["ceiling"] = st.fixed_dictionaries(ceiling, optional={"need_percent": st.integers(1, 300)})
        then = draw(maybe(parts).filter(lambda it: bool(it) or effect == "permit"))
    return {"effect": effect, "name": f"rule_{number}", "then": then, "when": when}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(0, 5))
    broad = draw(st.booleans())
    since = st.integers(START_MS - 50 * HOUR_MS, START_MS + HOUR_MS).map(str)
    return {
        "assets": [{"members": sorted(ASSETS), "name": "stable"}],
        "book": [
            {"accounts": ACCOUNTS[:2], "label": "kraken", "since": draw(since)},
            {"accounts": ACCOUNTS[2:3], "label": "own", "since": draw(since)},
        ],
        "destinations": [{"members": draw(st.sampled_from([[], ["kraken"], ["kraken", "own"]])), "name": "friends"}],
        "initiators": [{"members": ["alice", "bob"], "name": "staff"}],
        "name": "random",
        "reference": {"currency": "usd", "max_age_seconds": 60, "quorum": draw(st.integers(1, 2))},
        "rules": [draw(rules(number, broad and number == 0)) for number in range(count)],
        "v": 1,
        "vaults": [{"members": VAULTS[:1], "name": "warm"}],
    }


policies = documents().map(Policy.of)


@st.composite
def intents(draw: st.DrawFn) -> Intent:
    delegates = draw(st.integers(0, 9)) == 0
    created = START_MS - draw(st.integers(0, 10 * HOUR_MS))
    return Intent(
        id=Id.from_parts(START_MS, 9),
        deployment=Id.from_parts(START_MS, 8),
        kind=IntentKind.DELEGATE if delegates else IntentKind.TRANSFER,
        vault=Id.parse(draw(st.sampled_from(VAULTS))),
        source=AccountId.exact(draw(st.sampled_from(ACCOUNTS))),
        destination=AccountId.exact(draw(st.sampled_from(ACCOUNTS))),
        asset=AssetId.exact(ETHER if delegates else draw(st.sampled_from(ASSETS))),
        amount=0 if delegates else draw(figures),
        bounds=Bounds(draw(figures), START_MS + HOUR_MS, replaceable=True),
        initiator=draw(st.sampled_from(INITIATORS)),
        reason_commitment=None,
        idempotency_key="order",
        created_at_ms=created,
    )


@st.composite
def spents(draw: st.DrawFn, intent: Intent) -> Spent:
    return Spent(
        at_ms=START_MS - draw(st.sampled_from([-1, 0, 59_999, 60_000, 3_600_000, 86_399_999, 86_400_000])),
        intent_digest=draw(st.sampled_from(["00" * 32, intent.digest().hex()])),
        vault=Id.parse(draw(st.sampled_from(VAULTS))),
        source=AccountId.exact(draw(st.sampled_from(ACCOUNTS[:2]))),
        destination=AccountId.exact(draw(st.sampled_from(ACCOUNTS[:2]))),
        initiator=draw(st.sampled_from(INITIATORS)),
        asset=AssetId.exact(draw(st.sampled_from(ASSETS))),
        amount=draw(figures),
        value=draw(st.one_of(st.none(), st.integers(0, 20), st.just(MAX_AMOUNT))),
    )


quotes = st.builds(
    Quote,
    source=st.sampled_from(["feed_a", "feed_b", "alice"]),
    asset=st.sampled_from(ASSETS).map(AssetId.exact),
    value=st.one_of(st.integers(0, 9), st.just(2**64 - 1)),
    exponent=st.sampled_from([0, 1, 18, 77]),
    at_ms=st.sampled_from([START_MS - 60_001, START_MS - 60_000, START_MS, START_MS + 1]),
)


@st.composite
def crowds(draw: st.DrawFn) -> People:
    names = [*INITIATORS, "dave", "erin"]
    ends = st.sampled_from([None, START_MS - 1, START_MS])
    keys = {name: Person(("approver", "initiator"), draw(ends)) for name in names}
    keys |= {name: Person(("source",), draw(ends)) for name in ("feed_a", "feed_b")}
    groups = {
        team: Team(tuple(sorted(draw(st.sets(st.sampled_from(names), min_size=1)))), draw(st.integers(1, 3)))
        for team in draw(st.sampled_from([TEAMS, TEAMS[:1]]))
    }
    return People(keys, groups)


told_figures = st.dictionaries(st.sampled_from(["risk", "speed", "balance", "need"]), figures)


@st.composite
def questions(draw: st.DrawFn) -> Facts:
    intent = draw(intents())
    grants = draw(st.sampled_from([(), (), (), ("up_to",), ("all", "up_to")]))
    return Facts(
        intent=intent,
        digest=intent.digest().hex(),
        deeds=Deeds(grants, draw(st.booleans()), AssetId.exact(ETHER)),
        at_ms=START_MS,
        ledger=draw(st.lists(spents(intent), max_size=4)),
        people=draw(crowds()),
        quotes=draw(st.lists(quotes, max_size=4)),
        told=draw(told_figures),
    )


@st.composite
def approvals(draw: st.DrawFn, subject: Subject) -> Approval:
    spoilt = draw(st.sampled_from(["", "", "", "", "", "intent", "effects", "policy", "bounds", "deployment", "late"]))
    intent = subject.intent
    other = "ff" * 32
    bounds = Bounds(intent.bounds.max_fee, intent.bounds.valid_until_ms + 1, replaceable=True)
    return Approval(
        deployment=Id.from_parts(START_MS, 7) if spoilt == "deployment" else intent.deployment,
        intent_digest=other if spoilt == "intent" else intent.digest().hex(),
        effects_digest=other if spoilt == "effects" else subject.effects_digest,
        bounds=bounds if spoilt == "bounds" else intent.bounds,
        policy_digest=other if spoilt == "policy" else subject.policy_digest,
        decision=Decision.REJECT if draw(st.integers(0, 9)) == 0 else Decision.APPROVE,
        not_after_ms=START_MS - (1 if spoilt == "late" else 0),
        approver=draw(st.sampled_from([*INITIATORS, "dave", "erin", "mallory"])),
    )
