"""How transfers fail. A refusal by policy or signer is no failure: it stands in the transfer's state and reasons."""

from __future__ import annotations

from jinku.core import ConflictError, IntegrityError

__all__ = ["TransferHistoryError", "TransferStateError"]


class TransferStateError(ConflictError):
    """The transfer does not allow this in its present state."""

    code = "transfers.state"


class TransferHistoryError(IntegrityError):
    """What is told of a transfer cannot follow what stands of it."""

    code = "transfers.history"
