"""A chain as a source of anchors, with a key that another library signs by, and a node that lies when it is told to."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from eth_account import Account
from stamping import serving

from anvil_fixture import Anvil
from jinku.core import JinkuError, SystemClock
from jinku.journal.adapters.anchor_evm import EvmChain
from jinku.journal.anchors import Anchor, AnchorKind, Proof
from jinku.ops.anchors import evm_source

GWEI = 10**9


class OwnKey:
    """The signer's two verbs by eth-account; ``digest`` is what its last head has."""

    def __init__(self, digest: bytes = b"") -> None:
        self.account = Account.from_key(secrets.token_bytes(32))
        self.digest = digest or hashlib.sha256(secrets.token_bytes(8)).digest()
        self.signed: list[bytes] = []
        self.change: dict[str, object] = {}

    @property
    def address(self) -> str:
        return str(self.account.address)

    def anchor_address(self) -> bytes:
        return bytes.fromhex(self.address[2:])

    def sign_anchor(
        self, chain_id: int, nonce: int, gas: int, max_fee_wei: int, priority_fee_wei: int
    ) -> tuple[int, bytes, bytes]:
        fields = {
            "type": 2,
            "chainId": chain_id,
            "nonce": nonce,
            "gas": gas,
            "maxFeePerGas": max_fee_wei,
            "maxPriorityFeePerGas": priority_fee_wei,
            "to": self.address,
            "value": 0,
            "data": self.digest,
            **self.change,
        }
        self.signed.append(bytes(self.account.sign_transaction(fields).raw_transaction))
        return 7, bytes(32), self.signed[-1]


@dataclass
class Rig:
    """One source, and what the database would have kept of it."""

    anvil: Anvil
    key: OwnKey
    pins: dict[str, str]
    kept: list[Anchor] = field(default_factory=list)

    def source(self, place: str = "", seconds: float = 60, **pins: object) -> EvmChain:
        """The source, as each run of the command makes it anew."""
        said = {**self.pins, **{name: str(pin) for name, pin in pins.items()}}
        return EvmChain(place or self.anvil.url, said, self.key, lambda: self.kept, SystemClock(), seconds)

    def keep(self, proof: Proof | None, age_ms: int = 0) -> Proof:
        """As the database keeps it; of a proof that stands already the newer one."""
        assert proof is not None
        self.kept = [one for one in self.kept if one.proof.data != proof.data]
        at = SystemClock().now_ms() - age_ms
        self.kept.append(Anchor(7, bytes(32), AnchorKind.EVM, self.anvil.url, proof, at, at))
        return proof

    def sent(self) -> Proof:
        """An anchor that waits at the node."""
        source = self.source()
        proof = self.keep(source.submit(self.key.digest))
        assert source.upgrade(self.key.digest, proof) == proof
        return proof

    def refused(self, code: str, do: Callable[[], object]) -> JinkuError:
        with pytest.raises(JinkuError) as caught:
            do()
        assert caught.value.code == code, caught.value
        return caught.value


def rig_of(anvil: Anvil, confirmations: int = 0) -> Rig:
    """An account with money, and the source as `anchor-add` describes it."""
    key = OwnKey()
    anvil.fund(key.address)
    facts = evm_source(key, anvil.url, 31_337, confirmations=confirmations)
    return Rig(anvil, key, dict(facts.pins))


Lie = Callable[[list[Any], Any], Any]


@dataclass
class Liar:
    """A node between us and a true one: what it answers to a method is changed by the lie that is told for it."""

    url: str
    asked: list[str]
    lies: dict[str, Lie] = field(default_factory=dict)
    raw: dict[str, tuple[int, bytes]] = field(default_factory=dict)  # method: status and body, after the true answer


@contextmanager
def lying(anvil: Anvil) -> Iterator[Liar]:
    opener = build_opener(ProxyHandler({}))

    def answer(_method: str, _path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        question = json.loads(body)
        liar.asked.append(question["method"])
        with opener.open(Request(anvil.url, body, {"Content-Type": "application/json"}), timeout=120) as true:
            data = true.read()
        if question["method"] in liar.raw:
            status, data = liar.raw[question["method"]]
            return status, {}, data
        if question["method"] in liar.lies:
            document = json.loads(data)
            document["result"] = liar.lies[question["method"]](question["params"], document["result"])
            data = json.dumps(document).encode()
        return 200, {}, data

    with serving(answer) as server:
        liar = Liar(server.url, [])
        yield liar
