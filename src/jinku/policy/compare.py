"""What a new policy changes: which rules and names, and which answers over the cells of both documents."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

from jinku.core import Outcome, Verdict
from jinku.policy.book import Names
from jinku.policy.cells import Cells
from jinku.policy.columns import Answer
from jinku.policy.rules import decide, includes, teams_text
from jinku.policy.table import Cap, Ceiling, Effect, Policy, Rule

__all__ = ["Change", "Difference", "Way", "diff"]

T = TypeVar("T")
_NOTHING: Final = "none"


class Way(StrEnum):
    """Which way an answer changes; ``other``: some of it stricter, some of it milder."""

    MILDER = "milder"
    STRICTER = "stricter"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Change:
    """Intents that get another outcome, other approvals, hold, limits or ceiling: which, and one of them."""

    what: str
    old: str
    new: str
    way: Way
    example: dict[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new document changes: rules and names (labels, ``@groups``, the reference) by name, answers by example.

    ``changes`` None: too many cells to compare.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    names: tuple[str, ...]
    changes: tuple[Change, ...] | None


class _Figure(NamedTuple):
    """One figure of a limit."""

    per: tuple[Names, ...]
    window_seconds: int
    what: str
    most: int
    over: Outcome

    @staticmethod
    def of(cap: Cap) -> Iterator[_Figure]:
        for what in ("amount", "count", "value"):
            most = getattr(cap, what)
            if most is not None:
                yield _Figure(cap.per, cap.window_seconds, what, most, cap.over)

    def covers(self, other: _Figure) -> bool:
        """Whether whatever passes this one passes the other: it adds up over at least as much, for at least as long."""
        return (
            self.what == other.what
            and set(self.per) <= set(other.per)
            and self.window_seconds >= other.window_seconds
            and self.most <= other.most
            and self.over.strictness >= other.over.strictness
        )

    def __str__(self) -> str:
        per = "/".join(self.per) or "all"
        return f"{self.what} {self.most} per {per} in {self.window_seconds} s else {self.over.value}"


class _Answer:
    """An answer to a cell, with what binds beside it."""

    def __init__(self, verdict: Verdict, matched: Sequence[tuple[Rule, Answer]]) -> None:
        binding = [rule.then for rule, _ in matched if rule.effect is not Effect.FORBID]
        self.outcome = verdict.outcome
        self.approvals = {then.approvals for then in binding if then.approvals}
        self.hold_hours = {hours for hours in [max((then.hold_hours for then in binding), default=0)] if hours}
        self.limits = {figure for then in binding for cap in then.limits for figure in _Figure.of(cap)}
        self.ceilings = {then.ceiling for then in binding if then.ceiling is not None}


def diff(old: Policy, new: Policy) -> Difference:
    """Which rules and names differ, and one example of each change of an answer.

    Told facts and grants are in no cell: of a rule that asks for them only the name is said.
    """
    before, after = ({rule.name: rule for rule in policy.rules} for policy in (old, new))
    changed = (name for name in before if name in after and before[name] != after[name])
    one, other = _names(old), _names(new)
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(changed)),
        names=tuple(sorted(name for name in one | other if one.get(name) != other.get(name))),
        changes=_changes(old, new),
    )


def _names(policy: Policy) -> dict[str, object]:
    book = policy.book
    labels = {label: (own, [book.since[it] for it in own]) for label, own in book.labels.items()}
    groups: dict[str, dict[Names, tuple[str, ...]]] = {}
    for names, known in book.groups.items():
        for group, members in known.items():
            groups.setdefault(f"@{group}", {})[names] = members
    return {**labels, **groups, "reference": policy.reference}


def _changes(old: Policy, new: Policy) -> tuple[Change, ...] | None:
    cells = Cells(old, new)
    if cells.is_too_many:
        return None
    found: dict[tuple[str, str, str], Change] = {}
    for cell in cells:
        answers = [_Answer(*decide(policy, cells.view(cell, policy))) for policy in (old, new)]
        for what, before, after, way in _compare(*answers):
            if (what, before, after) not in found:
                found[what, before, after] = Change(what, before, after, way, cell.describe())
    return tuple(found.values())


def _compare(old: _Answer, new: _Answer) -> Iterator[tuple[str, str, str, Way]]:
    if old.outcome is not new.outcome:
        way = Way.STRICTER if new.outcome.strictness > old.outcome.strictness else Way.MILDER
        yield "outcome", old.outcome.value, new.outcome.value, way
    if Outcome.DENY in {old.outcome, new.outcome}:
        return
    parts = [
        _part("approvals", old.approvals, new.approvals, includes, teams_text),
        _part("hold_hours", old.hold_hours, new.hold_hours, int.__ge__, str),
        _part("limits", old.limits, new.limits, _Figure.covers, str),
        _part("ceiling", old.ceilings, new.ceilings, _covers_ceiling, _ceiling_text),
    ]
    yield from (part for part in parts if part is not None)


def _part(
    what: str, old: Collection[T], new: Collection[T], covers: Callable[[T, T], bool], text: Callable[[T], str]
) -> tuple[str, str, str, Way] | None:
    """What changed of one part; None when each side asks for all that the other does."""
    stricter = all(any(covers(it, asked) for it in new) for asked in old)
    milder = all(any(covers(it, asked) for it in old) for asked in new)
    if stricter and milder:
        return None
    way = Way.STRICTER if stricter else Way.MILDER if milder else Way.OTHER
    before, after = ("; ".join(sorted(map(text, side))) or _NOTHING for side in (old, new))
    return what, before, after, way


def _covers_ceiling(one: Ceiling, other: Ceiling) -> bool:
    share = other.need_percent is None or (one.need_percent is not None and one.need_percent <= other.need_percent)
    return one.most <= other.most and share


def _ceiling_text(ceiling: Ceiling) -> str:
    share = "" if ceiling.need_percent is None else f", {ceiling.need_percent} % of the need"
    return f"{ceiling.most}{share}"
