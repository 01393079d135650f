"""An EVM chain: a transaction from the anchor key to itself carries the digest, and a block carries the transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from jinku.core import Clock, counted
from jinku.journal.adapters.anchor_http import SECONDS
from jinku.journal.adapters.anchor_proofs import named
from jinku.journal.adapters.evm_rpc import Node, told
from jinku.journal.anchors.errors import (
    AnchorBudgetError,
    AnchorDigestError,
    AnchorFundsError,
    AnchorGarbledError,
    AnchorHeaderError,
    AnchorHeadError,
    AnchorNetworkError,
    AnchorNodeError,
    AnchorProofError,
    AnchorSourceError,
    AnchorTimeError,
    AnchorTimeoutError,
)
from jinku.journal.anchors.evm import block_proof, data_of, header_of, quantity_of, transaction_of
from jinku.journal.anchors.ports import AnchorKey
from jinku.journal.anchors.types import Anchor, AnchorState, Proof, Said
from jinku.journal.verifier.verify_evm import Transaction, check, keccak256, read_header, read_transaction

__all__ = ["EvmChain"]

PINS = ("account", "budget_wei", "chain", "confirmations", "genesis")
DAY_MS = 86_400_000
MAX_CONFIRMATIONS = 100  # most nodes keep the state of 128 blocks
_MAX_GAS = 200_000  # the signer's own ceiling, where the node's estimate ends
_MAX_ASKED = 64  # transactions of a block whose bytes only the node has: a question each
_MAX_BLOCK = 10 << 20  # bytes of a block's transactions (EIP-7934 allows no larger block)
_CLOCKS_MS = 3_600_000  # by which the clocks of a chain and ours may differ
_FEW = 3  # times an answer's own end, for all such questions together
_FEE_ROOM = 3  # times the base fee of now: what it may grow to before the transaction waits


class EvmChain:
    """Implements the port ``AnchorSource``. One transaction at a time waits on a chain."""

    def __init__(  # noqa: PLR0917  what it is made of
        self,
        place: str,
        pins: Mapping[str, str],
        key: AnchorKey,
        kept: Callable[[], Iterable[Anchor]],
        clock: Clock,
        seconds: float = SECONDS,
    ) -> None:
        """The chain behind this node. ``kept`` gives every anchor of the kind ``evm`` that the database has."""
        self._node = Node(place, seconds)
        if set(pins) != set(PINS):
            found, expected = ", ".join(sorted(pins)), ", ".join(PINS)
            raise AnchorSourceError("a chain is not described by these pins", found=found, expected=expected)
        try:
            self._account, self._genesis = bytes.fromhex(pins["account"]), bytes.fromhex(pins["genesis"])
            self._budget_wei, self._chain, self._deep = (_number(pins[name]) for name in PINS[1:4])
        except ValueError as error:
            raise AnchorSourceError(
                "a pin of a chain cannot be read", found=error, expected="hex or a number"
            ) from error
        if (len(self._account), len(self._genesis)) != (20, 32) or not 0 < self._chain < 1 << 63:
            raise AnchorSourceError(
                "a pin of a chain cannot be meant",
                found=f"chain {self._chain}, {len(self._account)} and {len(self._genesis)} bytes",
                expected="a chain from 1, an account of 20 bytes, a block's hash of 32",
            )
        if not 0 <= self._deep <= MAX_CONFIRMATIONS:
            expected = f"0 to {MAX_CONFIRMATIONS}"
            raise AnchorSourceError("too many confirmations are asked for", found=self._deep, expected=expected)
        self._key, self._kept, self._clock, self._seconds = key, kept, clock, seconds

    def submit(self, digest: bytes) -> Proof | None:
        """The signed transaction, not sent yet; None while an earlier one waits for its block."""
        self._check_network()
        nonce = self._node.count(self._account)
        earlier = list(self._earlier())
        if any(sent.nonce == nonce for one, sent in earlier if one.proof.state is not AnchorState.SUPERSEDED):
            return None  # a later nonce, which a node that lied may have named, waits for this one
        gas, fee, tip = self._terms(digest, [pair for pair in earlier if self._today(pair[0])])
        _, _, raw = self._key.sign_anchor(self._chain, nonce, gas, fee, tip)
        with named():
            signed = read_transaction(raw)
        if signed.data != digest:
            raise AnchorHeadError(
                "the signer signed a newer checkpoint than the one that is published; nothing was sent",
                found=signed.data.hex(),
                expected=digest.hex(),
                advice="run `jinku journal flush`, then this again",
            )
        said = (signed.sender, signed.chain, signed.nonce, signed.gas, signed.max_fee_wei, signed.priority_fee_wei)
        if said != (self._account, self._chain, nonce, gas, fee, tip):
            raise AnchorDigestError(
                "the signer signed another transaction; nothing was sent",
                found=f"0x{signed.sender.hex()}, {said[1:]}",
                expected=f"0x{self._account.hex()}, {(self._chain, nonce, gas, fee, tip)}",
                advice="home and signer must come from one backup; add the source again to pin this signer's account",
            )
        return Proof(AnchorState.PENDING, raw)

    def upgrade(self, digest: bytes, proof: Proof) -> Proof:
        """The same bytes are with the node; with the block's proof once it is deep enough."""
        with named():
            transaction, _ = check(proof.data, b"", digest)
        self._check_network()
        found = self._node.receipt(transaction.hash)
        if found is None:
            return proof if proof.state is AnchorState.SUPERSEDED else self._resent(transaction, proof)
        height, block_hash, place = found
        if self._tip() < height + self._deep:
            return proof
        block = self._node.block(height)
        with told("eth_getBlockByNumber"):
            if data_of(block["hash"], 32) != block_hash:  # the chain was reorganised between the two answers
                return proof
            extra = self._proven(block, block_hash, place)
        with named():
            _, proven = check(proof.data, extra, digest)
        self._check_time(proof, proven.at if proven else None)
        return Proof(AnchorState.COMPLETE, proof.data, extra)

    def _check_time(self, proof: Proof, stood: datetime | None) -> None:
        """The block is of a time between the anchor's making and now: the cheapest lie is an older one."""
        now = self._clock.now_ms()
        made = min((one.created_at_ms for one in self._kept() if one.proof.data == proof.data), default=now)
        at_ms = stood.timestamp() * 1000 if stood else -1
        if not made - _CLOCKS_MS <= at_ms <= now + _CLOCKS_MS:
            raise AnchorTimeError(
                "the node's block is of another time than the anchor",
                found=f"{stood:%F %T} UTC" if stood else "none",
                expected=f"between {made} and {now} ms since 1970, an hour more or less",
                advice="take another node; look whether the clock of this machine is right",
            )

    def _proven(self, block: Mapping[str, Any], wanted: bytes, place: int) -> bytes:
        """The proof of the transaction at this place, of a block whose parts are found to be what its hash says."""
        header = header_of(block)
        if keccak256(header) != wanted:
            raise AnchorHeaderError(
                "the node's block does not have the hash that the node says",
                found=keccak256(header).hex(),
                expected=wanted.hex(),
                advice="take another node; a chain whose headers have fields of their own cannot carry anchors",
            )
        root, extra = block_proof(header, self._raws(block["transactions"]), place)
        with named():
            said, _ = read_header(header)
        if root != said:
            raise AnchorProofError(
                "the node's transactions are not those of its block",
                found=root.hex(),
                expected=said.hex(),
                advice="take another node",
            )
        return extra

    def _resent(self, transaction: Transaction, proof: Proof) -> Proof:
        if self._node.knows(transaction.hash):
            return proof
        tip = self._tip()
        if self._node.count(self._account, max(0, tip - self._deep)) > transaction.nonce:
            return Proof(AnchorState.SUPERSEDED, proof.data)
        try:
            self._node.ask("eth_sendRawTransaction", "0x" + proof.data.hex())
        except AnchorNodeError:
            if not self._node.knows(transaction.hash):  # it had it already, whatever it says
                raise
        return proof

    def verify(self, digest: bytes, proof: Proof) -> Said:
        """What the transaction says, and its block where that is there."""
        with named():
            transaction, block = check(proof.data, proof.extra, digest)
        if (transaction.chain, transaction.sender) != (self._chain, self._account):
            raise AnchorDigestError(
                "the transaction is of another chain or account than is pinned",
                found=f"{transaction.chain}, 0x{transaction.sender.hex()}",
                expected=f"{self._chain}, 0x{self._account.hex()}",
            )
        facts = {"chain": f"eip155:{transaction.chain}", "transaction": f"0x{transaction.hash.hex()}"}
        facts["sender"] = f"0x{transaction.sender.hex()}"
        if block is None:
            state = proof.state if proof.state is AnchorState.SUPERSEDED else AnchorState.PENDING
            return Said(state, None, {**facts, "nonce": str(transaction.nonce)})
        facts |= {"block": str(block.height), "block hash": f"0x{block.hash.hex()}"}
        return Said(AnchorState.COMPLETE, block.at, facts)

    def _check_network(self) -> None:
        found = self._node.network()
        if found != (self._chain, self._genesis):
            raise AnchorNetworkError(
                "the node is on another network; nothing was signed or sent",
                found=f"chain {found[0]}, block 0 {found[1].hex()}",
                expected=f"chain {self._chain}, block 0 {self._genesis.hex()}",
                advice="name a node of that network, or add the source again to mean this one",
            )

    def _earlier(self) -> Iterable[tuple[Anchor, Transaction]]:
        """What the database has of this chain and account, whatever node it was sent to."""
        for one in self._kept():
            with named():
                transaction = read_transaction(one.proof.data)
            if (transaction.chain, transaction.sender) == (self._chain, self._account):
                yield one, transaction

    def _today(self, one: Anchor) -> bool:
        return self._clock.now_ms() - one.created_at_ms < DAY_MS

    def _terms(self, digest: bytes, today: Iterable[tuple[Anchor, Transaction]]) -> tuple[int, int, int]:
        """Gas, fee and tip (wei a unit of gas), within what is left of the day's budget and what the account has."""
        own = "0x" + self._account.hex()
        tip = self._node.quantity("eth_maxPriorityFeePerGas")
        newest = self._node.newest()
        with told("eth_getBlockByNumber"):
            base = quantity_of(newest["baseFeePerGas"])
        asked = {"from": own, "to": own, "data": "0x" + digest.hex()}
        gas = self._node.quantity("eth_estimateGas", asked)
        gas = min(gas + gas // 8, _MAX_GAS)
        left = self._budget_wei - sum(one.gas * one.max_fee_wei for _, one in today)
        least = base + base // 8 + tip  # what the next block may ask
        fee = min(_FEE_ROOM * base + tip, left // gas if gas else 0)
        if fee < least:
            raise AnchorBudgetError(
                "an anchor costs more now than is left of the day's budget",
                found=f"{gas * least} wei",
                expected=f"at most {max(left, 0)} of {self._budget_wei} wei",
                advice="wait, or add the source again with a larger budget",
            )
        if max(fee, tip) >= 1 << 63:
            raise AnchorBudgetError("the node names a fee that no chain has", found=f"{fee} wei", expected="below 2^63")
        balance = self._node.quantity("eth_getBalance", own, "latest")
        if balance < gas * fee:
            raise AnchorFundsError(
                "the account that pays for anchors has too little",
                found=f"{balance} wei at {own}",
                expected=f"{gas * fee} wei or more",
                advice=f"send it some of the coin of chain {self._chain}; it pays for anchors alone",
            )
        return gas, fee, tip

    def _tip(self) -> int:
        return self._node.quantity("eth_blockNumber")

    def _raws(self, told: list[Mapping[str, Any]]) -> list[bytes]:
        """The bytes of each transaction; a block that asks for too many questions or bytes is a lie or not for us."""
        raws: list[bytes] = []
        asked, size, until = 0, 0, self._clock.now_ms() + int(_FEW * self._seconds * 1000)
        for one in told:
            made = transaction_of(one)
            if made is None:
                asked += 1
                if self._clock.now_ms() > until:
                    raise AnchorTimeoutError(
                        "the node is too slow to tell a block",
                        found=counted(asked - 1, "transaction") + " so far",
                        expected=f"all of unknown types within {_FEW * self._seconds:g} s",
                    )
                made = self._node.raw(one["hash"]) if asked <= _MAX_ASKED else b""
            size += len(made)
            if asked > _MAX_ASKED or size > _MAX_BLOCK:
                raise AnchorGarbledError(
                    "the node's block is larger than a block is",
                    found=f"{counted(asked, 'transaction')} of unknown types, {size:,} bytes so far",
                    expected=f"at most {_MAX_ASKED} and {_MAX_BLOCK:,} bytes",
                    advice="take another node; a chain of larger blocks cannot carry anchors",
                )
            raws.append(made)
        return raws


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 30 or str(int(text)) != text:
        raise ValueError(ascii(text)[:40])
    return int(text)
