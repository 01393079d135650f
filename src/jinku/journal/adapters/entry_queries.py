"""Which rows of the entries a query means."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select

from jinku.journal.types import Filter
from jinku.store.tables import entries

__all__ = ["filtered", "places"]


def places(query: Select[Any], start: int, count: int) -> Select[Any]:
    """Those of so many places, in order."""
    index = entries.c.leaf_index
    return query.where(index >= start, index < start + count).order_by(index)


def filtered(query: Select[Any], wanted: Filter) -> Select[Any]:
    """Those that match."""
    if wanted.subject is not None:
        query = query.where(entries.c.subject == wanted.subject)
    if wanted.actor is not None:
        query = query.where(entries.c.actor == wanted.actor)
    if wanted.kind is not None and wanted.kind.endswith(".*"):
        family = wanted.kind.removesuffix("*")
        query = query.where(entries.c.kind >= family, entries.c.kind < family[:-1] + "/")  # "/" follows "."
    elif wanted.kind is not None:
        query = query.where(entries.c.kind == wanted.kind)
    if wanted.since_ms is not None:
        query = query.where(entries.c.created_at_ms >= wanted.since_ms)
    if wanted.until_ms is not None:
        query = query.where(entries.c.created_at_ms < wanted.until_ms)
    return query
