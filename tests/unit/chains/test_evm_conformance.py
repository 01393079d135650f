"""The EVM family conforms, on a chain in memory with three nodes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from chain_terms import ETHER, NOW, Rig, an_intent, an_order, signed

from chain_conformance import Conformance
from jinku.chains import Level, Order, Signed
from jinku.chains.evm.chain import EvmChain
from jinku.core import Intent, Plan


class MemoryBench:
    """Implements the protocol ``Bench``."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.chain = self.rig.chain

    def intent(self, **changes: Any) -> Intent:
        return an_intent(**{"amount": ETHER // 1000, **changes})

    def order(self, intent: Intent, **changes: Any) -> Order:
        return an_order(self.chain.fees(Level.NORMAL), at_ms=NOW, **changes)

    def sign(self, intent: Intent, plan: Plan) -> Signed:
        return signed(intent, plan)

    def mine(self, count: int = 1) -> None:
        self.rig.world.mine(count)

    def finalize(self) -> None:
        self.rig.world.finalized = len(self.rig.world.blocks) - 1

    def reorg(self, depth: int) -> None:
        self.rig.world.reorg(depth)

    def drop(self, name: str) -> None:
        del self.rig.world.pool[name]

    def silent(self) -> EvmChain:
        for node in self.rig.nodes:
            node.silent = True
        return self.rig.opened()

    def elsewhere(self) -> EvmChain:
        self.rig.settings = replace(self.rig.settings, genesis="0x" + "99" * 32)
        return self.rig.opened()


@pytest.fixture
def bench() -> MemoryBench:
    return MemoryBench()


class TestInMemory(Conformance):
    """With the fixture of this module."""
