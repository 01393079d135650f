"""Intents, orders and signatures for the tests of chains; the key is a test's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from chain_world import CHAIN, GENESIS_SECONDS, Node, Wires, World
from eth_account import Account

from jinku import _native
from jinku.chains import ChainSettings, EndpointSettings, FeeQuote, Level, Order, Signed, TxRef, open_chain
from jinku.chains.evm.chain import EvmChain
from jinku.core import (
    AccountId,
    AssetId,
    Bounds,
    ChainId,
    Id,
    Intent,
    IntentKind,
    JinkuError,
    ManualClock,
    Plan,
)

KEY = Account.from_key(b"\x07" * 32)
OURS = KEY.address.lower()
THEIRS = "0x" + "aa" * 20
TOKEN = "0x" + "cc" * 20
NOW = GENESIS_SECONDS * 1000
COIN = AssetId.parse(f"eip155:{CHAIN}/slip44:60")
ETHER = 10**18


def an_id(tail: int) -> Id:
    return Id.from_parts(NOW, tail)


def an_intent(amount: int = ETHER, to: str = THEIRS, asset: str = "slip44:60", **changes: Any) -> Intent:
    chain = changes.pop("chain", f"eip155:{CHAIN}")
    bounds = Bounds(
        max_fee=changes.pop("max_fee", ETHER), valid_until_ms=changes.pop("until", NOW * 2), replaceable=True
    )
    return Intent(
        id=an_id(changes.pop("tail", 1)),
        deployment=an_id(2),
        kind=changes.pop("kind", IntentKind.TRANSFER),
        vault=an_id(3),
        source=AccountId.parse(f"{chain}:{changes.pop('source', OURS)}"),
        destination=AccountId.parse(f"{chain}:{to}"),
        asset=AssetId.parse(f"{chain}/{asset}"),
        amount=amount,
        bounds=bounds,
        initiator="ed25519:7f4c",
        reason_commitment=None,
        idempotency_key="order-1",
        created_at_ms=NOW - 1000,
    )


def an_order(fee: FeeQuote, tail: int = 10, at_ms: int = NOW, **changes: Any) -> Order:
    return Order(plan=an_id(tail), created_at_ms=at_ms, path="m/44'/60'/0'/0/0", fee=fee, **changes)


def signed(intent: Intent, plan: Plan, key: Any = KEY) -> Signed:
    """As a signer would: over the digest of the plan's payload."""
    account, unsigned, _ = _native.check_plan(intent.to_canonical(), plan.to_canonical())
    made = key.unsafe_sign_hash(bytes.fromhex(plan.payloads[0].digest))
    compact = made.r.to_bytes(32, "big") + made.s.to_bytes(32, "big")
    raw, name = _native.attach_signatures(account, unsigned, [(compact, made.v - 27)])
    return Signed(intent.chain, intent.source, name, raw)


def ref_of(intent: Intent, plan: Plan, sent: Signed) -> TxRef:
    return TxRef(sent.id, intent.source, plan)


class Rig:
    """A world with three nodes, two of which have to agree, and the chain that asks them."""

    def __init__(self, nodes: int = 3, **changes: Any) -> None:
        self.world = World(changes.pop("base_fee", 10 * 10**9))
        self.world.account(OURS).balance = 10 * ETHER
        self.world.mine()
        self.nodes = [Node(self.world) for _ in range(nodes)]
        self.clock = ManualClock(NOW)
        names = ["one", "two", "three", "four", "five"][:nodes]
        settings = ChainSettings(
            chain=ChainId.parse(f"eip155:{CHAIN}"),
            genesis=self.world.blocks[0].hash,
            endpoints=tuple(EndpointSettings(name, f"http://{name}") for name in names),
            quorum=nodes // 2 + 1,
        )
        self.settings = replace(settings, **changes)
        self.wires = Wires(**dict(zip(names, self.nodes, strict=True)))
        self.chain = self.opened()

    def opened(self) -> EvmChain:
        return open_chain(self.settings, self.wires, self.clock, lambda: 0.5)

    def planned(self, intent: Intent, **changes: Any) -> Plan:
        facts = self.chain.facts(intent)
        return self.chain.plan(intent, facts, an_order(self.chain.fees(Level.NORMAL), **changes))

    def sent(self, intent: Intent, **changes: Any) -> TxRef:
        plan = self.planned(intent, **changes)
        made = signed(intent, plan)
        assert self.chain.broadcast(made).outcome == "accepted"
        return ref_of(intent, plan, made)


def refused(code: str, do: Callable[[], object]) -> JinkuError:
    with pytest.raises(JinkuError) as caught:
        do()
    assert caught.value.code == code, caught.value
    return caught.value


def changed(name: str, value: object) -> Any:
    """A lie about one member of an object."""
    return lambda _, true: {**true, name: value}


def document(result: object, number: int = 1) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "result": result}).encode()


def order_of(rig: Rig, **changes: Any) -> Order:
    return an_order(rig.chain.fees(Level.NORMAL), **changes)


def why(rig: Rig, intent: Intent, code: str, **changes: Any) -> None:
    facts = rig.chain.facts(intent)
    error = refused(code, lambda: rig.chain.plan(intent, facts, order_of(rig, **changes)))
    assert error.exit_code == 3
    assert error.expected
    assert not error.retryable
