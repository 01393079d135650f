"""Rows of a batch are believed only after they gave the root that the signer's identity key signed."""

from __future__ import annotations

from dataclasses import dataclass

from jinku.accounts.batch_entries import BatchEntries, BatchFacts, fingerprints_digest
from jinku.accounts.blame import Blame
from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.statements import check_statement
from jinku.accounts.types import AddressRow, Batch, Job, Mode, StoredRows
from jinku.accounts.works import Works
from jinku.core import Id
from jinku.store import Unit

__all__ = ["Proven", "Prover"]


@dataclass(frozen=True, slots=True)
class Proven:
    """A batch whose rows gave the signed root. ``columns[k][n]`` is the address of form k of the n-th account."""

    job: Job
    batch: Batch
    ids: list[bytes]
    columns: list[list[str]]
    fingerprints: list[str]  # one an account; of the vault in custodial mode
    leaves: bytes
    facts: BatchFacts  # what the entry of the batch says, compared with its root and its fingerprints

    def account_id(self, place: int) -> str:
        """The id of the n-th account."""
        return str(Id(self.ids[place]))

    def path(self, form: int, place: int) -> str:
        """The path of an address; in self mode each account is number 0 of its own mnemonic."""
        number = self.batch.start + place if self.job.mode is Mode.CUSTODIAL else 0
        return self.job.forms[form].path.replace("{i}", str(number))

    def row(self, form: int, place: int) -> AddressRow:
        """One address as it is handed out."""
        shape = self.job.forms[form]
        return AddressRow(
            account=self.account_id(place),
            index=self.batch.start + place,
            chain=shape.chain,
            family=shape.family,
            kind=shape.kind,
            address=self.columns[form][place],
            path=self.path(form, place),
            fingerprint=self.fingerprints[place],
        )


class Prover:
    """Reads batches and proves them. One serves one reading: what vaults and entries say is asked once."""

    def __init__(self, works: Works) -> None:
        """Take what the room works with."""
        self._works = works
        self._entries = BatchEntries()
        self._vaults: dict[Id, str] = {}

    def prove(self, unit: Unit, job: Job, batch: Batch) -> Proven:
        """The batch's rows, proven; an AddressIntegrityError that names the row at fault otherwise."""
        works = self._works
        check_statement(job, works.deployment, batch.start, batch.count, root=batch.root, statement=batch.statement)
        works.prover.verify_statement(works.identity_public, batch.statement, batch.signature)
        ids = works.prover.account_ids(job.job.bytes16, job.created_at_ms, batch.start, batch.count)
        columns = self._columns(unit, job, batch, ids)
        leaves = works.prover.leaves(job.mode, job.forms, ids, batch.start, columns)
        if works.prover.root(leaves) != batch.root:
            raise Blame(works, unit).find(job, batch, ids, columns)
        facts = self._facts(unit, job, batch)
        return Proven(job, batch, ids, columns, self._fingerprints(unit, job, batch, facts), leaves, facts)

    def _facts(self, unit: Unit, job: Job, batch: Batch) -> BatchFacts:
        """What the entry of this very batch says."""
        facts = self._entries.at(unit, job, batch.start)
        found = (facts.start, facts.count, facts.root)
        expected = (batch.start, batch.count, batch.root.hex())
        if found != expected:
            raise AddressIntegrityError(
                f"no entry speaks of the batch from index {batch.start} of job {job.key}",
                found="{1} accounts from {0}, root {2}".format(*found),
                expected="{1} accounts from {0}, root {2}".format(*expected),
                advice="nothing of this batch is handed out; compare the database with a backup",
                fields={"job": str(job.job), "start": batch.start, "entry": facts.entry.row_id},
            )
        return facts

    def _fingerprints(self, unit: Unit, job: Job, batch: Batch, facts: BatchFacts) -> list[str]:
        """The master fingerprint of each account, as the vault or the batch's entry says it: no signature holds it."""
        if job.mode is Mode.SELF:
            return self._wallet_prints(unit, job, batch, facts)
        if job.vault not in self._vaults:
            self._vaults[job.vault] = self._works.custody.fingerprint(unit, job.vault)
        for expected in (facts.fingerprint, self._vaults[job.vault]):
            if batch.fingerprint != expected:
                raise _broken(
                    job, batch, "the master fingerprint was changed", 0, found=batch.fingerprint, expected=expected
                )
        return [batch.fingerprint] * batch.count

    def _wallet_prints(self, unit: Unit, job: Job, batch: Batch, facts: BatchFacts) -> list[str]:
        prints = self._works.rows.fingerprints(unit, job, batch)
        found = fingerprints_digest(bytes.fromhex(one) for one in prints)
        if len(prints) != batch.count or found != (facts.fingerprints or found):
            raise AddressIntegrityError(
                f"a wallet's fingerprint of accounts {batch.start} to {batch.start + batch.count - 1} was changed",
                found=f"{len(prints)} fingerprints with digest {found}",
                expected=f"{batch.count} with digest {facts.fingerprints or 'unknown'}",
                advice="nothing of this batch is handed out; compare the database with a backup",
                fields={"job": str(job.job), "start": batch.start},
            )
        return prints

    def _columns(self, unit: Unit, job: Job, batch: Batch, ids: list[bytes]) -> list[list[str]]:
        """The stored addresses by form, after every row stood in its place."""
        dense = self._works.rows.dense(unit, job, batch)
        if dense is not None and dense[0] == b"".join(ids):
            return [dense[1][place :: len(job.forms)] for place in range(len(job.forms))]
        stored = self._works.rows.stored(unit, job, batch)
        _check_accounts(job, batch, ids, stored)
        return _columns(job, batch, stored)


def _first_difference(found: list[object], expected: list[object]) -> tuple[int, object, object]:
    for place, (left, right) in enumerate(zip(found, expected, strict=False)):
        if left != right:
            return place, left, right
    place = min(len(found), len(expected))
    return place, found[place] if place < len(found) else None, expected[place] if place < len(expected) else None


def _broken(job: Job, batch: Batch, what: str, place: int, *, found: object, expected: object) -> AddressIntegrityError:
    return AddressIntegrityError(
        f"{what} at account index {batch.start + place} of job {job.key}",
        found="no row" if found is None else found,
        expected="no row" if expected is None else expected,
        advice="nothing of this batch is handed out; compare the database with a backup",
        fields={"job": str(job.job), "index": batch.start + place},
    )


def _check_accounts(job: Job, batch: Batch, ids: list[bytes], stored: StoredRows) -> None:
    """Every account row of the range stands once, with the id that its job and index give."""
    first = job.account_base + batch.start - job.start
    indexes = range(batch.start, batch.start + batch.count)
    expected = list(zip(range(first, first + batch.count), ids, indexes, strict=True))
    if stored.accounts == expected:
        return
    place, found, wanted = _first_difference(list(stored.accounts), list(expected))
    raise _broken(job, batch, "an account row was changed", place, found=_shown(found), expected=_shown(wanted))


def _shown(row: object) -> str | None:
    if not isinstance(row, tuple):
        return None
    raw = row[1]
    return f"{raw.hex() if isinstance(raw, bytes) else raw!r} with index {row[2]}"


def _columns(job: Job, batch: Batch, stored: StoredRows) -> list[list[str]]:
    """The addresses by form, after every row of the range stood once and belonged to the right account."""
    width, rows = len(job.forms), stored.addresses
    offset = batch.start - job.start
    first, first_account = job.address_base + offset * width, job.account_base + offset
    ids = [row[0] for row in rows]
    if ids != list(range(first, first + batch.count * width)):
        place, found, wanted = _first_difference(list(ids), list(range(first, first + batch.count * width)))
        raise _broken(
            job, batch, "an address row is missing or was added", place // width, found=found, expected=wanted
        )
    accounts = [row[1] for row in rows]
    wanted_accounts = [account for account in range(first_account, first_account + batch.count) for _ in range(width)]
    if accounts != wanted_accounts:
        place, found, wanted = _first_difference(list(accounts), list(wanted_accounts))
        raise _broken(
            job, batch, "an address row was moved to another account", place // width, found=found, expected=wanted
        )
    forms = [row[2] for row in rows[:width]]
    if [row[2] for row in rows] != forms * batch.count:
        raise _broken(
            job, batch, "an address row was moved to another chain", 0, found="another form", expected="the job's forms"
        )
    texts = [row[3] for row in rows]
    if set(map(type, texts)) != {str}:
        place = next(n for n, text in enumerate(texts) if not isinstance(text, str)) // width
        raise _broken(job, batch, "an address is no text", place, found="another type", expected="text")
    return [texts[place::width] for place in range(width)]
