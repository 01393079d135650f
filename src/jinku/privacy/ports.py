"""What the privacy room needs from below and from the rooms that hold something about people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from jinku.privacy.types import Erasure, Held, Subject, SubjectKind
from jinku.store import Unit

__all__ = ["BundleFiles", "Holder", "SubjectRows"]


class SubjectRows(Protocol):
    """Subjects, their keys and erasures in the database. Every method works in the caller's unit."""

    def find(self, unit: Unit, kind: SubjectKind, name: str) -> Subject | None:
        """The subject of this name."""

    def all(self, unit: Unit) -> list[Subject]:
        """Every subject, by kind and name."""

    def insert(self, unit: Unit, subject: Subject) -> bool:
        """The subject stands; False when one of its name stood already."""

    def put_key(self, unit: Unit, mark: bytes, key: bytes) -> None:
        """The key of this mark stands; one that stood is left."""

    def key(self, unit: Unit, mark: bytes) -> bytes | None:
        """The key of this mark."""

    def keys(self, unit: Unit) -> list[tuple[bytes, bytes]]:
        """Every (mark, key), by mark."""

    def forget(self, unit: Unit, mark: bytes) -> bool:
        """Neither subject nor key of this mark stands; True when one did."""

    def set_hold(self, unit: Unit, mark: bytes, reason: str) -> None:
        """The subject stands under legal hold for this reason; an empty one ends it."""

    def add_erasure(self, unit: Unit, mark: bytes, stores: Sequence[str]) -> None:
        """An erasure stands, and waits for these places. One that stood is left as it is."""

    def erasures(self, unit: Unit) -> list[Erasure]:
        """Every erasure, oldest first, with the places that it waits for."""

    def confirm(self, unit: Unit, marks: Sequence[bytes], store: str) -> None:
        """These erasures wait for this place no longer."""

    def delay(self, unit: Unit, store: str, why: str) -> None:
        """Whoever waits for this place says why."""

    def finish(self, unit: Unit) -> list[bytes]:
        """Erasures that wait for nothing are done; those that became so now."""

    def bundles(self, unit: Unit) -> list[str]:
        """The files that subject keys were exported to."""

    def add_bundle(self, unit: Unit, path: str) -> None:
        """The file is rewritten at each erasure from now on."""

    def drop_bundle(self, unit: Unit, path: str) -> bool:
        """The file is no longer rewritten, and no erasure waits for it; False when it was not known."""


class Holder(Protocol):
    """A room that holds something about people."""

    tables: tuple[str, ...]  # where it stands in clear

    def hold(self, unit: Unit) -> None:
        """Until the unit ends nobody adds a record."""

    def named(self, unit: Unit, kind: SubjectKind, name: str) -> str:
        """The one name that its key stands under: a job is named by its id, too."""

    def held(self, unit: Unit, kind: SubjectKind, name: str) -> list[Held]:
        """The records that hold something of the subject."""

    def still_held(self, unit: Unit, record: str, part: str) -> list[Held]:
        """What a record that an entry calls erased holds all the same: it came back with an old copy."""

    def erase(self, unit: Unit, held: Held) -> None:
        """The record holds nothing of it any more."""


class BundleFiles(Protocol):
    """Where bundles of subject keys lie."""

    def write(self, path: Path, data: bytes, own: Callable[[bytes], object], *, new: bool = False) -> None:
        """The file holds these bytes, whole, and what it held before is overwritten. KeyBundleError otherwise.

        Only a file is replaced whose bytes ``own`` does not refuse; where none stands one is made only if ``new``.
        """

    def read(self, path: Path) -> bytes:
        """The bytes."""
