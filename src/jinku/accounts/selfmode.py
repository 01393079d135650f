"""Self mode: blobs are handed to their users, and a claimed one is destroyed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO

from jinku.accounts.batch_entries import BatchEntries
from jinku.accounts.blobs import check_blobs, check_unclaimed, claim_leaf, letters
from jinku.accounts.delivery import bring_to_disk, write_whole
from jinku.accounts.errors import BadRequestError, ClaimNotFoundError
from jinku.accounts.kinds import CLAIMED, LETTERS_EXPORTED
from jinku.accounts.output import write_file
from jinku.accounts.types import AddressRow, Claimed, Job, Mode
from jinku.accounts.works import Works
from jinku.core import ConflictError, Id, Json
from jinku.custody.noting import noted_export
from jinku.custody.ports import SecretFd
from jinku.store import Unit

__all__ = ["SelfMode"]

_CODE_BYTES = 1 << 12  # a code has some forty; what is longer is another file, and moves through memory

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
            looked_at = self._looked_at(lookup_id)
            with works.database.unit() as unit:  # holds the write lock: of two claims of one code one finds nothing
                found = works.rows.claim_blob(unit, lookup_id)
                if found is None:
                    raise ClaimNotFoundError(
                        "this claim code opens nothing here",
                        advice="check it letter by letter; a wallet that was claimed before cannot be claimed again, "
                        "nor one of a job that a restored database lost (`jinku journal catch-up` lists those)",
                    )
                if found != looked_at:
                    raise ConflictError(
                        "the claimable blob changed while it was looked at", advice="claim again", retryable=True
                    )
                account_row, blob = found
                claimed = self._claimed(unit, account_row)
                check_unclaimed(unit, claimed.account)
                works.signer.claim(again, blob, out_fd, recipient)
                bring_to_disk(out_fd, "the code is not spent: claim again into a file on a sound disk")
                works.database.owe_purge()
                works.rows.destroy_claim(unit, lookup_id, account_row)
                leaf = claim_leaf(lookup_id, blob).hex()
                facts: dict[str, Json] = {"index": claimed.index, "fingerprint": claimed.fingerprint, "leaf": leaf}
                unit.append_entry(CLAIMED, claimed.account, facts)
        return replace(claimed, purged=works.database.purge_log())

    def _looked_at(self, lookup_id: bytes) -> tuple[int, bytes] | None:
        """The blob's row, after it and the others of its batch gave what the batch's entry says."""
        works = self._works
        with works.database.read() as unit:
            found = works.rows.claim_blob(unit, lookup_id)
            job = None if found is None else works.rows.job_of_account(unit, found[0])
            if found is not None and job is not None:
                index = job.start + found[0] - job.account_base
                check_blobs(works, unit, job, BatchEntries().at(unit, job, index))
        return found

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
        with noted_export(works.database, row.account, f"the age file of account {row.account}", facts):
            write_whole(out_fd, letter)
            bring_to_disk(out_fd, "export it again into a file on a sound disk")

    def _letter(self, job: Job, row: AddressRow) -> bytes:
        works = self._works
        if job.mode is Mode.SELF and not job.claim_codes:
            with works.database.read() as unit:
                found = dict(letters(works, unit, job, BatchEntries().at(unit, job, row.index)))
            return found[Id.parse(row.account).bytes16]
        raise ClaimNotFoundError(
            "this account has no age file", found=row.account, expected="self mode with recipients"
        )

    def export_blobs(self, name: str, folder: Path) -> int:
        """One age file an account in ``folder``; an entry says so."""
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
            for facts in BatchEntries().of(unit, job):
                for account, blob in letters(works, unit, job, facts):
                    write_file(folder / f"{Id(account)}.age", partial(_write, blob))
                    files += 1
        with works.database.unit() as unit:
            unit.append_entry(LETTERS_EXPORTED, str(job.job), {"files": str(files)})
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
    try:
        total = _moved(partial(os.sendfile, target, source, None))
    except OSError:
        try:
            total = _moved(partial(os.splice, source, target))
        except OSError as error:
            raise BadRequestError(
                "the claim code cannot be taken from there",
                found=error.strerror or str(error),
                expected="a pipe or a file",
                advice="type it at the prompt, or pass it by --code-file or a pipe",
            ) from error
    if total > _CODE_BYTES:
        raise BadRequestError(
            "this is no claim code",
            found=f"more than {_CODE_BYTES:,} bytes",
            expected="one code",
            advice="pass the file that holds the code alone",
        )


def _moved(move: Callable[[int], int]) -> int:
    """How many bytes went over, at most one more than a code may have."""
    total = 0
    while total <= _CODE_BYTES and (count := move(_CODE_BYTES + 1 - total)):
        total += count
    return total
