"""Fees by level, as pure functions: a tip that blocks took lately, over a base fee that may grow for a while."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jinku.chains.evm.reading import History
from jinku.chains.types import Level

__all__ = ["BLOCKS", "LEAST_TIP", "PERCENTILES", "bumped", "dynamic_fee", "grown", "legacy_price", "median"]

BLOCKS: Final = 20
"""So many last blocks are looked at."""
PERCENTILES: Final = (10, 50, 90)
LEAST_TIP: Final = 1_000_000
"""Wei for one gas: below it blocks built by geth leave a transaction out (``miner.gasprice`` of geth since 1.14)."""
_PLACE: Final = {Level.SLOW: 0, Level.NORMAL: 1, Level.FAST: 2}
_FULL_BLOCKS: Final = {Level.SLOW: 3, Level.NORMAL: 6, Level.FAST: 12}
_LEGACY: Final = {Level.SLOW: (1, 1), Level.NORMAL: (9, 8), Level.FAST: (3, 2)}


def median(values: Sequence[int]) -> int:
    """The lower one of the middle; 0 of nothing. One liar among three does not move it beyond what others say."""
    return sorted(values)[(len(values) - 1) // 2] if values else 0


def grown(base_fee: int, blocks: int) -> int:
    """The most that the base fee can be after so many full blocks: an eighth more each time (EIP-1559), rounded up."""
    for _ in range(blocks):
        base_fee += max(1, -(-base_fee // 8))
    return base_fee


def dynamic_fee(level: Level, base_fee: int, told: Sequence[History], least_tip: int = LEAST_TIP) -> tuple[int, int]:
    """(most for a gas, tip of it) in wei.

    ``base_fee`` is that of a block which the quorum agrees on. What endpoints tell of the next one counts within the
    eighth that it can have grown; of tips the median block's of the median endpoint.
    """
    next_base = min(max(base_fee, median([history.next_base for history in told])), grown(base_fee, 1))
    tips = [median(history.tips[_PLACE[level]]) for history in told]
    tip = max(least_tip, median(tips))
    return grown(next_base, _FULL_BLOCKS[level]) + tip, tip


def legacy_price(level: Level, told: Sequence[int]) -> int:
    """Wei for one gas where there is no base fee, by what endpoints advise."""
    more, of = _LEGACY[level]
    return -(-max(1, median(told)) * more // of)


def bumped(price: int) -> int:
    """The least that replaces a transaction of this price in every node's pool: an eighth more, rounded up.

    geth, Erigon, Besu and Nethermind ask for 10 % on both caps, Parity's pool asked for 12.5 %.
    """
    return max(price + 1, -(-price * 9 // 8))
