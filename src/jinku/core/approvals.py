"""An Approval: a decision on one intent, its decoded effects and the policy in force; its approver signs the digest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from jinku.core.canonical import domain_digest
from jinku.core.ids import Id
from jinku.core.intents import Bounds
from jinku.core.shape import (
    DIGEST,
    KEY_NAME,
    MAX_MS,
    check_figure,
    check_text,
    document_bytes,
    read_document,
    value_error,
)

__all__ = ["Approval", "Decision"]

_TAG: Final = "jinku/approval/1"
_VERSION: Final = 1


class Decision(StrEnum):
    """What the approver decided."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Approval:
    """A decision that holds until ``not_after_ms`` (Unix ms), for exactly these digests (64 hex digits) and bounds."""

    deployment: Id
    intent_digest: str
    effects_digest: str
    bounds: Bounds
    policy_digest: str
    decision: Decision
    not_after_ms: int
    approver: str

    def __post_init__(self) -> None:
        """Refuse values out of form."""
        for name in ("intent_digest", "effects_digest", "policy_digest"):
            check_text(getattr(self, name), DIGEST, f"approval.{name}")
        check_text(self.approver, KEY_NAME, "approval.approver")
        check_figure(self.not_after_ms, "approval.not_after", MAX_MS)

    def to_canonical(self) -> bytes:
        """The canonical bytes."""
        return document_bytes(
            {
                "v": _VERSION,
                "deployment": str(self.deployment),
                "intent_digest": self.intent_digest,
                "effects_digest": self.effects_digest,
                "bounds": self.bounds.to_canonical(),
                "policy_digest": self.policy_digest,
                "decision": self.decision.value,
                "not_after": str(self.not_after_ms),
                "approver": self.approver,
            },
            "approval",
        )

    @staticmethod
    def from_canonical(data: bytes) -> Approval:
        """The approval of exactly these bytes; an unknown field, a missing one, or another spelling is refused."""
        fields = read_document(data, "approval")
        fields.version(_VERSION)
        decision = fields.text("decision")
        if decision not in set(Decision):
            raise value_error("approval.decision", repr(decision[:80]), ", ".join(Decision))
        approval = Approval(
            deployment=fields.id("deployment"),
            intent_digest=fields.text("intent_digest"),
            effects_digest=fields.text("effects_digest"),
            bounds=Bounds.take(fields.fields("bounds")),
            policy_digest=fields.text("policy_digest"),
            decision=Decision(decision),
            not_after_ms=fields.figure("not_after", MAX_MS),
            approver=fields.text("approver"),
        )
        fields.end()
        return approval

    def digest(self) -> bytes:
        """32 bytes: what is signed by Ed25519, or the challenge of a passkey."""
        return domain_digest(_TAG, self.to_canonical())
