"""What people, other wallets and time do to the transfers of a simulated world."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sim_peers import SimChain

from jinku.core import AccountId, Approval, ConflictError, Decision, Id, Intent, ManualClock, RefusedError
from jinku.store import Database, Unit
from jinku.transfers import Frozen, Scope, SignedApproval, State, Transfers, Worker

START = 1_700_000_000_000
ACCOUNTS = (
    "cosmos:cosmoshub-4:cosmos1t2uflqwqe0fsj0shcfkrvpukewcw40yjj6hdc0",
    "cosmos:cosmoshub-4:cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4",
    "cosmos:osmosis-1:cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4",
)
EMPTY = "0" * 64


class DeadlyDatabase(Database):
    """The real one; before and after each commit the process may die."""

    fault: Callable[[str], None] | None = None

    @contextmanager
    def unit(self, durable: bool = True) -> Iterator[Unit]:
        with super().unit(durable=False) as unit:  # processes die here, machines do not
            yield unit
            if self.fault is not None:
                self.fault("before a commit")
        if self.fault is not None:
            self.fault("after a commit")


class People:
    """Whoever is no worker."""

    chance: random.Random
    clock: ManualClock
    faults: Counter[str]
    calm: bool
    database: DeadlyDatabase
    chain: SimChain
    service: Transfers
    workers: list[Worker]
    vaults: list[Id]
    intents: list[Intent]
    asked: set[Id]

    def fault(self, kind: str, likely: float) -> bool:
        """Whether it happens now."""
        happens = not self.calm and self.chance.random() < likely
        self.faults[kind] += happens
        return happens

    def happen(self) -> None:
        """One thing from outside."""
        acts = [self.propose] * 4 + [self.approve] * 3 + [self.chain.mine] * 6
        acts += [self.cancel, self.freeze, self.thaw, self.thaw, self.thaw]
        acts += [self.pass_time]
        acts += [self.chain.reorganise, self.chain.forget, self.outside]
        held, self.database.fault = self.database.fault, None
        try:
            self.chance.choice(acts)()
        finally:
            self.database.fault = held

    def propose(self) -> None:
        intent = self.chance.choice(self.intents)
        try:
            self.service.propose(intent, b"initiator")
        except RefusedError:
            return  # over before it was proposed
        self.asked.add(intent.id)

    def approve(self) -> None:
        open_ones = self.service.list(states=frozenset({State.AWAITING_APPROVAL}))
        if open_ones:
            intent = self.chance.choice(open_ones).intent
            reject = self.chance.random() < 0.1 and not self.calm
            decision = Decision.REJECT if reject else Decision.APPROVE
            self.service.approve(intent.id, self.decision(intent, decision))

    def decision(self, intent: Intent, decision: Decision) -> SignedApproval:
        """An approver's, on exactly this intent."""
        digest, bounds = intent.digest().hex(), intent.bounds
        told = (intent.deployment, digest, EMPTY, bounds, EMPTY, decision, bounds.valid_until_ms)
        return SignedApproval(Approval(*told, "ed25519:a1"), b"approver")

    def cancel(self) -> None:
        if self.asked:
            name = self.chance.choice(sorted(self.asked))
            try:
                self.service.cancel(name, on=self.chance.random() < 0.7)
            except ConflictError:
                self.faults["a cancel comes too late"] += 1

    def freeze(self) -> None:
        account = self.chance.choice(ACCOUNTS)
        scopes = [Frozen(Scope.ALL), Frozen(Scope.ACCOUNT, account), Frozen(Scope.VAULT, str(self.vaults[0]))]
        self.faults["a freeze"] += self.service.freeze(self.chance.choice(scopes))

    def thaw(self) -> None:
        for freeze in self.service.freezes():
            self.service.unfreeze(freeze)

    def outside(self) -> None:
        if self.fault("another wallet has the key", 0.1):
            self.chain.outside(AccountId.parse(self.chance.choice(ACCOUNTS)))

    def pass_time(self) -> None:
        due = self.workers[0].next_run_ms()
        until = 500 if due is None else max(due - self.clock.now_ms(), 0)
        self.clock.advance_ms(self.chance.choice([500, 5_000, min(until, 60_000), min(until, 60_000)]))
