"""An EVM chain in memory, and nodes of it that implement the port ``Wire``: true, late, lying, cut short or silent."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jinku import _native
from jinku.chains import NoAnswer
from jinku.chains.evm import calls

CHAIN = 31_337
GENESIS_SECONDS = 1_700_000_000
GWEI = 10**9
TRANSFER, BALANCE_OF, DECIMALS = "a9059cbb", "70a08231", "313ce567"


@dataclass
class Account:
    nonce: int = 0
    balance: int = 0
    code: str = "0x"
    decimals: int | None = None
    holders: dict[str, int] = field(default_factory=dict)


@dataclass
class Block:
    height: int
    hash: str
    parent: str
    accounts: dict[str, Account]
    transactions: list[dict[str, Any]]


@dataclass
class Waiting:
    id: str
    sender: str
    nonce: int
    call: calls.Call
    fees: tuple[int, int]


class World:
    """The truth: blocks with the state after each, and one pool. ``base_fee`` None makes it a chain before EIP-1559."""

    def __init__(self, base_fee: int | None = 10 * GWEI) -> None:
        self.base_fee = base_fee
        self.pool: dict[str, Waiting] = {}
        self.accounts: dict[str, Account] = {}
        self.salt = 0
        self.blocks: list[Block] = []
        self.finalized: int | None = None
        self.safe: int | None = None
        self._add([])

    def account(self, address: str) -> Account:
        return self.accounts.setdefault(address, Account())

    def token(self, address: str, decimals: int | None = 6, **holders: int) -> None:
        self.accounts[address] = Account(code="0x60", decimals=decimals, holders=dict(holders))

    def mine(self, count: int = 1) -> None:
        for _ in range(count):
            done = []
            for one in sorted(self.pool.values(), key=lambda one: one.nonce):
                if self.account(one.sender).nonce == one.nonce:
                    self._do(one)
                    done.append(one)
            for one in done:
                del self.pool[one.id]
            self._add(done)

    def reorg(self, depth: int, keep: bool = True) -> None:
        """The last blocks are replaced by as many others; their transactions wait again, or are lost."""
        lost, self.blocks = self.blocks[-depth:], self.blocks[:-depth]
        self.accounts = copy.deepcopy(self.blocks[-1].accounts)
        self.salt += 1
        for block in lost:
            if keep:
                self.pool.update({one["hash"]: one["waiting"] for one in block.transactions})
        for _ in lost:
            self._add([])

    def take(self, raw: bytes) -> str:
        account, unsigned, name = _native.open_transaction(f"eip155:{CHAIN}", raw)
        sender, items = account.rpartition(":")[2], calls._items(unsigned[1:] if unsigned[0] < 0xC0 else unsigned)
        typed = unsigned[0] < 0xC0
        nonce = int.from_bytes(items[1 if typed else 0])
        tip, fee = (int.from_bytes(one) for one in (items[2:4] if typed else items[1:2] * 2))
        if name in self.pool:
            raise NodeSaysNoError("already known")
        if nonce < self.account(sender).nonce:
            raise NodeSaysNoError("nonce too low: next nonce 1, tx nonce 0")
        old = next((one for one in self.pool.values() if (one.sender, one.nonce) == (sender, nonce)), None)
        if old is not None:
            if fee * 10 < old.fees[1] * 11 or tip * 10 < old.fees[0] * 11:
                raise NodeSaysNoError("replacement transaction underpriced")
            del self.pool[old.id]
        call = calls.opened(unsigned)
        if self.account(sender).balance < call.value:
            raise NodeSaysNoError("insufficient funds for gas * price + value")
        self.pool[name] = Waiting(name, sender, nonce, call, (tip, fee))
        return name

    def _do(self, one: Waiting) -> None:
        sender, to = self.account(one.sender), self.account(one.call.to)
        sender.nonce += 1
        sender.balance -= one.call.value
        to.balance += one.call.value
        if one.call.data.startswith("0x" + TRANSFER):
            receiver, amount = "0x" + one.call.data[34:74], int(one.call.data[74:], 16)
            to.holders[one.sender] = to.holders.get(one.sender, 0) - amount
            to.holders[receiver] = to.holders.get(receiver, 0) + amount

    def _add(self, done: list[Waiting]) -> None:
        height = len(self.blocks)
        parent = self.blocks[-1].hash if self.blocks else "0x" + "00" * 32
        said = f"{height} {parent} {self.salt} {[one.id for one in done]}"
        name = "0x" + hashlib.sha256(said.encode()).hexdigest()
        rows = [
            {"hash": one.id, "from": one.sender, "to": one.call.to, "nonce": hex(one.nonce), "waiting": one}
            for one in done
        ]
        self.blocks.append(Block(height, name, parent, copy.deepcopy(self.accounts), rows))


class NodeSaysNoError(Exception):
    """What a node says no with."""


Lie = Callable[[list[Any], Any], Any]


@dataclass
class Node:
    """One node of the world. Each fault is set by the test that wants it."""

    world: World
    chain: int = CHAIN
    genesis: str | None = None
    behind: int = 0
    silent: bool = False
    deaf_after: str | None = None  # does what this method asks, and its answer is lost
    lies: dict[str, Lie] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)
    refuses: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, body: bytes) -> bytes | NoAnswer:
        asked = json.loads(body)
        method, params = asked["method"], asked["params"]
        self.asked.append(method)
        if self.silent:
            return NoAnswer("no whole answer in time")
        document: dict[str, Any] = {"jsonrpc": "2.0", "id": asked["id"]}
        try:
            document["result"] = self._verb(method)(*params)
        except NodeSaysNoError as error:
            document["error"] = {"code": -32000, "message": str(error)}
        if method == self.deaf_after:
            return NoAnswer("no whole answer in time")
        if method in self.raw:
            return self.raw[method]
        if method in self.lies:
            document["result"] = self.lies[method](params, document.get("result"))
        return json.dumps(document).encode()

    def _verb(self, method: str) -> Callable[..., Any]:
        if method in self.refuses:
            raise NodeSaysNoError(self.refuses[method])
        found: Callable[..., Any] = getattr(self, re.sub("[A-Z]", lambda one: f"_{one[0].lower()}", method))
        return found

    @property
    def blocks(self) -> list[Block]:
        return self.world.blocks[: len(self.world.blocks) - self.behind]

    def _at(self, which: Any) -> Block:
        if isinstance(which, dict):
            found = next((block for block in self.blocks if block.hash == which["blockHash"]), None)
            if found is None:
                raise NodeSaysNoError("header not found")
            return found
        height = self._height(which)
        return self.blocks[0 if height is None else height]

    def _height(self, which: str) -> int | None:
        tags = {"finalized": self.world.finalized, "safe": self.world.safe}
        return tags[which] if which in tags else len(self.blocks) - 1 if which[0] != "0" else int(which, 16)

    def eth_chain_id(self) -> str:
        return hex(self.chain)

    def eth_block_number(self) -> str:
        return hex(self.blocks[-1].height)

    def eth_get_block_by_number(self, which: str, full: bool) -> Any:
        height = self._height(which)
        if height is None or height >= len(self.blocks):
            return None
        block = self.blocks[height]
        told = {
            "number": hex(height),
            "hash": self.genesis or block.hash if height == 0 else block.hash,
            "parentHash": block.parent,
            "timestamp": hex(GENESIS_SECONDS + 12 * height),
            "gasLimit": hex(30_000_000),
            "transactions": [
                {name: value for name, value in one.items() if name != "waiting"} if full else one["hash"]
                for one in block.transactions
            ],
        }
        return told if self.world.base_fee is None else {**told, "baseFeePerGas": hex(self.world.base_fee)}

    def eth_get_balance(self, address: str, which: Any) -> str:
        return hex(self._at(which).accounts.get(address, Account()).balance)

    def eth_get_code(self, address: str, which: Any) -> str:
        return self._at(which).accounts.get(address, Account()).code

    def eth_get_transaction_count(self, address: str, which: Any) -> str:
        count = self._at(which).accounts.get(address, Account()).nonce
        if which == "pending":
            waiting = {one.nonce for one in self.world.pool.values() if one.sender == address}
            while count in waiting:
                count += 1
        return hex(count)

    def eth_call(self, call: dict[str, str], which: Any) -> str:
        found = self._at(which).accounts.get(call["to"], Account())
        data = call.get("data", "0x")[2:]
        if data.startswith(DECIMALS):
            if found.decimals is None:
                raise NodeSaysNoError("execution reverted")
            return f"0x{found.decimals:064x}"
        if data.startswith(BALANCE_OF):
            return f"0x{found.holders.get('0x' + data[32:72], 0):064x}" if found.code != "0x" else "0x"
        if data.startswith(TRANSFER):
            self.eth_estimate_gas(call)
            return f"0x{1:064x}"
        return "0x"

    def eth_simulate_v1(self, wanted: dict[str, Any], which: str) -> Any:
        [look, call, _] = wanted["blockStateCalls"][0]["calls"]
        true, moved = int(self.eth_call(look, which), 16), int(call["data"][74:], 16)
        told = [f"0x{true:064x}", f"0x{1:064x}", f"0x{true + moved:064x}"]
        return [{"calls": [{"status": "0x1", "returnData": one, "logs": [], "gasUsed": "0x1"} for one in told]}]

    def eth_estimate_gas(self, call: dict[str, str]) -> str:
        data = call.get("data", "0x")[2:]
        holders = self.world.account(call["to"]).holders
        if data.startswith(TRANSFER) and holders.get(call["from"], 0) < int(data[72:], 16):
            raise NodeSaysNoError("execution reverted: balance")
        return hex(50_000)

    def eth_fee_history(self, count: str, _newest: str, percentiles: list[int]) -> Any:
        base = hex(self.world.base_fee or 0)
        row = [hex(GWEI * (at + 1)) for at in range(len(percentiles))]
        return {"baseFeePerGas": [base] * 4, "reward": [row] * 3, "oldestBlock": "0x0", "gasUsedRatio": [0.5] * 3}

    def eth_gas_price(self) -> str:
        return hex(8 * GWEI)

    def eth_send_raw_transaction(self, raw: str) -> str:
        return self.world.take(bytes.fromhex(raw[2:]))

    def eth_get_transaction_by_hash(self, name: str) -> Any:
        mined = [one["hash"] for block in self.blocks for one in block.transactions]
        return {"hash": name} if name in mined or name in self.world.pool else None

    def eth_get_transaction_receipt(self, name: str) -> Any:
        for block in self.blocks:
            if any(one["hash"] == name for one in block.transactions):
                place = {"blockNumber": hex(block.height), "blockHash": block.hash}
                return {"transactionHash": name, "status": "0x1", **place}
        return None


class Wires:
    """The port ``Wire`` to nodes by the host of their URL."""

    def __init__(self, **nodes: Node) -> None:
        self.nodes = nodes

    def post(self, url: str, body: bytes, limit: int, seconds: float) -> bytes | NoAnswer:
        answer = self.nodes[url.removeprefix("http://")].answer(body)
        return NoAnswer("too much") if isinstance(answer, bytes) and len(answer) > limit else answer
