"""What is brought to the signer for a signature, and what it answers. Nothing that is brought is believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["Reserved", "SignedPlan", "Signing", "SigningRequest", "SlotHead"]


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """Everything that has to hold before a plan is signed; all documents are canonical bytes."""

    vault: str  # whose keys: the intent's vault
    intent: bytes
    intent_signature: bytes  # 64: Ed25519 by the initiator over the intent's digest
    plan: bytes
    policy: bytes  # the document whose digest the trust root names
    approvals: tuple[tuple[bytes, bytes], ...]  # each with its approver's signature (64)
    entry: bytes  # the journal's, of kind transfer.planned
    receipt: bytes  # C2SP tlog-proof of it, under a cosigned checkpoint
    extension: tuple[bytes, ...] = ()  # from the journal's head that the signer saw last to the receipt's
    slots_head: bytes = b""  # the cosigned head of the slot log, once there is one


@dataclass(frozen=True, slots=True)
class Reserved:
    """The plan has its slot. Carry ``submission`` to the witnesses, then ask again with the cosigned head."""

    dev: bool  # nobody outside has to cosign
    submission: bytes  # the body of a C2SP add-checkpoint request


@dataclass(frozen=True, slots=True)
class SignedPlan:
    """The signed transaction, which the signer's codec has read back."""

    dev: bool
    signatures: tuple[tuple[bytes, int | None], ...]  # 64 bytes, and the recovery id on secp256k1, one a payload
    transaction: bytes
    id: str


@dataclass(frozen=True, slots=True)
class SlotHead:
    """How far the slot log is."""

    vkey: str  # for `jinku-witness add-log`
    size: int
    root: bytes  # 32
    covered: int  # so many of them stand under a cosigned head
    submission: bytes  # what a witness that stands at the size asked about is to cosign


class Signing(Protocol):
    """The one way to a signature of a vault's key."""

    def sign(self, token: bytes, request: SigningRequest) -> Reserved | SignedPlan:
        """The signed transaction, or what the witnesses have to cosign first. It may be repeated."""

    def slot_head(self, old: int | None = None) -> SlotHead:
        """The slot log, and what a witness that stands at ``old`` (at the last cosigned head, when None) is asked."""
