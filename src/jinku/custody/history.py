"""What the entries of one vault say of it, read in the order of the log; entries that contradict each other are named.

Anybody who writes the database can insert an entry. So the first making counts, and what no command writes is refused:
a making that says something else, an end of a rekey that was not begun, an entry that stands twice. No rekey lowers the
version; only an old file that was accepted does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from jinku.core import IntegrityError
from jinku.store import Entry

__all__ = ["MAKING", "History", "history_of"]

MAKING = ("vault.created", "vault.imported", "vault.adopted")
_RESTORED, _BEGUN, _ENDED = "vault.restored", "vault.rekey_begun", "vault.rekey_ended"
_READ = (*MAKING, _RESTORED, _BEGUN, _ENDED)
_ADVICE = "use nothing of this vault; read its entries (`jinku journal show`), find out who wrote to the database"
# What a later adoption of the same file says alike. `custody` and the two flags joined after the first entries.
_ALIKE = ("fingerprint", "tier", "forms", "custody", "secret_kind", "hardened_accounts", "exportable")


@dataclass(frozen=True, slots=True)
class History:
    """What a vault's entries say: the facts of its making, and the key version that its file has by now."""

    made: dict[str, Any]
    key_version: int


@dataclass(frozen=True, slots=True)
class _Read:
    entry: Entry
    facts: dict[str, Any]

    @property
    def version(self) -> int:
        return int(self.facts["key_version"])

    def __str__(self) -> str:
        place = "waiting for its place" if self.entry.leaf_index is None else f"place {self.entry.leaf_index}"
        return f"entry {self.entry.row_id} {self.entry.kind} ({place})"


def history_of(entries: Iterable[Entry], vault: str) -> History | None:
    """What the entries of ``vault`` say, in the order of the log; None when none speaks of its making.

    IntegrityError when they contradict each other.
    """
    read = [_facts(entry, vault) for entry in entries if entry.kind in _READ]
    _check_once(read, vault)
    made: _Read | None = None
    version, begun = 0, 0
    last: _Read | None = None
    for one in read:
        match one.entry.kind:
            case kind if kind in MAKING:
                made = made or one
                _check_making(made, one, vault)
                version = one.version
            case kind if kind == _BEGUN:
                begun += 1
            case kind if kind == _ENDED:
                version = _rekeyed(version, one, last, begun == 0, vault)
                begun = max(begun - 1, 0)
            case _:
                version = one.version
        last = one
    return None if made is None else History(made.facts, version)


def _rekeyed(version: int, one: _Read, last: _Read | None, unbegun: bool, vault: str) -> int:
    """The version after the end of a rekey. One that was noted afterwards may have lost its beginning to a restore."""
    if unbegun and one.facts.get("noted") != "afterwards":
        _refuse(vault, "a rekey ends that was not begun", one, last, f"{_BEGUN} before it")
    return max(version, one.version) if one.facts.get("outcome") == "rekeyed" else version


def _check_making(first: _Read, one: _Read, vault: str) -> None:
    """The making is the first, or an adoption that says nothing else: its row was lost and made anew by the file."""
    if one is first:
        return
    same = all(name not in first.facts or first.facts[name] == one.facts.get(name) for name in _ALIKE)
    if one.entry.kind != "vault.adopted" or not same:
        _refuse(vault, "a vault has two makings", one, first, "one making")


def _check_once(read: list[_Read], vault: str) -> None:
    seen: dict[bytes, _Read] = {}
    for one in read:
        before = seen.setdefault(one.entry.content, one)
        if before is not one:
            _refuse(vault, "an entry stands twice", one, before, "each entry once")


def _facts(entry: Entry, vault: str) -> _Read:
    try:
        facts = json.loads(entry.content)
        needed = ("key_version", "fingerprint", "tier", "forms") if entry.kind in MAKING else ("key_version",)
        whole = all(name in facts for name in needed) and type(facts["key_version"]) is int
    except (ValueError, TypeError):
        whole = False
    if not whole:
        _refuse(vault, "an entry cannot be read", _Read(entry, {}), None, "what jinku writes of a vault")
    return _Read(entry, facts)


def _refuse(vault: str, what: str, one: _Read, other: _Read | None, expected: str) -> NoReturn:
    raise IntegrityError(
        f"the entries of vault {vault} contradict each other: {what}",
        found=f"{one}" if other is None else f"{one} after {other}",
        expected=expected,
        advice=_ADVICE,
        code="vault.entries",
        fields={"vault": vault, "row": one.entry.row_id, "other_row": other.entry.row_id if other else None},
    )
