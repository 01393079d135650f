"""Running a job from the command line, and how a job is shown."""

from __future__ import annotations

from jinku.accounts import Job, JobState, Pace, Progress
from jinku.cli.output import facts
from jinku.cli.progress import reporting
from jinku.cli.session import Session
from jinku.core import JinkuError, when

__all__ = ["carry_on", "document_of", "is_stopped", "run_job", "show_job", "state_of"]

_AT_WORK = (JobState.RUNNING, JobState.VERIFYING)


class JobInterruptedError(JinkuError):
    """The user interrupted the command that ran a job; what was committed stands (exit 130)."""

    code = "accounts.interrupted"
    exit_code = 130


def is_stopped(session: Session, job: Job) -> bool:
    """True when the row says that the job is at work and no process runs it: it was interrupted or killed."""
    return job.state in _AT_WORK and not session.platform.accounts.is_run(job)


def state_of(job: Job, stopped: bool) -> str:
    """One word: where the job stands, or that nobody runs it."""
    return "stopped" if stopped else job.state.value


def carry_on(job: Job) -> str:
    """The command that brings the job to its end."""
    codes = " --codes-file F" if job.claim_codes else ""
    return f"jinku jobs continue {job.key or job.job}{codes}"


def document_of(job: Job, stopped: bool = False) -> dict[str, object]:
    """The job as plain values. ``state`` is the stored one; ``stopped`` says that no process runs it."""
    return {
        "job": str(job.job),
        "key": job.key,
        "vault": str(job.vault),
        "mode": job.mode.value,
        "state": job.state.value,
        "stopped": stopped,
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


def _rows_of(job: Job, stopped: bool, begun_ms: int) -> list[tuple[str, str]]:
    """The job as names and values."""
    rows = [
        ("job", job.key or str(job.job)),
        ("state", state_of(job, stopped)),
        ("accounts", f"{job.done:,} of {job.count:,}, {_indexes(job)}"),
        ("addresses", f"{len(job.forms)} an account, {job.done * len(job.forms):,} in all"),
        ("mode", f"{job.mode.value}, checked a second time: {job.verify.value}"),
        ("made", f"{when(job.created_at_ms)} UTC"),
    ]
    if job.finished_at_ms:
        rows.append(("took", f"{(job.finished_at_ms - begun_ms) / 1000:,.1f} s"))
    if job.key and job.key != str(job.job):
        rows.insert(1, ("id", str(job.job)))
    if job.owner:
        rows.append(("owner", job.owner))
    if job.error:
        rows.append(("error", job.error))
    if stopped or job.state in {JobState.PAUSED, JobState.FAILED}:
        rows.append(("next", carry_on(job)))
    return rows


def _indexes(job: Job) -> str:
    last = job.start + job.count - 1
    return f"index {last:,}" if job.count == 1 else f"indexes {job.start:,} to {last:,}"


def show_job(session: Session, job: Job, **more: object) -> None:
    """The job as the answer of a command."""
    stopped = is_stopped(session, job)
    rows = _rows_of(job, stopped, session.platform.accounts.begun_at_ms(job))
    session.out.result(document_of(job, stopped) | more, lambda console: console.print(facts(rows)))


def run_job(
    session: Session, job: Job, progress_fd: int | None = None, codes_fd: int = -1, concurrency: int | None = None
) -> Job:
    """The job ran, its progress shown; it is done, or another process paused or cancelled it."""
    pace = Pace() if concurrency is None else Pace(concurrency=concurrency)
    codes = "; F as before, or --codes-fd N instead of it" if job.claim_codes else ""
    session.out.note(f"job {job.key or job.job}; should it be cut short: {carry_on(job)}{codes}")
    try:
        with session.publishing(), reporting(session.out, progress_fd) as report:

            def told(progress: Progress) -> None:
                report(progress.phase, progress.done, progress.total)

            ended = session.platform.accounts.run(str(job.job), told, pace, codes_fd)
    except KeyboardInterrupt:
        raise _interrupted(session, job) from None
    if ended.state is not JobState.DONE:
        session.out.note(f"the job is {ended.state.value}; {carry_on(ended)} carries on")
    return ended


def _interrupted(session: Session, job: Job) -> JobInterruptedError:
    now = session.platform.accounts.job(str(job.job))
    return JobInterruptedError(
        "interrupted; what was committed stands",
        found=f"job {now.key or now.job} stands at {now.done:,} of {now.count:,}",
        advice=f"carry on with: {carry_on(now)}",
    )
