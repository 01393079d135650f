"""A seeded world: the real store, service and workers, and around them everything that can go wrong."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from threading import RLock
from typing import TypeVar, cast

from sim_peers import SimChain, SimSigner
from sim_people import ACCOUNTS, START, DeadlyDatabase, People

from jinku.core import (
    AccountId,
    AssetId,
    Bounds,
    Decision,
    Id,
    IdSource,
    Intent,
    IntentKind,
    ManualClock,
    Outcome,
    Plan,
    Reason,
    RefusedError,
    UnavailableError,
    Verdict,
)
from jinku.store import Database, Place
from jinku.transfers import (
    ENDS,
    Approvals,
    Given,
    Judgement,
    Order,
    Pace,
    Ports,
    Refusal,
    Request,
    Sight,
    SignedApproval,
    State,
    Told,
    Transaction,
    Transfers,
    Worker,
)
from jinku.transfers.adapters.transfer_rows import SqlTransferRows

T = TypeVar("T")
LEASE_MS = 20_000


class Died(BaseException):
    """The worker's process is gone."""


class World(People):
    """One seed."""

    def __init__(self, seed: int, place: Place, transfers: int = 8) -> None:
        self.chance = random.Random(seed)
        self.clock = ManualClock(START)
        self.faults: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self.calm = False
        self.nested = self.made = 0
        self.alone = RLock()
        self.silent: set[Id] = set()
        Database.create(place, self.clock).close()
        self.database = cast(DeadlyDatabase, DeadlyDatabase.open(place, self.clock))
        self.ids = IdSource(self.clock, self.chance.randbytes)
        self.chain = SimChain(self.chance)
        self.signer = SimSigner(self.clock, self._journaled)
        self.deployment, self.vaults = self.ids.new(), [self.ids.new() for _ in range(2)]
        self.rows = SqlTransferRows()
        self.service = Transfers(self.database, self.rows, self, self.deployment)
        self.ports = Ports(chain=self, judge=self, approvers=self, signer=self)
        self.workers = [self.new_worker() for _ in range(2)]
        self.intents = [self._intent(number) for number in range(transfers)]
        self.asked: set[Id] = set()

    def close(self) -> None:
        self.database.close()

    def new_worker(self) -> Worker:
        owner = f"sim-{self.chance.randrange(1 << 30)}"
        pace = Pace(lease_ms=LEASE_MS, steps=16 if self.calm else self.chance.choice([1, 2, 16]), out=4)
        return Worker(self.database, self.rows, self.ports, clock=self.clock, ids=self.ids, owner=owner, pace=pace)

    def _journaled(self, intent: Id, digest: str) -> bool:
        with self.database.read() as unit:
            said = [entry.said("plan_digest", str) for entry in unit.entries("transfer.planned", str(intent))]
        return digest in said

    def _intent(self, number: int) -> Intent:
        valid_ms = self.chance.choice([120_000, 3_600_000, 7_200_000])
        return self._new(number, self.chance.choice(ACCOUNTS), self.chance.choice(self.vaults), valid_ms)

    def make(self, rule: int = 0, source: int = 0) -> Intent:
        """An intent of the first vault: 0 is allowed, 1 wants an approval, 2 is denied, 3 is held for half a minute."""
        self.made += 5
        return self._new(self.made + rule, ACCOUNTS[source], self.vaults[0], 3_600_000)

    def _new(self, number: int, account: str, vault: Id, valid_ms: int) -> Intent:
        source = AccountId.parse(account)
        return Intent(
            id=self.ids.new(),
            deployment=self.deployment,
            kind=IntentKind.TRANSFER,
            vault=vault,
            source=source,
            destination=source,
            asset=AssetId.parse(f"{source.chain}/denom:uatom"),
            amount=number,
            bounds=Bounds(1, START + valid_ms, replaceable=False),
            initiator="ed25519:7f4c",
            reason_commitment=None,
            idempotency_key=f"order-{number}",
            created_at_ms=START,
        )

    # -- faults

    def _die(self, where: str) -> None:
        if self.fault(f"death {where}", 0.03):
            raise Died(where)

    def _call(self, name: str, effect: Callable[[], T]) -> T:
        """A port's answer, when it comes."""
        self._die(f"before {name}")
        if self.fault(f"{name} is not reached", 0.08):
            raise UnavailableError(f"{name} is silent")
        if self.fault("something else happens meanwhile", 0.25):
            self._meanwhile()
        with self.alone:  # the real ones take care of their threads themselves
            answer = effect()
        if self.fault(f"an answer of {name} is lost", 0.08):
            raise UnavailableError(f"{name} is silent")
        self._die(f"after {name}")
        return answer

    def _meanwhile(self) -> None:
        if self.nested:
            return
        self.nested += 1
        try:
            if self.fault("a lease runs out", 0.4):
                self.clock.advance_ms(LEASE_MS + 1)
            if self.fault("another worker is faster", 0.6):
                self._step(self.workers[1])
            self.happen()
        finally:
            self.nested -= 1

    def _step(self, worker: Worker) -> bool:
        self.database.fault = self._die
        try:
            return worker.step()
        except Died:
            self.workers = [self.new_worker() if one is worker else one for one in self.workers]
            return True
        finally:
            self.database.fault = self._die if self.nested else None

    # -- the ports

    def check_proposal(self, intent: Intent, signature: bytes, now_ms: int) -> None:
        if signature != b"initiator":
            raise RefusedError("not the initiator's signature", code="evidence.initiator")

    def judge(self, intent: Intent, now_ms: int) -> Judgement:
        def effect() -> Judgement:
            rule = intent.amount % 5
            outcome = {1: Outcome.REQUIRE_APPROVAL, 2: Outcome.DENY}.get(rule, Outcome.ALLOW)
            if rule == 3 and now_ms < START + 30_000:
                outcome = Outcome.HOLD
            reasons = () if outcome is Outcome.ALLOW else (Reason("policy.rule", "a rule says so"),)
            return Judgement(Verdict("policy", outcome, reasons), "rules of today", now_ms + 20_000)

        return self._call("judge", effect)

    def check(self, intent: Intent, given: SignedApproval, now_ms: int) -> None:
        if given.approval.intent_digest != intent.digest().hex():
            raise RefusedError("another intent's approval", code="evidence.approval")

    def standing(self, intent: Intent, basis: str, given: Sequence[SignedApproval], now_ms: int) -> Approvals:
        decisions = {one.approval.decision for one in given}
        return Approvals(Decision.APPROVE in decisions, basis, rejected=Decision.REJECT in decisions)

    def plan(self, intent: Intent, order: Order) -> Plan:
        return self._call("planner", lambda: self.chain.plan(intent, order))

    def broadcast(self, transaction: Transaction) -> Told:
        return self._call("broadcast", lambda: self.chain.broadcast(transaction))

    def look(self, transaction: Transaction) -> Sight:
        return self._call("look", lambda: self.chain.look(transaction))

    def sign(self, request: Request) -> Given | Refusal:
        if request.intent.id in self.silent:
            raise UnavailableError("the signer is silent")
        return self._call("signer", lambda: self.signer.sign(request))

    # -- a run

    def run(self, rounds: int) -> None:
        """So many rounds of trouble, then quiet until all has ended; what has to hold is looked at throughout."""
        for _ in range(len(self.intents)):
            self.propose()
        for number in range(rounds):
            if self.chance.random() < 0.6:
                self.happen()
            if not self._step(self.chance.choice(self.workers)):
                self.pass_time()
            if number % 25 == 0:
                self.hold_invariants()
        self.settle()
        self.hold_invariants()
        self.ends.update(transfer.state.value for transfer in self.service.list())

    def work(self, until: State | None = None, of: Intent | None = None) -> None:
        """All that is due now is done; or, step by step, no more than brings one (of this intent) to the state."""
        worker = self.new_worker()
        if until is None:
            while worker.step():
                pass
            return
        worker = Worker(
            *(self.database, self.rows, self.ports), clock=self.clock, ids=self.ids, owner="one", pace=Pace(LEASE_MS, 1)
        )
        while not any(of in {None, one.intent} for one in self.service.list(states=frozenset({until}))):
            assert worker.step(), "it does not get there"

    def until_ended(self) -> None:
        """Blocks come and time goes until every transfer has ended."""
        for _ in range(400):
            self.work()
            self.chain.mine()
            due = self.workers[0].next_run_ms()
            if due is None:
                return
            self.clock.set_now_ms(max(due, self.clock.now_ms()))
        raise AssertionError(f"in limbo: {[one.state for one in self.service.list()]}")

    def settle(self) -> None:
        self.calm = True
        for _ in range(400):
            self.thaw()
            self.approve()
            for intent in self.service.list():
                if intent.cancelling and intent.state not in ENDS and self.chance.random() < 0.3:
                    self.service.cancel(intent.intent.id, on=False)
            while self.workers[0].step():
                pass
            self.chain.mine()
            due = self.workers[0].next_run_ms()
            if due is None:
                return
            self.clock.advance_ms(max(due - self.clock.now_ms(), 1))
        left = [(str(t.intent.id), t.state.value, t.code, t.frozen, t.cancelling) for t in self.service.list()]
        raise AssertionError(f"in limbo: {[one for one in left if State(one[1]) not in ENDS]}")

    def hold_invariants(self) -> None:
        found = {transfer.intent.id: transfer for transfer in self.service.list()}
        assert self.asked <= found.keys(), "an intent is lost"
        assert self.signer.signed.keys() <= {a.plan for t in found.values() for a in t.attempts}, "a plan is lost"
        for name, transfer in found.items():
            assert self.service.check(name) == transfer, "the journal explains each state"
            effects = self.chain.of_intent(name)
            assert len(effects) <= 1, f"{name} has two effects"
            if transfer.state in {State.DENIED, State.EXPIRED, State.CANCELLED}:
                assert not effects, f"{name} is {transfer.state.value} and has an effect"
            if transfer.state is State.FINAL:
                assert effects, f"{name} is final and has no effect"
