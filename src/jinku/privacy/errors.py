"""How the privacy room fails."""

from __future__ import annotations

from jinku.core import IntegrityError, JinkuError, NotFoundError, ParseError, RefusedError

__all__ = [
    "BundleRefusedError",
    "KeyBundleError",
    "LegalHoldError",
    "SubjectBusyError",
    "SubjectErasedError",
    "SubjectKeyError",
    "SubjectUnknownError",
]


class SubjectUnknownError(NotFoundError):
    """Nothing is held under this name."""

    code = "privacy.unknown"


class LegalHoldError(RefusedError):
    """The subject, or a record that it shares, stands under legal hold: nothing was erased."""

    code = "privacy.hold"


class SubjectBusyError(RefusedError):
    """What is held is still being worked with: nothing was erased."""

    code = "privacy.in_use"


class SubjectErasedError(RefusedError):
    """The subject was erased, and an older copy of the database brought it back: nothing more is written of it."""

    code = "privacy.erased_before"


class SubjectKeyError(IntegrityError):
    """The key of a subject is gone, and no erasure says why."""

    code = "privacy.key_missing"


class KeyBundleError(JinkuError):
    """The file of subject keys cannot be written; the one before stands."""

    code = "privacy.bundle"
    retryable = True


class BundleRefusedError(ParseError):
    """The file is no bundle of subject keys of this deployment."""

    code = "privacy.bundle_refused"
