"""What a run of a job goes by, read once, and the state in which the job stands when it begins."""

from __future__ import annotations

from dataclasses import dataclass, field

from jinku.accounts.batch_entries import BatchFacts, without_rows
from jinku.accounts.errors import JobStateError
from jinku.accounts.kinds import CANCELLED
from jinku.accounts.lost import told_chunks
from jinku.accounts.specification import Specification, bound
from jinku.accounts.types import Job, JobState
from jinku.accounts.works import FINISH, Works
from jinku.store import Unit

__all__ = ["RUNNABLE", "Start", "requeue_told", "set_off", "start_of"]

RUNNABLE = (JobState.PENDING, JobState.RUNNING, JobState.VERIFYING, JobState.FAILED)


@dataclass(frozen=True, slots=True)
class Start:
    """The job as it was compared with its entries, whatever its row says later.

    ``told`` is what entries say of batches that do not stand, by first index; ``over``: the log says that the job was
    cancelled, whatever a restored row says.
    """

    job: Job
    asked: Specification = field(default_factory=Specification)
    told: dict[int, BatchFacts] = field(default_factory=dict)
    over: bool = False


def start_of(unit: Unit, works: Works, job: Job) -> Start:
    """The job, compared; an AddressIntegrityError when rows and entries differ."""
    job = works.reload(unit, job)
    asked = bound(unit, works, job)
    told = without_rows(unit, job, works.rows.batches(unit, job))
    return Start(job, asked, told, unit.has_entry(CANCELLED, str(job.job)))


def requeue_told(unit: Unit, works: Works, start: Start) -> int:
    """Of a job that was cancelled the queue holds just the chunks that entries speak of; how many.

    Nothing is touched, and 0 answered, of one that goes on or is done.
    """
    job = start.job
    if not start.over or job.state is JobState.DONE:
        return 0
    queue = works.queue(job)
    queue.clear(unit)  # before the rows are read: whoever commits a chunk holds its task
    lost = without_rows(unit, job, works.rows.batches(unit, job))
    chunks = told_chunks(job, lost.values())
    queue.enqueue(unit, ((str(chunk.number), {}) for chunk in chunks))
    return len(chunks)


def set_off(unit: Unit, works: Works, start: Start, left: int, codes_fd: int) -> Job | None:
    """The job's row says that it runs; None when it is at its end. ``left``: chunks of a cancelled one to make again.

    JobStateError when it was paused, or nobody would receive its claim codes.
    """
    queue, job = works.queue(start.job), works.reload(unit, start.job)
    if job.state is JobState.DONE or (job.state is JobState.CANCELLED and not left):
        return None  # of one that was cancelled what entries speak of is made again first
    if job.state not in RUNNABLE and not left:
        raise JobStateError(f"job {job.key} is {job.state.value}", advice=f"run `jinku jobs continue {job.key}` first")
    if job.claim_codes and codes_fd < 0 and job.done < job.count:
        raise JobStateError(
            f"job {job.key} makes claim codes and has no place to write them",
            advice="pass a descriptor or file for the codes, or --recipients",
        )
    if start.over and not left:
        works.rows.set_state(unit, job, JobState.CANCELLED)
        return None
    chunks_stand = job.done == job.count
    if chunks_stand and queue.size(unit) == 0:
        queue.enqueue(unit, [(FINISH, {})])
    works.rows.set_state(unit, job, JobState.VERIFYING if chunks_stand else JobState.RUNNING)
    return job
