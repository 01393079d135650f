"""Chains: what a transfer has to know of them, its plan, its way to the nodes, and how far it has come.

>>> import json
>>> from jinku.chains import ChainSettings, EndpointSettings, Level, open_chain, survey
>>> from jinku.core import ChainId, ManualClock
>>> zero, one = "0x" + "00" * 32, "0x" + "11" * 32
>>> block = {"number": "0x0", "hash": one, "parentHash": zero, "timestamp": "0x0", "gasLimit": "0x1c9c380"}
>>> block |= {"baseFeePerGas": "0x7"}
>>> history = {"baseFeePerGas": ["0x7", "0x8"], "reward": [["0x1", "0x2", "0x3"]]}
>>> told = {"eth_chainId": "0x7a69", "eth_getBlockByNumber": block, "eth_blockNumber": "0x0", "eth_feeHistory": history}
>>> class Node:
...     def post(self, url, body, limit, seconds):
...         asked = json.loads(body)
...         return json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": told[asked["method"]]}).encode()
>>> endpoints = (EndpointSettings("own", "http://127.0.0.1:8545"),)
>>> settings = ChainSettings(ChainId.parse("eip155:31337"), one, endpoints, quorum=1)
>>> open_chain(settings, Node(), ManualClock(), random=lambda: 0.5).fees(Level.SLOW).rate
1000013
>>> settings = ChainSettings(ChainId.parse("eip155:1"), one, endpoints, quorum=1)
>>> open_chain(settings, Node(), ManualClock(), random=lambda: 0.5).fees(Level.SLOW)  # doctest: +ELLIPSIS
Traceback (most recent call last):
jinku.chains.errors.WrongNetworkError: an endpoint is on another network: found own: 31337 with block 0 0x1111...
>>> survey(latest=5, pending=5, reserved=[5, 7]).next
6

A family implements the port ``Chain``; the bytes are the Rust codec's, the same that the signer runs. No key comes in.
"""

from jinku.chains.errors import (
    ChainSettingsError,
    ChainStaleError,
    ChainUnknownError,
    EndpointBehindError,
    EndpointContradictsError,
    EndpointGarbledError,
    EndpointRefusedError,
    EndpointsDisagreeError,
    EndpointSilentError,
    EndpointsRestError,
    PlanRefusedError,
    ReorgTooDeepError,
    WrongNetworkError,
)
from jinku.chains.evm.nonces import Survey, stuck, survey
from jinku.chains.opening import open_chain
from jinku.chains.ports import Chain, NoAnswer, Wire
from jinku.chains.settings import ChainSettings, EndpointSettings, parse_settings
from jinku.chains.types import (
    BlockRef,
    BlockSeen,
    BroadcastResult,
    Cursor,
    Event,
    Facts,
    FeeQuote,
    Level,
    Limits,
    Order,
    Outcome,
    Refusal,
    Reorged,
    Said,
    Signed,
    Simulated,
    Stage,
    Standing,
    TxRef,
    TxSeen,
    Watched,
    slots_of,
)

__all__ = [
    "BlockRef",
    "BlockSeen",
    "BroadcastResult",
    "Chain",
    "ChainSettings",
    "ChainSettingsError",
    "ChainStaleError",
    "ChainUnknownError",
    "Cursor",
    "EndpointBehindError",
    "EndpointContradictsError",
    "EndpointGarbledError",
    "EndpointRefusedError",
    "EndpointSettings",
    "EndpointSilentError",
    "EndpointsDisagreeError",
    "EndpointsRestError",
    "Event",
    "Facts",
    "FeeQuote",
    "Level",
    "Limits",
    "NoAnswer",
    "Order",
    "Outcome",
    "PlanRefusedError",
    "Refusal",
    "ReorgTooDeepError",
    "Reorged",
    "Said",
    "Signed",
    "Simulated",
    "Stage",
    "Standing",
    "Survey",
    "TxRef",
    "TxSeen",
    "Watched",
    "Wire",
    "WrongNetworkError",
    "open_chain",
    "parse_settings",
    "slots_of",
    "stuck",
    "survey",
]
