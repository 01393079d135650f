"""Indexes that are left out after the log went on under a later name: entries that it lost may have given them out.

Nobody can tell which those were, so the operator says from which index on none was given out, once for each vault. None
is exempt: the log that is left cannot tell a vault that was made since from one of which the lost entries spoke.
"""

from __future__ import annotations

from jinku.accounts.errors import BadRequestError, FirstIndexError
from jinku.accounts.kinds import SKIPPED
from jinku.accounts.types import JobRequest
from jinku.accounts.works import Works
from jinku.core import Id
from jinku.custody.types import Vault
from jinku.store import Unit

__all__ = ["first_index", "skipped"]


def first_index(unit: Unit, works: Works, vault: Vault, next_index: int, request: JobRequest) -> int:
    """The first index of a new job: ``next_index``, or the later one that the request names, as an entry says then.

    FirstIndexError while the log lost entries and nobody named one; BadRequestError for one that cannot be named.
    """
    origin, named = _asks(unit, works, vault), request.first_index
    # the job that began behind them may be lost since, and with it what the vault's row says
    next_index = max(next_index, *(end for _, end in skipped(unit, works, vault.vault)), 0)
    if named is None:
        if origin:
            raise _unnamed(vault, next_index, origin)
        return next_index
    if not origin:
        raise BadRequestError(
            f"the indexes of vault {vault.name} are given out in order, and none is to be left out",
            found=f"--first-index {named}",
            expected=f"the next one, {next_index}",
            advice="leave out --first-index",
        )
    if named < next_index:
        raise BadRequestError(
            "this first index was given out", found=named, expected=f"{next_index} or more", advice="name a later one"
        )
    unit.append_entry(SKIPPED, str(vault.vault), {"count": named - next_index, "origin": origin, "start": next_index})
    return named


def skipped(unit: Unit, works: Works, vault: Id) -> list[tuple[int, int]]:
    """The ranges (first, last + 1) that were left out, each after an opening that the log's key signed."""
    opened = works.later_origins(unit)
    return [(start, start + count) for start, count, origin in _said(unit, vault) if origin in opened]


def _asks(unit: Unit, works: Works, vault: Vault) -> str:
    """The newest origin, where nobody said since it was opened from which index on the vault goes on; else empty."""
    opened = works.later_origins(unit)
    if not opened:
        return ""
    last = opened[-1]
    return "" if any(origin == last for _, _, origin in _said(unit, vault.vault)) else last


def _said(unit: Unit, vault: Id) -> list[tuple[int, int, str]]:
    """Start, count and origin of each such entry."""
    return [
        (entry.said("start", int), entry.said("count", int), entry.said("origin", str))
        for entry in unit.entries(SKIPPED, str(vault))
    ]


def _unnamed(vault: Vault, next_index: int, origin: str) -> FirstIndexError:
    return FirstIndexError(
        f"the log lost entries, which may have given out indexes of vault {vault.name}",
        found=f"next index {next_index:,} here, and nobody said since {origin} was opened that it is free",
        expected="a first index behind all that were ever given out, named once",
        advice="look the highest one up in your books, exports and replicas, and name a later one: --first-index N; "
        f"where nobody knows, one far behind, such as {next_index + 1_000_000}: an index that was given out gives a "
        f"customer's address to another one; --first-index {next_index} for a vault that was made since",
        fields={"vault": str(vault.vault), "next": next_index},
    )
