"""What a capability token may allow, what can be imported, and what is told of a signer and its log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["BegunOrigin", "ImportKind", "OpenedOrigin", "SignerInfo", "SystemKeys", "TreeLeft", "Verb"]


class Verb(StrEnum):
    """What a capability token allows."""

    DERIVE = "derive"
    DESCRIBE = "describe"
    EXPORT = "export"
    MAKE = "make"
    SIGN = "sign"


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
class SignerInfo:
    """The answer to hello. Public keys are hex; empty while the system keys are locked or absent."""

    protocol: int
    version: str
    pid: int
    deployment: str
    system: str  # "absent" | "locked" | "unlocked"
    identity_public: str
    unlocked_vaults: tuple[str, ...]
    memory_locked: bool


@dataclass(frozen=True, slots=True)
class SystemKeys:
    """Public halves of the system keys that init made: identity, actor (Ed25519), log (Ed25519, ML-DSA-44 or empty)."""

    deployment: str
    identity_public: str
    actor_public: str
    log_ed25519_public: str
    log_mldsa44_public: str


@dataclass(frozen=True, slots=True)
class TreeLeft:
    """A tree with which the log is to go on, and what shows the signer that it is the one signed before."""

    size: int
    root: bytes
    note: bytes = b""  # of a tree smaller than was signed last: a checkpoint of this log with which it begins, if any
    proof: Sequence[bytes] = ()  # that it extends the head that was signed last; where it is smaller, that of the note
    given_up: bool = False  # the origin of the last head was begun alone: what counts is the head signed before that


@dataclass(frozen=True, slots=True)
class BegunOrigin:
    """An origin of the log that was begun, for which nothing was signed; and the last head that was signed before."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class OpenedOrigin:
    """A trust root that names a later origin of the log, and what the signer said when it went over to that."""

    trust_root: bytes
    statement: bytes = b""  # canonical JSON of the hand-over; empty while signatures of other admins are missing
    signature: bytes = b""  # Ed25519 by the log's key over SHA256("jinku/origin-handover/1" 00 statement)
