"""A whole vault checked: what rows and entries say of each other, then every address against its signed root."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jinku.accounts.batch_entries import MadeJobs, check_journal, check_none_lost
from jinku.accounts.blobs import check_blobs, check_unclaimed
from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.finishing import recheck_batch
from jinku.accounts.lost import Judge, lost_jobs
from jinku.accounts.proving import Proven
from jinku.accounts.sealed import check_evidence
from jinku.accounts.skipped import skipped
from jinku.accounts.specification import bound
from jinku.accounts.types import Job, JobState, LostJob, Mode, VerifyReport
from jinku.accounts.works import Works
from jinku.core import Id, counted
from jinku.custody import Vault
from jinku.store import Unit

__all__ = ["VaultChecker"]

_ADVICE = "rows were changed from outside: make no account before you compared the database with a backup"


class VaultChecker:
    """The two depths of checking a vault. Each raises at the first fault it finds."""

    def __init__(self, works: Works, proven: Callable[[Id], Iterator[Proven]]) -> None:
        """Take what the room works with, and what proves each batch of a vault in order."""
        self._works = works
        self._proven = proven

    def outline(self, vault: Vault) -> tuple[Job, ...]:
        """Jobs, batches and ranges of the vault are those that the entries tell of, and no look-up is missing.

        No signature is verified and no root computed: this takes seconds where ``verify`` takes minutes.
        """
        jobs, lost = self._outline(vault)
        self._check_all_there(vault, jobs, lost)
        return jobs

    def _outline(self, vault: Vault) -> tuple[tuple[Job, ...], MadeJobs]:
        """What ``outline`` says, but for the jobs that are lost: these are told."""
        works = self._works
        with works.database.read() as unit:
            jobs = works.rows.jobs(unit, vault.vault)
            for job in jobs:
                bound(unit, works, job)
            self._check_twice(unit, vault.vault)
            lost = check_journal(unit, vault.vault, jobs, {job.job: works.rows.batches(unit, job) for job in jobs})
            self._count_lookups(unit, jobs)
            _check_places(works.rows.jobs(unit))
        return jobs, lost

    def verify(self, vault: Vault, rederive: bool) -> VerifyReport:
        """All of a vault holds: see ``Accounts.verify``."""
        jobs, lost = self._outline(vault)
        batches = accounts = addresses = again = 0
        for proven in self._proven(vault.vault):
            batches, accounts = batches + 1, accounts + proven.batch.count
            addresses += proven.batch.count * len(proven.job.forms)
            if proven.job.state is JobState.DONE:
                self._check_lookups(proven)
            self._check_sealed(proven)
            if rederive and proven.job.mode is Mode.CUSTODIAL:
                indexes = list(range(proven.batch.start, proven.batch.start + proven.batch.count))
                again += recheck_batch(self._works, proven.job, proven, indexes)
        _check_counts(jobs, accounts)
        settled = self._check_all_there(vault, jobs, lost)
        return VerifyReport(vault.vault, len(jobs), batches, accounts, addresses, again, _unused(jobs), settled)

    def _check_all_there(self, vault: Vault, jobs: tuple[Job, ...], lost: MadeJobs) -> tuple[LostJob, ...]:
        """No job is lost but those written off, which are given back, and the ranges join.

        Looked at last: one that cannot be made again hides nothing else.
        """
        known = {str(one.job.job): one for one in self._known(vault.vault)} if lost else {}
        settled = tuple(one for job, one in known.items() if one.written_off and job in lost)
        gone = {str(one.job.job) for one in settled}
        remedies = {job: one.remedy for job, one in known.items()}
        check_none_lost({job: said for job, said in lost.items() if job not in gone}, remedies)
        with self._works.database.read() as unit:
            left_out = skipped(unit, self._works, vault.vault)
        _check_ranges(vault, jobs, settled, left_out)
        return settled

    def _known(self, vault: Id) -> tuple[LostJob, ...]:
        """The lost jobs of the vault that can be settled or were."""
        with self._works.database.read() as unit:
            judge = Judge(unit, self._works)
            return tuple(judge.view(one) for one in lost_jobs(unit, self._works) if one.job.vault == vault)

    def _check_sealed(self, proven: Proven) -> None:
        """Evidence, age files and claimable blobs of the batch are those that its entry holds digests of."""
        works, job = self._works, proven.job
        with works.database.read() as unit:
            check_evidence(works, unit, job, proven.facts)
            if job.mode is Mode.SELF:
                check_unclaimed(unit, *check_blobs(works, unit, job, proven.facts))

    def _count_lookups(self, unit: Unit, jobs: tuple[Job, ...]) -> None:
        """As many look-ups stand as the jobs that are done have addresses."""
        done = [job for job in jobs if job.state is JobState.DONE]
        ranges = [(job.address_base, job.address_base + job.count * len(job.forms)) for job in done]
        found, expected = self._works.rows.count_lookups(unit, ranges), sum(last - first for first, last in ranges)
        if found != expected:
            raise AddressIntegrityError(
                "look-ups of addresses were removed or added",
                found=found,
                expected=expected,
                advice="an address without one is not found by `accounts prove`; compare the database with a backup",
            )

    def _check_lookups(self, proven: Proven) -> None:
        """The look-up finds each address of the batch. Its rows are as many as the addresses, so no other stands."""
        works, job, width = self._works, proven.job, len(proven.job.forms)
        keys = [0] * (proven.batch.count * width)
        for form, column in enumerate(proven.columns):
            keys[form::width] = works.prover.lookup_keys(column)
        first = job.address_base + (proven.batch.start - job.start) * width
        with works.database.read() as unit:
            if works.rows.count_in_place(unit, first, keys) == len(keys):
                return
            known = works.rows.known_pairs(unit, [(key, first + offset) for offset, key in enumerate(keys)])
        offset = next(n for n in range(len(keys)) if first + n not in known)
        place, form = divmod(offset, width)
        row = proven.row(form, place)
        raise AddressIntegrityError(
            f"the look-up of an address of account {row.account} (index {row.index}) on {row.chain} was changed",
            found=f"no row ({keys[offset]}, {first + offset}) in address_lookup",
            expected=f"one for {row.address}",
            advice="`accounts prove` does not find this address; compare the database with a backup",
            fields={"account": row.account, "index": row.index, "chain": row.chain, "address_id": first + offset},
        )

    def _check_twice(self, unit: Unit, vault: Id) -> None:
        """No address of the vault belongs to two accounts. One account may have the same address on two chains."""
        works = self._works
        shared = list(works.rows.shared_keys(unit))
        owners: dict[str, int] = {}
        for _, account_id, _, text in works.rows.address_rows(unit, [address_id for _, address_id in shared]):
            job = works.rows.job_of_account(unit, account_id)
            if job is None or job.vault != vault:
                continue
            if owners.setdefault(text, account_id) != account_id:
                raise AddressIntegrityError(
                    "one address belongs to two accounts", found=text, advice="do not use either; report it as a bug"
                )


def _check_ranges(
    vault: Vault, jobs: tuple[Job, ...], settled: tuple[LostJob, ...], left_out: list[tuple[int, int]]
) -> None:
    """The jobs' ranges of indexes join, and end where the vault's next index is.

    Jobs written off may lie between, and what was left out when the log had lost entries.
    """
    between = sorted([*((one.job.start, one.job.start + one.job.count) for one in settled), *left_out])
    expected = 0
    for job in sorted(jobs, key=lambda one: one.start):
        if not expected <= job.start <= _reach(expected, between):
            raise AddressIntegrityError(
                f"the jobs of vault {vault.name} do not join",
                found=f"index {job.start}",
                expected=f"index {expected}",
                advice=_ADVICE,
            )
        expected = job.start + job.count
    if expected != vault.next_index:
        raise AddressIntegrityError(
            f"vault {vault.name} reserved other indexes than its jobs have",
            found=expected,
            expected=vault.next_index,
            advice=_ADVICE,
        )


def _reach(place: int, ranges: list[tuple[int, int]]) -> int:
    """How far sorted ranges (first, last + 1) lead from a place without a gap.

    >>> _reach(2, [(0, 1), (2, 5), (4, 9), (10, 12)]), _reach(2, [])
    (9, 2)
    """
    for first, end in ranges:
        if first <= place:
            place = max(place, end)
    return place


def _check_places(jobs: tuple[Job, ...]) -> None:
    """The row ids that each job has for its accounts and addresses begin where those of the job before it end."""
    expected = (1, 1)
    for job in sorted(jobs, key=lambda one: one.row_id):
        if (job.account_base, job.address_base) != expected:
            raise AddressIntegrityError(
                f"the rows of job {job.key} are looked for where another job's are, or none",
                found=f"account_base {job.account_base}, address_base {job.address_base}",
                expected="account_base {}, address_base {}".format(*expected),
                advice=_ADVICE,
                fields={"job": str(job.job), "table": "job", "row": job.row_id},
            )
        expected = (job.account_base + job.count, job.address_base + job.count * len(job.forms))


def _check_counts(jobs: tuple[Job, ...], accounts: int) -> None:
    noted = sum(job.done for job in jobs)
    short = [job for job in jobs if job.state is JobState.DONE and job.done != job.count]
    if noted != accounts or short:
        raise AddressIntegrityError(
            "batches were removed or added",
            found=f"{counted(accounts, 'account')} in batches",
            expected=noted,
            advice=_ADVICE,
        )


def _unused(jobs: tuple[Job, ...]) -> tuple[tuple[int, int], ...]:
    """(start, count) of what cancelled jobs left of their ranges."""
    cancelled = (job for job in jobs if job.state is JobState.CANCELLED and job.done < job.count)
    return tuple(sorted((job.start + job.done, job.count - job.done) for job in cancelled))
