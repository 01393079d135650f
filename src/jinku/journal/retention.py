"""How long entries of each kind must stand: what a store with object lock is told when it takes a file of the log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jinku.core import ParseError, UsageError, parse_json

__all__ = ["Retention", "Term"]

_MODES = ("compliance", "governance")
_RULE = re.compile(r"(\*|[a-z_]+(?:\.[a-z_]+)*(?:\.\*)?)=(?:([1-9][0-9]{0,5})(\+hold)?|(hold))", re.ASCII)
_MOST_DAYS = 36_500  # as the stores have it


@dataclass(frozen=True, slots=True)
class Term:
    """So many days from the moment of writing, and whether a legal hold is on besides."""

    days: int = 0
    hold: bool = False

    def __or__(self, other: Term) -> Term:
        """What satisfies both."""
        return Term(max(self.days, other.days), self.hold or other.hold)


@dataclass(frozen=True, slots=True)
class Retention:
    """A mode of object lock, and a term for each kind of entry; the most exact rule decides.

    >>> retention = Retention.parse("compliance *=365 vault.*=3650 vault.locked=30 freeze.*=3650+hold")
    >>> [retention.of_kind(kind).days for kind in ("job.made", "vault.made", "vault.locked")]
    [365, 3650, 30]
    >>> retention.of_entries([b'{"kind":"job.made"}', b'{"kind":"freeze.on"}'])
    Term(days=3650, hold=True)
    """

    mode: str
    rules: tuple[tuple[str, Term], ...]

    @staticmethod
    def parse(text: str) -> Retention:
        """``MODE KIND=DAYS…``: compliance or governance, then rules; KIND is ``*``, ``family.*`` or whole.

        Days may be followed by ``+hold`` or replaced by ``hold``: a legal hold. A rule for ``*`` must be there.
        """
        mode, *words = text.split() or [""]
        if mode.lower() not in _MODES:
            raise _refuse(mode[:40], "compliance or governance first")
        rules: dict[str, Term] = {}
        for word in words:
            match = _RULE.fullmatch(word)
            if match is None or int(match[2] or 0) > _MOST_DAYS:
                raise _refuse(word[:80], f"KIND=DAYS, KIND=DAYS+hold or KIND=hold, at most {_MOST_DAYS} days")
            if match[1] in rules:
                raise _refuse(f"{match[1]} twice", "one rule for each kind")
            rules[match[1]] = Term(int(match[2] or 0), bool(match[3] or match[4]))
        if "*" not in rules:
            raise _refuse("no rule for *", "one for all that no other rule names, such as *=365")
        return Retention(mode.upper(), tuple(rules.items()))

    def of_kind(self, kind: str) -> Term:
        """The term of the most exact rule."""
        return next(term for pattern, term in sorted(self.rules, key=_exactness) if _matches(pattern, kind))

    def of_entries(self, entries: Sequence[bytes]) -> Term:
        """Entries that stand in one file stay as long as the one that stays longest; one of no kind, as any may."""
        kinds = {_kind(entry) for entry in entries}
        return _longest(self.longest if kind is None else self.of_kind(kind) for kind in kinds)

    @property
    def longest(self) -> Term:
        """What satisfies every rule: hashes prove entries of all kinds."""
        return _longest(term for _, term in self.rules)


def _longest(terms: Iterable[Term]) -> Term:
    found = Term()
    for term in terms:
        found |= term
    return found


def _kind(entry: bytes) -> str | None:
    """Of a row that somebody else wrote nobody knows the form."""
    try:
        said = parse_json(entry)
    except ParseError:
        return None
    kind = said.get("kind") if isinstance(said, dict) else None
    return kind if isinstance(kind, str) else None


def _exactness(rule: tuple[str, Term]) -> tuple[bool, int]:
    pattern = rule[0]
    return pattern.endswith("*"), -len(pattern)


def _matches(pattern: str, kind: str) -> bool:
    return kind.startswith(pattern[:-1]) if pattern.endswith("*") else kind == pattern


def _refuse(found: str, expected: str) -> UsageError:
    return UsageError(
        "the retention of the journal cannot be read",
        found=found,
        expected=expected,
        advice='as in JINKU_TILES_LOCK="compliance *=365 vault.*=3650"',
        code="journal.retention",
    )
