"""What accounts hold of people, and how a job, or the evidence of one account, is freed of it.

A job keeps its owner, its key and its recipients in its rows; its first entry holds a commitment to them. Evidence is
sealed to the auditor: erased, its ciphertext and its sealed key are gone, and their digests stay, so that the digest of
the row, which the job's first entry binds, can still be taken. An entry says of each what was erased; a row without
such an entry was changed.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Protocol

from jinku.accounts.types import EvidenceRow, JobState
from jinku.core import Id, counted
from jinku.privacy import Held, SubjectKind
from jinku.store import Unit

__all__ = [
    "AccountsHolder",
    "ErasableRows",
    "JobTraces",
    "erased_digests",
    "erased_parts",
    "is_erased",
    "without_content",
]

_ENTRY = "privacy.record_erased"
_DIGESTS = 64  # of ciphertext and sealed key
_OVER = (JobState.DONE, JobState.CANCELLED)
_WHOLE = ""
_PLACE = re.compile("[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class JobTraces:
    """What one job's rows hold of people: the job's row, and how many rows there are beside it."""

    row_id: int
    job: Id
    key: str
    owner: str
    state: JobState
    recipients: int
    evidence: int  # rows that are not erased

    def what(self) -> tuple[str, ...]:
        """The kinds of what is there, in the order of the alphabet."""
        named = self.key not in ("", str(self.job))
        there = (("evidence", self.evidence), ("key", named), ("owner", self.owner), ("recipients", self.recipients))
        return tuple(name for name, value in there if value)


class ErasableRows(Protocol):
    """The tables of accounts, as erasing sees them. Every method works in the caller's unit."""

    def of_owner(self, unit: Unit, owner: str) -> list[JobTraces]:
        """The jobs of this owner."""

    def of_job(self, unit: Unit, name: str) -> JobTraces | None:
        """The job with this key or id."""

    def evidence_at(self, unit: Unit, job_row: int, first: int) -> EvidenceRow | None:
        """The evidence that speaks of the account at this place of a job."""

    def clear_job(self, unit: Unit, traces: JobTraces) -> None:
        """Owner, key, recipients and messages of the job are gone; its key is its id."""

    def all_evidence(self, unit: Unit, job_row: int) -> list[EvidenceRow]:
        """Every evidence of a job."""

    def set_evidence(self, unit: Unit, job_row: int, row: EvidenceRow) -> None:
        """The row holds this."""


class AccountsHolder:
    """Implements the port ``Holder`` of privacy."""

    tables: tuple[str, ...] = ("job", "recipient", "evidence")

    def __init__(self, rows: ErasableRows) -> None:
        """Work on these rows."""
        self._rows = rows

    def hold(self, unit: Unit) -> None:
        """No job is made until the unit ends."""
        unit.hold("accounts/jobs")

    def named(self, unit: Unit, kind: SubjectKind, name: str) -> str:
        """The key of a job that was named by its id; any other name as it is."""
        traces = self._rows.of_job(unit, name) if kind is SubjectKind.JOB and name else None
        return name if traces is None else traces.key

    def held(self, unit: Unit, kind: SubjectKind, name: str) -> list[Held]:
        """The jobs of an owner, one job, or the evidence of one account (``<job>/account/<place>``)."""
        if not name:
            return []
        if kind is SubjectKind.OWNER:
            return [_held(traces) for traces in self._rows.of_owner(unit, name) if traces.what()]
        if kind is SubjectKind.JOB:
            traces = self._rows.of_job(unit, name)
            return [_held(traces)] if traces is not None and traces.what() else []
        return self._evidence_of(unit, name)

    def _evidence_of(self, unit: Unit, name: str) -> list[Held]:
        job, _, place = name.partition("/account/")
        traces = self._rows.of_job(unit, job) if _PLACE.fullmatch(place) else None
        if traces is None or str(traces.job) != job:
            return []
        row = self._rows.evidence_at(unit, traces.row_id, int(place))
        if row is None or is_erased(row):
            return []
        shared = (
            f"its evidence speaks of {counted(row.count, 'account')}: erase that of job {job}" if row.count > 1 else ""
        )
        return [Held(job, f"account/{int(place)}", ("evidence",), shared or _busy(traces))]

    def still_held(self, unit: Unit, record: str, part: str) -> list[Held]:
        """What a job, or the evidence of one of its accounts, holds although an entry says that it was erased."""
        return self._evidence_of(unit, f"{record}/{part}") if part else self.held(unit, SubjectKind.JOB, record)

    def erase(self, unit: Unit, held: Held) -> None:
        """The rows are freed of it; what they bind stays."""
        traces = self._rows.of_job(unit, held.record)
        if traces is None:
            return
        if held.part:
            row = self._rows.evidence_at(unit, traces.row_id, int(held.part.rpartition("/")[2]))
            rows = [] if row is None else [row]
        else:
            rows = self._rows.all_evidence(unit, traces.row_id)
            self._rows.clear_job(unit, traces)
        for row in rows:
            if not is_erased(row):
                self._rows.set_evidence(unit, traces.row_id, without_content(row))


def _held(traces: JobTraces) -> Held:
    return Held(str(traces.job), _WHOLE, traces.what(), _busy(traces))


def _busy(traces: JobTraces) -> str:
    if traces.state in _OVER:
        return ""
    return f"job {traces.job} is {traces.state.value}: let it end, or cancel it"


def is_erased(row: EvidenceRow) -> bool:
    """True when the row holds no evidence any more. No sealed evidence is empty: its tag alone has 16 bytes."""
    return not row.ciphertext and len(row.sealed_key) == _DIGESTS


def without_content(row: EvidenceRow) -> EvidenceRow:
    """The row without ciphertext and key; their digests stand in the key's place."""
    digests = hashlib.sha256(row.ciphertext).digest() + hashlib.sha256(row.sealed_key).digest()
    return EvidenceRow(row.first, row.count, row.subject, b"", digests, row.commitment)


def erased_digests(row: EvidenceRow) -> tuple[bytes, bytes]:
    """SHA-256 of the ciphertext and of the sealed key that an erased row had."""
    half = _DIGESTS // 2
    return row.sealed_key[:half], row.sealed_key[half:]


def erased_parts(unit: Unit, job: Id) -> frozenset[str]:
    """Which parts of a job entries call erased: ``account/<place>``, or the empty text for all of it."""
    return frozenset(entry.said("part", str) for entry in unit.entries(_ENTRY, str(job)))
