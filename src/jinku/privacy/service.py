"""The verbs of privacy: hold, erase, and see to it that every place forgets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinku.core import Json, UsageError
from jinku.privacy.bundle import FORMAT, KeyBundle
from jinku.privacy.errors import BundleRefusedError, LegalHoldError, SubjectBusyError, SubjectUnknownError
from jinku.privacy.keys import SubjectKey
from jinku.privacy.ports import BundleFiles, Holder, SubjectRows
from jinku.privacy.settling import BUNDLE, ERASED, RECORD, Settling, tombstones
from jinku.privacy.subjects import Subjects
from jinku.privacy.types import Erasure, ErasureState, Held, Overview, Subject, SubjectKind
from jinku.store import Database, Unit

__all__ = ["Privacy"]


@dataclass(frozen=True, slots=True)
class _Found:
    """What a name led to; ``name`` is the one that its key stands under."""

    kind: SubjectKind
    name: str
    held: list[Held]
    subject: Subject | None


class Privacy:
    """What is held of whom in one home, and how it goes."""

    def __init__(  # noqa: PLR0917  the composition calls it, once
        self,
        database: Database,
        rows: SubjectRows,
        holder: Holder,
        files: BundleFiles,
        deployment: str,
        copies: Sequence[Path] = (),  # files that were left by a move of the records: an erasure waits until they go
    ) -> None:
        """Take what it works with; nothing is read or written yet."""
        self._database = database
        self._rows = rows
        self._holder = holder
        self._files = files
        self._deployment = deployment
        self._subjects = Subjects(rows)
        self._settling = Settling(database, rows, holder, files, deployment, copies)

    # -- who

    def held(self, name: str, kind: SubjectKind | None = None) -> tuple[SubjectKind, list[Held], Subject | None]:
        """What is held under a name, and the subject if it has a key; SubjectUnknownError when nothing is."""
        with self._database.read() as unit:
            found = self._find(unit, name, kind)
            return found.kind, found.held, found.subject

    def _find(self, unit: Unit, name: str, kind: SubjectKind | None) -> _Found:
        found: list[_Found] = []
        for one in SubjectKind if kind is None else (kind,):
            own = self._holder.named(unit, one, name)
            held, subject = self._holder.held(unit, one, own), self._rows.find(unit, one, own)
            if held or subject is not None:
                found.append(_Found(one, own, held, subject))
        if not found:
            raise SubjectUnknownError(
                "nothing is held under this name",
                found=name[:80],
                expected="the owner of a job, a job's key or id, an account or one of its addresses",
                advice="`jinku privacy list` names subjects, and erasures by their marks",
            )
        if len(found) > 1:
            kinds = " and ".join(f"{one.kind.value}:{name}"[:90] for one in found)
            raise UsageError("the name stands for more than one subject", found=kinds, expected="one of them")
        return found[0]

    def subjects(self) -> list[Subject]:
        """Every subject that has a key."""
        with self._database.read() as unit:
            return self._rows.all(unit)

    def erasures(self) -> list[Erasure]:
        """Every erasure, oldest first."""
        with self._database.read() as unit:
            return self._rows.erasures(unit)

    def overview(self) -> Overview:
        """How the home stands."""
        with self._database.read() as unit:
            subjects, erasures = self._rows.all(unit), self._rows.erasures(unit)
            return Overview(
                subjects=len(subjects),
                holds=sum(bool(subject.hold) for subject in subjects),
                pending=tuple(one for one in erasures if one.state is ErasureState.PENDING),
                done=sum(one.state is ErasureState.DONE for one in erasures),
                bundles=tuple(self._rows.bundles(unit)),
            )

    # -- legal hold

    def hold(self, name: str, reason: str, kind: SubjectKind | None = None) -> Subject:
        """Nothing of the subject may be erased until ``release``; the log holds a commitment to the reason."""
        if not reason.strip():
            raise UsageError("a legal hold has a reason", found="an empty text", advice="say why, for the day it ends")
        with self._database.unit() as unit:
            self._settling.lock(unit)
            found = self._find(unit, name, kind)
            if found.subject is not None and found.subject.hold == reason:
                return found.subject
            subject, key = self._subjects.made(unit, found.kind, found.name, though_erased=True)
            self._rows.set_hold(unit, subject.mark, reason)
            mark = subject.mark.hex()
            unit.append_entry("privacy.held", mark, {"reason": key.commit("privacy.held", mark, reason)})
            return self._rows.find(unit, found.kind, found.name) or subject

    def release(self, name: str, kind: SubjectKind | None = None) -> Subject | None:
        """The legal hold is over; where there was none nothing changes."""
        with self._database.unit() as unit:
            self._settling.lock(unit)
            subject = self._find(unit, name, kind).subject
            if subject is None or not subject.hold:
                return subject
            self._rows.set_hold(unit, subject.mark, "")
            unit.append_entry("privacy.released", subject.mark.hex(), {})
            return subject

    # -- erasing

    def erase(self, name: str, kind: SubjectKind | None = None) -> Erasure:
        """What is held of the subject, and its key, are gone; then every place was asked to forget.

        One transaction takes the rows and writes the entries; what follows is done again by ``settle`` until each place
        confirmed. Refused under legal hold, and while something held is being worked with: then nothing changed.
        """
        try:
            with self._database.unit() as unit:
                self._settling.lock(unit)
                found = self._find(unit, name, kind)
                self._refuse_held(unit, found.held, [(found.kind, found.name)])
                mark = self._take(unit, found)
        except SubjectUnknownError:
            self.settle()  # it may be the second try of an erasure that was cut short
            raise
        return next(one for one in self.settle() if one.mark == mark)

    def _take(self, unit: Unit, found: _Found) -> bytes:
        held = found.held
        mark = SubjectKey.random().mark if found.subject is None else found.subject.mark
        gone = [mark]
        for other in self._rows.all(unit) if found.kind is SubjectKind.OWNER else ():  # its jobs' keys were names, too
            own = self._holder.held(unit, other.kind, other.name) if other.kind is SubjectKind.JOB else []
            if own and all(any(one.overlaps(mine) for mine in held) for one in own):
                gone.append(other.mark)
        for one in held:
            self._holder.erase(unit, one)
            unit.append_entry(RECORD, one.record, {"part": one.part, "what": [*one.what]})
        for each in gone:
            self._rows.forget(unit, each)
            self._rows.add_erasure(unit, each, self._settling.stores(unit))
            unit.append_entry(ERASED, each.hex(), {"records": len(held) if each == mark else 0})
        return mark

    def _refuse_held(self, unit: Unit, held: Sequence[Held], own: Collection[tuple[SubjectKind, str]]) -> None:
        """These records, and the subjects ``own``, may be erased now; nothing was when they may not."""
        for one in held:
            if one.busy:
                raise SubjectBusyError(
                    "it cannot be erased yet",
                    found=one.busy,
                    advice="nothing was erased",
                    fields={"record": one.record},
                )
        for other in self._rows.all(unit):
            if not other.hold:
                continue
            theirs = self._holder.held(unit, other.kind, other.name)
            same = (other.kind, other.name) in own
            if same or any(one.overlaps(mine) for one in theirs for mine in held):
                raise LegalHoldError(
                    "a legal hold stands against it: nothing was erased",
                    found=f"{other.kind.value} {other.name if same else 'with a record in common'}: {other.hold}"[:400],
                    advice=f"when the hold is over: jinku privacy release '{other.kind.value}:{other.name}'"[:300],
                    fields={"hold": other.mark.hex(), "held_at_ms": other.held_at_ms},
                )

    def settle(self) -> list[Erasure]:
        """Each place that an erasure waits for was asked again; every erasure as it stands then."""
        return self._settling.settle()

    # -- the bundle of keys

    def export(self, path: Path) -> int:
        """The file holds the keys of all subjects, and is rewritten at each erasure from now on; how many.

        A file that stands there and is no bundle of this installation is left alone: BundleRefusedError.
        """
        with self._database.unit() as unit:
            self._settling.lock(unit)
            self._refuse_foreign(path)
            bundle = self._settling.bundle(unit)
            self._rows.add_bundle(unit, str(path))
            unit.append_entry("privacy.keys_exported", self._deployment, {"keys": len(bundle.keys)})
        with self._database.unit() as unit:  # it is known before it is written: no erasure can miss it
            self._settling.lock(unit)
            self._files.write(path, self._settling.bundle(unit).to_bytes(), self._settling.own, new=True)
        return len(bundle.keys)

    def _refuse_foreign(self, path: Path) -> None:
        try:
            if path.exists():
                KeyBundle.read(self._files.read(path), self._deployment)
        except BundleRefusedError as error:
            raise BundleRefusedError(
                "a file stands there that is no bundle of subject keys of this installation; it is left as it is",
                found=path,
                expected="a new name, or a bundle that this installation wrote",
                advice="name another file",
            ) from error

    def forget_bundle(self, path: Path) -> None:
        """The file is no longer rewritten: it was destroyed by whoever says so."""
        if path.exists() and self._may_be_ours(path):
            raise UsageError(
                "the bundle still stands", found=path, advice="delete the file first, and every copy of it"
            )
        with self._database.unit() as unit:
            self._settling.lock(unit)
            if not self._rows.drop_bundle(unit, str(path)):
                raise SubjectUnknownError(
                    "no bundle was exported to this file", found=path, advice="see `jinku privacy status`"
                )
            marks = [one.mark for one in self._rows.erasures(unit)]
            self._rows.confirm(unit, marks, f"{BUNDLE}{path}")
            unit.append_entry("privacy.bundle_forgotten", self._deployment, {})
        self.settle()

    def _may_be_ours(self, path: Path) -> bool:
        """False for a file that is no bundle: whoever wrote its name into the database holds up no erasure by it."""
        data = self._files.read(path) if path.is_file() else b""
        return FORMAT.encode() in data and self._deployment.encode() in data

    # -- after a restore

    def apply_tombstones(self, bundle: Path | None = None) -> tuple[int, int, int]:
        """What was erased before and came back with an older copy is erased again; how many subjects, records and keys.

        The log's entries say what that is. The list of a bundle is believed, too, for the entries may be lost: what it
        names and no entry does gets its entries. Refused as ``erase`` is, under legal hold and while a job runs: then
        nothing changed. Keys that are missing are taken from the bundle; each is checked by its mark.
        """
        taken = None if bundle is None else KeyBundle.read(self._files.read(bundle), self._deployment)
        with self._database.unit() as unit:
            self._settling.lock(unit)
            known_marks, known_records = tombstones(unit)
            marks, records = set(known_marks), set(known_records)
            if taken is not None:
                marks |= set(taken.erased)
                records |= {(record, part) for record, part in taken.records if len(record) <= 64 and len(part) <= 64}
            again = [held for record, part in sorted(records) for held in self._holder.still_held(unit, record, part)]
            there = [(one.kind, one.name) for one in self._rows.all(unit) if one.mark in marks]
            theirs = [held for kind, name in there for held in self._holder.held(unit, kind, name)]
            self._refuse_held(unit, [*again, *theirs], there)
            keys = self._take_keys(unit, taken, marks)
            back = [mark for mark in sorted(marks) if self._rows.forget(unit, mark)]
            for one in again:
                self._holder.erase(unit, one)
            what = {(one.record, one.part): [*one.what] for one in again}
            for record, part in sorted(records - known_records):
                unit.append_entry(RECORD, record, {"part": part, "what": [*what.get((record, part), ())]})
            for mark in sorted(marks - known_marks):
                unit.append_entry(ERASED, mark.hex(), {"records": 0})
            if back or again or keys:
                mark = SubjectKey.random().mark
                self._rows.add_erasure(unit, mark, self._settling.stores(unit))
                facts: dict[str, Json] = {"keys": keys, "records": len(again), "subjects": len(back)}
                unit.append_entry("privacy.tombstones_applied", mark.hex(), facts)
        self.settle()
        return len(back), len(again), keys

    def _take_keys(self, unit: Unit, taken: KeyBundle | None, erased: set[bytes]) -> int:
        if taken is None:
            return 0
        count = 0
        for subject in self._rows.all(unit):
            key = taken.keys.get(subject.mark)
            if key is not None and subject.mark not in erased and self._rows.key(unit, subject.mark) is None:
                self._rows.put_key(unit, subject.mark, key)
                count += 1
        return count
