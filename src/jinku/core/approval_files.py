"""The files between a platform and an approver's device: what is asked, and the signed answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from jinku.core.approvals import Approval
from jinku.core.canonical import Json, canonical_bytes, parse_canonical
from jinku.core.intents import Intent
from jinku.core.shape import CODE, DIGEST, Fields, check_text, document_bytes, read_document, value_error

__all__ = ["ApprovalAnswer", "ApprovalRequest"]

_VERSION: Final = 1
_MAX_TOLD: Final = 32
_MAX_TEXT: Final = 1_000
_SIGNATURE: Final = re.compile("[0-9a-f]{128}")
_SIGNATURE_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """What a platform asks an approver. The device believes nothing of it but what the pinned trust root bears out.

    ``signature`` is the initiator's (64 bytes, Ed25519 over the intent's digest); ``trust_root`` is the digest of the
    version in force; ``told`` are codes and texts, such as a policy's reasons, which nobody proves.
    """

    intent: Intent
    signature: bytes
    policy_digest: str
    trust_root: str
    told: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse values out of form."""
        _check_signature(self.signature, "approval_request")
        check_text(self.policy_digest, DIGEST, "approval_request.policy_digest")
        check_text(self.trust_root, DIGEST, "approval_request.trust_root")
        if len(self.told) > _MAX_TOLD:
            raise value_error("approval_request.told", f"{len(self.told)} items", f"at most {_MAX_TOLD}")
        for code, text in self.told:
            check_text(code, CODE, "approval_request.told.code")
            if len(text) > _MAX_TEXT:
                raise value_error("approval_request.told.text", f"{len(text)} characters", f"at most {_MAX_TEXT}")

    def to_canonical(self) -> bytes:
        """The bytes of the file."""
        told: list[Json] = [{"code": code, "text": text} for code, text in self.told]
        document: Json = {
            "v": _VERSION,
            "intent": parse_canonical(self.intent.to_canonical()),
            "policy_digest": self.policy_digest,
            "signature": self.signature.hex(),
            "told": told,
            "trust_root": self.trust_root,
        }
        return document_bytes(document, "approval_request")

    @staticmethod
    def from_canonical(data: bytes) -> ApprovalRequest:
        """The request of exactly these bytes; an unknown field, a missing one, or another spelling is refused."""
        fields = read_document(data, "approval_request")
        fields.version(_VERSION)
        told = []
        for one in fields.each("told", _MAX_TOLD):
            told.append((one.text("code"), one.text("text")))
            one.end()
        request = ApprovalRequest(
            intent=Intent.from_canonical(canonical_bytes(fields.take("intent"))),
            signature=_signature(fields),
            policy_digest=fields.text("policy_digest"),
            trust_root=fields.text("trust_root"),
            told=tuple(told),
        )
        fields.end()
        return request


@dataclass(frozen=True, slots=True)
class ApprovalAnswer:
    """What a device answers: the approval, and its approver's signature (64 bytes, Ed25519 over its digest)."""

    approval: Approval
    signature: bytes

    def __post_init__(self) -> None:
        """Refuse a signature out of form."""
        _check_signature(self.signature, "approval_answer")

    def to_canonical(self) -> bytes:
        """The bytes of the file."""
        document: Json = {
            "v": _VERSION,
            "approval": parse_canonical(self.approval.to_canonical()),
            "signature": self.signature.hex(),
        }
        return document_bytes(document, "approval_answer")

    @staticmethod
    def from_canonical(data: bytes) -> ApprovalAnswer:
        """The answer of exactly these bytes; whether the signature holds, only a signer's trust root says."""
        fields = read_document(data, "approval_answer")
        fields.version(_VERSION)
        answer = ApprovalAnswer(
            approval=Approval.from_canonical(canonical_bytes(fields.take("approval"))),
            signature=_signature(fields),
        )
        fields.end()
        return answer


def _check_signature(signature: bytes, document: str) -> None:
    if len(signature) != _SIGNATURE_BYTES:
        raise value_error(f"{document}.signature", f"{len(signature)} bytes", f"{_SIGNATURE_BYTES} bytes")


def _signature(fields: Fields) -> bytes:
    text = fields.text("signature")
    if not _SIGNATURE.fullmatch(text):
        raise value_error(f"{fields.place}.signature", "another text", "128 lower-case hex digits")
    return bytes.fromhex(text)
