"""What happens on the chain: new blocks, reorganisations, and how far one transaction is."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from jinku.chains.errors import EndpointBehindError, EndpointRefusedError, PlanRefusedError, ReorgTooDeepError
from jinku.chains.evm.facts import agreed_head, behind, header, newest, pinned
from jinku.chains.evm.reading import Head, Receipt, TxTold
from jinku.chains.evm.sending import knows
from jinku.chains.evm.types import EvmRules
from jinku.chains.nodes.endpoint import LARGE, Endpoint
from jinku.chains.nodes.pool import Pool
from jinku.chains.types import (
    BlockRef,
    BlockSeen,
    Cursor,
    Event,
    Reorged,
    Stage,
    Standing,
    TxRef,
    TxSeen,
    Watched,
)
from jinku.core import AccountId, ChainId
from jinku.net import quantity_of

__all__ = ["REMEMBERED", "finality", "watch"]

REMEMBERED: Final = 128
"""How many blocks a cursor holds: a reorganisation within them is told, a deeper one refused."""


def finality(pool: Pool, rules: EvmRules, ref: TxRef) -> Standing:
    """How far the transaction is, by a quorum that looks at its receipt and its account's nonce at one block."""
    nonce = ref.plan.nonce
    if nonce is None:
        raise PlanRefusedError("the plan is of another family", expected="an EVM plan with a nonce")
    head = agreed_head(pool)
    looked = pool.agree(lambda endpoint: _look(endpoint, head.value, ref, nonce))
    faults = head.faults + looked.faults
    as_of, receipt = head.value.ref, looked.value.receipt
    if receipt is not None:
        stage = _depth(pool, rules, head.value, receipt.block)
        return Standing(stage, as_of, receipt.block, receipt.succeeded, stage is Stage.FINAL, faults)
    if looked.value.used:
        settled = not knows(pool, ref.id) and _is_settled(pool, rules, head.value, ref.account.address, nonce)
        return Standing(Stage.REPLACED, as_of, settled=settled, faults=faults)
    return Standing(Stage.SEEN if knows(pool, ref.id) else Stage.DROPPED, as_of, faults=faults)


@dataclass(frozen=True, slots=True)
class _Looked:
    receipt: Receipt | None
    used: bool


def _look(endpoint: Endpoint, head: Head, ref: TxRef, nonce: int) -> _Looked:
    """As of the head: what came later, another endpoint cannot know yet; nor does a receipt count without its nonce."""
    used = _count(endpoint, ref.account.address, pinned(head)) > nonce
    receipt = endpoint.ask("eth_getTransactionReceipt", [ref.id], lambda told: Receipt.of(told, ref.id))
    if receipt is not None and (receipt.block.height > head.height or not used):
        receipt = None
    return _Looked(receipt, used)


def _count(endpoint: Endpoint, account: str, at: object) -> int:
    return endpoint.ask("eth_getTransactionCount", [account, at], lambda told: quantity_of(told, 63))


def _is_settled(pool: Pool, rules: EvmRules, head: Head, account: str, nonce: int) -> bool:
    """Whether a quorum has the nonce used in final blocks; a node that keeps no state of them does not say so."""
    at = "finalized" if rules.tags else hex(max(0, head.height - rules.final_blocks))

    def one(endpoint: Endpoint) -> int:
        try:
            return _count(endpoint, account, at)
        except EndpointRefusedError:
            return 0

    return pool.reached(one) > nonce


def _depth(pool: Pool, rules: EvmRules, head: Head, block: BlockRef) -> Stage:
    """Included, safe or final, by the tags of a quorum or by blocks on top."""
    if not rules.tags:
        on_top = head.height - block.height
        if on_top >= rules.final_blocks:
            return Stage.FINAL
        return Stage.SAFE if on_top >= rules.safe_blocks else Stage.INCLUDED
    for tag, stage in (("finalized", Stage.FINAL), ("safe", Stage.SAFE)):
        if sum(pool.several(partial(_covers, tag=tag, block=block))) >= pool.quorum:
            return stage
    return Stage.INCLUDED


def _covers(endpoint: Endpoint, tag: str, block: BlockRef) -> bool:
    """Whether the endpoint has the block, and the tag at or above it: the block may be gone since its receipt came."""
    try:
        return header(endpoint, tag).height >= block.height and header(endpoint, hex(block.height)).hash == block.hash
    except (EndpointBehindError, EndpointRefusedError):
        return False  # many have no such tag yet, and say so in either way


def watch(pool: Pool, chain: ChainId, cursor: Cursor | None, accounts: AbstractSet[AccountId], limit: int) -> Watched:
    """What one endpoint has beyond the cursor, up to the height that a quorum has reached.

    All of it is from that endpoint, so that it hangs together; one that lags is passed over.
    """
    names = {account.address for account in accounts if account.chain == chain}
    reached = pool.reached(newest)

    def one(endpoint: Endpoint) -> Watched:
        if cursor is None:
            head = header(endpoint, hex(reached))
            seen = BlockSeen(head.ref, head.at_seconds * 1000)
            return Watched((seen,), Cursor(chain, (head.ref,)))
        return _onwards(endpoint, cursor, names, reached, limit)

    return pool.first(one)[0]


def _onwards(endpoint: Endpoint, cursor: Cursor, names: AbstractSet[str], reached: int, limit: int) -> Watched:
    kept, events = _still(endpoint, cursor, reached)
    for height in range(kept[-1].height + 1, min(reached, kept[-1].height + limit) + 1):
        found = endpoint.ask("eth_getBlockByNumber", [hex(height), True], partial(_block, height=height), LARGE)
        if found is None or found[0].parent != kept[-1].hash:
            if not events:
                raise behind(endpoint, hex(height))
            break  # it is late, or was reorganised while we read: the next watch sees how
        head, transactions = found
        kept.append(head.ref)
        events.append(BlockSeen(head.ref, head.at_seconds * 1000))
        events += [_seen(cursor.chain, head.ref, one, names) for one in transactions if names & one.sides]
    return Watched(tuple(events), Cursor(cursor.chain, tuple(kept[-REMEMBERED:])))


def _still(endpoint: Endpoint, cursor: Cursor, reached: int) -> tuple[list[BlockRef], list[Event]]:
    """The cursor's blocks that the endpoint has, and the reorganisation that took the others.

    Where the quorum is only behind, nothing is taken: the block that it has reached is one of ours, or older.
    """
    oldest = cursor.blocks[0]
    if reached < oldest.height:
        return list(cursor.blocks), []
    for place in range(len(cursor.blocks) - 1, -1, -1):
        block = cursor.blocks[place]
        if block.height > reached or header(endpoint, hex(block.height)).hash != block.hash:
            continue
        lost = cursor.blocks[place + 1 :]
        if not lost or block.height == reached:
            return list(cursor.blocks), []
        return list(cursor.blocks[: place + 1]), [Reorged(block, lost[::-1])]
    raise ReorgTooDeepError(
        "the chain was reorganised deeper than the cursor remembers",
        found=f"{endpoint.name} has none of its blocks {oldest.height} to {cursor.tip.height}",
        expected="one of them",
        advice="find out whether that endpoint lies; then reconcile, and begin a new cursor",
        fields={"endpoint": endpoint.name},
    )


def _block(told: Any, height: int) -> tuple[Head, list[TxTold]] | None:
    if told is None:
        return None
    if not isinstance(told, Mapping) or not isinstance(told["transactions"], list):
        raise TypeError("no block")
    head, transactions = Head.of(told), [TxTold.of(one) for one in told["transactions"]]
    if head.height != height or len({one.id for one in transactions}) < len(transactions):
        raise ValueError(f"not block {height}, or a transaction twice")
    return head, transactions


def _seen(chain: ChainId, block: BlockRef, told: TxTold, names: AbstractSet[str]) -> TxSeen:
    accounts = frozenset(AccountId(chain, name) for name in names & told.sides)
    if told.sender not in names:
        return TxSeen(told.id, block, accounts, None, frozenset())
    return TxSeen(told.id, block, accounts, AccountId(chain, told.sender), frozenset({str(told.nonce)}))
