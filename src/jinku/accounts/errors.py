"""How accounts fail."""

from __future__ import annotations

from jinku.core import ConflictError, IntegrityError, NotFoundError, RefusedError, UsageError

__all__ = [
    "AddressIntegrityError",
    "AddressNotFoundError",
    "BadRequestError",
    "ClaimNotFoundError",
    "EvidenceErasedError",
    "FirstIndexError",
    "JobConflictError",
    "JobLostError",
    "JobNotFoundError",
    "JobStateError",
    "OwnerCapError",
]


class BadRequestError(UsageError):
    """The job asked for cannot be meant."""

    code = "accounts.bad_request"


class OwnerCapError(RefusedError):
    """The owner would have more accounts than allowed."""

    code = "accounts.owner_cap"


class JobConflictError(ConflictError):
    """The job key stands for another job."""

    code = "accounts.job_conflict"


class JobLostError(RefusedError):
    """A restored database lost a job that the log has: it is made again first, or cannot be."""

    code = "accounts.job_lost"


class FirstIndexError(RefusedError):
    """The log lost entries, and nobody said from which index on the vault's are free."""

    code = "accounts.first_index"


class JobNotFoundError(NotFoundError):
    """No job has this id or key."""

    code = "accounts.job_not_found"


class JobStateError(ConflictError):
    """The job does not allow this in its present state."""

    code = "accounts.job_state"


class AddressNotFoundError(NotFoundError):
    """No account here has this address or id."""

    code = "accounts.not_found"


class AddressIntegrityError(IntegrityError):
    """Stored addresses are not those that the signer signed for; none of them is handed out."""

    code = "accounts.integrity"


class ClaimNotFoundError(NotFoundError):
    """The claim code is wrong, or its wallet was claimed before."""

    code = "accounts.claim_not_found"


class EvidenceErasedError(NotFoundError):
    """The evidence of the account was erased; an entry says when."""

    code = "accounts.evidence_erased"
