"""The verbs of accounts: bulk creation as a durable job, and reading that proves before it answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinku.accounts.records import AccountRows
from jinku.accounts.types import AddressRow, Claimed, Job, JobRequest, Pace, ProgressCallback, VerifyReport
from jinku.core import Clock, Id, IdSource
from jinku.custody import Custody
from jinku.custody.ports import SecretFd, Signer
from jinku.store import Database

__all__ = ["Accounts"]


class Accounts:
    """The accounts of one home. ``job`` arguments are a job's id or its key."""

    def __init__(
        self,
        database: Database,
        rows: AccountRows,  # jinku.accounts.adapters.account_rows.SqlAccountRows()
        custody: Custody,
        signer: Signer,
        clock: Clock,
        deployment: Id,
        identity_public: bytes,  # 32 bytes, as pinned in deployment.json; never taken from the database
        owner_cap: int = 0,  # accounts one owner may have over all jobs; 0 = no cap
        ids: IdSource | None = None,
    ) -> None:
        """Take what it works with; nothing is read or written yet."""

    # -- jobs
    def create(self, request: JobRequest) -> Job:
        """The job stands with its chunks and its range of indexes, not yet run; the same key answers with the same job."""
        raise NotImplementedError

    def run(self, job: str, progress: ProgressCallback | None = None, pace: Pace = Pace(), codes_fd: int = -1) -> Job:
        """The job is done, or paused or cancelled by another process. Resumes whatever a killed run left."""
        raise NotImplementedError

    def pause(self, job: str) -> Job:
        """Runners stop after their current chunk; ``run`` refuses until ``resume``."""
        raise NotImplementedError

    def resume(self, job: str) -> Job:
        """A paused or failed job may run again (``jobs continue``); call ``run`` next."""
        raise NotImplementedError

    def cancel(self, job: str) -> Job:
        """No further account is made. Those that stand remain; the rest of the range is never used."""
        raise NotImplementedError

    def job(self, job: str) -> Job:
        """The job, by id or key; NotFoundError otherwise."""
        raise NotImplementedError

    def jobs(self, vault: str | None = None) -> tuple[Job, ...]:
        """Every job, oldest first."""
        raise NotImplementedError

    # -- reading: each batch is proven against its signed root before a row of it leaves
    def list(self, vault: str, chain: str | None = None) -> Iterator[AddressRow]:
        """Each address of the vault in order of index and form; ``chain`` is CAIP-2 or a family."""
        raise NotImplementedError

    def find(self, address: str) -> AddressRow:
        """The account of an address; NotFoundError when it is none of ours."""
        raise NotImplementedError

    def account(self, account: str) -> tuple[AddressRow, ...]:
        """Every address of one account, by its id."""
        raise NotImplementedError

    def export(self, out: Path, vault: str | None = None, job: str | None = None) -> int:
        """``out`` (.parquet, .csv or .jsonl) holds every address of the job or vault; the number of rows. Written whole or not at all."""
        raise NotImplementedError

    def prove(self, address: str) -> dict[str, object]:
        """A receipt that ``verify_receipt`` checks with nothing but the pinned identity key."""
        raise NotImplementedError

    def verify(self, vault: str, rederive: bool = False) -> VerifyReport:
        """Every batch, index, count and address of the vault holds; with ``rederive`` the signer made each a second time."""
        raise NotImplementedError

    # -- self mode
    def claim(self, code: SecretFd, out_fd: int, recipient: str = "") -> Claimed:
        """The mnemonic of the code went to ``out_fd``, once; its blob is destroyed."""
        raise NotImplementedError

    def export_blobs(self, job: str, folder: Path) -> int:
        """``folder`` holds one age file an account (``<account>.age``) of a self-mode job; the number of files."""
        raise NotImplementedError
