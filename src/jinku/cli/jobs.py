"""`jinku jobs`: seeing and steering bulk jobs, from any process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jinku.accounts import JobState, Remedy
from jinku.cli.claim_codes import check_writable, codes_descriptor
from jinku.cli.command import HOME, OPENING, branch, command
from jinku.cli.confirming import check_terminal, say_yes
from jinku.cli.job_run import carry_on, document_of, is_stopped, run_job, show_job, state_of
from jinku.cli.opening import ensure_open
from jinku.cli.output import facts, table
from jinku.cli.session import SecretOptions, Session
from jinku.core import RefusedError, UsageError

app = branch("jobs", "See and steer the jobs that create accounts.")

_Job = Annotated[str, typer.Argument(metavar="JOB", help="The job's id or key.")]


@command(app, "list")
def list_(
    session: Session, *, vault: Annotated[str | None, typer.Option(metavar="V", help="Only this vault's jobs.")] = None
) -> None:
    """Print every job, oldest first."""
    jobs = [(job, is_stopped(session, job)) for job in session.platform.accounts.jobs(vault)]
    if session.out.as_json:
        for job, stopped in jobs:
            session.out.line(document_of(job, stopped))
        return
    if not jobs:
        session.out.note("no job yet; next: jinku accounts create --vault V --count N")
        return
    rows = [
        (job.key or str(job.job), job.mode.value, state_of(job, stopped), f"{job.done:,}", f"{job.count:,}")
        for job, stopped in jobs
    ]
    session.out.console.print(table(("job", "mode", "state", "done", "of"), rows, frozenset({3, 4})))
    for job in [job for job, stopped in jobs if stopped][-1:]:
        session.out.note(f"stopped: no process runs it; next: {carry_on(job)}")


@command(app, "show")
def show(session: Session, *, job: _Job) -> None:
    """Print one job."""
    show_job(session, session.platform.accounts.job(job))


@command(app, "pause")
def pause(session: Session, *, job: _Job) -> None:
    """Pause a job: its runner stops after the chunk in hand."""
    show_job(session, session.platform.accounts.pause(job))


@command(app, "cancel")
def cancel(session: Session, *, job: _Job) -> None:
    """Cancel a job: no further account is made; those that stand remain."""
    show_job(session, session.platform.accounts.cancel(job))


@command(app, "write-off")
def write_off(
    session: Session,
    *,
    job: Annotated[str, typer.Argument(metavar="ID", help="The lost job's id, as `jinku accounts verify` names it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
) -> None:
    """Settle a job of self mode that a restored database lost: nobody can make its words a second time.

    `jinku accounts verify` then counts it and holds again. Its users keep their words; this home shows, proves and
    delivers nothing of it any more. An entry says so for ever. A custodial job is made again instead.
    """
    accounts = session.platform.accounts
    found = next((one for one in accounts.lost_jobs() if str(one.job.job) == job), None)
    already = found is not None and found.written_off
    if found is not None and found.remedy is Remedy.WRITE_OFF and not (already or yes):
        check_terminal(session, f"the write-off of {found.words}", "--yes")
        session.out.warn(f"{found.words}: if a newer copy of the database is left, restore that one instead")
        say_yes(session, "Really write it off?")
    lost = accounts.write_off(job)
    document = {
        "job": str(lost.job.job),
        "vault": str(lost.job.vault),
        "start": lost.job.start,
        "count": lost.job.count,
        "mode": lost.job.mode.value,
        "written_off": lost.written_off,
        "already": already,
    }
    rows = [("written off", lost.words)] + ([("note", "that was done before; nothing was added")] if already else [])
    session.out.result(document, lambda console: console.print(facts(rows)))


@command(app, "continue", secrets=(OPENING, HOME))
def continue_(
    session: Session,
    *,
    job: _Job,
    secret: SecretOptions,
    home_secret: SecretOptions,
    codes_fd: Annotated[int | None, typer.Option(metavar="N", help="Self mode: write claim codes here.")] = None,
    codes_file: Annotated[
        Path | None, typer.Option(metavar="F", help="Self mode: write claim codes to this file.")
    ] = None,
    progress_fd: Annotated[
        int | None, typer.Option(metavar="N", help="Report progress here, too, as JSON lines.")
    ] = None,
) -> None:
    """Carry on with a job that was paused, failed or killed, to its end."""
    if progress_fd is not None:
        check_writable(progress_fd, "--progress-fd")
    accounts = session.platform.accounts
    found = accounts.job(job)
    if found.state is JobState.DONE:
        show_job(session, found)
        return
    if found.claim_codes and codes_fd is None and codes_file is None:
        raise UsageError("nobody would receive the claim codes", expected="--codes-fd N or --codes-file F")
    ensure_open(session, str(found.vault), secret, home_secret)
    with codes_descriptor(codes_fd, codes_file, session.out.as_json) as codes:
        ended = run_job(session, accounts.resume(job), progress_fd, codes)
    show_job(session, ended)
    if ended.state is not JobState.DONE:
        raise RefusedError(
            "the job did not come to its end",
            found=ended.state.value,
            expected=JobState.DONE.value,
            advice=f"{carry_on(ended)} carries on with one that was paused",
            code="accounts.job_stopped",
        )
