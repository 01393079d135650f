"""The world around a worker, in memory: chains with pools, blocks and reorganisations, and a signer with slots."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from jinku.chains import slots_of
from jinku.core import AccountId, Id, Intent, ManualClock, Payload, Plan, PlanInput, RefusedError
from jinku.core import Curve as PlanCurve
from jinku.transfers import Answer, Given, Order, Refusal, Request, Sight, Told, Transaction

FINAL_DEPTH = 3
COINS = 6  # outpoints that a UTXO account has


@dataclass(frozen=True)
class Tx:
    id: str
    account: str
    slots: frozenset[str]
    intent: Id | None
    """None: made by somebody else who has the key."""


@dataclass
class SimChain:
    """All chains at once. Accounts on osmosis-1 spend outpoints, the others count nonces."""

    chance: random.Random
    pool: dict[str, Tx] = field(default_factory=dict)
    blocks: list[list[Tx]] = field(default_factory=list)
    reverts: bool = True
    picky: float = 0.1

    def landed(self) -> list[Tx]:
        return [tx for block in self.blocks for tx in block]

    def of_intent(self, intent: Id) -> list[Tx]:
        return [tx for tx in self.landed() if tx.intent == intent]

    def _nonce(self, account: str) -> int:
        return sum(tx.account == account for tx in self.landed())

    def _spent(self, account: str) -> set[str]:
        return {slot for tx in self.landed() if tx.account == account for slot in tx.slots}

    def plan(self, intent: Intent, order: Order) -> Plan:
        account, nonce = str(intent.source), None
        inputs: tuple[PlanInput, ...] = ()
        if by_nonce(intent.source):
            nonce = self._nonce(account)
            while str(nonce) in order.reserved:
                nonce += 1
        else:
            coins = [coin for coin in coins_of(account) if coin not in order.reserved | self._spent(account)]
            if not coins:
                raise RefusedError("no coin is left", code="plan.funds")
            count = self.chance.randint(1, min(2, len(coins)))
            inputs = tuple(PlanInput(coin, 10) for coin in self.chance.sample(coins, count))
        digest = hashlib.sha256(str(order.plan).encode()).hexdigest()
        return Plan(
            id=order.plan,
            deployment=intent.deployment,
            intent_digest=intent.digest().hex(),
            chain=intent.chain,
            nonce=nonce,
            inputs=inputs,
            change=(),
            fee=1,
            anchor=None,
            valid_until_height=None,
            payloads=(Payload(digest, PlanCurve.SECP256K1, "m/44'/118'/0'/0/0"),),
            replaces=None,
            created_at_ms=order.created_at_ms,
        )

    def broadcast(self, transaction: Transaction) -> Told:
        tx = Tx(transaction.id, str(transaction.intent.source), slots_of(transaction.plan), transaction.intent.id)
        assert transaction.raw == tx.id.encode(), "the bytes that were signed"
        if tx.id in self.pool or tx in self.landed():
            return Told(Answer.TAKEN)
        rivals = [other for other in (*self.pool.values(), *self.landed()) if other.account == tx.account]
        if any(other.slots & tx.slots for other in rivals):
            return Told(Answer.REFUSED, "nonce_too_low")
        if self.chance.random() < self.picky:
            return Told(Answer.REFUSED, "underpriced")
        self.pool[tx.id] = tx
        return Told(Answer.TAKEN)

    def look(self, transaction: Transaction) -> Sight:
        slots = slots_of(transaction.plan)
        for depth, block in enumerate(reversed(self.blocks), start=1):
            for tx in block:
                if tx.id == transaction.id:
                    if depth < FINAL_DEPTH:
                        return Sight.INCLUDED
                    return Sight.REVERTED if self.reverts and reverted(tx) else Sight.FINAL
                if tx.account == str(transaction.intent.source) and tx.slots & slots and depth >= FINAL_DEPTH:
                    return Sight.DISPLACED
        return Sight.SEEN if transaction.id in self.pool else Sight.ABSENT

    def mine(self) -> None:
        block: list[Tx] = []
        self.blocks.append(block)
        waiting = sorted(self.pool.values(), key=lambda tx: (tx.account, sorted(tx.slots), tx.id))
        for tx in waiting:
            account = AccountId.parse(tx.account)
            good = tx.slots == {str(self._nonce(tx.account))} if by_nonce(account) else True
            if good and not tx.slots & (self._spent(tx.account) if not by_nonce(account) else set()):
                block.append(self.pool.pop(tx.id))
        self.pool = {key: tx for key, tx in self.pool.items() if not tx.slots & self._spent(tx.account)}

    def reorganise(self) -> None:
        """Blocks that are not final are lost; what was in them waits again, or is forgotten."""
        for _ in range(self.chance.randint(1, FINAL_DEPTH - 1)):
            if self.blocks and len(self.blocks) >= FINAL_DEPTH:
                for tx in self.blocks.pop():
                    if self.chance.random() < 0.7:
                        self.pool[tx.id] = tx
        for _ in range(FINAL_DEPTH - 1):
            self.blocks.append([])

    def forget(self) -> None:
        if self.pool:
            del self.pool[self.chance.choice(sorted(self.pool))]

    def outside(self, account: AccountId) -> None:
        """Another wallet with the same key takes the next nonce, or a coin."""
        slot = str(self._nonce(str(account))) if by_nonce(account) else self.chance.choice(coins_of(str(account)))
        if slot not in self._spent(str(account)):
            tx = Tx(f"outside-{len(self.blocks)}-{slot}", str(account), frozenset({slot}), None)
            self.pool = {
                key: held
                for key, held in self.pool.items()
                if not (held.account == tx.account and held.slots & tx.slots)
            }
            self.blocks.append([tx])


def by_nonce(account: AccountId) -> bool:
    return account.chain.reference != "osmosis-1"


def coins_of(account: str) -> list[str]:
    return [f"{hashlib.sha256(f'{account}{number}'.encode()).hexdigest()}:{number}" for number in range(COINS)]


def reverted(tx: Tx) -> bool:
    """One in sixteen does not do what was asked for."""
    return tx.id.startswith("0")


@dataclass
class SimSigner:
    """Signs what stands as planned in the journal, each slot for one intent; the same plan again in the same bytes."""

    clock: ManualClock
    journaled: Callable[[Id, str], bool]
    """Whether a ``transfer.planned`` entry of this intent and plan digest is committed."""
    slots: dict[tuple[str, str], Id] = field(default_factory=dict)
    signed: dict[Id, str] = field(default_factory=dict)
    by_intent: dict[Id, Id] = field(default_factory=dict)

    def sign(self, request: Request) -> Given | Refusal:
        plan, intent = request.plan, request.intent
        never = plan.id not in self.signed
        assert request.signature == b"initiator", "the initiator's own signature"
        if not self.journaled(intent.id, plan.digest().hex()):
            raise AssertionError(f"a signer is asked for {plan.id}, which does not stand in the journal")
        if never and self.clock.now_ms() > intent.bounds.valid_until_ms:
            return Refusal("evidence.time", retryable=False, never=never)
        keys = [(str(intent.source), slot) for slot in slots_of(plan)]
        taken = [key for key in keys if self.slots.get(key, intent.id) != intent.id]
        assert not taken, f"plans of two transfers with {taken} are put before a signer"
        second = self.by_intent.setdefault(intent.id, plan.id)
        assert second == plan.id, f"two plans of {intent.id} were put before a signer"
        self.slots |= dict.fromkeys(keys, intent.id)
        name = hashlib.sha256(b"tx" + plan.id.bytes16).hexdigest()
        self.signed[plan.id] = name
        return Given(name, name.encode())
