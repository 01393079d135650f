"""From settings to a chain that can be asked; the family is the one of the chain."""

from __future__ import annotations

from collections.abc import Callable

from jinku.chains.errors import ChainSettingsError
from jinku.chains.evm.chain import EvmChain
from jinku.chains.evm.fees import LEAST_TIP
from jinku.chains.evm.types import EvmRules
from jinku.chains.nodes.endpoint import Endpoint
from jinku.chains.ports import Wire
from jinku.chains.settings import ChainSettings
from jinku.core import Clock, Family

__all__ = ["open_chain"]


def open_chain(settings: ChainSettings, wire: Wire, clock: Clock, random: Callable[[], float]) -> EvmChain:
    """The chain; nothing is asked yet. ``random`` gives 0 to 1 and spreads the rests of endpoints that failed."""
    if settings.chain.family is not Family.EVM:
        raise ChainSettingsError(
            "no endpoints of this family are served yet",
            found=str(settings.chain),
            expected="a chain of eip155",
            advice="take it out of chains.toml",
        )
    rules = EvmRules(
        chain=settings.chain,
        genesis=settings.genesis,
        tags=settings.tags,
        safe_blocks=settings.safe_blocks,
        final_blocks=settings.final_blocks,
        stale_seconds=settings.stale_seconds,
        least_tip=LEAST_TIP if settings.least_tip_wei is None else settings.least_tip_wei,
        decimals=settings.decimals,
    )
    endpoints = [Endpoint(one.name, one.url, wire, settings.timeout_seconds) for one in settings.endpoints]
    return EvmChain(rules, endpoints, settings.quorum, clock, random)
