"""What cannot be taken back is noted down twice: that it was begun before, how it ended after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial

from jinku.core import JinkuError, Json
from jinku.custody.locking import end_unrecorded, exported_unrecorded
from jinku.store import Database

__all__ = ["noted", "noted_export"]


@contextmanager
def noted_export(database: Database, subject: str, what: str, facts: Mapping[str, Json]) -> Iterator[None]:
    """The export that is made within has an entry before and after; ``what`` names to a person what leaves.

    ExportedUnrecordedError when it was made and its end could not be written.
    """
    with _noted(database, "key.export", subject, facts, "exported", partial(exported_unrecorded, what)):
        yield


@contextmanager
def noted(  # noqa: PLR0917  what the entries say, and what a person is told
    database: Database, act: str, subject: str, facts: Mapping[str, Json], done: str, what: str
) -> Iterator[dict[str, Json]]:
    """What is done within has the entries ``<act>_begun`` and ``<act>_ended``, the end with the outcome ``done``.

    What the body puts into the dictionary the end says, too. ``what`` tells a person that it was done:
    EndUnrecordedError when only its end could not be written.
    """
    with _noted(database, act, subject, facts, done, partial(end_unrecorded, what, f"{act}_ended")) as end:
        yield end


@contextmanager
def _noted(  # noqa: PLR0917  as above
    database: Database,
    act: str,
    subject: str,
    facts: Mapping[str, Json],
    done: str,
    unrecorded: Callable[[JinkuError], JinkuError],
) -> Iterator[dict[str, Json]]:
    """What went wrong within is told, rather than that its end has no entry: begun without an end says the rest."""
    end: dict[str, Json] = {}

    def ended(outcome: str) -> None:
        with database.unit() as unit:
            unit.append_entry(f"{act}_ended", subject, {**facts, **end, "outcome": outcome})

    with database.unit() as unit:
        unit.append_entry(f"{act}_begun", subject, facts)
    try:
        yield end
    except BaseException as error:
        with suppress(JinkuError):
            ended(error.code if isinstance(error, JinkuError) else "failed")
        raise
    try:
        ended(done)
    except JinkuError as error:
        raise unrecorded(error) from error
