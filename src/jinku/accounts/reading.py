"""Reading: every address that leaves was proven against the signed root of its batch in the same breath."""

from __future__ import annotations

from collections.abc import Iterator

from jinku.accounts.errors import AddressIntegrityError, AddressNotFoundError
from jinku.accounts.log_receipts import log_part
from jinku.accounts.proving import Proven, Prover
from jinku.accounts.receipts import make_receipt
from jinku.accounts.rules import spellings
from jinku.accounts.types import AddressRow, Batch, Job, JobState
from jinku.accounts.works import Works
from jinku.core import Id, ParseError
from jinku.store import Unit

__all__ = ["Reader"]

_ID_LENGTH = 36


class Reader:
    """The verbs that hand addresses out."""

    def __init__(self, works: Works) -> None:
        """Take what the room works with."""
        self._works = works

    def proven(self, vault: Id | None = None, job: Job | None = None) -> Iterator[Proven]:
        """Each batch of a job, or of every job of a vault, in order of index."""
        prover = Prover(self._works)
        with self._works.database.read() as unit:
            jobs = (job,) if job is not None else self._works.rows.jobs(unit, vault)
            pairs = [(one, batch) for one in jobs for batch in self._works.rows.batches(unit, one)]
        for one, batch in sorted(pairs, key=lambda pair: pair[1].start):
            with self._works.database.read() as unit:
                found = prover.prove(unit, one, batch)
            yield found

    def rows(self, vault: str, chain: str | None = None) -> Iterator[AddressRow]:
        """Each address of the vault in order of index and form."""
        found = self._works.custody.find(vault)
        for batch in self.proven(vault=found.vault):
            wanted = [place for place, form in enumerate(batch.job.forms) if chain in (None, form.chain, form.family)]
            for place in range(batch.batch.count):
                for form in wanted:
                    yield batch.row(form, place)

    def find(self, address: str) -> AddressRow:
        """The account of an address."""
        proven, form, place = self._locate(address)
        return proven.row(form, place)

    def receipt(self, address: str) -> dict[str, object]:
        """The proof of an address that stands on its own."""
        proven, form, place = self._locate(address)
        path = self._works.prover.path(proven.leaves, place)
        receipt = make_receipt(proven, form, place, path, self._works.identity_public)
        return receipt | self._log_part(proven)

    def _log_part(self, proven: Proven) -> dict[str, object]:
        """The batch's entry and its place in the log."""
        if self._works.entry_receipt is None:
            return {}
        entry = proven.facts.entry
        return log_part(entry, self._works.entry_receipt(entry))

    def statement(self, job: Job, start: int) -> bytes:
        """What the signer signed of the batch from this index, its signature proven."""
        works = self._works
        with works.database.read() as unit:
            batch = self._batch_of(unit, job, start)
        works.prover.verify_statement(works.identity_public, batch.statement, batch.signature)
        return batch.statement

    def account(self, account: str) -> tuple[AddressRow, ...]:
        """Every address of an account."""
        proven, place = self.locate_account(account)
        return tuple(proven.row(form, place) for form in range(len(proven.job.forms)))

    def origin(self, name: str) -> tuple[Job, AddressRow]:
        """The job of an account that is named by its id or an address, and an address of it."""
        if len(name) == _ID_LENGTH and name.count("-") == 4:
            proven, place = self.locate_account(name)
            return proven.job, proven.row(0, place)
        proven, form, place = self._locate(name)
        return proven.job, proven.row(form, place)

    def locate_account(self, account: str) -> tuple[Proven, int]:
        """The proven batch of an account and its place there. The id's time names the few jobs it can be of."""
        works = self._works
        try:
            wanted = Id.parse(account)
        except ParseError as error:
            raise AddressNotFoundError("no such account", found=account[:80], expected="an account id") from error
        with works.database.read() as unit:
            for job in works.rows.jobs(unit):
                if job.created_at_ms != wanted.time_ms:
                    continue
                index = works.rows.scan_account(unit, job, wanted.bytes16)
                if index is not None:
                    proven = Prover(works).prove(unit, job, self._batch_of(unit, job, index))
                    return proven, index - proven.batch.start
        raise AddressNotFoundError(
            "no such account", found=account, advice="check it letter by letter; see `jinku accounts list`"
        )

    def _locate(self, address: str) -> tuple[Proven, int, int]:
        """The proven batch of an address, its form and place; any spelling that its chain allows will do."""
        for spelling in spellings(address):
            found = self._locate_exactly(spelling)
            if found is not None:
                return found
        raise AddressNotFoundError(
            "no account here has this address",
            found=address[:100],
            advice="check it letter by letter; see `jinku accounts list`",
        )

    def _locate_exactly(self, address: str) -> tuple[Proven, int, int] | None:
        works = self._works
        with works.database.read() as unit:
            for address_id in self._candidates(unit, address):
                for _, account_id, _, text in works.rows.address_rows(unit, [address_id]):
                    job = works.rows.job_of_account(unit, account_id)
                    if job is None:
                        continue
                    offset, form = divmod(address_id - job.address_base, len(job.forms))
                    if not 0 <= offset < job.count:
                        continue
                    proven = Prover(works).prove(unit, job, self._batch_of(unit, job, job.start + offset))
                    place = job.start + offset - proven.batch.start
                    if text == address == proven.columns[form][place]:
                        return proven, form, place
        return None

    def _candidates(self, unit: Unit, address: str) -> Iterator[int]:
        """Address ids to look at: by the look-up; then in the range of each job that did not come to its end.

        An id whose row holds another text is looked at as well: its batch then fails its proof, which names the swap.
        """
        works = self._works
        yield from works.rows.looked_up(unit, works.prover.lookup_keys([address])[0])
        for job in works.rows.jobs(unit):
            if job.state is not JobState.DONE:
                found = works.rows.scan_address(unit, job, address)
                if found is not None:
                    yield found

    def _batch_of(self, unit: Unit, job: Job, index: int) -> Batch:
        batch = self._works.rows.batch_of(unit, job, index)
        if batch is None or not batch.start <= index < batch.start + batch.count:
            raise AddressIntegrityError(
                f"no batch holds account index {index} of job {job.key}",
                expected="one batch for each index that stands",
                advice="rows were deleted or changed; compare the database with a backup",
                fields={"job": str(job.job), "index": index},
            )
        return batch
