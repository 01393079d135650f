"""How transfers fail. A refusal by policy or signer is no failure: it stands in the transfer's state and reasons."""

from __future__ import annotations

from jinku.core import ConflictError, IntegrityError, NotFoundError, RefusedError, UnavailableError, UsageError

__all__ = [
    "IdempotencyError",
    "NoTransferError",
    "ProposalError",
    "TransferHistoryError",
    "TransferInFlightError",
    "TransferOverError",
    "TransferStateError",
    "TransfersBusyError",
]


class TransferStateError(ConflictError):
    """The transfer does not allow this in its present state."""

    code = "transfers.state"


class TransferHistoryError(IntegrityError):
    """What is told of a transfer cannot follow what stands of it."""

    code = "transfers.history"


class IdempotencyError(UsageError):
    """The key stands for another request; an HTTP door says 422."""

    code = "transfers.idempotency"


class TransferInFlightError(ConflictError):
    """Somebody proposes under this key right now; ask again. An HTTP door says 409."""

    code = "transfers.in_flight"
    retryable = True


class TransfersBusyError(UnavailableError):
    """The vault has as many unfinished transfers as it may; propose it again later."""

    code = "transfers.busy"


class TransferOverError(RefusedError):
    """The intent's time is over."""

    code = "transfers.expired"


class ProposalError(RefusedError):
    """The intent is not one that this room moves: another deployment's, or out of form."""

    code = "transfers.proposal"


class NoTransferError(NotFoundError):
    """No transfer has this id."""

    code = "transfers.unknown"
