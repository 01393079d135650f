"""Proofs of anchors, checked by the file that auditors are handed; its findings as errors of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jinku.core import JinkuError
from jinku.journal.anchors.errors import (
    AnchorCertificateExpiredError,
    AnchorDigestError,
    AnchorGarbledError,
    AnchorHeaderError,
    AnchorNonceError,
    AnchorProofError,
    AnchorRefusedError,
    AnchorSignatureError,
    AnchorUntrustedError,
)
from jinku.journal.verifier import verify_anchors, verify_evm

__all__ = ["named"]

_ERRORS: dict[str, type[JinkuError]] = {
    "digest": AnchorDigestError,
    "expired": AnchorCertificateExpiredError,
    "garbled": AnchorGarbledError,
    "header": AnchorHeaderError,
    "nonce": AnchorNonceError,
    "proof": AnchorProofError,
    "refused": AnchorRefusedError,
    "signature": AnchorSignatureError,
    "untrusted": AnchorUntrustedError,
}


@contextmanager
def named() -> Iterator[None]:
    """What the verifier finds broken leaves as the error of that name."""
    try:
        yield
    except (verify_anchors.Broken, verify_evm.Broken) as error:
        what, found, expected = error.args
        raise _ERRORS[error.name](what, found=found or None, expected=expected or None) from error
