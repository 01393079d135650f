"""The finite table behind a policy: every column cut at the names and figures that the document mentions.

Two intents in one piece of every column get the same answer, so one of each piece stands for all. Told facts are left
out: without them the answer is the mildest. Prices are whatever suits: none, and each figure that rules mention.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from jinku.core import MAX_AMOUNT, AccountId, AssetId, Bounds, IntentKind
from jinku.policy.book import UNKNOWN, Names
from jinku.policy.cases import Case, facts_of
from jinku.policy.columns import View
from jinku.policy.table import Policy
from jinku.policy.types import Facts, Interval

__all__ = ["Cell", "Cells"]

MAX_CELLS: Final = 200_000
_MINUTE_MS: Final = 60_000
_WEEK_MS: Final = 7 * 24 * 60 * _MINUTE_MS
_BEGIN_MS: Final = 1_704_067_200_000  # Monday, 1 January 2024, 00:00 UTC


@dataclass(frozen=True, slots=True)
class Cell:
    """One of each piece. ``fee_share`` None: the fee is free of charge; ``value`` None: no price."""

    kind: IntentKind
    asset: AssetId
    source: str
    destination: str
    amount: int
    fee: int
    fee_share: int | None
    age_hours: int
    value: int | None
    at_ms: int

    def describe(self) -> dict[str, str]:
        """What of it says something, for people."""
        shown = {name: getattr(self, name) for name in ("kind", "asset", "source", "destination", "amount", "fee")}
        shown |= {"age_hours": self.age_hours, "value": self.value, "fee_share_bps": self.fee_share}
        return {name: str(it) for name, it in shown.items() if it is not None}


class Cells:
    """All cells of one initiator and vault."""

    def __init__(self, policy: Policy, initiator: str, vault: str, asset: AssetId | None = None) -> None:
        """Cut the columns; with an asset, only cells of that one."""
        self.policy = policy
        self.initiator, self.vault = initiator, vault
        rules = policy.rules
        self._mentioned = {
            names: {item for rule in rules for item in rule.when.lists.get(names, frozenset())} for names in Names
        }
        self._columns = (
            list(IntentKind),
            [asset] if asset is not None else self._assets(),
            self._places(Names.SOURCE),
            self._places(Names.DESTINATION),
            self._figures("amount", MAX_AMOUNT),
            self._figures("fee", None),
            self._shares(),
            self._figures("age_hours", 1_000_000),
            self._values(),
            self._times(),
        )

    @property
    def count(self) -> int:
        """How many there are, at most."""
        size = 1
        for column in self._columns:
            size *= len(column)
        return size

    @property
    def is_too_many(self) -> bool:
        """Whether nobody would wait for them."""
        return self.count > MAX_CELLS

    def __iter__(self) -> Iterator[Cell]:
        """Each cell that an intent can be in."""
        for parts in itertools.product(*self._columns):
            cell = Cell(*parts)
            delegation = cell.kind is IntentKind.DELEGATE
            coin = cell.asset.chain.family == "evm" and cell.asset.namespace == "slip44"
            if delegation and (cell.amount or not coin or cell.asset.reference != "60"):
                continue
            if cell.age_hours and self._place(cell.destination, cell.asset) not in self.policy.book.since:
                continue
            yield cell

    def view(self, cell: Cell, facts: Facts | None = None, policy: Policy | None = None) -> View:
        """The cell as the evaluator sees it, by default of the policy that was cut."""
        facts = facts or self.facts(cell)
        view = View(facts, (policy or self.policy).book, None)
        view.value = None if cell.value is None else Interval(cell.value, cell.value)
        view.figures["value"] = view.value
        view.figures["age_hours"] = Interval(cell.age_hours, cell.age_hours)
        if cell.fee_share is not None:
            view.fee, view.whole = Interval(cell.fee_share, cell.fee_share), Interval(10_000, 10_000)
        return view

    def facts(self, cell: Cell) -> Facts:
        """The facts of a cell, with an empty ledger."""
        case = Case("cell", self.initiator, self.vault, cell.asset, cell.amount, kind=cell.kind, at_ms=cell.at_ms)
        facts = facts_of(case)
        intent = facts.intent
        source, destination = (self._place(it, cell.asset) for it in (cell.source, cell.destination))
        intent = replace(
            intent,
            source=intent.source if source == UNKNOWN else AccountId.exact(source),
            destination=intent.destination if destination == UNKNOWN else AccountId.exact(destination),
            bounds=Bounds(cell.fee, intent.bounds.valid_until_ms, replaceable=False),
        )
        return replace(facts, intent=intent, digest=intent.digest().hex())

    def _place(self, name: str, asset: AssetId) -> str:
        """An account of a label on the asset's chain, the account itself, or unknown."""
        own = self.policy.book.labels.get(name, (name,))
        fits = [it for it in own if it == UNKNOWN or AccountId.exact(it).chain == asset.chain]
        return fits[0] if fits else UNKNOWN

    def _assets(self) -> list[AssetId]:
        named = {item for item in self._mentioned[Names.ASSET] if not item.startswith("@")}
        groups = {item[1:] for item in self._mentioned[Names.ASSET] if item.startswith("@")}
        members = {it for group in groups for it in self.policy.book.groups[Names.ASSET][group]}
        chains = {item for item in self._mentioned[Names.CHAIN] if item.startswith("eip155:")} | {"eip155:1"}
        others = {f"{chain}/erc20:0x{'98' * 20}" for chain in chains} | {f"{chain}/slip44:60" for chain in chains}
        return [AssetId.exact(text) for text in sorted(named | members | others)]

    def _places(self, names: Names) -> list[str]:
        """One label, account or unknown of each set of names that rules mention."""
        book, mentioned = self.policy.book, self._mentioned[names]
        candidates = [UNKNOWN, *sorted(it for it in mentioned if ":" in it), *book.labels]
        found: dict[tuple[object, ...], str] = {}
        for place in candidates:
            for account in book.labels.get(place, (place,)):
                tokens = frozenset({UNKNOWN}) if place == UNKNOWN else book.tokens(names, account)
                chain = "" if place == UNKNOWN else str(AccountId.exact(account).chain)
                found.setdefault((tokens & mentioned, chain, account in book.since), account)
        return list(found.values())

    def _figures(self, name: str, top: int | None) -> list[int]:
        cuts: set[int] = {0} if top is None else {0, 1, top}
        for rule in self.policy.rules:
            span = rule.when.ranges.get(name)
            if span is not None:
                cuts |= {span.least - 1, span.least, *_after(span.most)}
            if name == "amount":
                cuts |= {it for cap in rule.then.limits for it in _after(cap.amount)}
                cuts |= set(_after(rule.then.ceiling.most if rule.then.ceiling else None))
        most = MAX_AMOUNT if top is None else top
        return sorted(it for it in cuts if 0 <= it <= most)

    def _shares(self) -> list[int | None]:
        used = any("fee_share_bps" in rule.when.ranges for rule in self.policy.rules)
        return [None, *self._figures("fee_share_bps", None)] if used else [None]

    def _values(self) -> list[int | None]:
        used = any("value" in rule.when.ranges for rule in self.policy.rules)
        return [None, *self._figures("value", MAX_AMOUNT)] if used else [None]

    def _times(self) -> list[int]:
        """One moment of each set of hours that hold together."""
        hours = [rule.when.time for rule in self.policy.rules if rule.when.time is not None]
        edges = {0}
        for one in hours:
            for day in range(7):
                edges |= {(day * 1_440 + edge - one.offset) % 10_080 for edge in (one.start, one.end)}
        found: dict[tuple[bool, ...], int] = {}
        for minute in sorted(edges):
            at_ms = _BEGIN_MS + minute * _MINUTE_MS % _WEEK_MS
            found.setdefault(tuple(one.holds(at_ms) for one in hours), at_ms)
        return list(found.values())


def _after(most: int | None) -> Iterable[int]:
    return () if most is None else (most, most + 1)
