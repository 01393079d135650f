"""What entries say of jobs that have no row: they came back by ``journal catch-up``, and their database did not."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from jinku.accounts.batch_entries import BatchEntries, BatchFacts
from jinku.accounts.created import Created
from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.kinds import CREATED, WRITTEN_OFF
from jinku.accounts.rules import MAX_CHUNK, MAX_COUNT, chunks_of
from jinku.accounts.said import agreed, entry_name, fact, said_by
from jinku.accounts.statements import statement_of
from jinku.accounts.types import Chunk, Job, JobState, LostJob, Mode, Remedy, VerifyMode
from jinku.accounts.works import Works
from jinku.core import Id, JinkuError, ParseError, counted, when
from jinku.custody.ports import Form
from jinku.journal import caught_up_places
from jinku.store import Entry, Unit

__all__ = ["Judge", "Lost", "is_written_off", "lost_jobs", "signed_batches", "told_chunks"]

_MAX_START = 1 << 31  # indexes of BIP-32
_FORM = ("chain", "family", "kind", "path")
_ADVICE = "no command of Jinku leaves this: find out who wrote to the database before it was lost"


@dataclass(frozen=True, slots=True)
class Lost:
    """A job that has an entry and no row; ``job`` is what the entry says, and names nobody."""

    entry: Entry
    created: Created
    job: Job

    @property
    def end(self) -> int:
        """The index after its last."""
        return self.job.start + self.job.count

    @property
    def words(self) -> str:
        """How a message names it: id, number of accounts, first index, mode, and when it was made."""
        job = self.job
        return (
            f"job {job.job}, {counted(job.count, 'account')} from index {job.start}, mode {job.mode.value}, "
            f"made {when(job.created_at_ms)} UTC"
        )


def lost_jobs(unit: Unit, works: Works) -> Iterator[Lost]:
    """The lost jobs of the home, in the order of their ids. Where nothing was taken back no other entry is read.

    Entries without a digest, of old versions, bind too little: their jobs are not among these.
    """
    places = caught_up_places(unit, str(works.deployment))
    if not places:
        return
    ids = [one for one in map(_id, unit.subjects(CREATED, places)) if one is not None]
    known = works.rows.known_jobs(unit, ids)
    for job in ids:
        if job in known:
            continue
        found = list(unit.entries(CREATED, str(job)))
        said = agreed(found, f"the making of job {job}", {"job": str(job)})
        created = Created(said)
        if created.has_digest:
            yield Lost(found[0], created, _job_of(job, found[0], said))


class Judge:
    """What settles each lost job, in one unit: the jobs that stand are read once a vault."""

    def __init__(self, unit: Unit, works: Works) -> None:
        """Nothing is read yet."""
        self._unit = unit
        self._works = works
        self._stand: dict[Id, list[Job]] = {}

    def why_not(self, lost: Lost) -> str:
        """Why it cannot be made again; empty when it can."""
        if lost.job.mode is Mode.SELF:
            return "the words of its wallets cannot be made a second time"
        if lost.created.evidence:
            return "its sealed evidence was in the lost database alone"
        vault = lost.job.vault
        if vault not in self._stand:
            self._stand[vault] = sorted(self._works.rows.jobs(self._unit, vault), key=lambda one: one.start)
        stand = self._stand[vault]  # their ranges share no index: the last that begins before its end ends last
        place = bisect_left(stand, lost.end, key=lambda one: one.start) - 1
        if place >= 0 and stand[place].start + stand[place].count > lost.job.start:
            return f"indexes of it were given to job {stand[place].job} since"
        return ""

    def remedy(self, lost: Lost) -> Remedy:
        """What settles it; decided here alone."""
        if not self.why_not(lost):
            return Remedy.AGAIN
        return Remedy.WRITE_OFF if lost.job.mode is Mode.SELF else Remedy.RESTORE

    def view(self, lost: Lost) -> LostJob:
        """The lost job as callers see it."""
        settled = is_written_off(self._unit, lost)
        return LostJob(lost.job, lost.words, self.remedy(lost), self.why_not(lost), settled)


def is_written_off(unit: Unit, lost: Lost) -> bool:
    """The operator settled it: a whole entry says so of this range. Of a custodial job Jinku makes no such entry."""
    job = lost.job
    said = map(said_by, unit.entries(WRITTEN_OFF, str(job.job)) if job.mode is Mode.SELF else ())
    return any(
        (one.get("vault"), one.get("start"), one.get("count")) == (str(job.vault), job.start, job.count) for one in said
    )


def signed_batches(unit: Unit, works: Works, lost: Lost) -> tuple[BatchFacts, ...]:
    """What entries say of its batches, each signed by the identity key; an AddressIntegrityError when one is not.

    Nobody without the signer makes such an entry: so these bind id, time and range of the job, which it never forgot.
    """
    job, batches = lost.job, BatchEntries().of(unit, lost.job)
    for facts in batches:
        try:
            statement = statement_of(job, works.deployment, facts.start, facts.count, bytes.fromhex(facts.root))
            works.prover.verify_statement(works.identity_public, statement, bytes.fromhex(facts.signature))
        except (JinkuError, ValueError) as error:
            raise AddressIntegrityError(
                f"an entry speaks of a batch of job {job.job} that the signer did not sign",
                found=entry_name(facts.entry),
                expected=f"a signature by the identity key over id, time and range of {entry_name(lost.entry)}",
                advice=f"make no account of this vault; {_ADVICE}",
                fields={"job": str(job.job), "start": facts.start, "entry": facts.entry.row_id},
            ) from error
    told_chunks(job, batches)
    return batches


def told_chunks(job: Job, batches: Iterable[BatchFacts]) -> list[Chunk]:
    """The chunks of these batches; an AddressIntegrityError when one is no chunk of the job."""
    by_start = {facts.start: facts for facts in batches}
    found = [chunk for chunk in chunks_of(job) if chunk.start in by_start] if by_start else []
    cut = {chunk.start: chunk.count for chunk in found}
    for start, facts in by_start.items():
        if cut.get(start) != facts.count:
            raise AddressIntegrityError(
                f"an entry speaks of a batch that job {job.job} cannot have",
                found=f"{counted(facts.count, 'account')} from {start}: {entry_name(facts.entry)}",
                expected=f"{job.chunk} at a time, from {job.start} to {job.start + job.count - 1}",
                advice=f"nothing is made of this job; {_ADVICE}",
                fields={"job": str(job.job), "start": start, "entry": facts.entry.row_id},
            )
    return found


def _job_of(job: Id, entry: Entry, said: dict[str, Any]) -> Job:
    numbers = {name: fact(entry, said, name, int) for name in ("start", "count", "chunk", "words")}
    start, count, chunk = numbers["start"], numbers["count"], numbers["chunk"]
    if not (0 <= start < _MAX_START and 1 <= count <= MAX_COUNT and 1 <= chunk <= MAX_CHUNK):
        raise _odd(entry, f"{count} accounts from {start}, {chunk} a chunk", "a range that a job can have")
    try:
        forms = tuple(Form(**{name: str(form[name]) for name in _FORM}) for form in fact(entry, said, "forms", list))
        vault, mode, verify = Id.parse(said["vault"]), Mode(said["mode"]), VerifyMode(said["verify"])
    except (TypeError, ValueError, LookupError, AttributeError, ParseError):
        raise _odd(entry, "vault, mode, verification or forms of no job", "those of a job") from None
    return Job(
        row_id=0,
        job=job,
        key=str(job),
        vault=vault,
        mode=mode,
        state=JobState.PENDING,
        owner="",
        forms=forms,
        done=0,
        rate=0,
        verify=verify,
        claim_codes=fact(entry, said, "claim_codes", bool),
        language=fact(entry, said, "language", str),
        account_base=0,
        address_base=0,
        created_at_ms=entry.created_at_ms,
        finished_at_ms=0,
        error="",
        **numbers,
    )


def _id(text: str) -> Id | None:
    """The id that a subject is; None of one that no job can have."""
    try:
        found = Id.parse(text)
    except ParseError:
        return None
    return found if str(found) == text else None


def _odd(entry: Entry, found: str, expected: str) -> AddressIntegrityError:
    return AddressIntegrityError(
        f"an entry does not say what its kind says: {entry_name(entry)}",
        found=found,
        expected=expected,
        advice=_ADVICE,
        fields={"entry": entry.row_id},
    )
