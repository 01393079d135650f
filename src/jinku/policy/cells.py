"""The finite table behind policies: every column cut at the names and figures that the documents mention.

Two intents in one piece of every column get the same answer, so one of each piece stands for all. Told facts and
grants are left out: without them the answer is the mildest. Prices are whatever suits: none, and each figure that
rules mention.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from jinku.core import MAX_AMOUNT, AccountId, AssetId, ChainId, IntentKind
from jinku.policy.book import UNKNOWN, Names
from jinku.policy.cases import Case, coin_of, facts_of, fee_asset_of
from jinku.policy.columns import DAYS, Hours, View
from jinku.policy.table import Policy
from jinku.policy.types import Facts, Interval

__all__ = ["Cell", "Cells"]

MAX_CELLS: Final = 200_000
_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 24 * 60 * _MINUTE_MS
_BEGIN_MS: Final = 1_704_067_200_000  # Monday, 1 January 2024, 00:00 UTC
_MAX_AGE: Final = 1_000_000  # in hours
_TOKENS: Final = {
    "eip155": "erc20:0x" + "98" * 20,
    "solana": "token:" + "3" * 32,
    "neo": "nep17:0x" + "98" * 20,
    "tron": "trc20:T" + "3" * 33,
}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cell:
    """One of each piece. ``fee_share`` None: that of fee and amount; ``value`` None: no price."""

    asset: AssetId
    kind: IntentKind
    initiator: str
    vault: str
    source: str
    destination: str
    amount: int
    fee: int
    fee_share: int | None
    age_hours: int
    value: int | None
    at_ms: int

    def describe(self) -> dict[str, str]:
        """What of it says something, for people; the time is that of UTC."""
        names = ("asset", "kind", "initiator", "vault", "source", "destination", "amount", "fee", "age_hours", "value")
        shown = {name: getattr(self, name) for name in names} | {"fee_share_bps": self.fee_share}
        day, minute = divmod((self.at_ms - _BEGIN_MS) // _MINUTE_MS, 24 * 60)
        shown["at"] = f"{DAYS[day % 7]} {minute // 60:02}:{minute % 60:02}"
        return {name: str(it) for name, it in shown.items() if it is not None}


class Cells:
    """All cells of the documents: each column is cut where any of them cuts it."""

    def __init__(
        self,
        *policies: Policy,
        initiator: str | None = None,
        vault: str | None = None,
        asset: AssetId | None = None,
    ) -> None:
        """Cut the columns; with an initiator, a vault or an asset, only cells of that one.

        A delegation hands over an account with all its assets, so those of the asset's chain are there in any case.
        """
        self._policies = policies
        self._asset = asset
        self._mentioned = [_mentioned(policy) for policy in policies]
        places = {names: self._places(names) for names in (Names.SOURCE, Names.DESTINATION)}
        shared: list[Sequence[Any]] = [
            list(IntentKind),
            [initiator] if initiator is not None else self._names(Names.INITIATOR, "nobody"),
            [vault] if vault is not None else self._names(Names.VAULT, "018bcfe5-6800-7000-8000-000000000000"),
        ]
        figures: list[Sequence[Any]] = [
            self._figures("amount", MAX_AMOUNT),
            self._figures("fee", None),
            [None, *self._used("fee_share_bps", None)],
            self._figures("age_hours", _MAX_AGE),
            [None, *self._used("value", MAX_AMOUNT)],
            self._times(),
        ]
        self._columns: list[tuple[AssetId, list[Sequence[Any]]]] = []
        for one in self._assets():
            own = [[UNKNOWN, *places[names].get(one.chain, ())] for names in (Names.SOURCE, Names.DESTINATION)]
            self._columns.append((one, [*shared, *own, *figures]))

    @property
    def count(self) -> int:
        """How many there are, at most."""
        return sum(math.prod(len(column) for column in columns) for _, columns in self._columns)

    @property
    def is_too_many(self) -> bool:
        """Whether nobody would wait for them."""
        return self.count > MAX_CELLS

    def __iter__(self) -> Iterator[Cell]:
        """Each cell that an intent can be in."""
        for asset, columns in self._columns:
            delegates = asset.chain.family == "evm" and asset == fee_asset_of(asset)
            for parts in itertools.product(*columns):
                cell = Cell(asset, *parts)
                if cell.kind is IntentKind.DELEGATE:
                    if cell.amount or not delegates:
                        continue
                elif self._asset is not None and asset != self._asset:
                    continue
                if cell.age_hours and not any(cell.destination in policy.book.since for policy in self._policies):
                    continue
                yield cell

    @staticmethod
    def view(cell: Cell, policy: Policy, facts: Facts | None = None) -> View:
        """The cell as the evaluator sees it, by default with an empty ledger."""
        view = View(facts or Cells.facts(cell), policy.book, None)
        for names, place in ((Names.SOURCE, cell.source), (Names.DESTINATION, cell.destination)):
            if place == UNKNOWN:
                view.tokens[names] = frozenset({UNKNOWN})
        age = cell.age_hours if cell.destination in policy.book.since else 0
        view.figures["age_hours"] = Interval(age, age)
        view.value = view.figures["value"] = None if cell.value is None else Interval(cell.value, cell.value)
        if cell.fee_share is not None:
            view.fee, view.whole = Interval(cell.fee_share, cell.fee_share), Interval(10_000, 10_000)
        return view

    @staticmethod
    def facts(cell: Cell) -> Facts:
        """The facts of a cell, with an empty ledger."""
        source, destination = (
            None if place == UNKNOWN else AccountId.exact(place) for place in (cell.source, cell.destination)
        )
        case = Case(
            "cell",
            cell.initiator,
            cell.vault,
            cell.asset,
            cell.amount,
            destination=destination,
            source=source,
            kind=cell.kind,
            max_fee=cell.fee,
            at_ms=cell.at_ms,
        )
        return facts_of(case)

    def _key(self, names: Names, thing: str) -> tuple[frozenset[str], ...]:
        """By which names that the rules mention a thing goes, in each document."""
        pairs = zip(self._policies, self._mentioned, strict=True)
        return tuple(policy.book.tokens(names, thing) & mentioned[names] for policy, mentioned in pairs)

    def _things(self, names: Names) -> set[str]:
        """Everything that rules mention, by itself or in a group."""
        members = {it for policy in self._policies for group in policy.book.groups[names].values() for it in group}
        named = {it for mentioned in self._mentioned for it in mentioned[names] if not it.startswith("@")}
        return members | named

    def _names(self, names: Names, other: str) -> list[str]:
        """One of each set of names that rules mention, and one of none."""
        things = self._things(names)
        while other in things:
            other += "0"
        return _first(sorted(things), lambda it: self._key(names, it), first=other)

    def _assets(self) -> list[AssetId]:
        assets = {AssetId.exact(text) for text in self._things(Names.ASSET)}
        chains = {asset.chain for asset in assets} | {account.chain for account in self._accounts()}
        chains |= {ChainId.exact(it) for mentioned in self._mentioned for it in mentioned[Names.CHAIN]}
        if self._asset is not None:
            return _first([coin_of(self._asset.chain)], str, first=self._asset)
        for chain in chains | {ChainId.exact("eip155:1")}:
            token = _TOKENS.get(chain.namespace)
            assets |= {coin_of(chain)} | ({AssetId.exact(f"{chain}/{token}")} if token else set())
        ordered = sorted(assets, key=str)
        return _first(ordered, lambda it: (self._key(Names.ASSET, str(it)), it.chain, it == fee_asset_of(it)))

    def _accounts(self) -> set[AccountId]:
        """All accounts that the documents know."""
        named = {it for mentioned in self._mentioned for it in mentioned[Names.SOURCE] | mentioned[Names.DESTINATION]}
        own = {it for it in named if ":" in it} | {it for policy in self._policies for it in policy.book.since}
        return {AccountId.exact(it) for it in own}

    def _places(self, names: Names) -> dict[ChainId, list[str]]:
        """One account of each set of names that rules mention, by chain."""
        accounts = sorted(self._accounts(), key=str)

        def key(account: AccountId) -> tuple[object, ...]:
            in_books = tuple(str(account) in policy.book.since for policy in self._policies)
            return account.chain, self._key(names, str(account)), in_books

        found: dict[ChainId, list[str]] = {}
        for account in _first(accounts, key):
            found.setdefault(account.chain, []).append(str(account))
        return found

    def _figures(self, name: str, top: int | None) -> list[int]:
        """Both ends of each piece; with ``top``, also of what lies outside all ranges."""
        cuts: set[int] = {0} if top is None else {0, 1, top}
        for rule in (rule for policy in self._policies for rule in policy.rules):
            span = rule.when.ranges.get(name)
            if span is not None:
                cuts |= {span.least - 1, span.least, *_after(span.most)}
            if name == "amount":
                cuts |= {it for cap in rule.then.limits for it in _after(cap.amount)}
                cuts |= set(_after(rule.then.ceiling.most if rule.then.ceiling else None))
        most = MAX_AMOUNT if top is None else top
        return sorted(it for it in cuts if 0 <= it <= most)

    def _used(self, name: str, top: int | None) -> list[int]:
        used = any(name in rule.when.ranges for policy in self._policies for rule in policy.rules)
        return self._figures(name, top) if used else []

    def _times(self) -> list[int]:
        """One moment of each set of hours that hold together."""
        rules = [rule for policy in self._policies for rule in policy.rules]
        hours = [rule.when.time for rule in rules if rule.when.time is not None]
        edges = {0}
        for one in hours:
            for day in range(7):
                edges |= {(day * 1_440 + edge - one.offset) % 10_080 for edge in (one.start, one.end)}

        def key(at_ms: int, hours: Sequence[Hours] = hours) -> tuple[bool, ...]:
            return tuple(one.holds(at_ms) for one in hours)

        return _first([_BEGIN_MS + minute * _MINUTE_MS for minute in sorted(edges)], key)


def _mentioned(policy: Policy) -> dict[Names, frozenset[str]]:
    lists = [rule.when.lists for rule in policy.rules]
    return {names: frozenset(it for one in lists for it in one.get(names, ())) for names in Names}


def _first(things: Iterable[T], key: Callable[[T], object], first: T | None = None) -> list[T]:
    """One thing of each key."""
    found: dict[object, T] = {} if first is None else {key(first): first}
    for thing in things:
        found.setdefault(key(thing), thing)
    return list(found.values())


def _after(most: int | None) -> Iterable[int]:
    return () if most is None else (most, most + 1)
