"""What a decision rests on: known by the evaluator, sourced (signed by who is pinned in the trust root), or told.

What the coordinator tells can only tighten, which ``Policy`` sees to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from jinku.core import MAX_AMOUNT, AccountId, AssetId, Fields, Id, Intent, IntentKind, parse_json

__all__ = ["Deeds", "Facts", "People", "Person", "Quote", "Reference", "Spent", "Subject", "Team"]

HOUR_MS: Final = 3_600_000


class Interval(NamedTuple):
    """The lowest and highest that a figure can be."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Deeds:
    """What of a transaction's effects the table asks for beside the intent: grants in the words of Effects."""

    grants: tuple[str, ...]
    delegates: bool
    fee_asset: AssetId

    @staticmethod
    def of(effects: bytes) -> Deeds:
        """Those of effects, as a codec writes them."""
        document = Fields(parse_json(effects), "effects")
        words = tuple(grant.fields("limit").text("kind") for grant in document.each("grants", 10_000))
        fee = document.fields("fee")
        return Deeds(words, bool(document.each("delegations", 10_000)), fee.word("asset", AssetId.exact))

    @staticmethod
    def asked(intent: Intent, fee_asset: AssetId) -> Deeds:
        """Those that an intent asks for: no grant, and a delegation only by its kind."""
        return Deeds((), intent.kind is IntentKind.DELEGATE, fee_asset)


@dataclass(frozen=True, slots=True)
class Spent:
    """What was signed or reserved; ``value``: its worth then in the reference currency, if there were prices."""

    at_ms: int
    intent_digest: str
    vault: Id
    source: AccountId
    destination: AccountId
    initiator: str
    asset: AssetId
    amount: int
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """``10**exponent`` smallest units of an asset cost ``value`` smallest units of the reference currency (64 bits).

    Its signature was verified by whoever hands it in; whether its source may speak, and is fresh, is looked at here.
    """

    source: str
    asset: AssetId
    value: int
    exponent: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Person:
    """A key of the trust root, as far as it matters here."""

    roles: tuple[str, ...]
    not_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """A group of the trust root: names of keys, and the fewest who speak for it."""

    members: tuple[str, ...]
    threshold: int = 1


@dataclass(frozen=True, slots=True)
class People:
    """Keys and groups of the trust root, by name."""

    keys: Mapping[str, Person] = field(default_factory=dict)
    groups: Mapping[str, Team] = field(default_factory=dict)

    @staticmethod
    def of_root(document: bytes) -> People:
        """Those of a trust root's document, which the caller verified."""
        root = Fields(parse_json(document), "trust_root")
        keys = {key.text("name"): _person(key) for key in root.each("keys", 10_000)}
        groups = {
            group.text("name"): Team(group.strings("members", 10_000), group.integer("threshold"))
            for group in root.each("groups", 10_000)
        }
        return People(keys, groups)

    def may(self, name: str, role: str, at_ms: int) -> bool:
        """Whether this key may do that at that time."""
        key = self.keys.get(name)
        return key is not None and role in key.roles and (key.not_after_ms is None or at_ms <= key.not_after_ms)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is decided on, and what is known, sourced (``quotes``) and told of it. Times are Unix milliseconds.

    ``ledger`` has everything of the longest window; ``told`` are figures such as ``risk``, ``balance`` and ``need``.
    """

    intent: Intent
    digest: str
    deeds: Deeds
    at_ms: int
    ledger: Sequence[Spent] = ()
    people: People = field(default_factory=People)
    quotes: Sequence[Quote] = ()
    told: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """What approvals have to name (digests in hex), and when. A hold runs from ``recorded_ms``."""

    intent: Intent
    effects_digest: str
    policy_digest: str
    recorded_ms: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Reference:
    """How a reference currency gets its prices."""

    currency: str
    quorum: int
    max_age_seconds: int

    def value(self, facts: Facts, asset: AssetId, amount: int) -> Interval | None:
        """What an amount is worth by the fresh quotes, or None when fewer sources than the quorum speak.

        What does not fit 256 bits may be anything.
        """
        fresh = [
            quote
            for quote in facts.quotes
            if quote.asset == asset
            and 0 <= facts.at_ms - quote.at_ms <= self.max_age_seconds * 1_000
            and facts.people.may(quote.source, "source", facts.at_ms)
        ]
        if len({quote.source for quote in fresh}) < self.quorum:
            return None
        worth = [_worth(quote, amount) for quote in fresh]
        return Interval(min(it.low for it in worth), max(it.high for it in worth))


def _person(key: Fields) -> Person:
    return Person(key.strings("roles", 16), key.optional("not_after", key.figure))


def _worth(quote: Quote, amount: int) -> Interval:
    product = amount * quote.value
    if product > MAX_AMOUNT:
        return Interval(0, MAX_AMOUNT)
    floor, rest = divmod(product, 10**quote.exponent)
    return Interval(floor, floor + (1 if rest else 0)) if floor + bool(rest) <= MAX_AMOUNT else Interval(0, MAX_AMOUNT)
