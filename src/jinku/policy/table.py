"""The document: a closed table of rules, each with columns that have to hold and what then has to be met."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from jinku.core import Fields, Json, Outcome, canonical_bytes, domain_digest, parse_canonical
from jinku.core.shape import CODE, KEY_NAME, check_text, value_error
from jinku.policy.book import Book, Names, ascending
from jinku.policy.columns import When
from jinku.policy.types import Facts, Reference, Spent

__all__ = ["Cap", "Ceiling", "Effect", "Policy", "Quorum", "Rule", "Then"]

_TAG: Final = "jinku/policy/1"
_MAX_RULES: Final = 1_000
_MAX_PARTS: Final = 8
MAX_HOURS: Final = 366 * 24
_DIMENSIONS: Final = (Names.ASSET, Names.DESTINATION, Names.INITIATOR, Names.SOURCE, Names.VAULT)
_OVER: Final = (Outcome.DENY, Outcome.HOLD, Outcome.THROTTLE)


class Effect(StrEnum):
    """What a rule does when it matches."""

    FORBID = "forbid"
    PERMIT = "permit"
    REQUIRE = "require"


@dataclass(frozen=True, slots=True, order=True)
class Quorum:
    """How many of which group of the trust root have to approve."""

    group: str
    count: int


@dataclass(frozen=True, slots=True)
class Cap:
    """So much and so often in a window that slides; over everything that has ``per`` in common with the intent."""

    per: tuple[Names, ...]
    window_seconds: int
    amount: int | None
    count: int | None
    value: int | None
    over: Outcome

    @staticmethod
    def take(item: Fields) -> Cap:
        """The limit in an object that holds nothing else."""
        names = item.strings("per", len(_DIMENSIONS))
        if names:
            ascending(names, item.place)
        for name in names:
            if name not in _DIMENSIONS:
                raise value_error(item.place, repr(name), ", ".join(_DIMENSIONS))
        over = item.text("over")
        if over not in _OVER:
            raise value_error(item.place, repr(over), ", ".join(_OVER))
        cap = Cap(
            per=tuple(Names(name) for name in names),
            window_seconds=_within(item, "window_seconds", MAX_HOURS * 3_600),
            amount=item.maybe("amount", item.figure),
            count=item.maybe("count", lambda name: _within(item, name, 1_000_000)),
            value=item.maybe("value", item.figure),
            over=Outcome(over),
        )
        item.end()
        if cap.amount is None and (cap.count is None or cap.value is not None):
            raise value_error(item.place, "nothing that binds", "a count or an amount; an amount beside a value")
        return cap

    def counts(self, facts: Facts, spent: Spent) -> bool:
        """Whether something signed or reserved adds to the intent: not its own, nor what left the window."""
        gone = spent.at_ms + self.window_seconds * 1_000 <= facts.at_ms
        return (
            not gone
            and spent.intent_digest != facts.digest
            and all(getattr(spent, names.value) == getattr(facts.intent, names.value) for names in self.per)
        )


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How much may lie at the destination afterwards; less when ``need_percent`` of the recent need is less."""

    most: int
    need_percent: int | None


@dataclass(frozen=True, slots=True)
class Then:
    """What has to be met."""

    approvals: tuple[Quorum, ...] = ()
    hold_hours: int = 0
    limits: tuple[Cap, ...] = ()
    ceiling: Ceiling | None = None

    @staticmethod
    def take(fields: Fields) -> Then:
        """Those in an object that holds nothing else."""
        teams = fields.maybe("approvals", lambda name: [_quorum(it) for it in fields.each(name, _MAX_PARTS)])
        if teams is not None:
            ascending([team.group for team in teams], f"{fields.place}.approvals")
        ceiling = fields.maybe("ceiling", lambda name: _ceiling(fields.fields(name)))
        hold = fields.maybe("hold_hours", lambda name: _within(fields, name, MAX_HOURS))
        limits = fields.maybe("limits", lambda name: [Cap.take(it) for it in fields.each(name, _MAX_PARTS)])
        fields.end()
        if limits == []:
            raise value_error(f"{fields.place}.limits", "0 items", "at least one")
        return Then(tuple(teams or ()), hold or 0, tuple(limits or ()), ceiling)

    @property
    def needs_asset(self) -> bool:
        """Whether a figure is in the smallest unit of the asset."""
        return self.ceiling is not None or any(cap.amount is not None for cap in self.limits)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    name: str
    effect: Effect
    when: When
    then: Then

    @staticmethod
    def take(item: Fields, book: Book) -> Rule:
        """The rule of an object that holds nothing else."""
        effect = item.text("effect")
        if effect not in set(Effect):
            raise value_error("policy.rules.effect", repr(effect), ", ".join(Effect))
        name = item.formed("name", CODE)
        rule = Rule(name, Effect(effect), When.take(item.fields("when"), book), Then.take(item.fields("then")))
        item.end()
        rule._check()
        return rule

    def _check(self) -> None:
        empty = self.then == Then()
        permit = self.effect is Effect.PERMIT
        wrong = {
            "when.told": (permit and bool(self.when.told), "no told fact in a permit: it may only tighten"),
            "when.kind": (permit and Names.KIND not in self.when.lists, "the kinds of intent in a permit"),
            "then": (
                (self.effect is Effect.FORBID and not empty) or (self.effect is Effect.REQUIRE and empty),
                "something in a require, nothing in a forbid",
            ),
            "when.asset": (
                self.then.needs_asset and Names.ASSET not in self.when.lists,
                "an asset beside a figure in its smallest unit",
            ),
        }
        for column, (found, expected) in wrong.items():
            if found:
                raise value_error(f"policy.rules.{column}", self.name, expected)

    @property
    def needs_prices(self) -> bool:
        """Whether it speaks of the reference currency."""
        return "value" in self.when.ranges or any(cap.value is not None for cap in self.then.limits)


class Policy:
    """A policy document, read in full.

    >>> Policy.of({"assets": [], "book": [], "destinations": [], "initiators": [], "name": "none", "reference": None,
    ...     "rules": [], "v": 1, "vaults": []}).digest.hex()[:16]
    'ec5ad9e4f3521298'
    """

    def __init__(self, data: bytes) -> None:
        """The policy of exactly these canonical bytes, at most 1 MiB; raises ``ParseError`` that names the field."""
        fields = Fields(parse_canonical(data), "policy")
        fields.version(1)
        self.canonical = data
        self.digest = domain_digest(_TAG, data)
        self.name = fields.formed("name", CODE)
        self.book = Book(fields)
        self.reference = fields.optional("reference", lambda name: _reference(fields.fields(name)))
        self.rules = tuple(Rule.take(item, self.book) for item in fields.each("rules", _MAX_RULES))
        fields.end()
        names = sorted(rule.name for rule in self.rules)
        for name, again in pairwise(names):
            if name == again:
                raise value_error("policy.rules.name", name, "each name once")
        if self.reference is None:
            for rule in self.rules:
                if rule.needs_prices:
                    raise value_error("policy.reference", rule.name, "a reference currency for values")

    @staticmethod
    def of(document: Json) -> Policy:
        """The policy of a document in any spelling."""
        return Policy(canonical_bytes(document))

    @property
    def longest_window_seconds(self) -> int:
        """How far back the ledger of a decision has to reach."""
        return max((cap.window_seconds for rule in self.rules for cap in rule.then.limits), default=0)


def _within(fields: Fields, name: str, most: int) -> int:
    count = fields.integer(name)
    if not 1 <= count <= most:
        raise value_error(f"{fields.place}.{name}", count, f"1 to {most}")
    return count


def _quorum(item: Fields) -> Quorum:
    group = item.text("group")
    check_text(group, KEY_NAME, f"{item.place}.group")
    quorum = Quorum(group, _within(item, "count", 32))
    item.end()
    return quorum


def _ceiling(item: Fields) -> Ceiling:
    ceiling = Ceiling(item.figure("most"), item.maybe("need_percent", lambda name: _within(item, name, 100_000)))
    item.end()
    return ceiling


def _reference(item: Fields) -> Reference:
    currency = item.formed("currency", CODE)
    reference = Reference(currency, _within(item, "quorum", 32), _within(item, "max_age_seconds", 86_400))
    item.end()
    return reference
