"""What entries say of one thing. Whoever can insert a row can add an entry: so all of them have to say the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jinku.accounts.errors import AddressIntegrityError
from jinku.store import Entry

__all__ = ["agreed", "entry_name", "fact", "said_by"]

# When and by whom: a batch that is made again after a restore has another entry, which differs in these alone.
_CIRCUMSTANCE = ("actor", "ts")
_ADVICE = "no command of Jinku leaves this: read both with `jinku journal show`, and find out who wrote to the database"


def said_by(entry: Entry) -> dict[str, Any]:
    """What one entry says; the unit that read it compared its columns and its hash."""
    said: dict[str, Any] = json.loads(entry.content)
    return said


def fact(entry: Entry, said: Mapping[str, Any], name: str, kind: type[Any]) -> Any:
    """One fact that an entry of this kind always has."""
    value = said.get(name)
    if type(value) is not kind:
        raise AddressIntegrityError(
            f"an entry does not say what its kind says: {entry_name(entry)}",
            found=f"{name}: {type(value).__name__}",
            expected=kind.__name__,
            advice=_ADVICE,
            fields={"entry": entry.row_id},
        )
    return value


def agreed(found: Sequence[Entry], what: str, fields: Mapping[str, str | int]) -> dict[str, Any]:
    """What all of the entries that speak of ``what`` say, of which there is one at least.

    An AddressIntegrityError that names two of them when they differ in more than when and by whom.
    """
    first = said_by(found[0])
    for entry in found[1:]:
        if _facts(said_by(entry)) != _facts(first):
            raise AddressIntegrityError(
                f"two entries say different things of {what}: which of them is true cannot be told from here",
                found=entry_name(entry),
                expected=f"what {entry_name(found[0])} says, or no second entry",
                advice=_ADVICE,
                fields={**fields, "entry": entry.row_id, "other": found[0].row_id},
            )
    return first


def entry_name(entry: Entry) -> str:
    """How an error names an entry: its kind, its row, and the leaf that the journal knows it by."""
    return f"entry {entry.kind}, row {entry.row_id}, leaf {entry.digest.hex()}"


def _facts(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in _CIRCUMSTANCE}
