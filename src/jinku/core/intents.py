"""An Intent: what somebody wants moved, and within which bounds; its initiator signs the digest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from jinku.core.caip import AccountId, AssetId, ChainId
from jinku.core.canonical import Json, domain_digest
from jinku.core.ids import Id
from jinku.core.shape import (
    DIGEST,
    IDEMPOTENCY_KEY,
    KEY_NAME,
    MAX_MS,
    Fields,
    check_figure,
    check_text,
    document_bytes,
    read_document,
    value_error,
)

__all__ = ["Bounds", "Intent", "IntentKind"]

_TAG: Final = "jinku/intent/1"
_SAME_TAG: Final = "jinku/intent-body/1"
_VERSION: Final = 1


class IntentKind(StrEnum):
    """What an intent asks for; other kinds come with the rooms that serve them.

    A delegation hands the source over to the code of the destination (EIP-7702), or back with the zero address; its
    asset is the chain's coin, its amount zero.
    """

    TRANSFER = "transfer"
    DELEGATE = "delegate"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What no plan may exceed: the fee in the chain's smallest native unit, a moment in Unix ms; may it be replaced."""

    max_fee: int
    valid_until_ms: int
    replaceable: bool

    def __post_init__(self) -> None:
        """Refuse figures out of range."""
        check_figure(self.max_fee, "bounds.max_fee")
        check_figure(self.valid_until_ms, "bounds.valid_until", MAX_MS)

    def to_canonical(self) -> dict[str, Json]:
        """The object inside an intent or an approval."""
        return {
            "max_fee": str(self.max_fee),
            "replaceable": self.replaceable,
            "valid_until": str(self.valid_until_ms),
        }

    @staticmethod
    def take(fields: Fields) -> Bounds:
        """The bounds in an object that holds nothing else."""
        bounds = Bounds(
            max_fee=fields.figure("max_fee"),
            valid_until_ms=fields.figure("valid_until", MAX_MS),
            replaceable=fields.flag("replaceable"),
        )
        fields.end()
        return bounds


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody asks for. Amount and fee are in smallest units; times are Unix milliseconds."""

    id: Id
    deployment: Id
    kind: IntentKind
    vault: Id
    source: AccountId
    destination: AccountId
    asset: AssetId
    amount: int
    bounds: Bounds
    initiator: str
    reason_commitment: str | None
    idempotency_key: str
    created_at_ms: int

    def __post_init__(self) -> None:
        """Refuse texts out of form, parts on different chains, and an intent that ends before it begins."""
        check_figure(self.amount, "intent.amount")
        check_figure(self.created_at_ms, "intent.created_at", MAX_MS)
        check_text(self.initiator, KEY_NAME, "intent.initiator")
        check_text(self.idempotency_key, IDEMPOTENCY_KEY, "intent.idempotency_key")
        if self.reason_commitment is not None:
            check_text(self.reason_commitment, DIGEST, "intent.reason_commitment")
        chain = self.source.chain
        for place, other in (("destination", self.destination.chain), ("asset", self.asset.chain)):
            if other != chain:
                raise value_error(f"intent.{place}", other, f"the chain of the source, {chain}")
        if self.bounds.valid_until_ms <= self.created_at_ms:
            found = self.bounds.valid_until_ms
            raise value_error("intent.bounds.valid_until", found, f"later than created_at {self.created_at_ms}")
        if self.kind is IntentKind.DELEGATE:
            self._check_delegate()

    def _check_delegate(self) -> None:
        if self.chain.family != "evm":
            raise value_error("intent.kind", f"delegate on {self.chain}", "an EVM chain")
        if (self.asset.namespace, self.asset.reference) != ("slip44", "60"):
            raise value_error("intent.asset", self.asset, "slip44:60 in a delegation")
        if self.amount:
            raise value_error("intent.amount", self.amount, "0 in a delegation")

    def to_canonical(self) -> bytes:
        """The canonical bytes that are signed and journaled."""
        return document_bytes(self._document(), "intent")

    @staticmethod
    def from_canonical(data: bytes) -> Intent:
        """The intent of exactly these bytes; an unknown field, a missing one, or another spelling is refused."""
        fields = read_document(data, "intent")
        fields.version(_VERSION)
        intent = Intent(
            id=fields.id("id"),
            deployment=fields.id("deployment"),
            kind=_kind_of(fields),
            vault=fields.id("vault"),
            source=fields.word("source", AccountId.exact),
            destination=fields.word("destination", AccountId.exact),
            asset=fields.word("asset", AssetId.exact),
            amount=fields.figure("amount"),
            bounds=Bounds.take(fields.fields("bounds")),
            initiator=fields.text("initiator"),
            reason_commitment=fields.optional("reason_commitment", fields.text),
            idempotency_key=fields.text("idempotency_key"),
            created_at_ms=fields.figure("created_at", MAX_MS),
        )
        fields.end()
        return intent

    @property
    def chain(self) -> ChainId:
        """The chain it happens on."""
        return self.source.chain

    def digest(self) -> bytes:
        """32 bytes: what its initiator signs and approvals name."""
        return domain_digest(_TAG, self.to_canonical())

    def body_digest(self) -> bytes:
        """32 bytes over all but the id: equal for two requests that idempotency holds for the same."""
        document = self._document()
        del document["id"]
        return domain_digest(_SAME_TAG, document_bytes(document, "intent"))

    def _document(self) -> dict[str, Json]:
        return {
            "v": _VERSION,
            "id": str(self.id),
            "deployment": str(self.deployment),
            "kind": self.kind.value,
            "vault": str(self.vault),
            "source": str(self.source),
            "destination": str(self.destination),
            "asset": str(self.asset),
            "amount": str(self.amount),
            "bounds": self.bounds.to_canonical(),
            "initiator": self.initiator,
            "reason_commitment": self.reason_commitment,
            "idempotency_key": self.idempotency_key,
            "created_at": str(self.created_at_ms),
        }


def _kind_of(fields: Fields) -> IntentKind:
    text = fields.text("kind")
    try:
        return IntentKind(text)
    except ValueError:
        raise value_error("intent.kind", repr(text[:80]), ", ".join(IntentKind)) from None
