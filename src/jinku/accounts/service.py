"""The verbs of accounts: bulk creation as a durable job, and reading that proves before it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from jinku.accounts.checking import VaultChecker
from jinku.accounts.desk import Desk
from jinku.accounts.kinds import EXPORTED, REMADE
from jinku.accounts.lost import Judge, lost_jobs
from jinku.accounts.native import NativeProver
from jinku.accounts.output import write_addresses
from jinku.accounts.reading import Reader
from jinku.accounts.records import AccountRows, BatchProver
from jinku.accounts.runner import Runner
from jinku.accounts.sealed import evidence_of, make_evidence_key, open_sealed
from jinku.accounts.selfmode import SelfMode
from jinku.accounts.types import (
    AddressRow,
    Claimed,
    EvidenceRow,
    Job,
    JobRequest,
    LostJob,
    Pace,
    ProgressCallback,
    VerifyReport,
)
from jinku.accounts.works import EntryReceipt, Works
from jinku.accounts.writing_off import write_off
from jinku.core import Clock, Id, IdSource, UsageError
from jinku.custody import Custody, Vault
from jinku.custody.ports import SecretFd, Signer
from jinku.privacy import Subjects
from jinku.store import Database, Unit

__all__ = ["Accounts"]

_DEFAULT_PACE = Pace()


class Accounts:
    """The accounts of one home. ``job`` arguments are a job's id or its key."""

    def __init__(  # noqa: PLR0917  the composition calls it, once
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
        prover: BatchProver | None = None,  # the native module when None; tests hand in a slow twin
        entry_receipt: EntryReceipt | None = None,  # the journal's; without it receipts lack the log's part
        subjects: Subjects | None = None,  # keys for commitments to owners, keys and recipients in new entries
        refuse_behind: Callable[[], None] = lambda: None,  # raises while somebody knows entries that the database lacks
        later_origins: Callable[[Unit], Sequence[str]] = lambda _: (),  # under which the log went on, in order
    ) -> None:
        """Take what it works with; nothing is read or written yet."""
        works = Works(
            database=database,
            rows=rows,
            custody=custody,
            signer=signer,
            clock=clock,
            ids=ids or IdSource(clock),
            deployment=deployment,
            identity_public=identity_public,
            prover=prover or NativeProver(),
            owner_cap=owner_cap,
            entry_receipt=entry_receipt,
            subjects=subjects,
            refuse_behind=refuse_behind,
            later_origins=later_origins,
        )
        self._works = works
        self._desk = Desk(works)
        self._reader = Reader(works)
        self._checker = VaultChecker(works, self._reader.proven)
        self._self_mode = SelfMode(works)

    # -- jobs
    def create(self, request: JobRequest) -> Job:
        """The job stands with its chunks and its range of indexes, not yet run; the same key gives the same job."""
        return self._desk.create(request)

    def run(
        self,
        job: str,
        progress: ProgressCallback | None = None,
        pace: Pace = _DEFAULT_PACE,
        codes_fd: int = -1,
    ) -> Job:
        """The job is done, or paused or cancelled by another process. Resumes whatever a killed run left.

        ``codes_fd`` takes the claim codes of a self-mode job without recipients. Codes are written before their wallets
        are committed: after a kill the later code of an account is the one that counts.
        """
        return Runner(self._works, self.job(job), pace=pace, progress=progress, codes_fd=codes_fd).run()

    def pause(self, job: str) -> Job:
        """Runners stop after their current chunk; ``run`` refuses until ``resume``."""
        return self._desk.pause(job)

    def resume(self, job: str) -> Job:
        """A paused or failed job may run again (``jobs continue``); call ``run`` next."""
        return self._desk.resume(job)

    def cancel(self, job: str) -> Job:
        """No further account is made. Those that stand remain; the rest of the range is never used."""
        return self._desk.cancel(job)

    def job(self, job: str) -> Job:
        """The job, by id or key; NotFoundError otherwise."""
        with self._works.database.read() as unit:
            return self._works.find_job(unit, job)

    def jobs(self, vault: str | None = None) -> tuple[Job, ...]:
        """Every job, oldest first."""
        wanted = None if vault is None else self._works.custody.find(vault).vault
        with self._works.database.read() as unit:
            return self._works.rows.jobs(unit, wanted)

    def lost_jobs(self, vault: Id | None = None) -> tuple[LostJob, ...]:
        """The jobs that entries taken back speak of and that have no row, of every vault or of one, oldest first.

        AddressIntegrityError when two entries of one job differ.
        """
        works = self._works
        with works.database.read() as unit:
            judge = Judge(unit, works)
            return tuple(judge.view(one) for one in lost_jobs(unit, works) if vault in (None, one.job.vault))

    def write_off(self, job: str) -> LostJob:
        """A lost job of self mode is settled, by its id: ``verify`` counts it and goes on; see ``writing_off``."""
        return write_off(self._works, job)

    def is_run(self, job: Job) -> bool:
        """True unless no process runs the job: none began to, or each that did has ended or certainly died."""
        with self._works.database.read() as unit:
            return any(map(unit.owner_is_alive, self._works.runners(job).holders(unit).values()))

    def begun_at_ms(self, job: Job) -> int:
        """When a job at its end was begun: of one that was made again after a restore, when that was."""
        with self._works.database.read() as unit:
            again = [entry.created_at_ms for entry in unit.entries(REMADE, str(job.job))]
        return max((at for at in again if at <= job.finished_at_ms), default=job.created_at_ms)

    def standing(self, vault: Id) -> int:
        """How many accounts of a vault stand: those of its jobs that are committed."""
        with self._works.database.read() as unit:
            return sum(job.done for job in self._works.rows.jobs(unit, vault))

    # -- reading: each batch is proven against its signed root before a row of it leaves
    def list(self, vault: str, chain: str | None = None) -> Iterator[AddressRow]:
        """Each address of the vault in order of index and form; ``chain`` is CAIP-2 or a family."""
        return self._reader.rows(vault, chain)

    def find(self, address: str) -> AddressRow:
        """The account of an address; NotFoundError when it is none of ours."""
        return self._reader.find(address)

    def account(self, account: str) -> tuple[AddressRow, ...]:
        """Every address of one account, by its id."""
        return self._reader.account(account)

    def origin(self, name: str) -> tuple[Job, AddressRow]:
        """The job that made an account, named by its id or by one of its addresses, and an address of it, proven."""
        return self._reader.origin(name)

    def evidence(self, name: str) -> tuple[EvidenceRow, ...]:
        """The sealed evidence that speaks of an account, named by its id or by one of its addresses."""
        job, row = self.origin(name)
        with self._works.database.read() as unit:
            return evidence_of(self._works, unit, job, row.index)

    def make_evidence_key(self, auditor: SecretFd) -> str:
        """The key (hex) that evidence is sealed to; its private half is sealed under the auditor's passphrase."""
        return make_evidence_key(self._works, auditor)

    def open_evidence(self, name: str, row: EvidenceRow, auditor: SecretFd, out_fd: int) -> None:
        """What was sealed of the account went to ``out_fd``; ``row`` is one that ``evidence`` gave for ``name``."""
        open_sealed(self._works, self.origin(name)[1].account, row, auditor, out_fd)

    def export_letter(self, account: str, out_fd: int) -> None:
        """The age file of a self-mode account, as it was encrypted to its user, stands in ``out_fd``."""
        self._self_mode.export_letter(*self.origin(account), out_fd)

    def export(self, out: Path, vault: str | None = None, job: str | None = None) -> int:
        """``out`` (.parquet, .csv or .jsonl) holds every address of the job or vault; the number of rows.

        Written whole or not at all; an entry says that it was.
        """
        if (vault is None) == (job is None):
            raise UsageError("an export is of one vault or of one job", advice="name exactly one of them")
        if job is not None:
            of = self.job(job)
            subject, rows = of.job, write_addresses(out, self._reader.proven(job=of))
        else:
            subject = self._works.custody.find(str(vault)).vault
            rows = write_addresses(out, self._reader.proven(vault=subject))
        with self._works.database.unit() as unit:
            unit.append_entry(EXPORTED, str(subject), {"rows": str(rows)})
        return rows

    def prove(self, address: str) -> dict[str, object]:
        """A receipt that ``verify_receipt`` checks with nothing but the pinned identity key, and the log's."""
        return self._reader.receipt(address)

    def statement(self, job: str, start: int) -> bytes:
        """The canonical JSON that the signer signed of the batch of a job that begins at this index."""
        return self._reader.statement(self.job(job), start)

    def verify(self, vault: str, rederive: bool = False) -> VerifyReport:
        """Every batch, index, count and address holds; with ``rederive`` the signer made each a second time."""
        return self._checker.verify(self._works.custody.find(vault), rederive)

    def outline(self, vault: Vault) -> None:
        """The vault's jobs, batches, ranges and look-ups agree with the entries. ``verify`` proves the addresses."""
        self._checker.outline(vault)

    # -- self mode
    def claim(self, code: SecretFd, out_fd: int, recipient: str = "") -> Claimed:
        """The mnemonic of the code went to ``out_fd``, once; its blob is destroyed."""
        return self._self_mode.claim(code, out_fd, recipient)

    def export_blobs(self, job: str, folder: Path) -> int:
        """``folder`` holds one age file an account (``<account>.age``) of a self-mode job; the number of files."""
        return self._self_mode.export_blobs(job, folder)
