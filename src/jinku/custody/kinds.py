"""What a capability token may allow, and the foreign forms of keys that can be imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["ImportKind", "OpenedOrigin", "TreeLeft", "Verb"]


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


@dataclass(frozen=True, slots=True)
class TreeLeft:
    """A tree with which the log is to go on, and what shows the signer that it is the one signed before."""

    size: int
    root: bytes
    note: bytes = b""  # of a tree smaller than was signed last: a checkpoint of this log with which it begins, if any
    proof: Sequence[
        bytes
    ] = ()  # that it extends the head that was signed last; or, where it is smaller, that of the note


@dataclass(frozen=True, slots=True)
class OpenedOrigin:
    """A trust root that names a later origin of the log, and what the signer said when it went over to that."""

    trust_root: bytes
    statement: bytes = b""  # canonical JSON of the hand-over; empty while signatures of other admins are missing
    signature: bytes = b""  # Ed25519 by the identity key over SHA256("jinku/origin-handover/1" 00 statement)
