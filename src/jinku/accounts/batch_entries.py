"""What the entries say of jobs and batches. They are append-only: a row that says something else was changed."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.kinds import BATCH, CANCELLED, CREATED, DONE
from jinku.accounts.said import agreed, entry_name, fact, said_by
from jinku.accounts.types import Batch, Job, JobState, Mode, Remedy
from jinku.core import Id, counted, domain_digest
from jinku.store import Entry, Unit

__all__ = [
    "COMPARE",
    "NOT_SETTLED",
    "BatchEntries",
    "BatchFacts",
    "MadeJobs",
    "check_journal",
    "check_none_lost",
    "fingerprints_digest",
    "without_rows",
]

_ADVICE = "rows were deleted, added or changed: make no account before you compared the database with a backup"
NOT_SETTLED = "and `jinku journal catch-up` did not take it back, or it is of an old version, without a digest"
_PAGE = "docs/operate/damaged-files.md"
COMPARE = (
    f"if a database was restored, run `jinku journal catch-up` ({_PAGE}); otherwise, and if that "
    "changes nothing, restore a newer copy of the database, or compare it with a backup: rows were deleted"
)
_Made = tuple[object, object, object]  # first index, count and mode of a job, as an entry or a row says them
MadeJobs = dict[str, _Made]  # by id
# What an entry of some modes and versions says, and the field that holds it.
_PERHAPS = {
    "fingerprints": "fingerprints",
    "letters": "letters",
    "claims": "claims",
    "evidence": "evidence",
    "evidence_root": "root_of",
}


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
    entry: Entry = field(repr=False)

    @property
    def end(self) -> int:
        """The index after the last of the batch."""
        return self.start + self.count


def fingerprints_digest(prints: Iterable[bytes]) -> str:
    """What an entry says of the master fingerprints of a batch's wallets, in order."""
    return domain_digest("jinku/fingerprints/1", b"".join(prints)).hex()


class BatchEntries:
    """The one reader of what entries say of batches. It serves one reading: each job's are read once.

    No entry is believed beside another that speaks of the same index and says something else.
    """

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._read: tuple[Id, tuple[BatchFacts, ...]] | None = None  # one value: two threads prove at a job's end

    def of(self, unit: Unit, job: Job) -> tuple[BatchFacts, ...]:
        """What the entries of a job's batches say, in order of index."""
        read = self._read
        if read is None or read[0] != job.job:
            read = self._read = (job.job, tuple(_batches(unit, job)))
        return read[1]

    def at(self, unit: Unit, job: Job, index: int) -> BatchFacts:
        """What the entry of the batch with this index says; an AddressIntegrityError when there is none."""
        facts = self.of(unit, job)
        place = bisect_right(facts, index, key=lambda one: one.start) - 1
        if place >= 0 and index < facts[place].end:
            return facts[place]
        raise AddressIntegrityError(
            f"no entry speaks of the batch of index {index} of job {job.key}",
            advice="nothing of this batch is handed out; compare the database with a backup",
            fields={"job": str(job.job), "index": index},
        )


def _batches(unit: Unit, job: Job) -> list[BatchFacts]:
    by_start = defaultdict[int, list[Entry]](list)
    for entry in unit.entries(BATCH, str(job.job)):
        by_start[fact(entry, said_by(entry), "start", int)].append(entry)
    found = [_facts(some, job, start) for start, some in sorted(by_start.items())]
    for one, other in pairwise(found):
        if one.end > other.start:
            raise AddressIntegrityError(
                f"two entries speak of index {other.start} of job {job.key}",
                found=entry_name(other.entry),
                expected=f"the batch up to index {one.end - 1} alone, by {entry_name(one.entry)}",
                advice=_ADVICE,
                fields={"job": str(job.job), "entry": other.entry.row_id, "other": one.entry.row_id},
            )
    return found


def _facts(some: list[Entry], job: Job, start: int) -> BatchFacts:
    fields: dict[str, str | int] = {"job": str(job.job), "start": start}
    entry, said = some[0], agreed(some, f"the batch from index {start} of job {job.key}", fields)
    words = {name: fact(entry, said, name, str) for name in ("root", "signature", "fingerprint")}
    words |= {held_as: fact(entry, said, name, str) if name in said else "" for name, held_as in _PERHAPS.items()}
    return BatchFacts(start=start, count=fact(entry, said, "count", int), entry=entry, **words)


def without_rows(unit: Unit, job: Job, batches: Iterable[Batch]) -> dict[int, BatchFacts]:
    """What entries say of batches that do not stand, by start: those made after the backup that was restored.

    A custodial batch can be made again, and is then the same. Words cannot: whoever has those of the lost batch would
    be told of other ones, so an AddressIntegrityError in self mode.
    """
    stand = {batch.start for batch in batches}
    lost = {facts.start: facts for facts in BatchEntries().of(unit, job) if facts.start not in stand}
    if lost and job.mode is Mode.SELF:
        first = lost[min(lost)]
        raise AddressIntegrityError(
            f"wallets of job {job.key} were made that the database does not have: accounts {first.start} to "
            f"{first.end - 1}",
            found="no batch",
            expected=f"that of {entry_name(first.entry)}",
            advice="nothing more is made of this job: restore a newer copy of the database, or cancel the job and make "
            "another for the rest",
            fields={"job": str(job.job), "start": first.start, "entry": first.entry.row_id},
        )
    return lost


def check_journal(unit: Unit, vault: Id, jobs: Sequence[Job], batches: dict[Id, Sequence[Batch]]) -> MadeJobs:
    """Each batch that an entry of these jobs speaks of has its row, and each row of a job or batch its entry.

    Given back are the jobs of the vault that entries speak of and that have no row, for ``check_none_lost``.
    """
    made = _made(unit, vault)
    for one in jobs:
        row = (one.start, one.count, one.mode.value)
        if made.get(str(one.job)) != row:
            raise _differs(f"job {one.job}", _words(row), _words(made.get(str(one.job))), {"job": str(one.job)})
    _check_ends(unit, jobs)
    read = BatchEntries()
    for one in jobs:
        noted = sum(row.count for row in batches[one.job])
        if one.done != noted:
            raise _differs(f"the accounts that stand of job {one.key}", one.done, noted, {"job": str(one.job)})
        said_of = {facts.start: (facts.count, facts.root, facts.signature) for facts in read.of(unit, one)}
        stand = {row.start: (row.count, row.root.hex(), row.signature.hex()) for row in batches[one.job]}
        if said_of != stand:
            start = next(n for n in sorted(said_of.keys() | stand.keys()) if said_of.get(n) != stand.get(n))
            fields: dict[str, object] = {"job": str(one.job), "start": start}
            raise _differs(
                f"the batch from index {start} of job {one.key}", stand.get(start), said_of.get(start), fields
            )
    rows = {str(job.job) for job in jobs}
    return {job: said for job, said in made.items() if job not in rows}


def check_none_lost(lost: MadeJobs, remedies: Mapping[str, Remedy]) -> None:
    """No job that an entry speaks of is without its row; ``remedies``, by id, of those that can be settled."""
    for job, said in sorted(lost.items()):
        remedy = remedies.get(job)
        advice = COMPARE if remedy is None else f"{remedy.advice(job)} ({_PAGE}); otherwise {_ADVICE}"
        which = f"job {job}" + (f", one of {len(lost)} without a row" if len(lost) > 1 else "")
        raise _differs(which, None, _words(said), {"job": job}, advice)


def _made(unit: Unit, vault: Id) -> MadeJobs:
    """First index, count and mode of each job of the vault, as its entry has them."""
    said_of = ((entry.subject, said_by(entry)) for entry in unit.entries(CREATED))
    mine = {job: said for job, said in said_of if said.get("vault") == str(vault)}
    return {job: (said.get("start"), said.get("count"), said.get("mode")) for job, said in mine.items()}


def _words(made: _Made | None) -> str | None:
    """A job in words.

    >>> _words((1000, 1, "self"))
    '1 account from index 1000, mode self'
    """
    if made is None:
        return None
    start, count, mode = made
    return f"{counted(count, 'account') if isinstance(count, int) else count} from index {start}, mode {mode}"


def _check_ends(unit: Unit, jobs: Sequence[Job]) -> None:
    """A job's row says that it came to its end only where an entry says so."""
    for state, kind in ((JobState.DONE, DONE), (JobState.CANCELLED, CANCELLED)):
        ended = [job for job in jobs if job.state is state]
        told = {entry.subject for entry in unit.entries_about(kind, [str(job.job) for job in ended])}
        for job in ended:
            if str(job.job) not in told:
                raise _differs(f"the state of job {job.key}", state.value, None, {"job": str(job.job)})


def _differs(
    what: str, row: object, entry: object, fields: dict[str, object], advice: str = _ADVICE
) -> AddressIntegrityError:
    return AddressIntegrityError(
        f"the database and the entries differ in {what}",
        found="no row" if row is None else row,
        expected="no entry" if entry is None else entry,
        advice=advice,
        fields={key: value for key, value in fields.items() if isinstance(value, str | int)},
    )
