"""What leaves is noted down twice: that it was begun before, how it ended after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from jinku.core import JinkuError, Json
from jinku.custody.locking import exported_unrecorded
from jinku.store import Database

__all__ = ["noted_export"]


@contextmanager
def noted_export(database: Database, subject: str, what: str, facts: Mapping[str, Json]) -> Iterator[None]:
    """The export that is made within has an entry before and after; ``what`` names to a person what leaves.

    What went wrong within is told, rather than that its end has no entry: begun without an end says the rest.
    ExportedUnrecordedError when it was made and its end could not be written.
    """
    with database.unit() as unit:
        unit.append_entry("key.export_begun", subject, facts)
    try:
        yield
    except BaseException as error:
        with suppress(JinkuError):
            _ended(database, subject, facts, error.code if isinstance(error, JinkuError) else "failed")
        raise
    try:
        _ended(database, subject, facts, "exported")
    except JinkuError as error:
        raise exported_unrecorded(what, error) from error


def _ended(database: Database, subject: str, facts: Mapping[str, Json], outcome: str) -> None:
    with database.unit() as unit:
        unit.append_entry("key.export_ended", subject, {**facts, "outcome": outcome})
