"""Sealed evidence as it is handed out and opened: only what the entry of its batch holds the commitments of."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from jinku.accounts.batch_entries import BatchEntries, BatchFacts
from jinku.accounts.erasing import is_erased
from jinku.accounts.errors import AddressIntegrityError, EvidenceErasedError
from jinku.accounts.kinds import EVIDENCE_KEY, EVIDENCE_OPEN
from jinku.accounts.types import EvidenceRow, Job
from jinku.accounts.works import Works
from jinku.core import Json, counted
from jinku.custody.noting import noted
from jinku.custody.ports import SealedEvidence, SecretFd
from jinku.store import Unit

__all__ = ["check_evidence", "commitment_facts", "evidence_of", "make_evidence_key", "open_sealed"]


def commitment_facts(works: Works, rows: Sequence[EvidenceRow]) -> dict[str, Json]:
    """What a batch's entry says of its evidence: the commitment, or the root over one an account (RFC 6962)."""
    if not rows:
        return {}
    if len(rows) == 1:
        return {"evidence": rows[0].commitment.hex()}
    leaves = b"".join(hashlib.sha256(b"\x00" + row.commitment).digest() for row in rows)
    return {"evidence_root": works.prover.root(leaves).hex()}


def evidence_of(works: Works, unit: Unit, job: Job, index: int) -> tuple[EvidenceRow, ...]:
    """The evidence that speaks of an account, after that of its batch gave what the entry holds."""
    facts = BatchEntries().at(unit, job, index)
    rows = check_evidence(works, unit, job, facts)
    offset = index - job.start
    found = tuple(row for row in rows if row.first <= offset < row.first + row.count)
    if any(is_erased(row) for row in found):
        raise EvidenceErasedError(
            "the evidence of this account was erased",
            found=found[0].subject,
            advice=f"`jinku journal show {job.job}` says when; its commitment stays in the log",
        )
    return found


def check_evidence(works: Works, unit: Unit, job: Job, facts: BatchFacts) -> list[EvidenceRow]:
    """The rows of evidence of a batch, each about what it says, and as the batch's entry committed to them."""
    first = facts.start - job.start
    rows = works.rows.evidence(unit, job, first, facts.count)
    found = commitment_facts(works, rows)
    expected = {name: text for name, text in (("evidence", facts.evidence), ("evidence_root", facts.root_of)) if text}
    if found != expected:
        raise _changed(job, facts, found or "no row", expected or "no evidence")
    each = len(rows) > 1 or facts.count == 1
    for place, row in enumerate(rows):
        covers = (row.first, row.count) == ((first + place, 1) if each else (first, facts.count))
        kinds = (f"{job.job}/account/{row.first}", f"{job.job}/chunk/{first // job.chunk}")
        if not covers or row.subject not in kinds:
            raise _changed(
                job, facts, f"{row.subject}, from {row.first}, {counted(row.count, 'account')}", kinds[not each]
            )
    return rows


def _changed(job: Job, facts: BatchFacts, found: object, expected: object) -> AddressIntegrityError:
    last = facts.start + facts.count - 1
    return AddressIntegrityError(
        f"the evidence of accounts {facts.start} to {last} is not that which their entry committed to",
        found=str(found)[:200],
        expected=str(expected)[:200],
        advice="rows of the table evidence were changed from outside; compare the database with a backup",
        fields={"job": str(job.job), "start": facts.start, "count": facts.count, "table": "evidence"},
    )


def make_evidence_key(works: Works, auditor: SecretFd) -> str:
    """The public key (hex) that evidence is sealed to from now on; entries stand before and after."""
    with noted(works.database, EVIDENCE_KEY, str(works.deployment), {}, "made", "the evidence key WAS made") as end:
        public = works.signer.create_evidence_key(auditor)
        end["public"] = public
    return public


def open_sealed(works: Works, account: str, row: EvidenceRow, auditor: SecretFd, out_fd: int) -> None:
    """What was sealed stands in ``out_fd``, once it agrees with its commitment; entries stand before and after."""
    facts: dict[str, Json] = {"commitment": row.commitment.hex()}
    sealed = SealedEvidence(row.ciphertext, row.sealed_key, row.commitment)
    said = f"the evidence of account {account} WAS opened"
    with noted(works.database, EVIDENCE_OPEN, account, facts, "opened", said):
        works.signer.open_evidence(auditor, row.subject, sealed, out_fd)
