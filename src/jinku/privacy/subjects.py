"""The keys of subjects as other rooms use them: to commit to what they write, and to check it again."""

from __future__ import annotations

from collections.abc import Iterator

from jinku.privacy.errors import SubjectErasedError, SubjectKeyError
from jinku.privacy.keys import SubjectKey
from jinku.privacy.ports import SubjectRows
from jinku.privacy.settling import ERASED
from jinku.privacy.types import Subject, SubjectKind
from jinku.store import Unit

__all__ = ["Subjects"]


class Subjects:
    """Keys by subject. A room that writes personal data asks for the key in the unit in which it writes."""

    def __init__(self, rows: SubjectRows) -> None:
        """Work on these rows."""
        self._rows = rows

    def made(
        self, unit: Unit, kind: SubjectKind, name: str, *, though_erased: bool = False
    ) -> tuple[Subject, SubjectKey]:
        """The subject and its key; both stand when the unit commits, if they did not before.

        SubjectErasedError for one whose erasure is in the log, unless ``though_erased``: an older copy of the database
        brought it back, and what is committed to under its key now would lose that key as the erasure is applied.
        """
        found = self._rows.find(unit, kind, name)
        if found is None:
            key = SubjectKey.random()
            fresh = Subject(key.mark, kind, name, unit.now_ms)
            if self._rows.insert(unit, fresh):
                self._rows.put_key(unit, fresh.mark, key.expose_bytes())
                return fresh, key
            found = self._rows.find(unit, kind, name)  # another process was faster
        if found is not None and not though_erased and any(unit.entries(ERASED, found.mark.hex())):
            raise SubjectErasedError(
                f"this subject ({kind.value}) was erased, and a restored database has it again",
                found=f"an entry {ERASED} of {found.mark.hex()[:16]}…",
                expected="a subject that the log does not call erased",
                advice="run `jinku privacy apply-tombstones`, which erases it again; what is made afterwards under its "
                "name is of a new subject",
                fields={"mark": found.mark.hex()},
            )
        return self._with_key(unit, kind, found)

    def of(self, unit: Unit, kind: SubjectKind, name: str) -> SubjectKey:
        """The key of a subject that stands; SubjectKeyError when it or its key is gone."""
        return self._with_key(unit, kind, self._rows.find(unit, kind, name))[1]

    def known(self, unit: Unit, kind: SubjectKind, name: str) -> tuple[Subject, SubjectKey] | None:
        """The subject and its key; None where none stands. SubjectKeyError when it lacks its key."""
        found = self._rows.find(unit, kind, name)
        return None if found is None else self._with_key(unit, kind, found)

    def every(self, unit: Unit, kind: SubjectKind) -> Iterator[tuple[Subject, SubjectKey]]:
        """Each subject of a kind that has its key, and the key; one whose key is gone is left out."""
        keys = dict(self._rows.keys(unit))
        for subject in self._rows.all(unit):
            if subject.kind is kind and subject.mark in keys:
                yield subject, SubjectKey(keys[subject.mark])

    def _with_key(self, unit: Unit, kind: SubjectKind, found: Subject | None) -> tuple[Subject, SubjectKey]:
        key = None if found is None else self._rows.key(unit, found.mark)
        if found is None or key is None:
            raise SubjectKeyError(
                f"the key of a subject ({kind.value}) is gone, and no erasure took it",
                found="no subject" if found is None else f"no key of {found.mark.hex()[:16]}…",
                expected="the key that its commitments were made under",
                advice="after a restore run `jinku privacy apply-tombstones --keys FILE` with the bundle of subject "
                "keys; of somebody erased before, `jinku privacy erase NAME` again; otherwise rows were deleted "
                "from outside: compare the database with a backup",
            )
        made = SubjectKey(key)
        if made.mark != found.mark:
            raise SubjectKeyError(
                f"the key of a subject ({kind.value}) was exchanged",
                found=made.mark.hex(),
                expected=found.mark.hex(),
                advice="the row was changed from outside; compare the database with a backup",
            )
        return found, made
