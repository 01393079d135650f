"""One EVM chain, as the protocol of all families shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from jinku.chains.errors import WrongNetworkError
from jinku.chains.evm import facts as gathering
from jinku.chains.evm import following, planning, sending, simulating
from jinku.chains.evm.fees import BLOCKS, PERCENTILES, dynamic_fee, legacy_price
from jinku.chains.evm.reading import History, hash_of
from jinku.chains.evm.types import EvmFacts, EvmRules
from jinku.chains.nodes.endpoint import Endpoint
from jinku.chains.nodes.pool import Pool
from jinku.chains.types import (
    BroadcastResult,
    Cursor,
    FeeQuote,
    Level,
    Order,
    Signed,
    Simulated,
    Standing,
    TxRef,
    Watched,
)
from jinku.core import AccountId, ChainId, Clock, Intent, JinkuError, Plan
from jinku.net import quantity_of

__all__ = ["EvmChain"]

_LATEST: Final = "latest"


class EvmChain:
    """Implements the port ``Chain``."""

    def __init__(
        self,
        rules: EvmRules,
        endpoints: Sequence[Endpoint],
        quorum: int,
        clock: Clock,
        random: Callable[[], float],
    ) -> None:
        """Nothing is asked yet; ``quorum`` of the endpoints have to agree on what moves money."""
        self.rules = rules
        self._clock = clock
        network = (int(rules.chain.reference), rules.genesis)
        self._pool = Pool(endpoints, quorum, network=network, identify=_network, clock=clock, random=random)

    @property
    def chain(self) -> ChainId:
        """Which."""
        return self.rules.chain

    def check(self) -> tuple[tuple[str, JinkuError | None], ...]:
        """Each endpoint by name, and why it does not serve."""
        return self._pool.check()

    def facts(self, intent: Intent) -> EvmFacts:
        """What a plan of this intent is made by."""
        return gathering.gather(self._pool, self.rules, intent, self._clock)

    def fees(self, level: Level) -> FeeQuote:
        """What to pay now, by the median of what a quorum tells; with a base fee, over the agreed block's."""
        head = gathering.agreed_head(self._pool).value
        if head.base_fee is None:
            prices = self._pool.several(lambda endpoint: endpoint.ask("eth_gasPrice", [], quantity_of))
            return FeeQuote(self.chain, level, legacy_price(level, prices), None, head.ref)
        asked = [hex(BLOCKS), _LATEST, list(PERCENTILES)]
        told = self._pool.several(
            lambda endpoint: endpoint.ask("eth_feeHistory", asked, lambda answer: History.of(answer, len(PERCENTILES)))
        )
        rate, tip = dynamic_fee(level, head.base_fee, told, self.rules.least_tip)
        return FeeQuote(self.chain, level, rate, tip, head.ref)

    def plan(self, intent: Intent, facts: EvmFacts, order: Order) -> Plan:
        """The plan; pure."""
        return planning.plan(self.rules, intent, facts, order)

    def simulate(self, intent: Intent, plan: Plan) -> Simulated:
        """What an endpoint thinks of the plan's own bytes."""
        return simulating.simulate(self._pool, intent, plan)

    def broadcast(self, signed: Signed) -> BroadcastResult:
        """What every endpoint made of the transaction."""
        self._check_ours(signed.chain)
        return sending.broadcast(self._pool, signed)

    def watch(self, cursor: Cursor | None, accounts: AbstractSet[AccountId], limit: int = 32) -> Watched:
        """Up to ``limit`` blocks on from the cursor."""
        self._check_ours(self.chain if cursor is None else cursor.chain)
        return following.watch(self._pool, self.chain, cursor, accounts, limit)

    def finality(self, ref: TxRef) -> Standing:
        """How far the transaction is."""
        self._check_ours(ref.account.chain)
        return following.finality(self._pool, self.rules, ref)

    def _check_ours(self, chain: ChainId) -> None:
        """The same key has the same address, and other nonces, on every chain of the family."""
        if chain != self.chain:
            raise WrongNetworkError("what was given is of another chain", found=chain, expected=self.chain)


def _network(endpoint: Endpoint) -> tuple[int, str]:
    chain = endpoint.ask("eth_chainId", [], lambda told: quantity_of(told, 63))
    return chain, endpoint.ask("eth_getBlockByNumber", ["0x0", False], _genesis)


def _genesis(told: object) -> str:
    if not isinstance(told, dict) or quantity_of(told["number"]) != 0:
        raise ValueError("no block 0")
    return hash_of(told["hash"])
