"""What a capability token may allow, and the foreign forms of keys that can be imported."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["ImportKind", "Verb"]


class Verb(StrEnum):
    """What a capability token allows."""

    DERIVE = "derive"
    DESCRIBE = "describe"
    EXPORT = "export"
    MAKE = "make"


class ImportKind(StrEnum):
    """Foreign forms that ``import`` understands."""

    MNEMONIC = "mnemonic"
    KEYSTORE = "keystore"
    XPRV = "xprv"
    WIF = "wif"
    NEP2 = "nep2"
    NEP6 = "nep6"
    SOLANA = "solana-keypair"
    XPUB = "xpub"
    DESCRIPTOR = "descriptor"
