"""The verbs of people and doors. None of them asks a chain or a signer: that is the worker's."""

from __future__ import annotations

from dataclasses import dataclass

from jinku.core import Id, Intent, Json, Verdict, parse_canonical
from jinku.store import Database, Entry, Unit
from jinku.transfers.errors import (
    IdempotencyError,
    NoTransferError,
    ProposalError,
    TransferHistoryError,
    TransferInFlightError,
    TransferOverError,
    TransfersBusyError,
    TransferStateError,
)
from jinku.transfers.events import Cancel
from jinku.transfers.journaling import found, queue_of, tell, thaw
from jinku.transfers.ports import Approvers, SignedApproval
from jinku.transfers.records import Frozen, Known, TransferRows
from jinku.transfers.rules import propose
from jinku.transfers.standing import WAITING, is_over
from jinku.transfers.telling import APPROVAL, FREEZE_BEGUN, FREEZE_ENDED, PROPOSED, proposal, replay
from jinku.transfers.types import ENDS, State, Transfer

__all__ = ["MAX_OPEN", "Line", "Story", "Transfers"]

MAX_OPEN = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a transfer's time-line."""

    at_ms: int
    kind: str
    actor: str
    facts: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Story:
    """A transfer, the last verdict in full, the approvals given, and what its entries tell."""

    transfer: Transfer
    verdict: Verdict | None
    approvals: tuple[SignedApproval, ...]
    line: tuple[Line, ...]


class Transfers:
    """The transfers of one deployment."""

    def __init__(
        self,
        database: Database,
        rows: TransferRows,
        approvers: Approvers,
        deployment: Id,
        *,
        max_open: int = MAX_OPEN,
    ) -> None:
        """``max_open``: how many unfinished transfers a vault may have before it takes no more."""
        self._database = database
        self._rows = rows
        self._approvers = approvers
        self._deployment = deployment
        self._max_open = max_open

    def propose(self, intent: Intent, signature: bytes, not_before_ms: int = 0) -> Transfer:
        """The transfer of this intent stands; asked again under its key, the same one as it is now.

        It is not planned before ``not_before_ms``. Raises ``IdempotencyError`` when the key stands for another body,
        ``TransferInFlightError`` while somebody else proposes under it, ``TransfersBusyError`` when the vault has too
        many, ``TransferOverError`` and ``ProposalError`` for an intent that nothing can come of.
        """
        with self._database.unit() as unit:
            unit.hold(f"transfers/vault/{intent.vault}")
            before = self._rows.known(unit, intent.initiator, intent.idempotency_key)
            if before is not None:
                return self._again(unit, before, intent, not_before_ms)
            self._check(unit, intent, signature, not_before_ms)
            transfer = propose(intent, unit.now_ms, not_before_ms)
            if not self._rows.add(unit, transfer, signature):
                raise self._taken(unit, intent)
            unit.append_entry(PROPOSED, str(intent.id), proposal(intent, not_before_ms, signature))
            queue_of(intent.vault).enqueue(unit, [(str(intent.id), {})])
            return thaw(self._rows, unit, transfer)

    def _again(self, unit: Unit, before: Known, intent: Intent, not_before_ms: int) -> Transfer:
        if (before.body_digest, before.not_before_ms) == (intent.body_digest(), not_before_ms):
            return found(self._rows, unit, before.id)
        raise IdempotencyError(
            "this idempotency key stands for another request",
            found=intent.idempotency_key,
            expected=f"the body that the transfer {before.id} was proposed with",
            advice="use a new key for a new wish; ask again with the same body to get the same answer",
        )

    def _check(self, unit: Unit, intent: Intent, signature: bytes, not_before_ms: int) -> None:
        if intent.deployment != self._deployment:
            raise ProposalError(
                "the intent is of another deployment", found=intent.deployment, expected=self._deployment
            )
        until_ms = intent.bounds.valid_until_ms
        if is_over(intent, unit.now_ms) or not_before_ms > until_ms:
            raise TransferOverError(
                "the intent's time is over before it can be planned",
                found=f"valid until {until_ms}, and the earliest moment is {max(unit.now_ms, not_before_ms)}",
                advice="propose it with a later end",
            )
        self._approvers.check_proposal(intent, signature, unit.now_ms)
        count = self._rows.open_count(unit, intent.vault)
        if count >= self._max_open:
            raise TransfersBusyError(
                "the vault has too many unfinished transfers",
                found=count,
                expected=f"fewer than {self._max_open}",
                advice="propose it again later, under the same key",
            )

    def _taken(self, unit: Unit, intent: Intent) -> TransferInFlightError | ProposalError:
        if self._rows.load(unit, intent.id) is not None:
            return ProposalError("the intent's id is another's", found=intent.id, advice="give it an id of its own")
        advice = "ask again under the same key"
        return TransferInFlightError("this key is being used right now", found=intent.idempotency_key, advice=advice)

    def approve(self, transfer: Id, given: SignedApproval) -> Transfer:
        """The approval or rejection stands, and whoever works on the transfer counts anew."""
        with self._database.unit() as unit:
            stands = self._held(unit, transfer)
            if stands.state not in WAITING:
                raise self._too_late(stands)
            self._approvers.check(stands.intent, given, unit.now_ms)
            if self._rows.add_approval(unit, transfer, given):
                approval = given.approval
                facts: dict[str, Json] = {
                    "approval_digest": approval.digest().hex(),
                    "approver": approval.approver,
                    "decision": approval.decision.value,
                    "effects_digest": approval.effects_digest,
                    "policy_digest": approval.policy_digest,
                }
                unit.append_entry(APPROVAL, str(transfer), facts)
            return stands

    def cancel(self, transfer: Id, on: bool = True) -> Transfer:
        """It does not happen; or, where there may be a signature, is held until that is known (``cancelling``).

        With ``on`` false the wish is taken back. ``TransferStateError`` once it was sent.
        """
        with self._database.unit() as unit:
            return tell(self._rows, unit, self._held(unit, transfer), Cancel(on))

    def freeze(self, freeze: Frozen) -> bool:
        """From now on nothing that it covers is planned, signed or sent; False when it stood already."""
        return self._freeze(freeze, on=True)

    def unfreeze(self, freeze: Frozen) -> bool:
        """What it held goes on, unless another freeze covers it; False when it did not stand."""
        return self._freeze(freeze, on=False)

    def _freeze(self, freeze: Frozen, on: bool) -> bool:
        with self._database.unit() as unit:
            unit.hold("transfers/freeze")
            covered = self._rows.covered(unit, freeze)
            for vault, transfer in sorted(covered, key=lambda pair: pair[1]):
                queue_of(vault).hasten(unit, str(transfer))
            changed = (self._rows.add_freeze if on else self._rows.drop_freeze)(unit, freeze)
            if not changed:
                return False
            subject = f"freeze:{freeze.scope.value}:{freeze.value}" if freeze.value else "freeze:all"
            facts: dict[str, Json] = {"scope": freeze.scope.value, "value": freeze.value, "open": len(covered)}
            unit.append_entry(FREEZE_BEGUN if on else FREEZE_ENDED, subject, facts)
            return True

    def freezes(self) -> tuple[Frozen, ...]:
        """Those that stand."""
        with self._database.read() as unit:
            return self._rows.freezes(unit)

    def list(self, vault: Id | None = None, states: frozenset[State] = frozenset()) -> tuple[Transfer, ...]:
        """Those of the vault and in one of the states, where these are given; oldest first."""
        with self._database.read() as unit:
            return self._rows.find(unit, vault, states)

    def late(self) -> tuple[Transfer, ...]:
        """Those that stand in their state longer than they should: somebody has to look, and ``owner`` says who."""
        with self._database.read() as unit:
            return self._rows.find(unit, late_at_ms=unit.now_ms)

    def show(self, transfer: Id) -> Story:
        """The transfer and its time-line."""
        with self._database.read() as unit:
            stands = found(self._rows, unit, transfer)
            line = tuple(_told(entry) for entry in unit.entries(subject=str(transfer)))
            return Story(stands, self._rows.verdict(unit, transfer), self._rows.approvals(unit, transfer), line)

    def check(self, transfer: Id) -> Transfer:
        """The transfer, which is what its entries, played again, give; ``TransferHistoryError`` otherwise."""
        with self._database.read() as unit:
            stands = found(self._rows, unit, transfer)
            played = replay(unit.entries(subject=str(transfer)))
        if played != stands:
            raise TransferHistoryError(
                f"the row of the transfer {transfer} is not what its entries say",
                found=stands.state.value,
                expected="nothing" if played is None else played.state.value,
                advice="the row was changed from outside: believe the entries, and run `jinku journal verify`",
            )
        return stands

    def _held(self, unit: Unit, transfer: Id) -> Transfer:
        """The transfer, its task held first as by every worker, so that no two units wait in a circle."""
        vault = self._rows.vault_of(unit, transfer)
        if vault is None:
            raise NoTransferError("there is no such transfer", found=transfer, advice="check the id")
        queue_of(vault).hasten(unit, str(transfer))
        return found(self._rows, unit, transfer)

    @staticmethod
    def _too_late(transfer: Transfer) -> TransferStateError:
        ended = transfer.state in ENDS
        return TransferStateError(
            f"the transfer {transfer.intent.id} takes no approvals any more",
            found=transfer.state.value,
            expected="one that waits",
            advice="it has ended" if ended else "cancel it, or freeze its account, to stop it",
        )


def _told(entry: Entry) -> Line:
    said = parse_canonical(entry.content)
    facts = said if isinstance(said, dict) else {}
    kept = {name: value for name, value in facts.items() if name not in {"actor", "kind", "subject", "ts", "v"}}
    return Line(entry.created_at_ms, entry.kind, entry.actor, kept)
