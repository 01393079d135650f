"""Test cases beside a policy, in the same file: what is asked, what is expected. They do not enter the digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from jinku.core import (
    AccountId,
    AssetId,
    Bounds,
    ChainId,
    Fields,
    Id,
    Intent,
    IntentKind,
    Outcome,
    Verdict,
    canonical_bytes,
    parse_figure,
    parse_json,
)
from jinku.core.shape import MAX_MS, value_error
from jinku.policy.rules import evaluate
from jinku.policy.table import Policy
from jinku.policy.types import Deeds, Facts, Spent

__all__ = ["Case", "PolicyFile", "facts_of", "run_case"]

_MONDAY_NOON_MS: Final = 1_700_481_600_000  # 20 November 2023, 12:00 UTC
_LATEST_MS: Final = MAX_MS - 3_600_000  # an hour before the end of time, when the intent of a case ends
_MAX_CASES: Final = 10_000
_NOBODY: Final = {
    "eip155": "0x" + "99" * 20,
    "bip122": "bc1" + "q" * 39,
    "cosmos": "cosmos1" + "q" * 38,
    "solana": "2" * 32,
    "neo": "N" + "2" * 33,
    "tron": "T" + "2" * 33,
}
_COINS: Final = {
    "eip155": "slip44:60",
    "solana": "slip44:501",
    "tron": "slip44:195",
    "neo": "nep17:0xd2a4cff31913016155e38e474a2c06d08be276cf",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A question in short. ``destination`` None is an address of nobody's; ``spent`` are amounts of the last minute.

    Times are Unix milliseconds, by default a Monday at noon (UTC); figures are in smallest units.
    """

    name: str
    initiator: str
    vault: str
    asset: AssetId
    amount: int
    destination: AccountId | None = None
    source: AccountId | None = None
    kind: IntentKind = IntentKind.TRANSFER
    max_fee: int = 0
    at_ms: int = _MONDAY_NOON_MS
    told: Mapping[str, int] = field(default_factory=dict)
    spent: Sequence[int] = ()
    expect: Outcome | None = None

    @staticmethod
    def take(item: Fields) -> Case:
        """The case of an object; only name, initiator, vault, asset, amount and expect have to be there."""
        text = item.text("expect")
        if text not in set(Outcome):
            raise value_error("tests.expect", repr(text), ", ".join(Outcome))
        kind = item.maybe("kind", item.text) or "transfer"
        if kind not in set(IntentKind):
            raise value_error("tests.kind", repr(kind), ", ".join(IntentKind))
        told = item.maybe("told", item.fields)
        at_ms = item.maybe("at", lambda name: item.figure(name, _LATEST_MS))
        case = Case(
            name=item.text("name"),
            initiator=item.text("initiator"),
            vault=item.text("vault"),
            asset=item.word("asset", AssetId.parse),
            amount=item.figure("amount"),
            destination=item.maybe("destination", lambda name: item.word(name, AccountId.parse)),
            source=item.maybe("source", lambda name: item.word(name, AccountId.parse)),
            kind=IntentKind(kind),
            max_fee=item.maybe("max_fee", item.figure) or 0,
            at_ms=_MONDAY_NOON_MS if at_ms is None else at_ms,
            told={} if told is None else {name: parse_figure(figure) for name, figure in told.texts().items()},
            spent=tuple(map(parse_figure, item.maybe("spent", lambda name: item.strings(name, 1_000)) or ())),
            expect=Outcome(text),
        )
        item.end()
        return case


def facts_of(case: Case) -> Facts:
    """The facts that a case stands for: everything it leaves out is as harmless as can be."""
    chain = case.asset.chain
    nobody = AccountId(chain, _NOBODY[chain.namespace])
    source = case.source or nobody
    vault = Id.parse(case.vault)
    intent = Intent(
        id=Id.from_parts(case.at_ms, 1),
        deployment=Id.from_parts(case.at_ms, 2),
        kind=case.kind,
        vault=vault,
        source=source,
        destination=case.destination or nobody,
        asset=case.asset,
        amount=case.amount,
        bounds=Bounds(case.max_fee, case.at_ms + 3_600_000, replaceable=False),
        initiator=case.initiator,
        reason_commitment=None,
        idempotency_key="case",
        created_at_ms=case.at_ms,
    )
    ledger = [
        Spent(case.at_ms - 60_000, "00" * 32, vault, source, intent.destination, case.initiator, case.asset, amount)
        for amount in case.spent
    ]
    deeds = Deeds.asked(intent, fee_asset_of(case.asset))
    return Facts(intent, intent.digest().hex(), deeds, case.at_ms, ledger=ledger, told=dict(case.told))


def fee_asset_of(asset: AssetId) -> AssetId:
    """The coin of the asset's chain; on Bitcoin and Cosmos chains, where each names its own, the asset itself."""
    return coin_of(asset.chain) if asset.chain.namespace in _COINS else asset


def coin_of(chain: ChainId) -> AssetId:
    """A coin of the chain; of Bitcoin and Cosmos chains, where each names its own, one that stands for it."""
    other = "slip44:0" if chain.namespace == "bip122" else "denom:coin"
    return AssetId.exact(f"{chain}/{_COINS.get(chain.namespace, other)}")


def run_case(policy: Policy, case: Case) -> Verdict:
    """What the policy says of a case."""
    return evaluate(policy, facts_of(case))


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy and its test cases: ``{"policy": …, "tests": […], "v": 1}``, or a bare policy document."""

    policy: Policy
    cases: tuple[Case, ...]

    @staticmethod
    def parse(data: bytes) -> PolicyFile:
        """Those of a file in any spelling of JSON."""
        value = parse_json(data)
        if not isinstance(value, dict) or "policy" not in value:
            return PolicyFile(Policy.of(value), ())
        fields = Fields(value, "file")
        fields.version(1)
        policy = Policy(canonical_bytes(fields.take("policy")))
        cases = tuple(Case.take(item) for item in fields.each("tests", _MAX_CASES))
        fields.end()
        return PolicyFile(policy, cases)

    def failed(self) -> list[tuple[Case, Verdict]]:
        """The cases that are not answered as they expect, with the answer."""
        answers = [(case, run_case(self.policy, case)) for case in self.cases]
        return [(case, verdict) for case, verdict in answers if verdict.outcome is not case.expect]
