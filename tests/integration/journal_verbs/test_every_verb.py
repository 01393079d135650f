"""No verb of the services changes anything or touches a key without an entry: each is called, its entries are seen."""

from __future__ import annotations

import contextlib
from typing import Any

import pyrage
import pytest
from cli_home import WORDS
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from shapes import EVM, secret
from verb_table import TABLE, asked, verbs
from walking import Walk, from_the_first_release, nothing_is_lost

from jinku import _native
from jinku.accounts import Evidence, JobRequest, Mode
from jinku.core import SystemClock
from jinku.custody import NewVault, Tier
from jinku.custody.ports import ImportKind
from jinku.journal import Filter
from jinku.journal.anchors import AnchorKind, SourceFacts
from jinku.ops import auditing, bundle, maintenance, new_origin, setup, stopping, trust, trust_entries
from jinku.ops.anchors import anchoring_of
from jinku.ops.platform import Platform
from jinku.ops.trust_folder import TrustFolder

HOME, VAULT, NEXT = "the home's own passphrase", "a vault's passphrase", "the vault's next passphrase"
AUDITOR = "the auditor's passphrase"


class RolledBack(Exception):  # noqa: N818  it ends a unit
    """Nothing of the unit stays."""


def test_each_verb_leaves_the_entries_that_its_line_says(walk: Walk) -> None:
    _install(walk)
    with walk.call("Platform.open", lambda: Platform.open(walk.settings)) as platform:
        _vaults(walk, platform)
        _accounts(walk, platform)
        _evidence(walk, platform)
        _self_mode(walk, platform)
        _personal_data(walk, platform)
        _log(walk, platform)
        _anchors(walk, platform)
        _trust(walk, platform)
        walk.call("Platform.close", platform.close)
    _database(walk)
    walk.call("stopping.stop_signer", lambda: stopping.stop_signer(walk.settings))
    left = {verb for verb in verbs() - walk.called if not TABLE[verb].at}
    assert not left, f"these were not called: {sorted(left)}"
    unasked = asked() - walk.asked
    assert not unasked, f"no verb of a service asks the signer for these: {sorted(unasked)}"


def _install(walk: Walk) -> None:
    walk.call("setup.check_unused", lambda: setup.check_unused(walk.settings))
    with secret(HOME) as given:
        walk.call("setup.initialise", lambda: setup.initialise(walk.settings, given))
    with pytest.raises(Exception, match="home"):
        setup.check_unused(walk.settings)


def _vaults(walk: Walk, platform: Platform) -> None:
    custody, call = platform.custody, walk.call
    call("Platform.hello", platform.hello)
    with secret(HOME) as given:
        call("Platform.unlock_system", lambda: platform.unlock_system(given))
    with secret(VAULT) as given:
        made = call("Custody.create", lambda: custody.create(NewVault("ops", Tier.HOT, (EVM,)), given))
    with secret(WORDS, "mnemonic") as words, secret(VAULT) as given:
        moved = NewVault("moved", Tier.WARM, (EVM,))
        call("Custody.import_vault", lambda: custody.import_vault(moved, ImportKind.MNEMONIC, words, given))
    with secret(VAULT) as given:
        call("Custody.unlock", lambda: custody.unlock("ops", given))
    for verb, body in {
        "Platform.vault_rows": platform.vault_rows,
        "Custody.find": lambda: custody.find("ops"),
        "Custody.looked_at": custody.looked_at,
        "Custody.without_rows": custody.without_rows,
        "Custody.describe": lambda: custody.describe("ops"),
        "Custody.list": custody.list,
        "Custody.token": lambda: custody.token(made.vault),
    }.items():
        call(verb, body)
    with platform.database.read() as unit:
        call("Custody.fingerprint", lambda: custody.fingerprint(unit, made.vault))
    with contextlib.suppress(RolledBack), platform.database.unit() as unit:
        walk.called.update({"Custody.reserve_to", "Custody.next_index"})
        custody.reserve_to(unit, made.vault, 5, (EVM,))
        assert custody.next_index(unit, made.vault) == 5
        assert unit.appended == 0
        raise RolledBack
    with secret(VAULT) as old, secret(NEXT) as new:
        call("Custody.change_passphrase", lambda: custody.change_passphrase("moved", old, new))
    with secret(NEXT) as given:
        call("Custody.rekey", lambda: custody.rekey("moved", given))
    _export(walk, platform)
    call("Custody.lock", lambda: custody.lock("moved"))
    file = next(path for path in walk.settings.signer_home.rglob("*") if str(custody.find("moved").vault) in path.name)
    file.rename(walk.folder / "aside")
    call("Custody.reconcile", custody.reconcile)
    (walk.folder / "aside").rename(file)
    custody.reconcile()
    assert walk.kinds()[-1] == "vault.restored"


def _export(walk: Walk, platform: Platform) -> None:
    custody, out = platform.custody, walk.folder / "exported"

    def opened() -> None:
        with secret(NEXT) as given, custody.opened_for_export("moved", given) as token, out.open("wb") as file:
            held = len(walk.kinds())
            walk.call("Custody.export", lambda: custody.export(token, "moved", None, "mnemonic", file.fileno()))
            exported.extend(walk.kinds()[held:])

    exported: list[str] = []
    before = len(walk.kinds())
    opened()
    left = walk.kinds()[before:]
    assert sorted(left) == sorted([*exported, *TABLE["Custody.opened_for_export"].kinds])
    walk.called.add("Custody.opened_for_export")
    assert out.read_text().split() == WORDS.split()


def _accounts(walk: Walk, platform: Platform) -> None:
    accounts, call = platform.accounts, walk.call
    job = call("Accounts.create", lambda: accounts.create(JobRequest("ops", 3, key="first")))
    call("Accounts.pause", lambda: accounts.pause("first"))
    call("Accounts.resume", lambda: accounts.resume("first"))
    call("Accounts.run", lambda: accounts.run("first"))
    accounts.create(JobRequest("ops", 2, key="never"))
    call("Accounts.cancel", lambda: accounts.cancel("never"))
    row = call("Accounts.list", lambda: list(accounts.list("ops")))[0]
    for verb, body in {
        "Accounts.job": lambda: accounts.job("first"),
        "Accounts.jobs": accounts.jobs,
        "Accounts.lost_jobs": accounts.lost_jobs,
        "Accounts.is_run": lambda: accounts.is_run(job),
        "Accounts.begun_at_ms": lambda: accounts.begun_at_ms(job),
        "Accounts.standing": lambda: accounts.standing(job.vault),
        "Accounts.find": lambda: accounts.find(row.address),
        "Accounts.account": lambda: accounts.account(row.account),
        "Accounts.origin": lambda: accounts.origin(row.account),
        "Accounts.prove": lambda: accounts.prove(row.address),
        "Accounts.statement": lambda: accounts.statement("first", 0),
        "Accounts.verify": lambda: accounts.verify("ops", rederive=True),
        "Accounts.outline": lambda: accounts.outline(platform.custody.find("ops")),
        "Accounts.export": lambda: accounts.export(walk.folder / "a.csv", vault="ops"),
    }.items():
        call(verb, body)
    call("Accounts.export", lambda: accounts.export(walk.folder / "b.jsonl", job="first"))


def _evidence(walk: Walk, platform: Platform) -> None:
    accounts, call, out = platform.accounts, walk.call, walk.folder / "evidence"
    with secret(AUDITOR) as given:
        call("Accounts.make_evidence_key", lambda: accounts.make_evidence_key(given))
    job = call(
        "Accounts.create",
        lambda: accounts.create(JobRequest("ops", 1, key="known", evidence=Evidence("a person asked"))),
    )
    accounts.run("known")
    account = next(row.account for row in accounts.list("ops") if row.index == job.start)
    (row,) = call("Accounts.evidence", lambda: accounts.evidence(account))
    with secret(AUDITOR) as given, out.open("wb") as file:
        call("Accounts.open_evidence", lambda: accounts.open_evidence(account, row, given, file.fileno()))
    assert b"a person asked" in out.read_bytes()


def _self_mode(walk: Walk, platform: Platform) -> None:
    accounts, call = platform.accounts, walk.call
    people = tuple(str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2))
    for key, recipients in (("letters", people), ("codes", ())):
        accounts.create(JobRequest("ops", 2, mode=Mode.SELF, recipients=recipients, key=key))
    call("Accounts.run", lambda: accounts.run("letters"))
    codes = walk.folder / "codes"
    with codes.open("wb") as out:
        accounts.run("codes", codes_fd=out.fileno())
    call("Accounts.export_blobs", lambda: accounts.export_blobs("letters", walk.folder / "letters"))
    account = next((walk.folder / "letters").iterdir()).stem
    with (walk.folder / "letter").open("wb") as out:
        call("Accounts.export_letter", lambda: accounts.export_letter(account, out.fileno()))
    found = codes.read_text().replace(",", " ").replace(chr(34), " ").split()
    code = next(word for word in found if len(word.replace("-", "")) == 28)
    with secret(code, "code") as given, (walk.folder / "words").open("wb") as out:
        call("Accounts.claim", lambda: accounts.claim(given, out.fileno()))


def _personal_data(walk: Walk, platform: Platform) -> None:
    platform.accounts.create(JobRequest("ops", 1, owner="carol", key="hers"))
    platform.accounts.run("hers")
    privacy, call, keys = platform.privacy, walk.call, walk.folder / "keys"
    for verb, body in {
        "Privacy.held": lambda: privacy.held("carol"),
        "Privacy.subjects": privacy.subjects,
        "Privacy.erasures": privacy.erasures,
        "Privacy.overview": privacy.overview,
        "Privacy.hold": lambda: privacy.hold("carol", "a court asked"),
        "Privacy.release": lambda: privacy.release("carol"),
        "Privacy.export": lambda: privacy.export(keys),
    }.items():
        call(verb, body)
    keys.unlink()
    call("Privacy.forget_bundle", lambda: privacy.forget_bundle(keys))
    call("Privacy.erase", lambda: privacy.erase("carol"))
    call("Privacy.settle", privacy.settle)
    call("Privacy.apply_tombstones", privacy.apply_tombstones)


def _log(walk: Walk, platform: Platform) -> None:
    journal, call = platform.journal, walk.call
    assert call("Journal.flush", journal.flush).waiting == 0
    head = call("Journal.checkpoint", journal.checkpoint)
    entry = call("Journal.named", lambda: next(journal.named("0")))
    with platform.database.read() as unit:
        stored = next(unit.entries())
    for verb, body in {
        "Journal.waiting": journal.waiting,
        "Journal.verify": journal.verify,
        "Journal.vkeys": journal.vkeys,
        "Journal.entries": lambda: list(journal.entries(Filter())),
        "Journal.size": journal.size,
        "Journal.last": lambda: journal.last(Filter(), 3),
        "Journal.receipt": lambda: journal.receipt(entry),
        "Journal.receipt_if_covered": lambda: journal.receipt_if_covered(stored),
        "Journal.snapshot": lambda: journal.snapshot(size=1),
        "Journal.extract": journal.extract,
        "Journal.believed": lambda: journal.believed(head.note),
        "Journal.rebuild": journal.rebuild,
        "Journal.note_export": lambda: journal.note_export("00" * 32, 1, 1),
        "bundle.address_receipt": lambda: bundle.address_receipt(platform, next(platform.accounts.list("ops")).address),
        "bundle.export_bundle": lambda: bundle.export_bundle(platform, walk.folder / "bundle", Filter(kind="vault.*")),
        "trust.check_change": lambda: trust.check_change(walk.settings.home, platform.deployment, lambda _root: None),
        "new_origin.check_reason": lambda: new_origin.check_reason("restored"),
        "new_origin.prospect": lambda: nothing_is_lost(platform),
        "Platform.reopen_journal": platform.reopen_journal,
    }.items():
        call(verb, body)
    root, out = TrustFolder(walk.settings.home, platform.deployment).current(), walk.folder / "trust.json"
    out.write_bytes(root.data)
    pinned = call("auditing.pinned_trust", lambda: auditing.pinned_trust(out, SystemClock(), root.fingerprint))
    assert call("auditing.audit_bundle", lambda: auditing.audit_bundle(walk.folder / "bundle", pinned)) is not None
    call("auditing.audit_trust", lambda: auditing.audit_trust(platform))
    call("auditing.audit_tiles", lambda: auditing.audit_tiles(walk.settings.home / "journal", pinned))


def _anchors(walk: Walk, platform: Platform) -> None:
    anchoring, place = anchoring_of(platform), "http://127.0.0.1:1/"  # nobody is asked
    facts = SourceFacts(AnchorKind.OTS, place, {"headers": place})
    extract = platform.journal.extract()
    for verb, body in {
        "Anchoring.add_source": lambda: anchoring.add_source(facts),
        "Anchoring.sources": anchoring.sources,
        "Anchoring.look": lambda: list(anchoring.look()),
        "Anchoring.files": lambda: list(anchoring.files(extract, 0)),
        "Anchoring.remove_source": lambda: anchoring.remove_source(AnchorKind.OTS, place),
    }.items():
        walk.call(verb, body)


def _trust(walk: Walk, platform: Platform) -> None:
    call, home, deployment = walk.call, walk.settings.home, platform.deployment
    first = call("trust.in_force", lambda: trust.in_force(platform))
    call("trust_entries.note_versions", lambda: trust_entries.note_versions(platform.database, deployment, [first]))
    folder = TrustFolder(home, deployment)
    call("trust_entries.standing", lambda: trust_entries.standing(platform.log_rows, folder, deployment))
    call("trust_entries.foreign", lambda: trust_entries.foreign(platform.log_rows, deployment))
    call("trust_entries.named", lambda: trust_entries.named(platform.log_rows, folder, deployment))
    call("trust_entries.facts_of", lambda: trust_entries.facts_of(first))
    call("trust.begin", lambda: trust.begin(home, deployment, platform.signer))
    with secret(HOME) as given:
        call("trust.propose", lambda: trust.propose(platform, given, lambda _root: None))
    second = Ed25519PrivateKey.generate()
    public = second.public_key().public_bytes_raw()

    def two_admins_and_a_witness(root: dict[str, Any]) -> None:
        root["keys"].append(root["keys"][0] | {"name": "second", "public": public.hex(), "roles": ["admin"]})
        root["admin_threshold"] = 2
        witness = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        key = _native.make_vkey("east", "cosignature/v1", witness)
        root["witnesses"] = [{"keys": [key], "name": "east", "outside": False}]

    before = walk.kinds()
    with secret(HOME) as given:
        proposed = trust.propose(platform, given, two_admins_and_a_witness)
    assert not proposed.in_force
    assert walk.kinds()[len(before) :] == ["trust.sign_begun", "trust.sign_ended"], "signed, and not in force"
    signature = second.sign(bytes.fromhex(proposed.root.fingerprint))
    call("trust.accept", lambda: trust.accept(platform, "second", signature))
    call("trust.locate", lambda: trust.locate(home, deployment, "east", "http://127.0.0.1:1"))


def _database(walk: Walk) -> None:
    walk.call("maintenance.view_database", lambda: maintenance.view_database(walk.settings))
    status = walk.call("maintenance.schema_status", lambda: maintenance.schema_status(walk.settings))
    assert status.current
    assert walk.call("maintenance.migrate_schema", lambda: from_the_first_release(walk)).current
