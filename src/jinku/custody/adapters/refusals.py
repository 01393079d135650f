"""The signer's codes as errors of the room: the code itself and the signer's own sentence are kept."""

from __future__ import annotations

from jinku.custody.errors import (
    SignerConflictError,
    SignerError,
    SignerInputError,
    SignerRefusedError,
    SignerUnavailableError,
    SignerVaultUnknownError,
    TokenVoidError,
    VaultIntegrityError,
    WrongSecretError,
)

__all__ = ["refusal"]

_LONGEST, _LONGEST_CODE = 2000, 64  # what answers at the socket may be another program

_CODES: dict[str, type[SignerError]] = {
    "envelope.wrong_secret": WrongSecretError,
    "envelope.wrong_secret_kind": WrongSecretError,
    "import.wrong_password": WrongSecretError,
    "vault.not_found": SignerVaultUnknownError,
    "token.void": TokenVoidError,
    "vault.locked": TokenVoidError,
    "system.locked": SignerRefusedError,
    "signer.peer": SignerRefusedError,
    "signer.busy": SignerUnavailableError,
    "system.exists": SignerConflictError,
    "vault.exists": SignerConflictError,
    "evidence.exists": SignerConflictError,
    "vault.damaged": VaultIntegrityError,
    "vault.misplaced": VaultIntegrityError,
    "vault.version": VaultIntegrityError,
    "system.damaged": VaultIntegrityError,
    "evidence.commitment": VaultIntegrityError,
    "log.behind": VaultIntegrityError,
    "log.forked": VaultIntegrityError,
    "log.damaged": VaultIntegrityError,
    "log.origin": VaultIntegrityError,
    "log.origin_begun": SignerConflictError,
    "log.input": SignerInputError,
    "anchor.terms": SignerInputError,
    "anchor.ceiling": SignerRefusedError,
    "anchor.no_head": SignerRefusedError,
    "slots.damaged": VaultIntegrityError,
    "slots.behind": VaultIntegrityError,
    "slots.forked": VaultIntegrityError,
    "slots.head": SignerRefusedError,
    "sign.system": SignerRefusedError,
    "sign.vault": SignerInputError,
    "sign.key": SignerInputError,
    "sign.limit": SignerRefusedError,
    "evidence.inclusion": VaultIntegrityError,
    "evidence.head": VaultIntegrityError,
    "evidence.document": SignerInputError,
    "evidence.entry": SignerInputError,
    "trust.malformed": SignerInputError,
    "trust.journal": SignerInputError,
    "trust.no_admin": SignerRefusedError,
    "trust.absent": SignerRefusedError,
    **{
        f"evidence.{reason}": SignerRefusedError
        for reason in (
            "deployment",
            "network",
            "initiator",
            "time",
            "policy",
            "approval",
            "rejected",
            "obligation",
            "entry_of_plan",
            "origin",
            "log_signature",
            "witnesses",
        )
    },
    **{
        f"trust.{reason}": VaultIntegrityError
        for reason in ("damaged", "version", "unsigned", "signature_invalid", "expired")
    },
    **{
        f"envelope.{reason}": VaultIntegrityError
        for reason in ("truncated", "damaged", "forged", "unknown_version", "unsealable", "no_record", "commitment")
    },
    **{
        f"envelope.{reason}": SignerInputError
        for reason in (
            "empty_passphrase",
            "kdf_absurd",
            "too_large",
            "bad_field",
            "keyfile",
            "claim_code",
            "bad_public_key",
        )
    },
}
_FAMILIES: dict[str, type[SignerError]] = {
    "token": SignerRefusedError,
    "export": SignerRefusedError,
    "usage": SignerInputError,
    "import": SignerInputError,
    "derive": SignerInputError,
    "wallets": SignerInputError,
    "age": SignerInputError,
    "secret": SignerInputError,
    "slot": SignerRefusedError,
    "tx": SignerInputError,
    "note": SignerInputError,
    "checkpoint": SignerInputError,
    "receipt": SignerInputError,
}


def refusal(code: str, message: str, retryable: bool) -> SignerError:
    """The error for an answer.

    >>> error = refusal("token.void", "the token is void", False)
    >>> type(error).__name__, error.code, error.exit_code
    ('TokenVoidError', 'token.void', 3)
    """
    kind = _CODES.get(code) or _FAMILIES.get(code.partition(".")[0], SignerError)
    return kind(message[:_LONGEST], code=code[:_LONGEST_CODE], retryable=retryable)
