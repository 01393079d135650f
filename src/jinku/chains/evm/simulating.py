"""What one endpoint thinks of a plan's own bytes before anything is signed."""

from __future__ import annotations

from typing import Any, Final

from jinku import _native
from jinku.chains.errors import EndpointRefusedError
from jinku.chains.evm.calls import opened
from jinku.chains.evm.facts import header
from jinku.chains.evm.reading import Head, word_of
from jinku.chains.nodes.endpoint import Endpoint
from jinku.chains.nodes.pool import Pool
from jinku.chains.types import Simulated
from jinku.core import EvmDetail, Intent, Plan
from jinku.net import data_of, quantity_of

__all__ = ["simulate"]

_BALANCE_OF: Final = "0x70a08231"


def simulate(pool: Pool, intent: Intent, plan: Plan) -> Simulated:
    """What an endpoint says of a call with the plan's own bytes on top of its newest block.

    Of a token of ERC-20 also what its receiver would have more, where the endpoint can tell (``eth_simulateV1``): one
    that takes a fee, or only pretends, does not succeed.
    """
    call = opened(_native.check_plan(intent.to_canonical(), plan.to_canonical())[1])
    asked = call.asked(intent.source.address)
    if isinstance(plan.detail, EvmDetail) and plan.detail.gas_limit:
        asked["gas"] = hex(plan.detail.gas_limit)

    def one(endpoint: Endpoint) -> Simulated:
        head = header(endpoint, "latest")
        try:
            data = endpoint.ask("eth_call", [asked, hex(head.height)], data_of)
        except EndpointRefusedError as error:
            return Simulated(False, str(error.fields["rpc_message"]), head.ref, endpoint.name)
        if intent.asset.namespace != "erc20":
            return Simulated(True, "", head.ref, endpoint.name)
        # What gives back anything has to give back true; many tokens give back nothing.
        if data and int.from_bytes(data) != 1:
            return Simulated(False, "the token answers no", head.ref, endpoint.name)
        return _gain(endpoint, intent, asked, head)

    return pool.first(one)[0]


def _gain(endpoint: Endpoint, intent: Intent, asked: dict[str, str], head: Head) -> Simulated:
    look = {"to": asked["to"], "data": _BALANCE_OF + intent.destination.address[2:].rjust(64, "0")}
    wanted = [{"blockStateCalls": [{"calls": [look, asked, look]}]}, hex(head.height)]
    try:
        gained = endpoint.ask("eth_simulateV1", wanted, _more)
    except EndpointRefusedError:  # many endpoints do not have it
        return Simulated(True, "", head.ref, endpoint.name)
    told = gained == intent.amount or gained is None
    reason = "" if told else f"the destination would have {gained} more, not {intent.amount}"
    return Simulated(told, reason, head.ref, endpoint.name, gained)


def _more(told: Any) -> int | None:
    """The difference of the numbers that the first and the last of three calls give back."""
    [block] = told
    before, made, after = block["calls"]
    if not all(quantity_of(one["status"], 1) for one in (before, made, after)):
        return None
    first, last = word_of(before["returnData"]), word_of(after["returnData"])
    return None if first is None or last is None else last - first
