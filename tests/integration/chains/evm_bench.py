"""The bench of a real node: Anvil, asked over HTTP; an account of the test's own signs."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from chain_terms import ETHER, an_intent, an_order, signed
from eth_account import Account

from anvil_fixture import CHAIN, Anvil
from jinku.chains import ChainSettings, EndpointSettings, Level, Order, Signed, open_chain
from jinku.chains.adapters.http_wire import HttpWire
from jinku.chains.evm.chain import EvmChain
from jinku.core import ChainId, Intent, Plan, SystemClock

_YEAR_MS = 365 * 24 * 3600 * 1000


class AnvilBench:
    """Implements the protocol ``Bench``."""

    def __init__(self, anvil: Anvil) -> None:
        self.anvil = anvil
        self.key = Account.from_key(secrets.token_bytes(32))
        self.address = str(self.key.address).lower()
        self.clock = SystemClock()
        anvil.fund(self.address)
        anvil.mine()  # a balance that is set counts from the next block on
        genesis = str(anvil("eth_getBlockByNumber", "0x0", False)["hash"])
        self.settings = ChainSettings(
            chain=ChainId.parse(f"eip155:{CHAIN}"),
            genesis=genesis,
            endpoints=(EndpointSettings("anvil", anvil.url),),
            quorum=1,
            timeout_seconds=120,
            stale_seconds=10 * 365 * 24 * 3600,
        )
        self.chain = self.opened()

    def opened(self, **changes: Any) -> EvmChain:
        return open_chain(replace(self.settings, **changes), HttpWire(), self.clock, lambda: 0.5)

    def intent(self, **changes: Any) -> Intent:
        until = self.clock.now_ms() + _YEAR_MS
        return an_intent(**{"amount": ETHER // 1000, "source": self.address, "until": until, **changes})

    def order(self, intent: Intent, **changes: Any) -> Order:
        return an_order(self.chain.fees(Level.NORMAL), at_ms=self.clock.now_ms(), **changes)

    def sign(self, intent: Intent, plan: Plan) -> Signed:
        return signed(intent, plan, self.key)

    def mine(self, count: int = 1) -> None:
        self.anvil.mine(count)

    def finalize(self) -> None:
        self.anvil("anvil_mine", hex(70))  # two epochs of 32 slots, as Anvil counts them

    def reorg(self, depth: int) -> None:
        self.anvil("anvil_reorg", depth, [])

    def drop(self, name: str) -> None:
        self.anvil("anvil_dropTransaction", name)

    def silent(self) -> EvmChain:
        return self.opened(endpoints=(EndpointSettings("nobody", "http://127.0.0.1:9"),))

    def elsewhere(self) -> EvmChain:
        return self.opened(genesis="0x" + "99" * 32)
