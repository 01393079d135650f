"""Self mode: blobs are handed to their users, and a claimed one is destroyed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO

from jinku.accounts.delivery import bring_to_disk, write_whole
from jinku.accounts.errors import BadRequestError, ClaimNotFoundError
from jinku.accounts.output import write_file
from jinku.accounts.types import AddressRow, Claimed, Job, Mode
from jinku.accounts.works import Works
from jinku.core import Id, JinkuError, Json
from jinku.custody.ports import SecretFd
from jinku.store import Unit

__all__ = ["SelfMode"]

_COPY_BYTES = 1 << 16

_ROWS_GONE = "the code is not spent; rows were deleted from outside: compare the database with a backup"


class SelfMode:
    """The verbs of self-mode wallets."""

    def __init__(self, works: Works) -> None:
        """Take what the room works with."""
        self._works = works

    def claim(self, code: SecretFd, out_fd: int, recipient: str) -> Claimed:
        """The mnemonic is delivered, then its blob destroyed; a failed delivery leaves the blob as it was.

        Words in a file are on its disk before the blob goes: a crash at any step leaves one of the two.
        """
        works = self._works
        with _replayable(code) as again:
            lookup_id = works.signer.claim_lookup(again)
            os.lseek(again.fd, 0, os.SEEK_SET)
            with works.database.unit() as unit:  # holds the write lock: of two claims of one code one finds nothing
                found = works.rows.claim_blob(unit, lookup_id)
                if found is None:
                    raise ClaimNotFoundError(
                        "this claim code opens nothing here",
                        advice="check it letter by letter; a wallet that was claimed before cannot be claimed again",
                    )
                account_row, blob = found
                claimed = self._claimed(unit, account_row)
                works.signer.claim(again, blob, out_fd, recipient)
                bring_to_disk(out_fd, "the code is not spent: claim again into a file on a sound disk")
                works.database.owe_purge()
                works.rows.destroy_claim(unit, lookup_id, account_row)
                facts: dict[str, Json] = {"index": claimed.index, "fingerprint": claimed.fingerprint}
                unit.append_entry("accounts.claimed", claimed.account, facts)
        return replace(claimed, purged=works.database.purge_log())

    def _claimed(self, unit: Unit, account_row: int) -> Claimed:
        works = self._works
        job = works.rows.job_of_account(unit, account_row)
        if job is None:
            raise ClaimNotFoundError("the claimed wallet belongs to no job", found=account_row, advice=_ROWS_GONE)
        index = job.start + account_row - job.account_base
        batch = works.rows.batch_of(unit, job, index)
        if batch is None:
            raise ClaimNotFoundError("the claimed wallet belongs to no batch", found=index, advice=_ROWS_GONE)
        fingerprint = works.rows.fingerprints(unit, job, batch)[index - batch.start]
        account = works.prover.account_ids(job.job.bytes16, job.created_at_ms, index, 1)[0]
        return Claimed(str(Id(account)), index, fingerprint, purged=False)

    def export_letter(self, job: Job, row: AddressRow, out_fd: int) -> None:
        """The age file of one account stands in ``out_fd``; an entry stands before and after, as with every export."""
        works = self._works
        letter = self._letter(job, row)
        facts: dict[str, Json] = {"format": "age", "to": "descriptor", "index": row.index}
        with works.database.unit() as unit:
            unit.append_entry("key.export_begun", row.account, facts)
        outcome = "failed"
        try:
            write_whole(out_fd, letter)
            bring_to_disk(out_fd, "export it again into a file on a sound disk")
            outcome = "exported"
        except JinkuError as error:
            outcome = error.code
            raise
        finally:
            with works.database.unit() as unit:
                unit.append_entry("key.export_ended", row.account, {**facts, "outcome": outcome})

    def _letter(self, job: Job, row: AddressRow) -> bytes:
        works = self._works
        if job.mode is Mode.SELF and not job.claim_codes:
            with works.database.read() as unit:
                found = works.rows.delivered_blob(unit, job.account_base + row.index - job.start)
            if found is not None and found[0] == Id.parse(row.account).bytes16:
                return found[1]
        raise ClaimNotFoundError(
            "this account has no age file", found=row.account, expected="self mode with recipients"
        )

    def export_blobs(self, name: str, folder: Path) -> int:
        """One age file an account in ``folder``."""
        works = self._works
        with works.database.read() as unit:
            job = works.find_job(unit, name)
        if job.mode is not Mode.SELF or job.claim_codes:
            raise BadRequestError(
                f"job {job.key} has no age files", found=job.mode.value, expected="self mode with --recipients"
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = 0
        with works.database.read() as unit:
            for account, blob in works.rows.delivered_blobs(unit, job):
                write_file(folder / f"{Id(account)}.age", partial(_write, bytes(blob)))
                files += 1
        return files


def _write(content: bytes, file: IO[bytes]) -> int:
    return file.write(content)


@contextlib.contextmanager
def _replayable(code: SecretFd) -> Iterator[SecretFd]:
    """The code behind a descriptor that can be read twice. It moves from kernel to kernel: no byte enters Python."""
    copy = os.memfd_create("jinku-claim", os.MFD_CLOEXEC)
    try:
        _move(code.fd, copy)
        os.lseek(copy, 0, os.SEEK_SET)
        yield SecretFd(copy, code.kind)
    finally:
        os.ftruncate(copy, 0)
        os.close(copy)


def _move(source: int, target: int) -> None:
    """Everything readable from ``source`` stands in ``target``: splice for pipes, sendfile for files (Linux)."""
    with contextlib.suppress(OSError):
        while os.sendfile(target, source, None, _COPY_BYTES):
            pass
        return
    try:
        while os.splice(source, target, _COPY_BYTES):
            pass
    except OSError as error:
        raise BadRequestError(
            "the claim code cannot be taken from there",
            found=error.strerror or str(error),
            expected="a pipe or a file",
            advice="type it at the prompt, or pass it by --code-file or a pipe",
        ) from error
