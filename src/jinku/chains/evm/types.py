"""What the EVM family adds to the words of all: its facts, and how its chain is described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from jinku.chains.evm.fees import LEAST_TIP
from jinku.chains.evm.reading import Code
from jinku.chains.types import Facts
from jinku.core import AssetId, ChainId

__all__ = ["BLANK_DIGEST", "EvmFacts", "EvmRules"]

BLANK_DIGEST: Final = "00" * 32


@dataclass(frozen=True, slots=True)
class EvmRules:
    """How an EVM chain is to be taken. ``genesis`` is the hash of its block 0.

    Where ``tags`` holds, ``safe`` and ``finalized`` of the node decide on finality; else blocks on top.
    """

    chain: ChainId
    genesis: str
    tags: bool = True
    safe_blocks: int = 12
    final_blocks: int = 64
    stale_seconds: int | None = 600
    """How old the newest block may be; None: any age."""
    least_tip: int = LEAST_TIP
    decimals: Mapping[AssetId, int] = field(default_factory=dict)
    """What is said of tokens; a token that says otherwise on chain is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvmFacts(Facts):
    """Facts of an intent on an EVM chain, at one block; what is of now, and not of that block, stands at the end."""

    nonce: int
    """How many transactions of the source stand in blocks."""
    source_code: Code
    destination_code: Code
    token_code: Code | None
    """Of the token's contract; None where the coin moves."""
    decimals: int | None
    """That the token's contract claims."""
    base_fee: int | None
    block_gas: int
    pending: int
    """How many there are with those that wait in the pools of a quorum, one behind the other."""
    gas: int
    """What the transaction takes, by the middle of the estimates."""
    reverts: str | None
    """Why it would fail, as one endpoint says; None where a quorum says that it would not."""
