"""Running a job from the command line, and how a job is shown."""

from __future__ import annotations

import time

from jinku.accounts import Job, JobState, Pace, Progress
from jinku.cli.output import facts
from jinku.cli.progress import reporting
from jinku.cli.session import Session

__all__ = ["document_of", "rows_of", "run_job", "show_job"]


def document_of(job: Job) -> dict[str, object]:
    """The job as plain values."""
    return {
        "job": str(job.job),
        "key": job.key,
        "vault": str(job.vault),
        "mode": job.mode.value,
        "state": job.state.value,
        "owner": job.owner,
        "start": job.start,
        "count": job.count,
        "done": job.done,
        "chunk": job.chunk,
        "rate": job.rate,
        "verify": job.verify.value,
        "chains": list(dict.fromkeys(form.chain for form in job.forms)),
        "addresses": job.done * len(job.forms),
        "created_at_ms": job.created_at_ms,
        "finished_at_ms": job.finished_at_ms,
        "error": job.error,
    }


def rows_of(job: Job) -> list[tuple[str, str]]:
    """The job as names and values."""
    made = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(job.created_at_ms / 1000))
    rows = [
        ("job", job.key or str(job.job)),
        ("state", job.state.value),
        ("accounts", f"{job.done:,} of {job.count:,}, indexes {job.start:,} to {job.start + job.count - 1:,}"),
        ("addresses", f"{len(job.forms)} an account, {job.done * len(job.forms):,} in all"),
        ("mode", f"{job.mode.value}, checked a second time: {job.verify.value}"),
        ("made", made),
    ]
    if job.finished_at_ms:
        rows.append(("took", f"{(job.finished_at_ms - job.created_at_ms) / 1000:,.1f} s"))
    if job.key and job.key != str(job.job):
        rows.insert(1, ("id", str(job.job)))
    if job.owner:
        rows.append(("owner", job.owner))
    if job.error:
        rows.append(("error", job.error))
    return rows


def show_job(session: Session, job: Job, **more: object) -> None:
    """The job as the answer of a command."""
    session.out.result(document_of(job) | more, lambda console: console.print(facts(rows_of(job))))


def run_job(
    session: Session, job: Job, progress_fd: int | None = None, codes_fd: int = -1, concurrency: int | None = None
) -> Job:
    """The job ran, its progress shown; it is done, or another process paused or cancelled it."""
    pace = Pace() if concurrency is None else Pace(concurrency=concurrency)
    with reporting(session.out, progress_fd) as report:

        def told(progress: Progress) -> None:
            report(progress.phase, progress.done, progress.total)

        ended = session.platform.accounts.run(str(job.job), told, pace, codes_fd)
    if ended.state is not JobState.DONE:
        session.out.note(f"the job is {ended.state.value}; jinku jobs continue {ended.key or ended.job} carries on")
    return ended
