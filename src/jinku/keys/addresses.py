"""Addresses: written from public keys, and checked as people type them."""

from __future__ import annotations

from jinku import _native
from jinku.keys.types import CheckedAddress

__all__ = ["encode_address", "validate_address"]


def validate_address(chain: str, address: str) -> CheckedAddress:
    """The address of a chain (CAIP-2) after its checksum, network and length held.

    Raises ``ParseError`` (``address.invalid``, ``chain.invalid``) that says what was found and expected.
    """
    family, kind, canonical = _native.validate_address(chain, address)
    return CheckedAddress(chain, family, kind, canonical)


def encode_address(chain: str, kind: str, public_key: bytes) -> str:
    """The address of a PUBLIC key: SEC1 (33 or 65 bytes) for secp256k1 and P-256, 32 bytes for Ed25519.

    A ``p2tr`` address takes the internal key and tweaks it (BIP-341, no script tree). Raises ``ParseError``.
    """
    return _native.encode_address(chain, kind, public_key)
