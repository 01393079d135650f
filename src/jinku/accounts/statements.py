"""What the signer's identity key signs about a batch, and what must be true of it before a row is believed."""

from __future__ import annotations

from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.rules import form_document
from jinku.accounts.types import Job
from jinku.core import Id, canonical_bytes

__all__ = ["check_statement", "statement_of"]


def statement_of(job: Job, deployment: Id, start: int, count: int, root: bytes) -> bytes:
    """The canonical JSON of the batch statement that this range of this job must have."""
    return canonical_bytes(
        {
            "count": count,
            "deployment": str(deployment),
            "forms": [form_document(form) for form in job.forms],
            "job": str(job.job),
            "mode": job.mode.value,
            "root": root.hex(),
            "start": start,
            "ts": str(job.created_at_ms),
            "v": 1,
            "vault": str(job.vault),
        }
    )


def check_statement(job: Job, deployment: Id, start: int, count: int, *, root: bytes, statement: bytes) -> None:
    """The statement speaks of this very range, job, vault, deployment and root; an AddressIntegrityError otherwise."""
    expected = statement_of(job, deployment, start, count, root)
    if statement != expected:
        raise AddressIntegrityError(
            f"the signed statement of accounts {start} to {start + count - 1} speaks of something else",
            found=statement.decode(errors="replace")[:400],
            expected=expected.decode()[:400],
            advice="nothing of this batch is handed out; compare the database with a backup",
            fields={"job": str(job.job), "start": start, "count": count},
        )
