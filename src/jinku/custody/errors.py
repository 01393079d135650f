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
    "ChangeUnknownError",
    "ChangedUnrecordedError",
    "EndUnrecordedError",
    "ExportedUnrecordedError",
    "LeftOpenError",
    "LimitsExceededError",
    "LockedUnrecordedError",
    "NameTakenError",
    "SignerAbsentError",
    "SignerConflictError",
    "SignerError",
    "SignerGoneError",
    "SignerImpostorError",
    "SignerInputError",
    "SignerRefusedError",
    "SignerTimeoutError",
    "SignerUnavailableError",
    "SignerVaultUnknownError",
    "TokenVoidError",
    "UnlockUndoneError",
    "VaultBusyError",
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


class LockedUnrecordedError(UnavailableError):
    """The keys are wiped, and the journal has no entry of it."""

    code = "vault.locked_unrecorded"
    retryable = False


class UnlockUndoneError(UnavailableError):
    """The signer opened the vault, what belongs to it could not be written, and the vault was locked again."""

    code = "vault.unlock_undone"


class LeftOpenError(UnavailableError):
    """An unlocking failed and the signer does not confirm that the vault is locked again."""

    code = "vault.left_open"
    retryable = False


class ChangedUnrecordedError(UnavailableError):
    """What opens the vault was changed, and the entry of it could not be written."""

    code = "vault.changed_unrecorded"
    retryable = False


class ChangeUnknownError(SignerUnavailableError):
    """The signer was asked to change what opens the vault, and nobody heard its answer."""

    code = "vault.change_unknown"
    retryable = False


class ExportedUnrecordedError(UnavailableError):
    """The key left the signer, and the entry of the export's end could not be written."""

    code = "key.exported_unrecorded"
    retryable = False


class EndUnrecordedError(UnavailableError):
    """What a key was needed for was done, and the entry of its end could not be written."""

    code = "key.end_unrecorded"
    retryable = False


class VaultNotFoundError(NotFoundError):
    """No vault has this name or id."""

    code = "vault.not_found"


class NameTakenError(ConflictError):
    """Another vault has this name."""

    code = "vault.name_taken"
    exit_code = 2


class VaultBusyError(ConflictError):
    """Another process changes what opens this vault."""

    code = "vault.busy"
    retryable = True


class LimitsExceededError(RefusedError):
    """The request goes beyond the vault's limits of use."""

    code = "vault.limits"


class BadVaultError(UsageError):
    """What the vault shall be makes no sense."""

    code = "vault.bad"


class SignerGoneError(SignerUnavailableError):
    """No signer listens, or it died in the middle of an answer."""

    code = "signer.gone"


class SignerAbsentError(SignerGoneError):
    """No signer listens at the socket."""

    code = "signer.gone"


class SignerTimeoutError(SignerUnavailableError):
    """A signer listens and does not answer in time."""

    code = "signer.timeout"


class SignerImpostorError(SignerError, IntegrityError):
    """Something else than this home's signer answers at its socket."""

    code = "signer.impostor"


class SignerInputError(SignerError, UsageError):
    """The signer was given something it cannot use: a bad mnemonic, form, file, count or descriptor."""

    code = "signer.input"


class SignerConflictError(SignerError, ConflictError):
    """What shall be made exists already and was left alone."""

    code = "signer.conflict"


class SignerVaultUnknownError(SignerError, VaultNotFoundError):
    """The signer has no file of this vault."""

    code = "vault.not_found"


class TokenVoidError(SignerRefusedError, VaultLockedError):
    """The capability token ran out, its vault was locked, or the signer was restarted."""

    code = "token.void"
