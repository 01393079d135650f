"""Anchors, composed: which kinds of sources there are, and the part of a bundle that shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jinku.core import Clock, UsageError
from jinku.journal.adapters.anchor_evm import EvmChain
from jinku.journal.adapters.anchor_ots import Calendar
from jinku.journal.adapters.anchor_rfc3161 import TimeStampAuthority
from jinku.journal.adapters.anchor_rows import SqlAnchorRows
from jinku.journal.adapters.evm_rpc import Node
from jinku.journal.anchors import Anchor, Anchoring, AnchorKind, SourceFacts
from jinku.journal.anchors.errors import AnchorNetworkError
from jinku.journal.anchors.ports import AnchorKey, AnchorRows, AnchorSource

if TYPE_CHECKING:  # it takes a quarter of a second to load; the help of commands is spared it
    from jinku.ops.platform import Platform

__all__ = ["BUDGET_WEI", "CONFIRMATIONS", "Sources", "anchoring_of", "evm_source"]

BUDGET_WEI = 20_000_000_000_000_000  # 0.02 of the chain's coin a day
CONFIRMATIONS = 12


class Sources:
    """Implements the port ``AnchorSources``."""

    def __init__(self, clock: Clock, key: AnchorKey, rows: AnchorRows) -> None:
        """``clock`` is what fresh time stamps are compared with; ``key`` pays on chains, and ``rows`` say for what."""
        self.clock = clock
        self.key = key
        self._rows = rows

    def open(self, facts: SourceFacts) -> AnchorSource:
        """The source that is described."""
        return _MAKERS[facts.kind](self, facts)

    def sent(self) -> list[Anchor]:
        """Every anchor on an EVM chain, whatever its node."""
        return [one for one in self._rows.anchors() if one.kind is AnchorKind.EVM]


_Maker = Callable[[Sources, SourceFacts], AnchorSource]
_MAKERS: dict[AnchorKind, _Maker] = {
    AnchorKind.RFC3161: lambda parts, facts: TimeStampAuthority(facts.place, facts.pins, parts.clock),
    AnchorKind.OTS: lambda _, facts: Calendar(facts.place, facts.pins),
    AnchorKind.EVM: lambda parts, facts: EvmChain(facts.place, facts.pins, parts.key, parts.sent, parts.clock),
}


def anchoring_of(platform: Platform) -> Anchoring:
    """The anchors of an installation's log."""
    journal = platform.journal
    rows = SqlAnchorRows(platform.database)
    sources = Sources(platform.clock, platform.signer, rows)
    return Anchoring(journal.keys.origin, rows, sources, journal.extract, platform.clock)


def evm_source(
    key: AnchorKey,
    place: str,
    chain: int,
    *,
    genesis: str = "",
    budget_wei: int = BUDGET_WEI,
    confirmations: int = CONFIRMATIONS,
) -> SourceFacts:
    """An EVM chain as a source: the signer is asked for its account, the node for its network, and both are pinned.

    AnchorNetworkError when the node is on another chain, or its block 0 has another hash than ``genesis`` (hex).
    """
    found = Node(place).network()
    wanted = genesis.removeprefix("0x").lower() or found[1].hex()
    if found != (chain, _hash(wanted)):
        raise AnchorNetworkError(
            "the node is on another network; nothing was added",
            found=f"chain {found[0]}, block 0 {found[1].hex()}",
            expected=f"chain {chain}, block 0 {wanted}",
            advice="name a node of that network",
        )
    pins = {"account": key.anchor_address().hex(), "budget_wei": str(budget_wei), "chain": str(chain)}
    return SourceFacts(AnchorKind.EVM, place, {**pins, "confirmations": str(confirmations), "genesis": wanted})


def _hash(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise UsageError("the hash of block 0 cannot be read", found=ascii(text)[:80], expected="hex digits") from error
