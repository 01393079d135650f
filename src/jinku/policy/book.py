"""The names that a document gives: labels of accounts, groups of destinations, assets, initiators and vaults."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final

from jinku.core import AccountId, AssetId, ChainId, Fields, Id
from jinku.core.shape import CODE, KEY_NAME, MAX_MS, check_text, value_error

__all__ = ["Book", "Names", "ascending"]

_MAX_NAMES: Final = 10_000
UNKNOWN: Final = "unknown"


class Names(StrEnum):
    """The things of an intent that columns of names speak of; the value is the column."""

    ASSET = "asset"
    CHAIN = "chain"
    DESTINATION = "destination"
    INITIATOR = "initiator"
    KIND = "kind"
    SOURCE = "source"
    VAULT = "vault"


_PLACES: Final = (Names.SOURCE, Names.DESTINATION)
_GROUPS: Final = {
    "assets": Names.ASSET,
    "destinations": Names.DESTINATION,
    "initiators": Names.INITIATOR,
    "vaults": Names.VAULT,
}


def ascending(items: Sequence[str], place: str) -> None:
    """Raise for an empty list, and for one that does not ascend."""
    if not items or any(a >= b for a, b in pairwise(items)):
        raise value_error(place, f"{len(items)} items", "at least one, ascending, each once")


class Book:
    """Labels and groups, turned round: by which names each thing goes."""

    def __init__(self, fields: Fields) -> None:
        """Take the book and the groups out of a document."""
        self.labels: dict[str, tuple[str, ...]] = {}
        self.since: dict[str, int] = {}
        self.groups: dict[Names, dict[str, tuple[str, ...]]] = {names: {} for names in Names}
        self._label_of: dict[str, str] = {}
        self._member_of: dict[tuple[Names, str], list[str]] = {}
        for item in fields.each("book", _MAX_NAMES):
            self._take_entry(item)
        for name, names in _GROUPS.items():
            for item in fields.each(name, _MAX_NAMES):
                self._take_group(item, names, f"policy.{name}")
        self.groups[Names.SOURCE] = self.groups[Names.DESTINATION]

    def _take_entry(self, item: Fields) -> None:
        label, since = item.formed("label", CODE), item.figure("since", MAX_MS)
        accounts = item.strings("accounts", _MAX_NAMES)
        item.end()
        if label == UNKNOWN or (self.labels and label <= next(reversed(self.labels))):
            raise value_error("policy.book.label", repr(label), "labels ascending, each once, none of them unknown")
        ascending(accounts, "policy.book.accounts")
        for account in accounts:
            AccountId.exact(account)
            if account in self.since:
                raise value_error("policy.book.accounts", account, "each account under one label")
            self.since[account] = since
            self._label_of[account] = label
        self.labels[label] = accounts

    def _take_group(self, item: Fields, names: Names, place: str) -> None:
        group, members = item.formed("name", CODE), item.strings("members", _MAX_NAMES)
        item.end()
        known = self.groups[names]
        if known and group <= next(reversed(known)):
            raise value_error(place, repr(group), "groups ascending, each once")
        if members:  # an empty group is no mistake: a preset has some that wait for their members
            ascending(members, f"{place}.members")
        for member in members:
            if names is not Names.DESTINATION:
                _check_thing(names, member, place)
            elif member not in self.labels:
                raise value_error(place, repr(member), "a label of the book")
            self._member_of.setdefault((names, member), []).append(f"@{group}")
        known[group] = members

    def tokens(self, names: Names, thing: str) -> frozenset[str]:
        """By which names a thing goes: its own, its label and groups, or ``unknown`` for an account without a label."""
        if names not in _PLACES:
            return frozenset({thing, *self._member_of.get((names, thing), ())})
        label = self._label_of.get(thing, UNKNOWN)
        return frozenset({thing, label, *self._member_of.get((Names.DESTINATION, label), ())})

    def check_item(self, names: Names, item: str, place: str) -> None:
        """Raise unless a column of these names may hold the item."""
        if item.startswith("@"):
            if item[1:] not in self.groups[names]:
                raise value_error(place, repr(item), "a group of this document")
        elif names not in _PLACES or ":" in item:
            _check_thing(names, item, place)
        elif item != UNKNOWN and item not in self.labels:
            raise value_error(place, repr(item), "an account (CAIP-10), a label, @group or unknown")


def _check_thing(names: Names, item: str, place: str) -> None:
    if names is Names.INITIATOR:
        check_text(item, KEY_NAME, place)
    elif names is Names.VAULT:
        Id.parse(item)
    elif names is Names.ASSET:
        AssetId.exact(item)
    elif names in _PLACES:
        AccountId.exact(item)
    elif names is Names.KIND:
        if item not in {"delegate", "transfer"}:
            raise value_error(place, repr(item), "delegate, transfer")
    else:
        ChainId.exact(item)
