"""Whose a database is: one installation's. On a server two homes could be given the same, and would share one log."""

from __future__ import annotations

from collections.abc import Sequence

from jinku.core import ConflictError
from jinku.store import Unit

__all__ = ["MADE", "foreign", "refuse_foreign"]

MADE = "deployment.made"  # the kind of an installation's first entry


def refuse_foreign(unit: Unit, deployment: str) -> None:
    """ConflictError when another installation than ``deployment`` began this database.

    One that nobody began, or whose beginning was taken out, passes: whoever verifies the journal names that.
    """
    if unit.has_entry(MADE, deployment):
        return
    others = unit.subjects(MADE)
    if others:
        raise foreign(others, deployment)


def foreign(others: Sequence[str], deployment: str = "") -> ConflictError:
    """The refusal of a database that ``others`` began; ``deployment`` is ours, empty before it has keys."""
    return ConflictError(
        "this database belongs to another installation",
        found=f"entries of deployment {', '.join(others)}",
        expected=f"those of deployment {deployment}" if deployment else "a database that nobody uses",
        advice="give each home a database of its own (JINKU_DATABASE_URL), or restore the home that began this one",
        code="ops.database_foreign",
    )
