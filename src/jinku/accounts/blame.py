"""Which row is at fault when a batch does not give its signed root."""

from __future__ import annotations

from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.types import Batch, Job, Mode
from jinku.accounts.works import Works
from jinku.core import Id, JinkuError
from jinku.custody.ports import DeriveRequest
from jinku.store import Unit

__all__ = ["Blame"]

_ADVICE = "nothing of this batch is handed out; find who wrote to the database, restore it from a backup"


class Blame:
    """Names account, index, chain and both addresses if the vault is unlocked; without it, what the look-up tells."""

    def __init__(self, works: Works, unit: Unit) -> None:
        """Take what the room works with and the unit that read the rows."""
        self._works = works
        self._unit = unit

    def find(self, job: Job, batch: Batch, ids: list[bytes], columns: list[list[str]]) -> AddressIntegrityError:
        """The error to raise."""
        spot = self._by_derivation(job, batch, columns) or self._by_lookup(job, batch, columns)
        if spot is None:
            return AddressIntegrityError(
                f"an address of accounts {batch.start} to {batch.start + batch.count - 1} was changed",
                found="another Merkle root",
                expected=batch.root.hex(),
                advice=f"unlock the vault to learn which one; {_ADVICE}",
                fields={"job": str(job.job), "start": batch.start, "count": batch.count},
            )
        form, place, right = spot
        account, index, chain, found = (
            str(Id(ids[place])),
            batch.start + place,
            job.forms[form].chain,
            columns[form][place],
        )
        return AddressIntegrityError(
            f"the address of account {account} (index {index}) on {chain} was changed",
            found=found,
            expected=right or "the address that the signer signed (unlock the vault to see it)",
            advice=_ADVICE,
            fields={"account": account, "index": index, "chain": chain, "found": found, "expected": right or None},
        )

    def _by_derivation(self, job: Job, batch: Batch, columns: list[list[str]]) -> tuple[int, int, str] | None:
        """(form, place, right address) by deriving the range again; confirmed by the independent second derivation."""
        if job.mode is not Mode.CUSTODIAL:
            return None
        works = self._works
        request = DeriveRequest(str(job.vault), str(job.job), job.created_at_ms, batch.start, batch.count, job.forms)
        try:
            token = works.custody.token(job.vault)
            derived = works.signer.derive(token, request)
            if derived.root != batch.root:
                return None
            for form, (packed, column) in enumerate(zip(derived.columns, columns, strict=True)):
                for place, (right, found) in enumerate(zip(works.prover.unpack(packed), column, strict=True)):
                    if right != found:
                        return form, place, self._confirmed(token, job, batch.start + place, form)
        except JinkuError:
            return None  # locked, or no signer: the look-up may still tell
        return None

    def _confirmed(self, token: bytes, job: Job, index: int, form: int) -> str:
        """The right address, by the second derivation."""
        answer = self._works.signer.recheck(token, str(job.vault), [index])[0]
        return answer[self._works.custody.find(str(job.vault)).forms.index(job.forms[form])]

    def _by_lookup(self, job: Job, batch: Batch, columns: list[list[str]]) -> tuple[int, int, str] | None:
        """(form, place, "") of the first address that was not there when the look-up was filled."""
        works, width = self._works, len(job.forms)
        first = job.address_base + (batch.start - job.start) * width
        for form, column in enumerate(columns):
            keys = works.prover.lookup_keys(column)
            pairs = [(key, first + place * width + form) for place, key in enumerate(keys)]
            known = works.rows.known_pairs(self._unit, pairs)
            if not known:
                return None  # never filled: the job is not done
            for place, (_, address_id) in enumerate(pairs):
                if address_id not in known:
                    return form, place, ""
        return None
