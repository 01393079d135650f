"""A second tree of the log that was found: nothing is signed until the operator says that it is known."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Protocol

from jinku.core import NotFoundError, ParseError, parse_json
from jinku.journal.errors import JournalForkedError
from jinku.journal.ports import LogRows
from jinku.journal.types import Filter, LogEntry

__all__ = ["Evidence", "Tree", "check_settled", "said", "settle", "settle_known"]

_FOUND, _SETTLED = "journal.fork_found", "journal.fork_settled"
_SIZE, _ROOT = re.compile(r"[0-9]{1,19}", re.ASCII), re.compile(r"[0-9a-f]{64}", re.ASCII)

Tree = tuple[str, str]  # size in decimal, and root in hex


class Evidence(Protocol):
    """What was kept of second trees beside the database: who deletes or inserts rows does not end the alarm."""

    def unsettled(self) -> list[Tree]:
        """Each second tree that is kept and not marked as known."""

    def settle(self, tree: Tree) -> None:
        """Where it is kept it is marked as known, durably."""


def check_settled(rows: LogRows, evidence: Evidence, origin: str, but: Collection[str] = ()) -> None:
    """JournalForkedError while a second tree of this log is on record and nobody has settled it.

    Trees of the roots in ``but`` (hex) are left out: the caller settles them.
    """
    for size, root in _unsettled(rows, evidence, origin):
        if root in but:
            continue
        raise JournalForkedError(
            "TWO TREES OF ONE LOG are on record; nothing is signed until that is settled",
            found=f"another root of size {size}: {root}",
            expected="one tree",
            advice=f"find out who signed the other one; then `jinku journal settle {root}`, or, where it is shown by a "
            "place that is right, `jinku journal new-origin --reason fork`",
            fields={"size": int(size), "root": root},
        )


def settle(rows: LogRows, evidence: Evidence, origin: str, root: str) -> int:
    """The operator knows of the other tree and goes on, as an entry says for ever; the size of that tree."""
    for (size, known), count in _unsettled(rows, evidence, origin).items():
        if known == root:
            rows.append(_SETTLED, origin, {"size": size, "theirs": root, "found": str(count)})
            evidence.settle((size, root))
            return int(size)
    raise NotFoundError(
        "no second tree of this root is on record, or it was settled before",
        found=root,
        advice="jinku journal flush names the one that is open, if any",
        code="journal.no_fork",
    )


def settle_known(rows: LogRows, evidence: Evidence, origin: str, roots: Collection[str]) -> None:
    """The trees of these roots (hex) that are on record are settled: the log goes on under another name than theirs."""
    for _, root in list(_unsettled(rows, evidence, origin)) if roots else ():
        if root in roots:
            settle(rows, evidence, origin, root)


def said(entry: LogEntry, *names: str) -> tuple[str, ...] | None:
    """These texts of an entry; None for a row that has not all of them, which nobody of ours wrote."""
    try:
        facts = parse_json(entry.content)
    except ParseError:
        return None
    found = [facts.get(name) for name in names] if isinstance(facts, dict) else [None]
    texts = tuple(one for one in found if isinstance(one, str))
    return texts if len(texts) == len(found) else None


def _unsettled(rows: LogRows, evidence: Evidence, origin: str) -> dict[Tree, int]:
    """Each second tree that was found more often than it was settled, or is kept and unmarked, and how often."""
    found: dict[Tree, int] = {}
    for entry in rows.find(Filter(subject=origin, kind=_FOUND)):
        facts = said(entry, "size", "theirs")
        if facts and _SIZE.fullmatch(facts[0]) and _ROOT.fullmatch(facts[1]):
            found[facts[0], facts[1]] = found.get((facts[0], facts[1]), 0) + 1
    unsettled = dict(found)
    for entry in rows.find(Filter(subject=origin, kind=_SETTLED)) if found else ():
        facts = said(entry, "size", "theirs", "found")
        if facts and _SIZE.fullmatch(facts[2]) and int(facts[2]) >= found.get((facts[0], facts[1]), 0):
            unsettled.pop((facts[0], facts[1]), None)
    for tree in evidence.unsettled():
        unsettled.setdefault(tree, found.get(tree, 1))
    return unsettled
