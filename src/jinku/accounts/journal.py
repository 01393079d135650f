"""What the entries say of jobs and batches. They are append-only: a row that says something else was changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.types import Batch, Job
from jinku.core import Id, domain_digest
from jinku.store import Entry, Unit

__all__ = [
    "BatchFacts",
    "Journal",
    "batch_entry",
    "batches_of",
    "check_journal",
    "facts_of",
    "fingerprints_digest",
]

_ADVICE = "rows were deleted, added or changed; compare the database with a backup, and make no account until then"


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What the entry of one batch says: hex; what it does not speak of is empty.

    ``fingerprints``, ``letters`` and ``claims`` are digests of its wallets' rows; ``evidence`` is the commitment of the
    whole batch, ``root_of`` the root over those of its accounts.
    """

    start: int
    count: int
    root: str
    signature: str
    fingerprint: str
    fingerprints: str
    letters: str
    claims: str
    evidence: str
    root_of: str


def fingerprints_digest(prints: Iterable[bytes]) -> str:
    """What an entry says of the master fingerprints of a batch's wallets, in order."""
    return domain_digest("jinku/fingerprints/1", b"".join(prints)).hex()


class Journal:
    """Reads the entries of one job at a time and keeps them: no entry changes."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._job: Id | None = None
        self._batches: dict[int, BatchFacts] = {}

    def facts(self, unit: Unit, job: Job, start: int) -> BatchFacts | None:
        """What the entry of the batch from this index says."""
        if self._job != job.job or start not in self._batches:
            self._batches = {one.start: one for one in _batches(unit, str(job.job))}
            self._job = job.job
        return self._batches.get(start)


def batches_of(unit: Unit, job: Job) -> list[BatchFacts]:
    """What the entries of a job's batches say, in order of index."""
    return sorted(_batches(unit, str(job.job)), key=lambda facts: facts.start)


def facts_of(unit: Unit, job: Job, index: int) -> BatchFacts:
    """What the entry of the batch with this index says."""
    for facts in _batches(unit, str(job.job)):
        if facts.start <= index < facts.start + facts.count:
            return facts
    raise _differs(f"the batch of index {index} of job {job.key}", "one", None, {"job": str(job.job), "index": index})


def batch_entry(unit: Unit, job: Job, start: int) -> Entry | None:
    """The entry of the batch from this index."""
    for entry in unit.entries("accounts.batch", str(job.job)):
        if json.loads(entry.content)["start"] == start:
            return entry
    return None


def _batches(unit: Unit, job: str) -> list[BatchFacts]:
    found = []
    for entry in unit.entries("accounts.batch", job):
        facts = json.loads(entry.content)
        words = (facts["root"], facts["signature"], facts["fingerprint"])
        more = (facts.get(name, "") for name in ("fingerprints", "letters", "claims", "evidence", "evidence_root"))
        found.append(BatchFacts(facts["start"], facts["count"], *words, *more))
    return found


def check_journal(unit: Unit, vault: Id, jobs: Sequence[Job], batches: dict[Id, Sequence[Batch]]) -> None:
    """Each job and batch that an entry speaks of has its row, and each row its entry."""
    made = {}
    for entry in unit.entries("accounts.job_created"):
        facts = json.loads(entry.content)
        if facts["vault"] == str(vault):
            made[entry.subject] = (facts["start"], facts["count"], facts["mode"])
    rows = {str(job.job): (job.start, job.count, job.mode.value) for job in jobs}
    if rows != made:
        job = next(key for key in sorted(made.keys() | rows.keys()) if made.get(key) != rows.get(key))
        raise _differs(f"job {job}", rows.get(job), made.get(job), {"job": job})
    for one in jobs:
        said = {facts.start: (facts.count, facts.root, facts.signature) for facts in _batches(unit, str(one.job))}
        stand = {row.start: (row.count, row.root.hex(), row.signature.hex()) for row in batches[one.job]}
        if said != stand:
            start = next(n for n in sorted(said.keys() | stand.keys()) if said.get(n) != stand.get(n))
            fields: dict[str, object] = {"job": str(one.job), "start": start}
            raise _differs(f"the batch from index {start} of job {one.key}", stand.get(start), said.get(start), fields)


def _differs(what: str, row: object, entry: object, fields: dict[str, object]) -> AddressIntegrityError:
    return AddressIntegrityError(
        f"the database and the entries differ in {what}",
        found="no row" if row is None else row,
        expected="no entry" if entry is None else entry,
        advice=_ADVICE,
        fields={key: value for key, value in fields.items() if isinstance(value, str | int)},
    )
