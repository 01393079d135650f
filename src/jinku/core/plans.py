"""A Plan: what the chain needs and nobody knew when the intent was approved; it is journaled before any signature."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from jinku.core.caip import AccountId, ChainId
from jinku.core.canonical import Json, domain_digest
from jinku.core.details import BitcoinDetail, EvmDetail
from jinku.core.ids import Id
from jinku.core.shape import (
    DIGEST,
    MAX_MS,
    SHAPES,
    Fields,
    check_figure,
    check_text,
    document_bytes,
    read_document,
    value_error,
)
from jinku.core.solana_detail import SOLANA_KEY, SolanaDetail

__all__ = ["Curve", "Payload", "Plan", "PlanInput", "PlanOutput"]

_TAG: Final = "jinku/plan/1"
_VERSION: Final = 1
_MAX_U64: Final = (1 << 64) - 1
MAX_PARTS: Final = 256
_DETAILS: Final[dict[str, Callable[[Fields], EvmDetail | BitcoinDetail | SolanaDetail]]] = {
    "evm": EvmDetail.take,
    "bitcoin": BitcoinDetail.take,
    "solana": SolanaDetail.take,
}
"""What reads the detail of each family that has one."""

OUTPOINT: Final = re.compile("[0-9a-f]{64}:(?:0|[1-9][0-9]{0,9})")
ANCHOR: Final = re.compile("[0-9A-Za-z]{1,128}")
PATH: Final = re.compile("m(?:/(?:0|[1-9][0-9]{0,9})'?){1,16}")
SHAPES.update(
    {
        OUTPOINT: "64 lower-case hex digits, a colon and the output number",
        ANCHOR: "1 to 128 letters and digits: a block hash in the chain's own spelling",
        PATH: "a derivation path such as m/44'/60'/0'/0/0",
    }
)


class Curve(StrEnum):
    """The curve a payload is signed on, in SLIP-10's words."""

    SECP256K1 = "secp256k1"
    NIST256P1 = "nist256p1"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True)
class PlanInput:
    """An output that is spent: ``txid:number`` and its value in the smallest unit."""

    outpoint: str
    value: int

    def __post_init__(self) -> None:
        """Refuse a malformed outpoint and a figure out of range."""
        check_text(self.outpoint, OUTPOINT, "plan.inputs.outpoint")
        check_figure(self.value, "plan.inputs.value")


@dataclass(frozen=True, slots=True)
class PlanOutput:
    """Change that comes back: to which account of ours, and how much in the smallest unit."""

    account: AccountId
    value: int

    def __post_init__(self) -> None:
        """Refuse a figure out of range."""
        check_figure(self.value, "plan.change.value")


@dataclass(frozen=True, slots=True)
class Payload:
    """What one key signs: the SHA-256 or chain digest (64 hex digits) of the message, the curve and the key's path."""

    digest: str
    curve: Curve
    path: str

    def __post_init__(self) -> None:
        """Refuse a malformed digest or path."""
        check_text(self.digest, DIGEST, "plan.payloads.digest")
        check_text(self.path, PATH, "plan.payloads.path")


@dataclass(frozen=True, slots=True)
class Plan:
    """How one intent will be done. Account chains carry a nonce, UTXO chains inputs; others an anchor and a height."""

    id: Id
    deployment: Id
    intent_digest: str
    chain: ChainId
    nonce: int | None
    inputs: tuple[PlanInput, ...]
    change: tuple[PlanOutput, ...]
    fee: int
    anchor: str | None
    valid_until_height: int | None
    payloads: tuple[Payload, ...]
    replaces: Id | None
    created_at_ms: int
    detail: EvmDetail | BitcoinDetail | SolanaDetail | None = None
    """What only its family needs; None where the family has no codec yet."""

    def __post_init__(self) -> None:
        """Refuse values out of form, nonce and inputs at once, an input twice, no payload, foreign change."""
        check_text(self.intent_digest, DIGEST, "plan.intent_digest")
        check_figure(self.fee, "plan.fee")
        check_figure(self.created_at_ms, "plan.created_at", MAX_MS)
        if self.nonce is not None:
            check_figure(self.nonce, "plan.nonce", _MAX_U64)
        if self.valid_until_height is not None:
            check_figure(self.valid_until_height, "plan.valid_until_height", _MAX_U64)
        if self.anchor is not None:
            check_text(self.anchor, ANCHOR, "plan.anchor")
        if self.nonce is not None and self.inputs:
            raise value_error("plan.inputs", "inputs beside a nonce", "one of the two")
        if len({item.outpoint for item in self.inputs}) != len(self.inputs):
            raise value_error("plan.inputs", "an outpoint twice", "each outpoint once")
        if any(item.account.chain != self.chain for item in self.change):
            raise value_error("plan.change", "an account on another chain", str(self.chain))
        for place, items in (("inputs", self.inputs), ("change", self.change), ("payloads", self.payloads)):
            if len(items) > MAX_PARTS:
                raise value_error(f"plan.{place}", f"{len(items)} items", f"at most {MAX_PARTS}")
        if not self.payloads:
            raise value_error("plan.payloads", "0 items", "at least 1")
        if self.replaces == self.id:
            raise value_error("plan.replaces", "its own id", "the plan before, or null")
        self._check_family(self.chain.family.value)

    def _check_family(self, family: str) -> None:
        if family == "evm" and isinstance(self.detail, EvmDetail):
            self._check_evm(self.detail)
        elif family == "bitcoin" and isinstance(self.detail, BitcoinDetail):
            self._check_bitcoin(self.detail)
        elif family == "solana" and isinstance(self.detail, SolanaDetail):
            self._check_solana(self.detail)
        elif self.detail is not None or family in _DETAILS:
            found = "null" if self.detail is None else "another"
            raise value_error("plan.detail", found, f"the detail of {family} plans")

    def _check_bitcoin(self, detail: BitcoinDetail) -> None:
        count = len(self.inputs)
        if not detail.inputs or len(detail.inputs) != count:
            expected = f"as many as plan.inputs, {count}, and at least 1"
            raise value_error("plan.detail.inputs", f"{len(detail.inputs)} items", expected)
        for item in detail.inputs:
            if item.account.chain != self.chain:
                raise value_error("plan.detail.inputs.account", item.account, f"an account on {self.chain}")
        if len(detail.change_at) != len(self.change):
            expected = f"one place for each of {len(self.change)} change outputs"
            raise value_error("plan.detail.change_at", f"{len(detail.change_at)} items", expected)
        self._refuse_strays({"plan.nonce": self.nonce is not None}, "a Bitcoin plan")
        if [item.curve for item in self.payloads] != [Curve.SECP256K1] * count:
            expected = "one on secp256k1 for each input of a Bitcoin plan"
            raise value_error("plan.payloads", f"{len(self.payloads)} payloads", expected)

    def _refuse_strays(self, more: dict[str, bool], where: str) -> None:
        strays = more | {
            "plan.anchor": self.anchor is not None,
            "plan.valid_until_height": self.valid_until_height is not None,
        }
        for place, stray in strays.items():
            if stray:
                raise value_error(place, "a value", f"none in {where}")

    def _check_evm(self, detail: EvmDetail) -> None:
        if self.nonce is None or self.nonce == _MAX_U64:
            found = "null" if self.nonce is None else self.nonce
            raise value_error("plan.nonce", found, "a nonce below 2^64 - 1 (EIP-2681)")
        self._refuse_strays({"plan.change": bool(self.change)}, "an EVM plan")
        if [item.curve for item in self.payloads] != [Curve.SECP256K1]:
            raise value_error("plan.payloads", f"{len(self.payloads)} payloads", "1 on secp256k1 in an EVM plan")
        if self.fee != detail.max_fee:
            raise value_error("plan.fee", self.fee, "gas_limit times max_fee_per_gas")

    def _check_solana(self, detail: SolanaDetail) -> None:
        for name, stray in (("nonce", self.nonce is not None), ("inputs", self.inputs), ("change", self.change)):
            if stray:
                raise value_error(f"plan.{name}", "a value", "none in a Solana plan")
        if self.anchor is None:
            raise value_error("plan.anchor", "null", "a block's hash, or what the nonce account holds")
        check_text(self.anchor, SOLANA_KEY, "plan.anchor")
        durable = detail.nonce_account is not None
        if durable is (self.valid_until_height is not None):
            expected = "the last height of a block's hash, null with a durable nonce"
            raise value_error("plan.valid_until_height", "a height" if durable else "null", expected)
        if [item.curve for item in self.payloads] != [Curve.ED25519]:
            raise value_error("plan.payloads", f"{len(self.payloads)} payloads", "1 on ed25519 in a Solana plan")
        if self.fee != detail.max_fee or self.fee > _MAX_U64:
            raise value_error("plan.fee", self.fee, "signature, compute units and the account of a token")

    def to_canonical(self) -> bytes:
        """The canonical bytes that are journaled."""
        return document_bytes(self._document(), "plan")

    @staticmethod
    def from_canonical(data: bytes) -> Plan:
        """The plan of exactly these bytes; an unknown field, a missing one, or another spelling is refused."""
        fields = read_document(data, "plan")
        fields.version(_VERSION)
        ids = fields.id("id"), fields.id("deployment")
        intent_digest, chain = fields.text("intent_digest"), fields.word("chain", ChainId.exact)
        plan = Plan(
            id=ids[0],
            deployment=ids[1],
            intent_digest=intent_digest,
            detail=_detail_of(fields, chain),
            chain=chain,
            nonce=fields.optional("nonce", lambda name: fields.figure(name, _MAX_U64)),
            inputs=tuple(_input_of(item) for item in fields.each("inputs", MAX_PARTS)),
            change=tuple(_output_of(item) for item in fields.each("change", MAX_PARTS)),
            fee=fields.figure("fee"),
            anchor=fields.optional("anchor", fields.text),
            valid_until_height=fields.optional("valid_until_height", lambda name: fields.figure(name, _MAX_U64)),
            payloads=tuple(_payload_of(item) for item in fields.each("payloads", MAX_PARTS)),
            replaces=fields.optional("replaces", fields.id),
            created_at_ms=fields.figure("created_at", MAX_MS),
        )
        fields.end()
        return plan

    def digest(self) -> bytes:
        """32 bytes that name this plan."""
        return domain_digest(_TAG, self.to_canonical())

    def _document(self) -> dict[str, Json]:
        height = self.valid_until_height
        return {
            "v": _VERSION,
            "id": str(self.id),
            "deployment": str(self.deployment),
            "intent_digest": self.intent_digest,
            "chain": str(self.chain),
            "nonce": None if self.nonce is None else str(self.nonce),
            "inputs": [{"outpoint": item.outpoint, "value": str(item.value)} for item in self.inputs],
            "change": [{"account": str(item.account), "value": str(item.value)} for item in self.change],
            "fee": str(self.fee),
            "anchor": self.anchor,
            "valid_until_height": None if height is None else str(height),
            "payloads": [
                {"curve": item.curve.value, "digest": item.digest, "path": item.path} for item in self.payloads
            ],
            "detail": None if self.detail is None else self.detail.to_canonical(),
            "replaces": None if self.replaces is None else str(self.replaces),
            "created_at": str(self.created_at_ms),
        }


def _detail_of(fields: Fields, chain: ChainId) -> EvmDetail | BitcoinDetail | SolanaDetail | None:
    detail = fields.optional("detail", fields.fields)
    if detail is None:
        return None
    take = _DETAILS.get(chain.family.value)
    if take is None:
        raise value_error("plan.detail", "an object", f"null on a {chain.family} chain")
    return take(detail)


def _input_of(fields: Fields) -> PlanInput:
    item = PlanInput(outpoint=fields.text("outpoint"), value=fields.figure("value"))
    fields.end()
    return item


def _output_of(fields: Fields) -> PlanOutput:
    item = PlanOutput(account=fields.word("account", AccountId.exact), value=fields.figure("value"))
    fields.end()
    return item


def _payload_of(fields: Fields) -> Payload:
    text = fields.text("curve")
    if text not in set(Curve):
        raise value_error("plan.payloads.curve", repr(text[:80]), ", ".join(Curve))
    item = Payload(digest=fields.text("digest"), curve=Curve(text), path=fields.text("path"))
    fields.end()
    return item
