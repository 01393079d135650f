"""What a plan carries for its family alone: together with the intent it decides every byte that is built."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from jinku.core.amounts import MAX_AMOUNT
from jinku.core.caip import AccountId
from jinku.core.canonical import Json
from jinku.core.shape import DIGEST, SHAPES, Fields, check_figure, check_text, value_error

__all__ = ["AccessItem", "BitcoinDetail", "BitcoinInput", "EvmDetail", "EvmType"]

_MAX_U32: Final = (1 << 32) - 1
_MAX_U64: Final = (1 << 64) - 1
MAX_ACCESS: Final = 256
"""How many addresses an access list may have, and how many storage keys each of them."""
LEAST_GAS: Final = 21_000
"""What the cheapest transaction takes."""

_ADDRESS: Final = re.compile("0x[0-9a-f]{40}")
SHAPES[_ADDRESS] = "0x and 40 lower-case hex digits"
_RECOVERABLE: Final = re.compile("[0-9a-f]{130}")
SHAPES[_RECOVERABLE] = "130 lower-case hex digits: r, s and the parity of R's y"
_KEY_PROGRAM: Final = re.compile("0014[0-9a-f]{40}")
SHAPES[_KEY_PROGRAM] = "0014 and 40 lower-case hex digits"
_HEX_BYTES: Final = re.compile("(?:[0-9a-f]{2})+")
SHAPES[_HEX_BYTES] = "bytes as lower-case hex digits"
_POSITION: Final = re.compile("0|[1-9][0-9]{0,2}")

MAX_INPUTS: Final = 256
"""How many inputs or change outputs one plan may have."""
SEQUENCES: Final = (0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF)
"""The sequence numbers of a plan: replaceable (BIP-125), with a lock time, neither; none locks relatively (BIP-68)."""


class EvmType(StrEnum):
    """The type of an EVM transaction: before types (EIP-155), with an access list (2930), fee and tip apart (1559).

    And with an authorisation (7702), or that authorisation itself, whose nonce is one above that of the transaction.
    """

    LEGACY = "legacy"
    ACCESS_LIST = "access_list"
    DYNAMIC_FEE = "dynamic_fee"
    SET_CODE = "set_code"
    AUTHORIZATION = "authorization"

    @property
    def has_tip(self) -> bool:
        """Whether it has a tip apart from the fee."""
        return self in (EvmType.DYNAMIC_FEE, EvmType.SET_CODE)


@dataclass(frozen=True, slots=True)
class AccessItem:
    """What a transaction says that it will touch: an address, and words of its storage (64 hex digits each)."""

    address: str
    storage_keys: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse malformed addresses and keys, and too many of them."""
        check_text(self.address, _ADDRESS, "plan.detail.access_list.address")
        place = "plan.detail.access_list.storage_keys"
        if len(self.storage_keys) > MAX_ACCESS:
            raise value_error(place, f"{len(self.storage_keys)} items", f"at most {MAX_ACCESS}")
        for key in self.storage_keys:
            check_text(key, DIGEST, place)


@dataclass(frozen=True, slots=True)
class EvmDetail:
    """What an EVM transaction carries beside nonce, destination, value and data. Fees are in wei for one gas."""

    kind: EvmType
    gas_limit: int
    max_fee_per_gas: int
    max_priority_fee_per_gas: int | None
    access_list: tuple[AccessItem, ...] = ()
    authorization: str | None = None
    """The signature of the authorisation that a transaction of type 4 takes along: r, s and parity in hex."""

    def __post_init__(self) -> None:
        """Refuse too little gas, a tip above the fee, and what its type does not have."""
        check_figure(self.gas_limit, "plan.detail.gas_limit", _MAX_U64)
        check_figure(self.max_fee_per_gas, "plan.detail.max_fee_per_gas")
        self._check_gas()
        self._check_tip()
        self._check_authorization()
        place = "plan.detail.access_list"
        if self.kind in (EvmType.LEGACY, EvmType.AUTHORIZATION) and self.access_list:
            raise value_error(place, "an access list", f"none in {self.kind}")
        if len(self.access_list) > MAX_ACCESS:
            raise value_error(place, f"{len(self.access_list)} items", f"at most {MAX_ACCESS}")

    def _check_gas(self) -> None:
        if self.kind is not EvmType.AUTHORIZATION:
            if self.gas_limit < LEAST_GAS:
                raise value_error("plan.detail.gas_limit", self.gas_limit, f"at least {LEAST_GAS}")
            return
        for name in ("gas_limit", "max_fee_per_gas"):
            if getattr(self, name):
                raise value_error(f"plan.detail.{name}", getattr(self, name), "0 in an authorisation")

    def _check_authorization(self) -> None:
        place = "plan.detail.authorization"
        if self.kind is not EvmType.SET_CODE:
            if self.authorization is not None:
                raise value_error(place, "a signature", "null but in set_code")
        elif self.authorization is None:
            raise value_error(place, "null", "the signature of the authorisation")
        else:
            check_text(self.authorization, _RECOVERABLE, place)

    def _check_tip(self) -> None:
        place, tip = "plan.detail.max_priority_fee_per_gas", self.max_priority_fee_per_gas
        if tip is None:
            if self.kind.has_tip:
                raise value_error(place, "null", "the tip of a dynamic fee")
            return
        check_figure(tip, place)
        if not self.kind.has_tip:
            raise value_error(place, tip, "null without a dynamic fee")
        if tip > self.max_fee_per_gas:
            raise value_error(place, tip, f"at most max_fee_per_gas, {self.max_fee_per_gas}")

    @property
    def max_fee(self) -> int:
        """The most that the transaction can cost, in wei; may exceed what an amount holds."""
        return self.gas_limit * self.max_fee_per_gas

    def to_canonical(self) -> dict[str, Json]:
        """The object inside a plan."""
        tip = self.max_priority_fee_per_gas
        return {
            "access_list": [
                {"address": item.address, "storage_keys": list(item.storage_keys)} for item in self.access_list
            ],
            "authorization": self.authorization,
            "gas_limit": str(self.gas_limit),
            "max_fee_per_gas": str(self.max_fee_per_gas),
            "max_priority_fee_per_gas": None if tip is None else str(tip),
            "type": self.kind.value,
        }

    @staticmethod
    def take(fields: Fields) -> EvmDetail:
        """The detail in an object that holds nothing else."""
        text = fields.text("type")
        if text not in set(EvmType):
            raise value_error("plan.detail.type", repr(text[:80]), ", ".join(EvmType))
        detail = EvmDetail(
            kind=EvmType(text),
            gas_limit=fields.figure("gas_limit", _MAX_U64),
            max_fee_per_gas=fields.figure("max_fee_per_gas", MAX_AMOUNT),
            max_priority_fee_per_gas=fields.optional("max_priority_fee_per_gas", fields.figure),
            access_list=tuple(_item_of(item) for item in fields.each("access_list", MAX_ACCESS)),
            authorization=fields.optional("authorization", fields.text),
        )
        fields.end()
        return detail


def _item_of(fields: Fields) -> AccessItem:
    item = AccessItem(fields.text("address"), fields.strings("storage_keys", MAX_ACCESS))
    fields.end()
    return item


@dataclass(frozen=True, slots=True)
class BitcoinInput:
    """What an input carries beside its outpoint and value. The account's address says which script it spends."""

    account: AccountId
    sequence: int
    redeem_script: str | None = None
    """The witness program of a key that a P2SH address wraps (BIP-141), in hex: the address says its hash only."""
    previous_transaction: str | None = None
    """The transaction that made the output, in hex: SegWit v0 signs only an input's own value."""

    def __post_init__(self) -> None:
        """Refuse other sequence numbers, and hex out of form."""
        place = "plan.detail.inputs"
        check_figure(self.sequence, f"{place}.sequence", _MAX_U32)
        if self.sequence not in SEQUENCES:
            raise value_error(f"{place}.sequence", self.sequence, ", ".join(map(str, SEQUENCES)))
        if self.redeem_script is not None:
            check_text(self.redeem_script, _KEY_PROGRAM, f"{place}.redeem_script")
        if self.previous_transaction is not None:
            check_text(self.previous_transaction, _HEX_BYTES, f"{place}.previous_transaction")


@dataclass(frozen=True, slots=True)
class BitcoinDetail:
    """What a Bitcoin transaction carries beside outpoints, payment and change.

    ``change_at`` says at which outputs the change stands, ascending; the payment takes the place that is left.
    """

    version: int
    lock_time: int
    inputs: tuple[BitcoinInput, ...]
    change_at: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse other versions, and a lock time that every sequence number switches off."""
        check_figure(self.version, "plan.detail.version", _MAX_U32)
        check_figure(self.lock_time, "plan.detail.lock_time", _MAX_U32)
        if not 1 <= self.version <= 3:
            raise value_error("plan.detail.version", self.version, "1 to 3")
        if self.lock_time and all(item.sequence == SEQUENCES[2] for item in self.inputs):
            expected = f"0 where every sequence is {SEQUENCES[2]}, which switches it off"
            raise value_error("plan.detail.lock_time", self.lock_time, expected)
        places = self.change_at
        ascending = all(one < other for one, other in pairwise(places))
        if not ascending or any(not 0 <= place <= len(places) for place in places):
            expected = f"{len(places)} different places of 0 to {len(places)}, ascending"
            raise value_error("plan.detail.change_at", list(places), expected)

    def to_canonical(self) -> dict[str, Json]:
        """The object inside a plan."""
        return {
            "change_at": [str(place) for place in self.change_at],
            "inputs": [
                {
                    "account": str(item.account),
                    "previous_transaction": item.previous_transaction,
                    "redeem_script": item.redeem_script,
                    "sequence": str(item.sequence),
                }
                for item in self.inputs
            ],
            "lock_time": str(self.lock_time),
            "version": str(self.version),
        }

    @staticmethod
    def take(fields: Fields) -> BitcoinDetail:
        """The detail in an object that holds nothing else."""
        detail = BitcoinDetail(
            version=fields.figure("version", _MAX_U32),
            lock_time=fields.figure("lock_time", _MAX_U32),
            inputs=tuple(_spent_of(item) for item in fields.each("inputs", MAX_INPUTS)),
            change_at=tuple(_position(text) for text in fields.strings("change_at", MAX_INPUTS)),
        )
        fields.end()
        return detail


def _spent_of(fields: Fields) -> BitcoinInput:
    item = BitcoinInput(
        account=fields.word("account", AccountId.exact),
        sequence=fields.figure("sequence", _MAX_U32),
        redeem_script=fields.optional("redeem_script", fields.text),
        previous_transaction=fields.optional("previous_transaction", fields.text),
    )
    fields.end()
    return item


def _position(text: str) -> int:
    if _POSITION.fullmatch(text) is None:
        raise value_error("plan.detail.change_at", repr(text[:80]), "a decimal number")
    return int(text)
