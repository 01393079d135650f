"""Why keys and addresses are refused; the native module raises `ParseError` and `IntegrityError` with its own codes."""

from __future__ import annotations

from jinku.core import IntegrityError, UsageError

__all__ = ["BatchMismatchError", "UnknownChainError"]


class UnknownChainError(UsageError):
    """A word names no chain that jinku knows (exit 2)."""

    code = "keys.unknown_chain"


class BatchMismatchError(IntegrityError):
    """Addresses do not lead to the root that the signer's identity key signed (exit 5)."""

    code = "keys.batch_mismatch"
