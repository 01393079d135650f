"""`jinku accounts`: creation in bulk. Reading and export stand in their own files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jinku.accounts import Job, JobRequest, JobState, Mode, Remedy, VerifyMode
from jinku.cli import account_keys, account_reading  # each declares its commands on its own branch
from jinku.cli.choices import forms_from, whole_number
from jinku.cli.claim_codes import check_writable, codes_descriptor
from jinku.cli.command import HOME, OPENING, branch, command
from jinku.cli.evidence_options import EvidenceOptions, evidence_from
from jinku.cli.job_run import carry_on, run_job, show_job
from jinku.cli.opening import ensure_open
from jinku.cli.progress import waiting
from jinku.cli.self_options import SelfOptions, check_self, recipients_from
from jinku.cli.session import SecretOptions, Session
from jinku.core import RefusedError, UsageError, counted

app = branch("accounts", "Create accounts in bulk; list, prove, verify, claim and export them.")

_OUT_FORMS = (".parquet", ".csv", ".jsonl")


def _check_out(out: Path | None) -> None:
    if out is not None and out.suffix not in _OUT_FORMS:
        raise UsageError("the form of the output is not known", found=out.name, expected=" or ".join(_OUT_FORMS))
    if out is not None and not out.absolute().parent.is_dir():
        raise UsageError(
            "the folder of the output does not exist",
            found=out.absolute().parent,
            advice="make it, or name another file",
        )


@command(app, "create", secrets=(OPENING, HOME))
def create(
    session: Session,
    *,
    secret: SecretOptions,
    home_secret: SecretOptions,
    vault: Annotated[str, typer.Option(metavar="V", help="The vault, by name or id.")],
    count: Annotated[int, typer.Option(parser=whole_number, metavar="N", help="How many accounts.")],
    chains: Annotated[
        str | None, typer.Option(metavar="LIST", help="Families or chains [default: the vault's].")
    ] = None,
    mode: Annotated[Mode, typer.Option(help="Under the vault's tree, or a mnemonic for each user.")] = Mode.CUSTODIAL,
    owner: Annotated[str, typer.Option(metavar="O", help="Whose accounts they are.")] = "",
    job_key: Annotated[str, typer.Option(metavar="K", help="A key never makes a second job: use it to retry.")] = "",
    again: Annotated[str, typer.Option(metavar="ID", help="Make a job anew that a restored database lost.")] = "",
    first_index: Annotated[
        int | None, typer.Option(parser=whole_number, metavar="N", help="Where to go on after the log lost entries.")
    ] = None,
    rate: Annotated[int, typer.Option(min=0, metavar="N", help="At most so many accounts a second; 0: no limit.")] = 0,
    chunk: Annotated[int, typer.Option(min=0, metavar="N", help="Accounts committed at once; 0: chosen.")] = 0,
    concurrency: Annotated[int | None, typer.Option(min=1, max=64, metavar="N", help="Batches derived ahead.")] = None,
    verify: Annotated[VerifyMode, typer.Option(help="Derive again by an independent path.")] = VerifyMode.SAMPLE,
    out: Annotated[Path | None, typer.Option(metavar="F", help="Then write them: .parquet, .csv or .jsonl.")] = None,
    progress_fd: Annotated[int | None, typer.Option(metavar="N", help="Report progress here, too, as JSON.")] = None,
    own_keys: SelfOptions,
    evidence: EvidenceOptions,
) -> None:
    """Create accounts in bulk, as a durable job: killed at any moment, the same command with its --job-key carries on.

    Each batch is derived and signed in the signer; a sample (or all) is derived again by independent code before the
    job says done. Evidence is sealed to the auditor's key (`jinku evidence key`) and kept nowhere in clear.
    """
    _check_out(out)
    check_self(own_keys, mode)
    if progress_fd is not None:
        check_writable(progress_fd, "--progress-fd")
    vault_row = session.platform.custody.find(vault)
    request = JobRequest(
        vault=vault,
        count=count,
        forms=forms_from(chains, vault_row.hardened_accounts) if chains is not None else (),
        mode=mode,
        owner=owner,
        key=job_key,
        rate=rate,
        verify=verify,
        recipients=recipients_from(own_keys.recipients, count),
        words=int(own_keys.words.value),
        language=own_keys.language.value,
        evidence=evidence_from(evidence, count),
        chunk=chunk,
        again=again,
        first_index=first_index,
    )
    ensure_open(session, vault, secret, home_secret)
    with codes_descriptor(own_keys.codes_fd, own_keys.codes_file, session.out.as_json) as codes:
        job = session.platform.accounts.create(request)
        _warn_of_lost(session, job)
        ended = job if job.state is JobState.DONE else run_job(session, job, progress_fd, codes, concurrency)
    _finish(session, ended, out, own_keys.blobs)


def _warn_of_lost(session: Session, job: Job) -> None:
    """A new job of self mode is none of those that the vault lost: who repeats a lost one's command is told."""
    if job.mode is not Mode.SELF or job.done:
        return
    lost = session.platform.accounts.lost_jobs(job.vault)
    unsettled = [one for one in lost if one.remedy is Remedy.WRITE_OFF and not one.written_off]
    if unsettled:
        more = f" and {counted(len(unsettled) - 1, 'other')}" if len(unsettled) > 1 else ""
        session.out.warn(
            f"this makes NEW wallets, not those that a restored database lost ({unsettled[0].words}{more}); nobody can "
            f"make those again: jinku jobs write-off {unsettled[0].job.job}"
        )


def _finish(session: Session, job: Job, out: Path | None, blobs: Path | None) -> None:
    """The job is shown, its files are written; one that did not come to its end is refused."""
    if job.state is not JobState.DONE:
        show_job(session, job)
        raise RefusedError(
            "the job did not come to its end",
            found=job.state.value,
            expected=JobState.DONE.value,
            advice=f"{carry_on(job)} carries on with one that was paused",
            code="accounts.job_stopped",
        )
    accounts, rows, files = session.platform.accounts, 0, 0
    if out is not None:
        with waiting(session.out, f"writing {out}"):
            rows = accounts.export(out, job=str(job.job))
    if blobs is not None:
        files = accounts.export_blobs(str(job.job), blobs)
    written = {} if out is None else {"out": str(out), "rows": rows}
    written |= {} if blobs is None else {"blobs": str(blobs), "files": files}
    show_job(session, job, **written)
    if out is not None:
        session.out.note(f"{counted(rows, 'address', 'addresses')} written to {out}")
    if blobs is not None:
        session.out.note(f"{counted(files, 'age file')} written to {blobs}")


app.registered_commands += account_reading.app.registered_commands + account_keys.app.registered_commands
