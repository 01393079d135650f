"""Who answers at the socket is not whom the home pins, or signs for another origin of the log: how that is said."""

from __future__ import annotations

from jinku.custody.adapters.connection import Pin
from jinku.custody.errors import SignerImpostorError, VaultIntegrityError

__all__ = ["damaged", "impostor", "unopened"]


def damaged(system: str) -> VaultIntegrityError:
    """The signer has no system keys that name its deployment."""
    gone = system == "absent"
    return VaultIntegrityError(
        f"the system keys file of this home is {'missing' if gone else 'damaged'}",
        found="no signer/system.vault" if gone else "a signer/system.vault that names no deployment",
        advice="restore signer/system.vault from a backup; the vaults' own files need not be touched",
        code="system.missing" if gone else "envelope.damaged",
    )


def impostor(found: str, pin: Pin | None) -> SignerImpostorError:
    """What answers is not the signer that the home pins."""
    expected = f"deployment {pin.deployment}, identity {pin.identity_public[:16]}" if pin else "the key that it names"
    return SignerImpostorError(
        "another program, or the signer of another home, answers at the socket",
        found=found,
        expected=expected,
        advice="give it no passphrase; stop it and find out who started it",
    )


def unopened() -> VaultIntegrityError:
    """The signer's last head is of an earlier origin than its trust root names."""
    return VaultIntegrityError(
        "the trust root names another origin of the log than was signed for last; nothing is signed",
        advice="jinku journal flush, where the log says how it was opened; else jinku journal new-origin",
        code="log.origin",
    )
