"""Every public verb of the services, and the entries that it leaves, or why it leaves none."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from types import ModuleType

from jinku.accounts import Accounts
from jinku.custody import Custody
from jinku.custody.ports import Signer
from jinku.journal import Journal
from jinku.journal.anchors import Anchoring
from jinku.ops.platform import Platform
from jinku.privacy import Privacy
from jinku.transfers import Transfers, Worker

__all__ = ["KEYED", "PORT", "TABLE", "Line", "asked", "verbs"]

SERVICES = (Custody, Accounts, Journal, Anchoring, Platform, Privacy, Transfers, Worker)
MODULES = (
    *("jinku.ops.setup", "jinku.ops.trust", "jinku.ops.trust_entries", "jinku.ops.bundle", "jinku.ops.maintenance"),
    *("jinku.ops.auditing", "jinku.ops.new_origin", "jinku.ops.stopping"),
)
PORT = {name for name in vars(Signer) if not name.startswith("_")} | {"stop"}  # what the signer and its launcher do
_TELLING = {"hello", "close", "describe", "list_vaults", "log_head", "begun_origin", "trust_root", "anchor_address"}
KEYED = PORT - _TELLING


@dataclass(frozen=True)
class Line:
    """The kinds of the entries that a call leaves; none, and then the reason.

    ``at``: what calls it instead of the walk, as ``file::function``, behind a blank the command by which it does.
    ``asks``: what a verb without an entry has the signer do all the same, for the same reason.
    """

    kinds: tuple[str, ...] = ()
    why: str = ""
    at: str = ""
    asks: tuple[str, ...] = ()


READS = Line(why="reads, and opens no key")
OPENS = Line(why="opens or closes connections")
CALLERS = Line(why="works in the unit of its caller, whose entry says it")
FOLLOWS = Line(why="files that follow from the entries, byte for byte")

_FOLLOWING = "unit/journal/test_following.py::test_beside_a_command_it_begins_after_a_second"
_CATCH_UP = (
    "integration/journal/test_catch_up.py::test_entries_that_waited_in_the_backup_get_their_places_and_stand_once"
)
_WRITE_OFF = "integration/accounts/test_written_off.py::test_a_job_written_off_is_counted_and_all_else_holds"
_ANCHORING = "integration/anchors/anchor_world.py::run"
_NEW_ORIGIN = "integration/new_origin/lost_log.py::go_on"
_VERBS = "integration/transfers/test_transfer_verbs.py"
_APPROVED = f"{_VERBS}::test_approvals_are_counted_once_and_a_rejection_ends_it"
_WORKED = "integration/transfers/test_transfer_workers.py::test_who_lost_the_lease_writes_nothing"
_COPY = "integration/store/test_postgres_commands.py::test_a_file_moves_to_a_server_with_all_that_it_holds db copy"


def entries(*kinds: str, at: str = "") -> Line:
    """A verb that changes something."""
    return Line(kinds, at=at)


def read_at(test: str) -> Line:
    """A verb that reads, called by a test of transfers."""
    return Line(why=READS.why, at=f"{_VERBS}::{test}")


_STEPS = tuple(f"transfer.{step}" for step in ("judged", "moved", "planned", "sign_begun", "signed", "sent", "seen"))

TABLE: dict[str, Line] = {
    # -- vaults
    "Custody.create": entries("vault.created"),
    "Custody.import_vault": entries("vault.imported"),
    "Custody.unlock": entries("vault.unlock_begun", "vault.unlocked"),
    "Custody.opened_for_export": entries("vault.unlock_begun", "vault.unlocked", "vault.locked"),
    "Custody.export": entries("key.export_begun", "key.export_ended"),
    "Custody.lock": entries("vault.locked"),
    "Custody.change_passphrase": entries("vault.passphrase_begun", "vault.passphrase_ended"),
    "Custody.rekey": entries("vault.rekey_begun", "vault.rekey_ended"),
    "Custody.reconcile": entries("vault.missing"),
    "Custody.next_index": READS,
    "Custody.reserve_to": CALLERS,
    "Custody.find": READS,
    "Custody.fingerprint": READS,
    "Custody.looked_at": READS,
    "Custody.without_rows": READS,
    "Custody.describe": READS,
    "Custody.list": READS,
    "Custody.token": READS,
    # -- accounts
    "Accounts.create": entries("accounts.job_created"),
    "Accounts.run": entries("accounts.batch", "accounts.job_done"),
    "Accounts.pause": entries("accounts.job_paused"),
    "Accounts.resume": entries("accounts.job_continued"),
    "Accounts.cancel": entries("accounts.job_cancelled"),
    "Accounts.export": entries("accounts.exported"),
    "Accounts.export_letter": entries("key.export_begun", "key.export_ended"),
    "Accounts.export_blobs": entries("accounts.letters_exported"),
    "Accounts.claim": entries("accounts.claimed"),
    "Accounts.make_evidence_key": entries("evidence.key_begun", "evidence.key_ended"),
    "Accounts.open_evidence": entries("evidence.open_begun", "evidence.open_ended"),
    "Accounts.job": READS,
    "Accounts.jobs": READS,
    "Accounts.lost_jobs": READS,
    "Accounts.write_off": entries("accounts.job_written_off", at=_WRITE_OFF),
    "Accounts.is_run": READS,
    "Accounts.begun_at_ms": READS,
    "Accounts.standing": READS,
    "Accounts.list": READS,
    "Accounts.find": READS,
    "Accounts.account": READS,
    "Accounts.origin": READS,
    "Accounts.evidence": READS,
    "Accounts.prove": READS,
    "Accounts.statement": READS,
    "Accounts.verify": Line(why="reads; derives again under a token, whose unlocking is noted", asks=("recheck",)),
    "Accounts.outline": READS,
    # -- the log itself
    "Journal.flush": Line(why="the checkpoint over the entries is its own record", asks=("sign_checkpoint",)),
    "Journal.follow": Line(why="flush, again and again", at=_FOLLOWING),
    "Journal.rebuild": FOLLOWS,
    "Journal.catch_up": entries("journal.caught_up", at=_CATCH_UP),
    "Journal.note_export": entries("journal.exported"),
    "Journal.waiting": READS,
    "Journal.verify": READS,
    "Journal.checkpoint": READS,
    "Journal.vkeys": READS,
    "Journal.entries": READS,
    "Journal.size": READS,
    "Journal.last": READS,
    "Journal.named": READS,
    "Journal.receipt": READS,
    "Journal.receipt_if_covered": READS,
    "Journal.extract": READS,
    "Journal.believed": READS,
    "Journal.snapshot": READS,
    "Anchoring.add_source": entries("journal.anchor_source_added"),
    "Anchoring.remove_source": entries("journal.anchor_source_removed"),
    "Anchoring.run": entries("journal.anchored", "journal.anchor_completed", at=_ANCHORING),
    "Anchoring.look": READS,
    "Anchoring.sources": READS,
    "Anchoring.files": Line(why="reads, for the bundle that its caller notes"),
    # -- the installation
    "Platform.open": OPENS,
    "Platform.close": OPENS,
    "Platform.reopen_journal": OPENS,
    "Platform.vault_rows": READS,
    "Platform.hello": READS,
    "Platform.unlock_system": entries("system.unlocked"),
    # -- personal data
    "Privacy.hold": entries("privacy.held"),
    "Privacy.release": entries("privacy.released"),
    "Privacy.erase": entries("privacy.record_erased", "privacy.erased", "privacy.erasure_done"),
    "Privacy.settle": Line(why="asks again the places that an erasure waits for; here none does"),
    "Privacy.export": entries("privacy.keys_exported"),
    "Privacy.forget_bundle": entries("privacy.bundle_forgotten"),
    "Privacy.apply_tombstones": Line(why="erases what an older copy brought back; here nothing came back"),
    "Privacy.held": READS,
    "Privacy.subjects": READS,
    "Privacy.erasures": READS,
    "Privacy.overview": READS,
    # -- transfers; nothing composes them yet
    "Transfers.propose": entries("transfer.proposed", at=f"{_VERBS}::test_a_transfer_from_proposal_to_final"),
    "Transfers.approve": entries("transfer.approval", at=_APPROVED),
    "Transfers.cancel": entries("transfer.cancel_asked", at=f"{_VERBS}::test_a_cancel_before_and_after_the_signature"),
    "Transfers.freeze": entries("freeze.begun", at=f"{_VERBS}::test_a_freeze_leaves_an_entry_and_so_does_its_end"),
    "Transfers.unfreeze": entries("freeze.ended", at=f"{_VERBS}::test_a_freeze_leaves_an_entry_and_so_does_its_end"),
    "Transfers.freezes": read_at("test_a_freeze_leaves_an_entry_and_so_does_its_end"),
    "Transfers.list": read_at("test_what_stands_too_long_is_reported"),
    "Transfers.late": read_at("test_what_stands_too_long_is_reported"),
    "Transfers.show": read_at("test_approvals_are_counted_once_and_a_rejection_ends_it"),
    "Transfers.check": read_at("test_a_row_that_was_changed_is_not_what_its_entries_say"),
    "Worker.step": entries(*_STEPS, at=_WORKED),
    "Worker.next_run_ms": Line(why="reads, and opens no key", at=f"{_VERBS}::test_a_transfer_from_proposal_to_final"),
    # -- ops
    "setup.check_unused": READS,
    "setup.initialise": entries("deployment.made", "trust.version"),
    "trust.accept": entries("trust.version"),
    "trust.propose": entries("trust.sign_begun", "trust.sign_ended", "trust.version"),
    "trust.begin": Line(why="part of initialise, and of in_force, which note each version", asks=("begin_trust",)),
    "trust.in_force": Line(why="notes what a killed command left unnoted; here nothing", asks=("begin_trust",)),
    "trust_entries.standing": READS,
    "trust_entries.foreign": READS,
    "trust_entries.named": READS,
    "trust_entries.facts_of": READS,
    "trust_entries.note_versions": Line(why="writes the entries themselves; here all stand"),
    "trust.locate": Line(why="where a witness is asked, in a file of the home that nobody believes"),
    "trust.check_change": READS,
    "new_origin.check_reason": READS,
    "new_origin.open_origin": entries("journal.origin_opened", at=_NEW_ORIGIN),
    "new_origin.prospect": Line(why="reads, and what in_force does", asks=("begin_trust",)),
    "bundle.export_bundle": entries("journal.exported"),
    "bundle.address_receipt": READS,
    "stopping.stop_signer": entries("system.stop_begun", "system.stop_ended"),
    "maintenance.copy_database": entries("database.copy_begun", at=_COPY),
    "maintenance.migrate_schema": entries("database.migrated"),
    "maintenance.schema_status": READS,
    "maintenance.view_database": READS,
    "auditing.audit_bundle": READS,
    "auditing.audit_tiles": READS,
    "auditing.audit_trust": READS,
    "auditing.pinned_trust": READS,
}


def verbs() -> set[str]:
    """The public verbs there are, by introspection."""
    found = set()
    for service in SERVICES:
        for name, member in vars(service).items():
            inner = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
            if not name.startswith("_") and inspect.isfunction(inner):
                found.add(f"{service.__name__}.{name}")
    for module in map(importlib.import_module, MODULES):
        found |= {f"{_short(module)}.{name}" for name in module.__all__ if inspect.isfunction(getattr(module, name))}
    return found


def _short(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def asked() -> set[str]:
    """What only a verb of a service may have the signer do; anchors and later origins stand in lines of their own."""
    return KEYED - {"sign_anchor", "open_origin", "resume_origin"}
