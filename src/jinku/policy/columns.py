"""The columns of a rule. Each answers yes, no, or unknown; the evaluator takes unknown against the intent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from jinku.core import MAX_AMOUNT, Fields, IntentKind
from jinku.core.shape import CODE, check_text, value_error
from jinku.policy.book import Book, Names, ascending
from jinku.policy.types import HOUR_MS, Facts, Interval, Reference

__all__ = ["Answer", "Hours", "Range", "View", "When"]

_MAX_ITEMS: Final = 1_000
_GRANTS: Final = ("all", "lowered_by", "nothing", "raised_by", "up_to")
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIGURES: Final = ("age_hours", "amount", "fee", "fee_share_bps", "value")
_DAY: Final = 1_440
_CLOCK: Final = re.compile("([0-9]{2}):([0-5][0-9])")


class Answer(IntEnum):
    """What a column answers; the order is that of "and"."""

    NO = 0
    UNKNOWN = 1
    YES = 2


def _sure(holds: bool) -> Answer:
    return Answer.YES if holds else Answer.NO


@dataclass(frozen=True, slots=True)
class Range:
    """At least and at most, both inclusive."""

    least: int = 0
    most: int | None = None

    @staticmethod
    def take(fields: Fields) -> Range:
        """The range in an object that may hold more."""
        least, most = fields.maybe("least", fields.figure), fields.maybe("most", fields.figure)
        if (least is None and most is None) or (least is not None and most is not None and least > most):
            raise value_error(fields.place, "no range", "least, most or both, least not above most")
        return Range(least or 0, most)

    def holds(self, figure: int) -> bool:
        """Whether it lies inside."""
        return self.least <= figure and (self.most is None or figure <= self.most)

    def test(self, figure: Interval | None) -> Answer:
        """Yes when the whole interval lies inside, no when none of it does."""
        if figure is None:
            return Answer.UNKNOWN
        if self.holds(figure.low) and self.holds(figure.high):
            return Answer.YES
        apart = figure.high < self.least or (self.most is not None and figure.low > self.most)
        return Answer.NO if apart else Answer.UNKNOWN

    def test_share(self, part: Interval | None, whole: Interval | None) -> Answer:
        """The same of ``part / whole`` in hundredths of a per cent; nothing is sure where a product leaves 256 bits."""
        if part is None or whole is None:
            return Answer.UNKNOWN
        low, high = part.low * 10_000, part.high * 10_000
        bounds = [(whole.low * self.least, whole.high * self.least)]
        if self.most is not None:
            bounds.append((whole.low * self.most, whole.high * self.most))
        if max(low, high, *(figure for pair in bounds for figure in pair)) > MAX_AMOUNT:
            return Answer.UNKNOWN
        under = self.most is None or high <= bounds[1][0]
        if low >= bounds[0][1] and under:
            return Answer.YES
        above = self.most is not None and low > bounds[1][1]
        return Answer.NO if high < bounds[0][0] or above else Answer.UNKNOWN


@dataclass(frozen=True, slots=True)
class Hours:
    """Days and minutes at a fixed offset from UTC; past midnight when it ends before it begins."""

    days: frozenset[int]
    start: int
    end: int
    offset: int

    @staticmethod
    def take(fields: Fields) -> Hours:
        """Those of an object that holds nothing else."""
        place = fields.place
        names = fields.strings("days", len(DAYS))
        numbers = [DAYS.index(name) if name in DAYS else -1 for name in names]
        start, end, offset = fields.text("from"), fields.text("to"), fields.text("offset")
        fields.end()
        if not numbers or -1 in numbers or sorted(set(numbers)) != numbers:
            raise value_error(place, repr(names), "mon to sun, in that order, each once")
        first, last, shift = _clock(start), _clock(end), _clock(offset[1:])
        fits = first is not None and last is not None and shift is not None and offset[0] in "+-"
        if not fits or offset == "-00:00" or first in {last, _DAY} or (shift or 0) > 840:
            expected = "days, and from and to as HH:MM at +HH:MM or -HH:MM"
            raise value_error(place, f"{start!r} to {end!r} at {offset!r}", expected)
        return Hours(frozenset(numbers), first or 0, last or 0, (shift or 0) * (-1 if offset[0] == "-" else 1))

    def holds(self, at_ms: int) -> bool:
        """Whether the moment lies inside. 1 January 1970 was a Thursday."""
        day, minute = divmod(at_ms // 60_000 + self.offset, _DAY)
        today, yesterday = (day + 3) % 7 in self.days, (day + 2) % 7 in self.days
        if self.start < self.end:
            return today and self.start <= minute < self.end
        return (today and minute >= self.start) or (yesterday and minute < self.end)


def _clock(text: str) -> int | None:
    match = _CLOCK.fullmatch(text)
    minutes = int(match[1]) * 60 + int(match[2]) if match else _DAY + 1
    return minutes if minutes <= _DAY else None


class View:
    """An intent as the columns see it; made once for all rules."""

    def __init__(self, facts: Facts, book: Book, reference: Reference | None) -> None:
        """Look up the names of its things, its age and what it is worth."""
        intent, deeds = facts.intent, facts.deeds
        self.facts = facts
        things = {
            Names.ASSET: str(intent.asset),
            Names.CHAIN: str(intent.chain),
            Names.DESTINATION: str(intent.destination),
            Names.INITIATOR: intent.initiator,
            Names.KIND: intent.kind.value,
            Names.SOURCE: str(intent.source),
            Names.VAULT: str(intent.vault),
        }
        self.tokens = {names: book.tokens(names, thing) for names, thing in things.items()}
        since = book.since.get(things[Names.DESTINATION])
        age = 0 if since is None else max(facts.at_ms - since, 0) // HOUR_MS
        fee = intent.bounds.max_fee
        self.value = None if reference is None else reference.value(facts, intent.asset, intent.amount)
        if intent.asset == deeds.fee_asset:
            self.fee: Interval | None = Interval(fee, fee)
            self.whole: Interval | None = Interval(intent.amount, intent.amount)
        else:
            self.fee = None if reference is None else reference.value(facts, deeds.fee_asset, fee)
            self.whole = self.value
        self.figures = {
            "age_hours": Interval(age, age),
            "amount": Interval(intent.amount, intent.amount),
            "fee": Interval(fee, fee),
            "value": self.value,
        }


@dataclass(frozen=True, slots=True)
class When:
    """All that has to hold for a rule to match."""

    lists: dict[Names, frozenset[str]]
    grants: frozenset[str] | None
    ranges: dict[str, Range]
    time: Hours | None
    told: dict[str, Range]

    @staticmethod
    def take(fields: Fields, book: Book) -> When:
        """The columns in an object that holds nothing else."""
        lists = {}
        for names in Names:
            items = fields.maybe(names.value, lambda name: fields.strings(name, _MAX_ITEMS))
            if items is not None:
                place = f"{fields.place}.{names.value}"
                ascending(items, place)
                for item in items:
                    book.check_item(names, item, place)
                lists[names] = frozenset(items)
        ranges = {name: found for name in FIGURES if (found := _range(fields, name)) is not None}
        when = When(lists, _grants(fields), ranges, _time(fields), _told(fields))
        fields.end()
        if "amount" in ranges and Names.ASSET not in lists:
            raise value_error(f"{fields.place}.amount", "no asset", "an asset beside it")
        if "fee" in ranges and not lists.keys() & {Names.ASSET, Names.CHAIN}:
            expected = "a chain or an asset beside it: coins have units of their own"
            raise value_error(f"{fields.place}.fee", "no chain", expected)
        return when

    def test(self, view: View, permit: bool) -> Answer:
        """What the columns answer together; a permit has to cover every grant, the others have to meet one."""
        answer = Answer.YES
        for answer_of_one in self._answers(view, permit):
            answer = min(answer, answer_of_one)
            if answer is Answer.NO:
                break
        return answer

    def _answers(self, view: View, permit: bool) -> Iterator[Answer]:
        facts = view.facts
        yield _sure(self._test_grants(facts, permit))
        for names, items in self.lists.items():
            yield _sure(not items.isdisjoint(view.tokens[names]))
        if self.time is not None:
            yield _sure(self.time.holds(facts.at_ms))
        for name, span in self.told.items():
            yield _sure(name in facts.told and span.holds(facts.told[name]))
        for name, span in self.ranges.items():
            yield span.test_share(view.fee, view.whole) if name == "fee_share_bps" else span.test(view.figures[name])

    def _test_grants(self, facts: Facts, permit: bool) -> bool:
        if permit:
            handed = facts.deeds.delegates and facts.intent.kind is not IntentKind.DELEGATE
            return not handed and set(facts.deeds.grants) <= (self.grants or frozenset())
        return self.grants is None or not self.grants.isdisjoint(facts.deeds.grants)


def _range(fields: Fields, name: str) -> Range | None:
    inner = fields.maybe(name, fields.fields)
    if inner is None:
        return None
    span = Range.take(inner)
    inner.end()
    if name == "fee_share_bps" and max(span.least, span.most or 0) >> 64:
        raise value_error(inner.place, "more than 64 bits", "a share")
    return span


def _grants(fields: Fields) -> frozenset[str] | None:
    items = fields.maybe("grants", lambda name: fields.strings(name, len(_GRANTS)))
    if items is None:
        return None
    ascending(items, f"{fields.place}.grants")
    for item in items:
        if item not in _GRANTS:
            raise value_error(f"{fields.place}.grants", repr(item), ", ".join(_GRANTS))
    return frozenset(items)


def _time(fields: Fields) -> Hours | None:
    inner = fields.maybe("time", fields.fields)
    return None if inner is None else Hours.take(inner)


def _told(fields: Fields) -> dict[str, Range]:
    items = fields.maybe("told", lambda name: fields.each(name, _MAX_ITEMS))
    if items is None:
        return {}
    told = []
    for item in items:
        fact = item.text("fact")
        check_text(fact, CODE, f"{item.place}.fact")
        told.append((fact, Range.take(item)))
        item.end()
    ascending([fact for fact, _ in told], f"{fields.place}.told")
    return dict(told)
