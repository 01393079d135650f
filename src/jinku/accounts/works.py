"""What every part of the room works with, handed around as one value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from jinku.accounts.errors import JobNotFoundError
from jinku.accounts.records import AccountRows, BatchProver
from jinku.accounts.types import Job
from jinku.core import Clock, Id, IdSource, ParseError
from jinku.custody import Custody
from jinku.custody.ports import Signer
from jinku.privacy import Subject, SubjectKey, SubjectKeyError, SubjectKind, Subjects
from jinku.store import Database, Entry, Queue, Unit

__all__ = ["FINISH", "EntryReceipt", "Works"]

# The receipt of an entry in the log; None while it waits for a checkpoint.
EntryReceipt = Callable[[Entry], bytes | None]

FINISH = "finish"  # the key of a job's last task; the others are chunk numbers


@dataclass(frozen=True, slots=True)
class Works:
    """Database, rows, custody, signer, clock, the pinned identity and the arithmetic of proofs."""

    database: Database
    rows: AccountRows
    custody: Custody
    signer: Signer
    clock: Clock
    ids: IdSource
    deployment: Id
    identity_public: bytes
    prover: BatchProver
    owner_cap: int
    entry_receipt: EntryReceipt | None = None  # None: no log to ask
    subjects: Subjects | None = None  # None: new entries hold digests of names, which can be guessed
    refuse_behind: Callable[[], None] = lambda: None  # raises while somebody knows entries that the database lacks
    later_origins: Callable[[Unit], Sequence[str]] = lambda _: ()  # under which the log went on, having lost entries

    def queue(self, job: Job) -> Queue:
        """The tasks of one job."""
        return Queue(f"accounts/{job.job}")

    def runners(self, job: Job) -> Queue:
        """Who runs a job: a claim for each run, held by its process until the run ends or the process dies."""
        return Queue(f"accounts/runners/{job.job}")

    def subject_key(self, unit: Unit, job: Job) -> SubjectKey:
        """The key under which the job's first entry commits to whom it names."""
        if self.subjects is None:
            raise SubjectKeyError(
                "the job's entry holds a commitment, and no keys of subjects are at hand",
                found=str(job.job),
                expected="the keys of this home's subjects",
            )
        return self.subjects.of(unit, *_subject(job))

    def made_key(self, unit: Unit, job: Job, recipients: bool) -> SubjectKey | None:
        """The key for a new job, made if its subject has none yet; None when the job names nobody."""
        if self.subjects is None or not (recipients or job.names_somebody):
            return None
        return self.subjects.made(unit, *_subject(job))[1]

    def known_subject(self, unit: Unit, job: Job) -> tuple[Subject, SubjectKey] | None:
        """The subject that the job speaks of, and its key; None where none stands, or the job names nobody."""
        if self.subjects is None or not job.names_somebody:
            return None
        return self.subjects.known(unit, *_subject(job))

    def owners_before(self, unit: Unit, at_ms: int) -> Iterator[tuple[str, SubjectKey]]:
        """Each owner that stands since this moment or longer, and its key."""
        known = () if self.subjects is None else self.subjects.every(unit, SubjectKind.OWNER)
        return ((subject.name, key) for subject, key in known if subject.created_at_ms <= at_ms)

    def find_job(self, unit: Unit, name: str) -> Job:
        """The job by id or key; JobNotFoundError otherwise."""
        by_key = self.rows.job_by_key(unit, name)
        if by_key is not None:
            return by_key[0]
        try:
            found = self.rows.job_by_id(unit, Id.parse(name))
        except ParseError:
            found = None
        if found is None:
            advice = "see `jinku jobs list`; of one that was lost, `jinku journal show JOB`"
            raise JobNotFoundError("no such job", found=name[:80], advice=advice)
        return found

    def reload(self, unit: Unit, job: Job) -> Job:
        """The job as it stands now."""
        found = self.rows.job_by_row(unit, job.row_id)
        if found is None:
            raise JobNotFoundError(
                "the job is gone",
                found=str(job.job),
                advice="its row was deleted from outside; compare the database with a backup",
            )
        return found


def _subject(job: Job) -> tuple[SubjectKind, str]:
    """Of whom a job speaks: its owner; without one it is a subject of its own."""
    return (SubjectKind.OWNER, job.owner) if job.owner else (SubjectKind.JOB, job.key)
