"""Until every place has forgotten: the database's files, bundles of subject keys, copies that a move left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from jinku.core import JinkuError
from jinku.privacy.bundle import KeyBundle
from jinku.privacy.ports import BundleFiles, Holder, SubjectRows
from jinku.privacy.types import Erasure
from jinku.store import Database, Entry, Unit

__all__ = ["BUNDLE", "ERASED", "RECORD", "Settling", "tombstones"]

ERASED, RECORD = "privacy.erased", "privacy.record_erased"
BUNDLE = "bundle:"
_LOCK = "privacy"
_DATABASE, _FILE = "database", "file:"
_TABLES = ("subject", "subject_key")
_MARK = re.compile("[0-9a-f]{64}")


class Settling:
    """Asks the places that an erasure waits for, and knows which there are."""

    def __init__(  # noqa: PLR0917  one part each
        self,
        database: Database,
        rows: SubjectRows,
        holder: Holder,
        files: BundleFiles,
        deployment: str,
        copies: Sequence[Path],
    ) -> None:
        """Take what it works with."""
        self._database = database
        self._rows = rows
        self._holder = holder
        self._files = files
        self._deployment = deployment
        self._copies = copies

    def stores(self, unit: Unit) -> list[str]:
        """The places that an erasure waits for from now on."""
        copies = [f"{_FILE}{path}" for path in self._copies if path.exists()]
        return [_DATABASE, *copies, *(f"{BUNDLE}{path}" for path in self._rows.bundles(unit))]

    def lock(self, unit: Unit) -> None:
        """Nobody erases, exports or adds a record until the unit ends."""
        unit.hold(_LOCK)
        self._holder.hold(unit)

    def settle(self) -> list[Erasure]:
        """Each place that an erasure waits for was asked again; every erasure as it stands then."""
        with self._database.read() as unit:
            pending = [one for one in self._rows.erasures(unit) if one.waiting]
        for store in sorted({store for one in pending for store, _ in one.waiting}):
            marks = [one.mark for one in pending if store in dict(one.waiting)]
            if store.startswith(BUNDLE):
                self._settle_bundle(store, marks)
                continue
            why = self._forgotten(store)
            with self._database.unit() as unit:
                self._note(unit, store, marks, why)
        with self._database.unit() as unit:
            self.lock(unit)  # of two processes one notes the end
            for mark in self._rows.finish(unit):
                unit.append_entry("privacy.erasure_done", mark.hex(), {})
            return self._rows.erasures(unit)

    def _forgotten(self, store: str) -> str:
        """Why a place may still hold what was erased; empty when it does not."""
        if store.startswith(_FILE):
            stands = Path(store.removeprefix(_FILE)).exists()
            return "an older copy of the records: delete it when it is no longer needed" if stands else ""
        try:
            return self._database.rewrite((*_TABLES, *self._holder.tables))
        except JinkuError as error:
            return error.message

    def _settle_bundle(self, store: str, marks: Sequence[bytes]) -> None:
        path = store.removeprefix(BUNDLE)
        with self._database.unit() as unit:
            self.lock(unit)
            try:
                self._files.write(Path(path), self.bundle(unit).to_bytes(), self.own)
            except JinkuError as error:
                self._note(unit, store, marks, error.message)
                return
            self._note(unit, store, marks, "")

    def _note(self, unit: Unit, store: str, marks: Sequence[bytes], why: str) -> None:
        if why:
            self._rows.delay(unit, store, why)
        else:
            self._rows.confirm(unit, marks, store)

    def own(self, data: bytes) -> KeyBundle:
        """The bundle of this installation in these bytes; BundleRefusedError for any other file."""
        return KeyBundle.read(data, self._deployment)

    def bundle(self, unit: Unit) -> KeyBundle:
        """The bundle as it has to be now."""
        marks, records = tombstones(unit)
        keys = {mark: key for mark, key in self._rows.keys(unit) if mark not in marks}
        return KeyBundle(self._deployment, unit.now_ms, keys, sorted(marks), sorted(records))


def tombstones(unit: Unit) -> tuple[set[bytes], set[tuple[str, str]]]:
    """What the entries say was erased: marks of subjects, and parts of records. EntryChangedError for an odd one."""
    return {_mark(entry) for entry in unit.entries(ERASED)}, {_part(entry) for entry in unit.entries(RECORD)}


def _mark(entry: Entry) -> bytes:
    if not _MARK.fullmatch(entry.subject):
        raise entry.odd(f"subject: {entry.subject[:80]}", "the mark of a subject")
    return bytes.fromhex(entry.subject)


def _part(entry: Entry) -> tuple[str, str]:
    return entry.subject, entry.said("part", str)
