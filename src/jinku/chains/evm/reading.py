"""What EVM nodes tell, read strictly into small values; out of form is a ValueError, KeyError or TypeError."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from jinku.chains.types import BlockRef
from jinku.net import data_of, quantity_of

__all__ = ["Code", "Head", "History", "Receipt", "TxTold", "address_of", "code_of", "hash_of", "word_of"]

_HASH: Final = re.compile("0x[0-9a-f]{64}")
_ADDRESS: Final = re.compile("0x[0-9a-f]{40}")
_DELEGATED: Final = bytes.fromhex("ef0100")  # EIP-7702: the code of an account that handed itself over


def hash_of(value: object) -> str:
    """32 bytes in lower-case hex."""
    return _formed(value, _HASH, "hash")


def address_of(value: object) -> str:
    """20 bytes in lower-case hex; nodes may write any case."""
    return _formed(value, _ADDRESS, "address")


def _formed(value: object, pattern: re.Pattern[str], what: str) -> str:
    text = value.lower() if isinstance(value, str) and value.isascii() else ""
    if pattern.fullmatch(text) is None:
        raise ValueError(f"no {what}: {ascii(value)[:40]}")
    return text


def word_of(value: object) -> int | None:
    """The one number that a call gave back; None where it gave back something else."""
    data = data_of(value)
    return int.from_bytes(data) if len(data) == 32 else None


class Code(StrEnum):
    """What code an account has; a delegated one handed itself over to another's (EIP-7702)."""

    NONE = "none"
    DELEGATED = "delegated"
    CONTRACT = "contract"


def code_of(value: object) -> Code:
    """What code an account has, by its bytes."""
    data = data_of(value)
    if not data:
        return Code.NONE
    return Code.DELEGATED if len(data) == 23 and data.startswith(_DELEGATED) else Code.CONTRACT


@dataclass(frozen=True, slots=True)
class Head:
    """A block's header, as far as it is needed. ``base_fee`` is None before EIP-1559."""

    height: int
    hash: str
    parent: str
    at_seconds: int
    gas_limit: int
    base_fee: int | None

    @property
    def ref(self) -> BlockRef:
        """Its height and hash."""
        return BlockRef(self.height, self.hash)

    @staticmethod
    def of(told: Any) -> Head:
        """The header in a node's answer; there has to be one."""
        base = told.get("baseFeePerGas")
        return Head(
            height=quantity_of(told["number"], 63),
            hash=hash_of(told["hash"]),
            parent=hash_of(told["parentHash"]),
            at_seconds=quantity_of(told["timestamp"], 63),
            gas_limit=quantity_of(told["gasLimit"], 64),
            base_fee=None if base is None else quantity_of(base),
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a transaction stands and whether it did what it says."""

    block: BlockRef
    succeeded: bool

    @staticmethod
    def of(told: Any, transaction: str) -> Receipt | None:
        """The receipt in a node's answer, of this transaction; None where there is none yet."""
        if told is None or told["blockNumber"] is None:
            return None
        if hash_of(told["transactionHash"]) != transaction:
            raise ValueError("the receipt of another transaction")
        status = quantity_of(told["status"], 1)
        return Receipt(BlockRef(quantity_of(told["blockNumber"], 63), hash_of(told["blockHash"])), status == 1)


@dataclass(frozen=True, slots=True)
class TxTold:
    """A transaction of a block."""

    id: str
    sender: str
    receiver: str | None
    nonce: int

    @property
    def sides(self) -> set[str]:
        """Who it is from and to."""
        return {self.sender} if self.receiver is None else {self.sender, self.receiver}

    @staticmethod
    def of(told: Any) -> TxTold:
        """One item of a block's ``transactions``."""
        to = told["to"]
        return TxTold(
            id=hash_of(told["hash"]),
            sender=address_of(told["from"]),
            receiver=None if to is None else address_of(to),
            nonce=quantity_of(told["nonce"], 64),
        )


@dataclass(frozen=True, slots=True)
class History:
    """Of some last blocks: the base fee of the next one, and for each asked percentile the tips that were paid."""

    next_base: int
    tips: tuple[tuple[int, ...], ...]

    @staticmethod
    def of(told: Any, percentiles: int) -> History:
        """The answer to ``eth_feeHistory``."""
        bases = [quantity_of(one) for one in told["baseFeePerGas"]]
        rows = [[quantity_of(one) for one in row] for row in told.get("reward") or ()]
        if not bases or any(len(row) != percentiles for row in rows):
            raise ValueError("a fee history without a base fee, or with other percentiles")
        return History(bases[-1], tuple(tuple(row[at] for row in rows) for at in range(percentiles)))
