"""Broadcast: what endpoints make of a transaction, and what they mean by their refusals."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from jinku.chains.errors import EndpointGarbledError, EndpointRefusedError, EndpointsRestError
from jinku.chains.evm.reading import hash_of
from jinku.chains.nodes.endpoint import Endpoint
from jinku.chains.nodes.pool import FAULTS, Pool
from jinku.chains.types import BroadcastResult, Outcome, Refusal, Said, Signed
from jinku.core import JinkuError

__all__ = ["broadcast", "knows", "refusal_of"]

# May have been taken before it failed: a gateway's words about a node that did not answer it.
_UNSURE: Final = re.compile(
    r"time[ds]? ?-?out|deadline|cancell?ed|no response|connection|broken pipe|unavailable|\beof\b"
)
_KNOWN: Final = re.compile(r"\b(?:already ?known|known transaction|already imported|alreadyimported|already_exists)\b")
# What geth, Erigon, reth, Nethermind, Besu, Parity, Arbitrum and Anvil say, in lower case; the first found counts.
_REFUSALS: Final = tuple(
    (re.compile(words), code)
    for words, code in (
        (r"replacement|another transaction with same nonce", Refusal.REPLACEMENT_UNDERPRICED),
        (r"nonce (?:is )?too low|\bold ?nonce\b|pool\(stale\)", Refusal.NONCE_TOO_LOW),
        (r"nonce (?:is )?too (?:high|far)|nonce ?gap|future nonce|gapped-nonce", Refusal.NONCE_TOO_HIGH),
        (r"(?:less than|lower than|below) (?:the )?(?:current |block )*base ?fee", Refusal.FEE_BELOW_BASE),
        (r"configured cap|fee cap exceeded", Refusal.FEE_ABOVE_CAP),
        (r"insufficient ?(?:funds|balance)|not enough funds|upfront cost exceeds", Refusal.INSUFFICIENT_FUNDS),
        (r"underpriced|fee ?too ?low|gas ?price (?:is )?(?:too low|below|less)|minimal gas price", Refusal.UNDERPRICED),
        (r"intrinsic gas|gas ?limit ?(?:exceeded|reached|too)", Refusal.GAS),
        (r"exceeds (?:block|current) gas limit|gas is too low", Refusal.GAS),
        (r"pool (?:is )?full|queue full|too many transactions|rate limit|too many requests|syncing", Refusal.BUSY),
        (r"transaction limit reached for delegated|account limit exceeded", Refusal.BUSY),
        (r"(?:invalid|wrong|meant for) ?(?:tx)? ?chain ?id|chain ?id mismatch", Refusal.WRONG_CHAIN),
        (r"invalid sender|invalid signature", Refusal.WRONG_CHAIN),
        (r"type not supported|unsupported transaction type|unknown transaction type", Refusal.UNSUPPORTED),
    )
)


def refusal_of(text: str) -> Refusal | None:
    """What a node means by its refusal; None where it has the transaction already."""
    said = text.lower()
    if _KNOWN.search(said):
        return None
    if _UNSURE.search(said):
        return Refusal.OTHER
    return next((code for words, code in _REFUSALS if words.search(said)), Refusal.OTHER)


def broadcast(pool: Pool, signed: Signed) -> BroadcastResult:
    """Every endpoint is given the transaction; one that takes it is enough.

    Refused only when all that were asked refuse in words that are understood, and a quorum does not know it: a nonce
    may be too low because it is in a block. Unknown when one that was given the transaction did not answer, or not in
    form, or said what may as well be a failure after it was taken. EndpointsRestError where nobody was given it.
    """
    given = "0x" + signed.raw.hex()

    def one(endpoint: Endpoint) -> str:
        found = endpoint.ask("eth_sendRawTransaction", [given], hash_of)
        if found != signed.id:
            raise EndpointGarbledError(
                "an endpoint names another transaction than the one it was given",
                found=f"{endpoint.name}: {found}",
                expected=signed.id,
                fields={"endpoint": endpoint.name, "method": "eth_sendRawTransaction"},
            )
        return found

    said = tuple(_said(name, answer) for name, answer in pool.each(one))
    outcomes = {one.outcome for one in said}
    if Outcome.ACCEPTED in outcomes:
        return BroadcastResult(Outcome.ACCEPTED, signed.id, said)
    if Outcome.KNOWN in outcomes:
        return BroadcastResult(Outcome.KNOWN, signed.id, said)
    try:
        outcome = Outcome.KNOWN if knows(pool, signed.id) else Outcome.REFUSED
    except (*FAULTS, EndpointsRestError):
        outcome = Outcome.UNKNOWN
    if outcome is Outcome.REFUSED and Outcome.UNKNOWN in outcomes:
        outcome = Outcome.UNKNOWN
    [(code, _)] = Counter(one.code for one in said).most_common(1)
    return BroadcastResult(outcome, signed.id, said, code if outcome is Outcome.REFUSED else None)


def _said(name: str, answer: str | JinkuError) -> Said:
    if isinstance(answer, str):
        return Said(name, Outcome.ACCEPTED)
    if not isinstance(answer, EndpointRefusedError):
        return Said(name, Outcome.UNKNOWN, text=answer.message)
    text = str(answer.fields["rpc_message"])
    code = refusal_of(text)
    outcome = Outcome.UNKNOWN if code is Refusal.OTHER else Outcome.REFUSED
    return Said(name, Outcome.KNOWN if code is None else outcome, code, text)


def knows(pool: Pool, transaction: str) -> bool:
    """Whether an endpoint has it, in a block or waiting; raised where none has and too few said so."""
    return any(pool.several(lambda endpoint: _has(endpoint, transaction)))


def _has(endpoint: Endpoint, transaction: str) -> bool:
    def read(told: object) -> bool:
        if told is not None and (not isinstance(told, dict) or hash_of(told["hash"]) != transaction):
            raise ValueError("another transaction")
        return told is not None

    return endpoint.ask("eth_getTransactionByHash", [transaction], read)
