"""JSON-RPC of an EVM node, over one bounded HTTP call a question; what a node says is read as what may be a lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from jinku.journal.adapters.anchor_http import SECONDS, call, check_url
from jinku.journal.anchors.errors import AnchorGarbledError, AnchorNodeError
from jinku.journal.anchors.evm import data_of, quantity_of
from jinku.net import RpcRefusal, question, read_answer

__all__ = ["Node", "told"]

_HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "jinku"}
_SMALL, _BLOCK = 1 << 20, 32 << 20  # bytes of an answer, and of one that holds a block's transactions


class Node:
    """One node, by its URL. Its verbs raise errors of ``anchors.errors``."""

    def __init__(self, place: str, seconds: float = SECONDS) -> None:
        """Nothing is asked yet."""
        check_url(place)
        self._place, self._seconds = place, seconds

    def ask(self, method: str, *params: object, limit: int = _SMALL) -> Any:
        """The result; AnchorNodeError where the node refuses."""
        data = call(self._place, question(method, params, 1), _HEADERS, limit, self._seconds) or b""
        with told(method):
            answer = read_answer(data, 1)
        if not isinstance(answer, RpcRefusal):
            return answer
        why = f"{method}: {answer.code} {answer.message}"
        raise AnchorNodeError(
            "the node refuses", found=why, expected="an answer", advice="look at what it says, then run it again"
        )

    def quantity(self, method: str, *params: object) -> int:
        """The number that is the result."""
        answer = self.ask(method, *params)
        with told(method):
            return quantity_of(answer)

    def network(self) -> tuple[int, bytes]:
        """The chain's id (EIP-155) and the hash of its block 0."""
        chain, genesis = self.quantity("eth_chainId"), self._block("0x0", False)
        with told("eth_getBlockByNumber"):
            return chain, data_of(genesis["hash"], 32)

    def count(self, account: bytes, height: int | None = None) -> int:
        """How many transactions of the account stand in blocks, up to this height; up to the newest without one."""
        which = "latest" if height is None else hex(height)
        found = self.quantity("eth_getTransactionCount", "0x" + account.hex(), which)
        with told("eth_getTransactionCount"):
            if found >= 1 << 63:
                raise ValueError("more than an account can have")
        return found

    def newest(self) -> Mapping[str, Any]:
        """The newest block, without its transactions."""
        return self._block("latest", False)

    def block(self, height: int) -> Mapping[str, Any]:
        """The block at this height, with its transactions."""
        return self._block(hex(height), True)

    def _block(self, which: str, full: bool) -> Mapping[str, Any]:
        answer = self.ask("eth_getBlockByNumber", which, full, limit=_BLOCK if full else _SMALL)
        with told("eth_getBlockByNumber"):
            if not isinstance(answer, dict):
                raise TypeError(f"no block {which}")
            return answer

    def receipt(self, transaction: bytes) -> tuple[int, bytes, int] | None:
        """Height and hash of the transaction's block and its place there; None while it stands in none."""
        answer = self.ask("eth_getTransactionReceipt", "0x" + transaction.hex())
        if answer is None:
            return None
        with told("eth_getTransactionReceipt"):
            if answer["blockNumber"] is None:  # some nodes answer so for one that waits
                return None
            place = quantity_of(answer["transactionIndex"])
            return quantity_of(answer["blockNumber"]), data_of(answer["blockHash"], 32), place

    def knows(self, transaction: bytes) -> bool:
        """Whether the node has the transaction, in a block or waiting."""
        return self.ask("eth_getTransactionByHash", "0x" + transaction.hex()) is not None

    def raw(self, transaction: object) -> bytes:
        """The bytes of a transaction whose type only the node knows; AnchorNodeError where it does not tell them."""
        answer = self.ask("eth_getRawTransactionByHash", transaction)
        with told("eth_getRawTransactionByHash"):
            return data_of(answer)


@contextmanager
def told(method: str) -> Iterator[None]:
    """What a node tells out of form leaves as AnchorGarbledError."""
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise AnchorGarbledError(
            "the node answers out of form",
            found=f"{method}: {ascii(str(error))[1:-1][:120]}",
            expected="JSON-RPC as Ethereum's execution API has it",
            advice="take another node",
        ) from error
