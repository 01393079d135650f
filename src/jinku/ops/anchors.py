"""Anchors, composed: which kinds of sources there are, and the part of a bundle that shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jinku.core import Clock
from jinku.journal.adapters.anchor_ots import Calendar
from jinku.journal.adapters.anchor_rfc3161 import TimeStampAuthority
from jinku.journal.adapters.anchor_rows import SqlAnchorRows
from jinku.journal.anchors import Anchoring, AnchorKind, SourceFacts
from jinku.journal.anchors.ports import AnchorSource

if TYPE_CHECKING:  # it takes a quarter of a second to load; the help of commands is spared it
    from jinku.ops.platform import Platform

__all__ = ["Sources", "anchoring_of"]

_Maker = Callable[[SourceFacts, Clock], AnchorSource]
_MAKERS: dict[AnchorKind, _Maker] = {
    AnchorKind.RFC3161: lambda facts, clock: TimeStampAuthority(facts.place, facts.pins, clock),
    AnchorKind.OTS: lambda facts, clock: Calendar(facts.place, facts.pins),
}


class Sources:
    """Implements the port ``AnchorSources``."""

    def __init__(self, clock: Clock) -> None:
        """``clock`` is what fresh time stamps are compared with."""
        self._clock = clock

    def open(self, facts: SourceFacts) -> AnchorSource:
        """The source that is described."""
        return _MAKERS[facts.kind](facts, self._clock)


def anchoring_of(platform: Platform) -> Anchoring:
    """The anchors of an installation's log."""
    journal = platform.journal
    rows = SqlAnchorRows(platform.database)
    return Anchoring(journal.keys.origin, rows, Sources(platform.clock), journal.extract, platform.clock)
