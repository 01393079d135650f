"""`jinku accounts`: creation in bulk. Reading and export stand in their own files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jinku.accounts import JobRequest, JobState, Mode, VerifyMode
from jinku.cli import account_keys, account_reading  # each declares its commands on its own branch
from jinku.cli.choices import Language, Words, forms_from
from jinku.cli.command import HOME, OPENING, branch, command
from jinku.cli.evidence_options import EvidenceOptions, evidence_from
from jinku.cli.job_run import codes_descriptor, run_job, show_job
from jinku.cli.opening import ensure_open
from jinku.cli.session import SecretOptions, Session
from jinku.core import RefusedError, UsageError

app = branch("accounts", "Create accounts in bulk; list, prove, verify, claim and export them.")

_OUT_FORMS = (".parquet", ".csv", ".jsonl")


def _recipients(path: Path | None, count: int, mode: Mode) -> tuple[str, ...]:
    """The age recipients of a file, one a line, as many as accounts."""
    if path is None:
        return ()
    if mode is not Mode.SELF:
        raise UsageError("--recipients belongs to self mode", found=f"--mode {mode.value}", expected="--mode self")
    try:
        lines = [line.strip() for line in path.read_text(encoding="ascii").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("the file of recipients cannot be read", found=f"{path}: {error}") from error
    found = tuple(line for line in lines if line and not line.startswith("#"))
    if len(found) != count:
        raise UsageError(
            "each self-mode account needs its own recipient",
            found=f"{len(found):,} recipients in {path}",
            expected=f"{count:,}, one a line",
        )
    return found


def _check_out(out: Path | None, blobs: Path | None, mode: Mode) -> None:
    if out is not None and out.suffix not in _OUT_FORMS:
        raise UsageError("the form of the output is not known", found=out.name, expected=" or ".join(_OUT_FORMS))
    if out is not None and not out.absolute().parent.is_dir():
        raise UsageError("the folder of the output does not exist", found=out.absolute().parent)
    if blobs is not None and mode is not Mode.SELF:
        raise UsageError("--blobs belongs to self mode", expected="--mode self")


@command(app, "create", secrets=(OPENING, HOME))
def create(
    session: Session,
    *,
    secret: SecretOptions,
    home_secret: SecretOptions,
    vault: Annotated[str, typer.Option(metavar="V", help="The vault, by name or id.")],
    count: Annotated[int, typer.Option(metavar="N", help="How many accounts.")],
    chains: Annotated[
        str | None, typer.Option(metavar="LIST", help="Families or CAIP-2 chains [default: the vault's].")
    ] = None,
    mode: Annotated[Mode, typer.Option(help="Under the vault's tree, or a mnemonic for each user.")] = Mode.CUSTODIAL,
    recipients: Annotated[Path | None, typer.Option(metavar="F", help="Self mode: age recipients, one a line.")] = None,
    codes_fd: Annotated[int | None, typer.Option(metavar="N", help="Self mode: write claim codes here.")] = None,
    codes_file: Annotated[
        Path | None, typer.Option(metavar="F", help="Self mode: write claim codes to this file.")
    ] = None,
    blobs: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Self mode: write one age file an account here.")
    ] = None,
    words: Annotated[Words, typer.Option(help="Self mode: words of each mnemonic.")] = Words.W24,
    language: Annotated[Language, typer.Option(help="Self mode: language of each mnemonic.")] = Language.ENGLISH,
    owner: Annotated[str, typer.Option(metavar="O", help="Whose accounts they are.")] = "",
    job_key: Annotated[
        str, typer.Option(metavar="K", help="The same key never makes a second job: use it to retry.")
    ] = "",
    rate: Annotated[int, typer.Option(min=0, metavar="N", help="At most so many accounts a second; 0: no limit.")] = 0,
    chunk: Annotated[int, typer.Option(min=0, metavar="N", help="Accounts committed at once; 0: chosen.")] = 0,
    concurrency: Annotated[int | None, typer.Option(min=1, max=64, metavar="N", help="Batches derived ahead.")] = None,
    verify: Annotated[VerifyMode, typer.Option(help="Derive again by an independent path.")] = VerifyMode.SAMPLE,
    out: Annotated[
        Path | None, typer.Option(metavar="F", help="Then write all addresses: .parquet, .csv or .jsonl.")
    ] = None,
    progress_fd: Annotated[
        int | None, typer.Option(metavar="N", help="Report progress here, too, as JSON lines.")
    ] = None,
    evidence_file: Annotated[
        Path | None, typer.Option(metavar="F", help="Evidence: one document for all, or .jsonl with a line an account.")
    ] = None,
    evidence_operator: Annotated[str, typer.Option(metavar="T", help="Evidence: who asked for it.")] = "",
    evidence_source_ip: Annotated[str, typer.Option(metavar="T", help="Evidence: from where.")] = "",
    evidence_kyc: Annotated[str, typer.Option(metavar="T", help="Evidence: the KYC reference.")] = "",
    evidence_purpose: Annotated[str, typer.Option(metavar="T", help="Evidence: what for.")] = "",
    evidence_consent: Annotated[str, typer.Option(metavar="T", help="Evidence: on which consent.")] = "",
) -> None:
    """Create accounts in bulk, as a durable job: killed at any moment, the same command with its --job-key carries on.

    Each batch is derived and signed in the signer; a sample (or all) is derived again by independent code before the
    job says done. Evidence is sealed to the auditor's key (`jinku evidence key`) and kept nowhere in clear.
    """
    _check_out(out, blobs, mode)
    parts = EvidenceOptions(
        evidence_file, evidence_operator, evidence_source_ip, evidence_kyc, evidence_purpose, evidence_consent
    )
    request = JobRequest(
        vault=vault,
        count=count,
        forms=forms_from(chains) if chains is not None else (),
        mode=mode,
        owner=owner,
        key=job_key,
        rate=rate,
        verify=verify,
        recipients=_recipients(recipients, count, mode),
        words=int(words.value),
        language=language.value,
        evidence=evidence_from(parts, count),
        chunk=chunk,
    )
    accounts = session.platform.accounts
    session.platform.custody.find(vault)
    ensure_open(session, vault, secret, home_secret)
    with codes_descriptor(codes_fd, codes_file) as codes:
        job = accounts.create(request)
        if job.claim_codes and codes < 0 and job.state is not JobState.DONE:
            raise UsageError(
                "nobody would receive the claim codes", expected="--codes-fd N, --codes-file F or --recipients F"
            )
        ended = job if job.state is JobState.DONE else run_job(session, job, progress_fd, codes, concurrency)
    if ended.state is not JobState.DONE:
        show_job(session, ended)
        raise RefusedError("the job did not come to its end", found=ended.state.value, code="accounts.job_stopped")
    more: dict[str, object] = {}
    if out is not None:
        more |= {"out": str(out), "rows": accounts.export(out, job=str(ended.job))}
    if blobs is not None:
        more |= {"blobs": str(blobs), "files": accounts.export_blobs(str(ended.job), blobs)}
    show_job(session, ended, **more)
    if out is not None:
        session.out.note(f"{more['rows']:,} addresses written to {out}")


app.registered_commands += account_reading.app.registered_commands + account_keys.app.registered_commands
