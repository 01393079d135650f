"""The facts of an intent: what moves money by the quorum at one block, the estimate by the middle of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from jinku.chains.errors import ChainStaleError, EndpointBehindError, EndpointRefusedError
from jinku.chains.evm.calls import Call, call_of
from jinku.chains.evm.reading import Code, Head, address_of, code_of, word_of
from jinku.chains.evm.types import EvmFacts, EvmRules
from jinku.chains.nodes.endpoint import Endpoint
from jinku.chains.nodes.pool import Agreed, Pool
from jinku.core import AssetId, Clock, Intent, IntentKind
from jinku.net import JsonValue, quantity_of

__all__ = ["agreed_head", "behind", "gather", "header", "newest", "pinned"]

_BALANCE_OF: Final = "0x70a08231"
_BALANCE_OF_ID: Final = "0x00fdd58e"
_OWNER_OF: Final = "0x6352211e"
_DECIMALS: Final = "0x313ce567"
PLAIN_GAS: Final = 21_000
"""What a transfer of the coin to an account without code takes, exactly."""
DELEGATION_GAS: Final = 46_000
"""What a transaction with one authorisation takes: 21,000 and 25,000 (EIP-7702)."""
_REVERTED: Final = 3  # the code of a refusal by the contract itself


@dataclass(frozen=True, slots=True)
class _State:
    """What a quorum has to agree on, read from one endpoint at one block."""

    nonce: int
    coin: int
    balance: int | None
    source_code: Code
    destination_code: Code
    token_code: Code | None
    decimals: int | None


def header(endpoint: Endpoint, which: str) -> Head:
    """The header at a height (a quantity) or tag; EndpointBehindError where the endpoint has none there."""

    def read(told: object) -> Head | None:
        head = None if told is None else Head.of(told)
        if head is not None and which.startswith("0x") and head.height != int(which, 16):
            raise ValueError(f"block {head.height} in place of {int(which, 16)}")
        return head

    found = endpoint.ask("eth_getBlockByNumber", [which, False], read)
    if found is None:
        raise behind(endpoint, which)
    return found


def behind(endpoint: Endpoint, which: str) -> EndpointBehindError:
    """That the endpoint has no such block."""
    return EndpointBehindError(
        "an endpoint is behind",
        found=f"{endpoint.name} has no block {which} on what was told before",
        expected="a block that others have",
        advice="try again; if it stays so, look whether that node follows the chain",
        fields={"endpoint": endpoint.name},
    )


def newest(endpoint: Endpoint) -> int:
    """The height of its newest block."""
    return endpoint.ask("eth_blockNumber", [], lambda told: quantity_of(told, 63))


def pinned(head: Head) -> dict[str, object]:
    """A block as a parameter: by its hash, and only while it is in the endpoint's chain (EIP-1898)."""
    return {"blockHash": head.hash, "requireCanonical": True}


def agreed_head(pool: Pool) -> Agreed[Head]:
    """The newest block that a quorum has and describes alike."""
    height = hex(pool.reached(newest))
    return pool.agree(lambda endpoint: header(endpoint, height))


def gather(pool: Pool, rules: EvmRules, intent: Intent, clock: Clock) -> EvmFacts:
    """The facts of this intent now."""
    is_delegation = intent.kind is IntentKind.DELEGATE
    call = None if is_delegation else call_of(intent)
    head = agreed_head(pool)
    now_ms = clock.now_ms()
    _check_age(head.value, rules, now_ms)
    state = pool.agree(lambda endpoint: _state(endpoint, head.value, intent))
    source = intent.source.address
    pending = pool.reached(lambda endpoint: _quantity(endpoint, "eth_getTransactionCount", source, "pending", bits=63))
    gas, reverts = DELEGATION_GAS, None
    if call is not None:
        gas, reverts = _estimate(pool, state.value, call, source)
    return EvmFacts(
        intent_digest=intent.digest().hex(),
        at=head.value.ref,
        taken_at_ms=now_ms,
        balance=state.value.coin if _is_coin(intent.asset) else state.value.balance or 0,
        coin=state.value.coin,
        by=state.by,
        faults=head.faults + state.faults,
        nonce=state.value.nonce,
        source_code=state.value.source_code,
        destination_code=state.value.destination_code,
        token_code=state.value.token_code,
        decimals=state.value.decimals,
        base_fee=head.value.base_fee,
        block_gas=head.value.gas_limit,
        pending=max(state.value.nonce, pending),
        gas=gas,
        reverts=reverts,
    )


def _check_age(head: Head, rules: EvmRules, now_ms: int) -> None:
    age = now_ms // 1000 - head.at_seconds
    if rules.stale_seconds is not None and abs(age) > rules.stale_seconds:
        raise ChainStaleError(
            "the newest block is not of now",
            found=f"block {head.height}, {age} s old",
            expected=f"at most {rules.stale_seconds} s from this machine's clock",
            advice="look whether the endpoints follow the chain, and whether this machine's clock is right",
        )


def _is_coin(asset: AssetId) -> bool:
    return asset.namespace == "slip44"


def _state(endpoint: Endpoint, head: Head, intent: Intent) -> _State:
    source, at = intent.source.address, pinned(head)
    token_code = balance = decimals = None
    if not _is_coin(intent.asset):
        contract = intent.asset.reference.partition("/")[0]
        token_code = endpoint.ask("eth_getCode", [contract, at], code_of)
        balance = _token_balance(endpoint, intent.asset, contract, source, at)
        if intent.asset.namespace == "erc20":
            decimals = _called(endpoint, contract, _DECIMALS, at, word_of)
    return _State(
        nonce=_quantity(endpoint, "eth_getTransactionCount", source, at, bits=63),
        coin=_quantity(endpoint, "eth_getBalance", source, at),
        balance=balance,
        source_code=endpoint.ask("eth_getCode", [source, at], code_of),
        destination_code=endpoint.ask("eth_getCode", [intent.destination.address, at], code_of),
        token_code=token_code,
        decimals=decimals,
    )


def _token_balance(endpoint: Endpoint, asset: AssetId, contract: str, source: str, at: object) -> int | None:
    """Of the token at the source; 1 or 0 of one that is one of a kind; None where the contract does not say."""
    owner, token = source[2:].rjust(64, "0"), int(asset.reference.partition("/")[2] or "0")
    if asset.namespace == "erc721":
        told = _called(endpoint, contract, f"{_OWNER_OF}{token:064x}", at, word_of)
        return None if told is None else int(f"0x{told:040x}" == address_of(source))
    data = f"{_BALANCE_OF}{owner}" if asset.namespace == "erc20" else f"{_BALANCE_OF_ID}{owner}{token:064x}"
    return _called(endpoint, contract, data, at, word_of)


def _called(
    endpoint: Endpoint, contract: str, data: str, at: object, read: Callable[[JsonValue], int | None]
) -> int | None:
    """What a contract answers; None where it reverts."""
    try:
        return endpoint.ask("eth_call", [{"to": contract, "data": data}, at], read)
    except EndpointRefusedError as error:
        if _is_revert(error):
            return None
        raise


def _is_revert(error: EndpointRefusedError) -> bool:
    said = str(error.fields["rpc_message"]).lower()
    return error.fields["rpc_code"] == _REVERTED or "revert" in said or "invalid opcode" in said


def _quantity(endpoint: Endpoint, method: str, account: str, at: object, bits: int = 256) -> int:
    return endpoint.ask(method, [account, at], lambda told: quantity_of(told, bits))


def _estimate(pool: Pool, state: _State, call: Call, source: str) -> tuple[int, str | None]:
    """The gas that the call takes, and why it would fail where no quorum says that it succeeds.

    Of estimates the middle one, the upper of two: what is too much is not paid, what is too little is lost. Nobody is
    asked what a plain transfer takes.
    """
    if call.data == "0x" and state.destination_code is Code.NONE:
        return PLAIN_GAS, None

    def one(endpoint: Endpoint) -> tuple[int, str | None]:
        try:
            return endpoint.ask("eth_estimateGas", [call.asked(source)], _gas), None
        except EndpointRefusedError as error:
            if _is_revert(error) or "insufficient" in str(error.fields["rpc_message"]).lower():
                return PLAIN_GAS, str(error.fields["rpc_message"])
            raise

    told = pool.several(one)
    fine = sorted(gas for gas, reverts in told if reverts is None)
    if len(fine) < pool.quorum:
        return next(one for one in told if one[1] is not None)
    return fine[len(fine) // 2], None


def _gas(told: object) -> int:
    gas = quantity_of(told, 63)
    if gas < PLAIN_GAS:
        raise ValueError(f"{gas} gas, less than any transaction takes")
    return gas
