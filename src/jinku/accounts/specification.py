"""What a job was asked to make, and for whom: its first entry binds it, and a row that says otherwise is refused."""

from __future__ import annotations

import hashlib
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from jinku.accounts.created import Created, commits_to, plain_facts
from jinku.accounts.erasing import erased_digests, erased_parts, is_erased
from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.kinds import CREATED, REMADE
from jinku.accounts.records import AccountRows
from jinku.accounts.said import agreed
from jinku.accounts.types import Chunk, EvidenceRow, Job, JobState, Mode
from jinku.accounts.works import Works
from jinku.core import domain_digest
from jinku.store import Unit

__all__ = ["Specification", "bound", "evidence_digest", "recipients_digest"]

_RECIPIENTS = "recipients"
_EVIDENCE = "evidence_rows"
_PAGE = 8_192
_ADVICE = "rows were changed from outside; nothing is made of this job: compare the database with a backup"


@dataclass(frozen=True, slots=True)
class Specification:
    """What the entry binds of a job, as its rows gave it: one digest a chunk. Old entries bind nothing of these."""

    bound: bool = False
    recipients: tuple[bytes, ...] = ()
    evidence: dict[int, str] = field(default_factory=dict)

    def check_recipients(self, job: Job, chunk: Chunk, texts: Sequence[str]) -> None:
        """The recipients of the chunk, read again, are those that the entry binds."""
        held = self.recipients[chunk.number : chunk.number + 1]  # nothing of an erased job: it gets no wallet more
        if self.bound and held != (_joined(texts),):
            raise _changed(job, f"recipients of accounts {chunk.start} to {chunk.start + chunk.count - 1}", "recipient")

    def check_evidence(self, job: Job, chunk: Chunk, rows: Iterable[EvidenceRow]) -> None:
        """The sealed evidence of the chunk, read again, is that which the entry binds."""
        if self.bound and self.evidence.get(chunk.number, "") != evidence_digest(rows):
            raise _changed(job, f"evidence of accounts {chunk.start} to {chunk.start + chunk.count - 1}", "evidence")


def recipients_digest(texts: Iterable[str]) -> str:
    """SHA-256 over the recipients in the order of their accounts, joined by line feeds; empty of none."""
    joined = "\n".join(texts)
    return hashlib.sha256(joined.encode()).hexdigest() if joined else ""


def evidence_digest(rows: Iterable[EvidenceRow]) -> str:
    """One digest over rows of sealed evidence in their order; empty of none."""
    return _over([_row_digest(row) for row in rows])


def bound(unit: Unit, works: Works, job: Job) -> Specification:
    """The job's rows say what its first entry says; an AddressIntegrityError that names what does not.

    Of what an entry calls erased nothing is compared but that it is gone.
    """
    rows = works.rows
    found = list(unit.entries(CREATED, str(job.job)))
    if not found:
        raise _changed(job, "id, of which no entry speaks", "job")
    said = agreed(found, f"the making of job {job.job}", {"job": str(job.job)})
    created = Created(said)
    if not created.has_digest:  # made before entries held it: what they hold is compared with the rows elsewhere
        return Specification()
    for name, value in plain_facts(job).items():
        _same(job, name, value, said.get(name))
    erased = erased_parts(unit, job.job)
    evidence, evidence_chunks = _evidence(unit, rows, job, erased)
    _same(job, _EVIDENCE, evidence, created.evidence)
    recipients, chunks = "", list[bytes]()
    if "" in erased:
        _check_freed(unit, job)
    else:
        recipients, chunks = _recipients(unit, rows, job)
    if created.named is not None:
        if "" not in erased:
            _check_names(unit, works, job, recipients, created)
    elif "" not in erased:
        _same(job, _RECIPIENTS, recipients, created.recipients)
    if (created.named is not None or "" not in erased) and not created.binds(job, recipients):
        raise _changed(job, "owner, key or time", "job")
    return Specification(True, tuple(chunks), evidence_chunks)


def _check_names(unit: Unit, works: Works, job: Job, recipients: str, created: Created) -> None:
    """An entry commits to the names of the job."""
    held = created.commitments(unit, job)
    if "" in held and not job.names_somebody:
        return
    key = works.subject_key(unit, job)
    if not commits_to(job, key, held, recipients):
        raise _changed(job, "owner, key or recipients", "job")


def _check_freed(unit: Unit, job: Job) -> None:
    """An erased job names nobody: its owner is empty, its key its id. Only a job at its end is erased.

    A custodial one that a restored database lost is made again without its names.
    """
    remade = job.mode is Mode.CUSTODIAL and unit.has_entry(REMADE, str(job.job))
    if not remade and job.state not in (JobState.DONE, JobState.CANCELLED):
        raise AddressIntegrityError(
            f"an entry says that job {job.job} was erased, and it is not at its end",
            found=job.state.value,
            expected="done or cancelled",
            advice="nothing is made of this job: after a restore cancel it, then run `jinku privacy apply-tombstones`; "
            "otherwise somebody inserted the entry",
            fields={"job": str(job.job), "table": "job", "row": job.row_id},
        )
    if job.names_somebody:
        raise AddressIntegrityError(
            f"job {job.job} names somebody, and an entry says that it was erased",
            found=f"row {job.row_id} of the table job with an owner or a key",
            expected="neither",
            advice="after a restore run `jinku privacy apply-tombstones`; otherwise the row was changed from outside",
            fields={"job": str(job.job), "table": "job", "row": job.row_id},
        )


def _recipients(unit: Unit, rows: AccountRows, job: Job) -> tuple[str, list[bytes]]:
    """The digest of all recipients, and one for each chunk."""
    if job.mode is not Mode.SELF or job.claim_codes:
        return "", []
    whole, chunks = hashlib.sha256(), list[bytes]()
    page = job.chunk * max(1, _PAGE // job.chunk)
    for first in range(0, job.count, page):
        texts = rows.recipients(unit, job, first, min(page, job.count - first))
        whole.update(("\n" if first else "").encode() + "\n".join(texts).encode())
        chunks += (_joined(texts[at : at + job.chunk]) for at in range(0, len(texts), job.chunk))
    return whole.hexdigest(), chunks


def _evidence(unit: Unit, rows: AccountRows, job: Job, erased: frozenset[str]) -> tuple[str, dict[int, str]]:
    """The digest of all sealed evidence, and one for each chunk that has some."""
    parts: dict[int, list[bytes]] = defaultdict(list)
    for number, digest in _evidence_digests(unit, rows, job, erased):
        parts[number].append(digest)
    whole = _over([digest for some in parts.values() for digest in some])  # rows come in order: so do the chunks
    return whole, {number: _over(some) for number, some in parts.items()}


def _evidence_digests(unit: Unit, rows: AccountRows, job: Job, erased: frozenset[str]) -> Iterator[tuple[int, bytes]]:
    for row in rows.all_evidence(unit, job):
        if is_erased(row) and not erased & {"", f"account/{row.first}"}:
            raise _changed(job, f"evidence of account {row.first}, erased in the row alone,", "evidence")
        yield row.first // job.chunk, _row_digest(row)


def _row_digest(row: EvidenceRow) -> bytes:
    sealed = (hashlib.sha256(row.ciphertext).digest(), hashlib.sha256(row.sealed_key).digest())
    middle = b"".join(erased_digests(row) if is_erased(row) else sealed)
    digests = hashlib.sha256(row.subject.encode()).digest() + middle + hashlib.sha256(row.commitment).digest()
    return domain_digest("jinku/evidence-row/1", struct.pack(">qq", row.first, row.count) + digests)


def _over(digests: Sequence[bytes]) -> str:
    return domain_digest("jinku/evidence-rows/1", b"".join(digests)).hex() if digests else ""


def _joined(texts: Sequence[str]) -> bytes:
    return hashlib.sha256("\n".join(texts).encode()).digest()


def _same(job: Job, name: str, row: object, entry: object) -> None:
    if row == entry:
        return
    tables = {_RECIPIENTS: "recipient", _EVIDENCE: "evidence", "forms": "job_form"}
    raise _changed(job, name, tables.get(name, "job"), row or "nothing", entry or "nothing")


def _changed(job: Job, what: str, table: str, found: object = None, expected: object = None) -> AddressIntegrityError:
    row = f"row {job.row_id}" if table == "job" else f"rows of job {job.row_id}"
    return AddressIntegrityError(
        f"the {what} of job {job.job} differs from its entry: {row} of the table {table}",
        found=str(found)[:200] if found is not None else "another value",
        expected=str(expected)[:200] if expected is not None else "what the entry binds",
        advice=_ADVICE,
        fields={"job": str(job.job), "table": table, "row": job.row_id},
    )
