"""What an intent or a plan calls, taken out of the very bytes that the codec built: nothing is encoded twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from jinku import _native
from jinku.chains.evm.types import BLANK_DIGEST
from jinku.core import Curve, EvmDetail, EvmType, Intent, Payload, Plan

__all__ = ["Call", "call_of", "opened"]

_PATH: Final = "m/44'/60'/0'/0/0"
_ENOUGH_GAS: Final = 10_000_000  # of a plan that is never signed


@dataclass(frozen=True, slots=True)
class Call:
    """Whom a transaction calls, with how much of the coin in wei and with which data."""

    to: str
    value: int
    data: str

    def asked(self, sender: str) -> dict[str, str]:
        """As JSON-RPC has it."""
        return {"from": sender, "to": self.to, "value": hex(self.value), "data": self.data}


def call_of(intent: Intent) -> Call:
    """What a transfer calls; what no transaction serves is refused by the codec, ``tx.intent``."""
    free = replace(intent, bounds=replace(intent.bounds, max_fee=0))
    detail = EvmDetail(EvmType.DYNAMIC_FEE, _ENOUGH_GAS, 0, 0)
    draft = Plan(
        id=intent.id,
        deployment=intent.deployment,
        intent_digest=free.digest().hex(),
        chain=intent.chain,
        nonce=0,
        inputs=(),
        change=(),
        fee=0,
        anchor=None,
        valid_until_height=None,
        payloads=(Payload(BLANK_DIGEST, Curve.SECP256K1, _PATH),),
        replaces=None,
        created_at_ms=intent.created_at_ms,
        detail=detail,
    )
    plan = _native.complete_plan(free.to_canonical(), draft.to_canonical())
    return opened(_native.check_plan(free.to_canonical(), plan)[1])


def opened(unsigned: bytes) -> Call:
    """The call in the bytes of a transaction that is not signed yet, as the codec writes them."""
    typed = unsigned[0] < 0xC0
    items = _items(unsigned[1:] if typed else unsigned)
    at = {1: 4, 2: 5, 4: 5}[unsigned[0]] if typed else 3  # of "to": a chain id comes first, and a tip in types 2 and 4
    return Call("0x" + items[at].hex(), int.from_bytes(items[at + 1]), "0x" + items[at + 2].hex())


def _items(encoded: bytes) -> list[bytes]:
    """The contents of the items of an RLP list; a list inside stays encoded."""
    head, size = _measured(encoded)
    rest, found = encoded[head : head + size], []
    while rest:
        head, size = _measured(rest)
        found.append(rest[head : head + size])
        rest = rest[head + size :]
    return found


def _measured(encoded: bytes) -> tuple[int, int]:
    """How long the head of the first item is, and its content."""
    first = encoded[0]
    if first < 0x80:
        return 0, 1
    short = 0x80 if first < 0xC0 else 0xC0
    if first < short + 56:
        return 1, first - short
    width = first - short - 55
    return 1 + width, int.from_bytes(encoded[1 : 1 + width])
