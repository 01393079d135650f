"""How custody and its signer fail. The signer's adapter raises these; their messages never hold a secret."""

from __future__ import annotations

from jinku.core import (
    ConflictError,
    IntegrityError,
    JinkuError,
    NotFoundError,
    RefusedError,
    UnavailableError,
    UsageError,
)

__all__ = [
    "BadVaultError",
    "LimitsExceededError",
    "NameTakenError",
    "SignerError",
    "SignerRefusedError",
    "SignerUnavailableError",
    "VaultIntegrityError",
    "VaultLockedError",
    "VaultNotFoundError",
    "WrongSecretError",
]


class SignerError(JinkuError):
    """The signer answered with an error."""

    code = "signer.error"


class SignerUnavailableError(SignerError, UnavailableError):
    """No signer answers, it died in the middle of an answer, or it is not the one this home pinned."""

    code = "signer.unavailable"


class SignerRefusedError(SignerError, RefusedError):
    """The signer understood and does not do it: token void, verb not allowed, key not exportable."""

    code = "signer.refused"


class WrongSecretError(SignerRefusedError):
    """The passphrase or key file does not open this vault."""

    code = "signer.wrong_secret"


class VaultIntegrityError(SignerError, IntegrityError):
    """A vault file is truncated, altered or not this vault's."""

    code = "vault.damaged"


class VaultLockedError(RefusedError):
    """The vault is locked here; unlock it first."""

    code = "vault.locked"


class VaultNotFoundError(NotFoundError):
    """No vault has this name or id."""

    code = "vault.not_found"


class NameTakenError(ConflictError):
    """Another vault has this name."""

    code = "vault.name_taken"
    exit_code = 2


class LimitsExceededError(RefusedError):
    """The request goes beyond the vault's limits of use."""

    code = "vault.limits"


class BadVaultError(UsageError):
    """What the vault shall be makes no sense."""

    code = "vault.bad"
