"""What every keyring (custody scheme) must do behind ``Custody``. A module subclasses it and says how a home is made.

``sealed`` is the first; HSM, KMS and quorum join by subclassing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from shapes import EVM, SEVEN, secret

from jinku.accounts import Accounts, JobRequest
from jinku.core import JinkuError
from jinku.custody import (
    Custody,
    Limits,
    LimitsExceededError,
    NameTakenError,
    NewVault,
    Tier,
    Vault,
    VaultLockedError,
    VaultNotFoundError,
    VaultState,
    WrongSecretError,
)
from jinku.custody.ports import DeriveRequest, Signer, Verb
from jinku.store import Database

GOOD, OTHER = "correct horse battery", "staple of another"


@dataclass
class Bench:
    """One home on the keyring under test."""

    database: Database
    signer: Signer
    custody: Custody
    accounts: Accounts
    path: Path

    def create(self, name: str = "ops", **changes: Any) -> Vault:
        with secret(GOOD) as given:
            return self.custody.create(NewVault(**{"name": name, "tier": Tier.HOT, "forms": (EVM,), **changes}), given)

    def unlock(self, name: str = "ops", passphrase: str = GOOD, ttl_seconds: int = 600) -> None:
        with secret(passphrase) as given:
            self.custody.unlock(name, given, ttl_seconds)

    def entries(self) -> list[dict[str, Any]]:
        with self.database.read() as unit:
            return [json.loads(entry.content) for entry in unit.entries()]


class KeyringConformance:
    """Create, unlock, lock, passphrase, rekey, describe, derive, limits, entries."""

    scheme = "sealed"

    def bench(self, path: Path) -> Bench:
        raise NotImplementedError

    @pytest.fixture
    def b(self, tmp_path: Path) -> Any:
        bench = self.bench(tmp_path)
        yield bench
        bench.signer.lock()
        bench.signer.close()
        bench.database.close()

    def test_a_created_vault_stands_with_its_entry(self, b: Bench) -> None:
        made = b.create(forms=SEVEN, tier=Tier.WARM)
        assert (made.state, made.key_version, made.next_index) == (VaultState.READY, 1, 0)
        assert len(bytes.fromhex(made.fingerprint)) == 4
        assert b.custody.find("ops") == b.custody.find(str(made.vault)) == made
        (entry,) = b.entries()
        assert (entry["kind"], entry["subject"], entry["fingerprint"]) == (
            "vault.created",
            str(made.vault),
            made.fingerprint,
        )
        assert len(entry["forms"]) == 7
        assert "ops" not in json.dumps(entry)  # a name may be a person's
        view = b.custody.describe("ops")
        assert view.signer is not None
        assert (view.signer.state, view.signer.fingerprint) == ("locked", made.fingerprint)

    def test_two_vaults_have_two_secrets(self, b: Bench) -> None:
        one, two = b.create("one"), b.create("two")
        assert one.fingerprint != two.fingerprint
        assert [view.vault.name for view in b.custody.list()] == ["one", "two"]

    def test_a_name_is_taken_once(self, b: Bench) -> None:
        b.create()
        with pytest.raises(NameTakenError, match="another name"):
            b.create()
        assert len(b.custody.list()) == 1
        assert len(b.entries()) == 1

    @pytest.mark.parametrize("name", ["", " ops", "a/b", "a\nb", "x" * 65, "018bcfe5-6800-7000-8000-00000000abcd"])
    def test_a_bad_name_is_refused(self, b: Bench, name: str) -> None:
        with pytest.raises(JinkuError) as caught:
            b.create(name)
        assert caught.value.exit_code == 2
        assert b.custody.list() == ()

    def test_no_chain_and_a_chain_twice_are_refused(self, b: Bench) -> None:
        for forms in ((), (EVM, EVM)):
            with pytest.raises(JinkuError):
                b.create(forms=forms)
        assert b.signer.list_vaults() == ()

    def test_an_unknown_vault_is_not_found(self, b: Bench) -> None:
        b.create()
        for name in ("other", "018bcfe5-6800-7000-8000-00000000abcd", ""):
            with pytest.raises(VaultNotFoundError) as caught:
                b.custody.find(name)
            assert caught.value.exit_code == 4
            assert "ops" in str(caught.value)

    def test_unlock_gives_a_token_that_lock_voids(self, b: Bench) -> None:
        vault = b.create()
        with pytest.raises(VaultLockedError, match="vault unlock ops"):
            b.custody.token(vault.vault)
        b.unlock()
        token = b.custody.token(vault.vault)
        request = DeriveRequest(str(vault.vault), str(vault.vault), 1, 0, 2)
        assert b.signer.derive(token, request).count == 2
        b.custody.lock("ops")
        with pytest.raises(VaultLockedError):
            b.custody.token(vault.vault)
        with pytest.raises(JinkuError) as caught:
            b.signer.derive(token, request)
        assert not caught.value.retryable
        kinds = [entry["kind"].removeprefix("vault.") for entry in b.entries()]
        assert kinds == ["created", "unlock_begun", "unlocked", "locked"]

    def test_a_wrong_passphrase_opens_nothing(self, b: Bench) -> None:
        vault = b.create()
        for wrong in (OTHER, GOOD + " ", GOOD.upper()):
            with pytest.raises(WrongSecretError):
                b.unlock(passphrase=wrong)
        with pytest.raises(JinkuError):
            b.unlock(passphrase="")
        with pytest.raises(VaultLockedError):
            b.custody.token(vault.vault)
        b.unlock()

    def test_locking_one_leaves_the_other(self, b: Bench) -> None:
        one, two = b.create("one"), b.create("two")
        b.unlock("one")
        b.unlock("two")
        b.custody.lock("one")
        with pytest.raises(VaultLockedError):
            b.custody.token(one.vault)
        assert len(b.custody.token(two.vault)) == 32
        b.custody.lock()
        with pytest.raises(VaultLockedError):
            b.custody.token(two.vault)

    def test_a_token_is_of_its_vault_and_verbs_only(self, b: Bench) -> None:
        one, two = b.create("one"), b.create("two")
        b.unlock("two")
        with secret(GOOD) as given:
            b.custody.unlock("one", given, 600, (Verb.DESCRIBE,))
        request = DeriveRequest(str(two.vault), str(two.vault), 1, 0, 1)
        for token in (b.custody.token(one.vault), bytes(32)):
            with pytest.raises(JinkuError):
                b.signer.derive(token, request)

    def test_the_kept_token_exports_nothing_and_stays(self, b: Bench) -> None:
        vault = b.create("one")
        b.unlock("one")
        kept, until = b.custody.token(vault.vault), b.signer.describe(str(vault.vault)).expires_at_ms
        with (b.path / "out").open("wb") as out:
            with pytest.raises(JinkuError):
                b.custody.export(kept, "one", None, "mnemonic", out.fileno())
            with secret(OTHER) as given, pytest.raises(WrongSecretError), b.custody.opened_for_export("one", given):
                pass
            with secret(GOOD) as given, b.custody.opened_for_export("one", given) as token:
                assert token != kept
        assert b.custody.token(vault.vault) == kept
        assert b.signer.describe(str(vault.vault)).expires_at_ms == until

    def test_the_token_file_is_for_its_user_only(self, b: Bench) -> None:
        vault = b.create()
        b.unlock()
        path = next(path for path in b.path.rglob(str(vault.vault)) if path.parent.name == "tokens")
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        path.chmod(0o644)  # another user could have written it
        with pytest.raises(VaultLockedError):
            b.custody.token(vault.vault)

    def test_a_changed_passphrase_replaces_the_old(self, b: Bench) -> None:
        vault = b.create()
        with secret(OTHER) as old, secret(OTHER) as new, pytest.raises(WrongSecretError) as refused:
            b.custody.change_passphrase("ops", old, new)
        with secret(GOOD) as old, secret(OTHER) as new:
            b.custody.change_passphrase("ops", old, new)
        with pytest.raises(WrongSecretError):
            b.unlock()
        b.unlock(passphrase=OTHER)
        assert b.custody.find("ops").fingerprint == vault.fingerprint
        noted = [(e["kind"], e.get("outcome")) for e in b.entries() if "passphrase" in e["kind"]]
        assert noted == [
            ("vault.passphrase_begun", None),
            ("vault.passphrase_ended", refused.value.code),
            ("vault.passphrase_begun", None),
            ("vault.passphrase_ended", "changed"),
        ]

    def test_a_rekey_makes_a_new_data_key_and_keeps_the_addresses(self, b: Bench) -> None:
        vault = b.create()
        b.unlock()
        request = DeriveRequest(str(vault.vault), str(vault.vault), 1, 0, 3)
        before = b.signer.derive(b.custody.token(vault.vault), request).columns
        with secret(OTHER) as wrong, pytest.raises(WrongSecretError):
            b.custody.rekey("ops", wrong)
        with secret(GOOD) as given:
            assert b.custody.rekey("ops", given).key_version == 2
        assert b.custody.find("ops").key_version == 2
        noted = [(e["outcome"], e["key_version"]) for e in b.entries() if e["kind"] == "vault.rekey_ended"]
        assert [version for _, version in noted] == [1, 2]
        assert noted[1][0] == "rekeyed"
        b.custody.lock("ops")
        b.unlock()
        assert b.signer.derive(b.custody.token(vault.vault), request).columns == before

    def test_both_derivations_agree(self, b: Bench) -> None:
        vault = b.create(forms=SEVEN)
        b.unlock()
        b.accounts.create(JobRequest("ops", 40, key="k", chunk=16))
        b.accounts.run("k")
        rows = list(b.accounts.list("ops"))
        again = b.signer.recheck(b.custody.token(vault.vault), str(vault.vault), list(range(40)))
        assert [row.address for row in rows] == [address for account in again for address in account]

    def test_a_job_may_want_fewer_chains(self, b: Bench) -> None:
        b.create(forms=SEVEN)
        b.unlock()
        b.accounts.create(JobRequest("ops", 5, key="all"))
        b.accounts.create(JobRequest("ops", 5, key="few", forms=(SEVEN[5], EVM)))
        for key in ("all", "few"):
            b.accounts.run(key)
        assert len(list(b.accounts.list("ops"))) == 5 * 7 + 5 * 2
        assert b.accounts.verify("ops", rederive=True).rederived == 10

    def test_limits_of_use_hold(self, b: Bench) -> None:
        with pytest.raises(LimitsExceededError, match="may not be used on this chain"):
            b.create("wide", forms=SEVEN, limits=Limits(chains=("eip155:1",)))
        b.create(limits=Limits(max_accounts=5, chains=("eip155:1",)))
        b.accounts.create(JobRequest("ops", 5))
        with pytest.raises(LimitsExceededError, match="at most 5") as caught:
            b.accounts.create(JobRequest("ops", 1))
        assert caught.value.exit_code == 3

    def test_a_row_that_grants_more_than_the_signer_does_not_help(self, b: Bench) -> None:
        b.create(limits=Limits(max_accounts=5))
        b.unlock()
        with b.database.unit() as unit:
            unit.connection.exec_driver_sql("UPDATE vault SET limits = '{}'")
        with pytest.raises(LimitsExceededError):
            b.accounts.create(JobRequest("ops", 6))

    def test_reconciling_what_agrees_changes_nothing(self, b: Bench) -> None:
        b.create()
        before = b.entries()
        assert b.custody.reconcile().clean
        assert b.entries() == before

    def test_an_orphan_is_adopted(self, b: Bench) -> None:
        vault = b.create(forms=SEVEN)
        with b.database.unit() as unit:
            unit.connection.exec_driver_sql("DELETE FROM vault")
        found = b.custody.reconcile()
        assert found.adopted == (str(vault.vault),)
        adopted = b.custody.find("ops")
        assert (adopted.vault, adopted.fingerprint, adopted.forms) == (vault.vault, vault.fingerprint, vault.forms)
        assert b.entries()[-1]["kind"] == "vault.adopted"
        assert b.custody.reconcile().clean
        b.unlock()

    def test_an_orphan_whose_name_is_taken_is_reported(self, b: Bench) -> None:
        first = b.create()
        with b.database.unit() as unit:
            unit.connection.exec_driver_sql(
                "UPDATE vault SET name = 'else', uuid = ?", (bytes(6) + b"\x70\x00\x80" + bytes(7),)
            )
            unit.connection.exec_driver_sql("UPDATE vault SET name = 'ops'")
        found = b.custody.reconcile()
        assert found.conflicts == (str(first.vault),)
        assert len(found.missing) == 1
        with pytest.raises(VaultNotFoundError, match="restore it"):
            b.custody.find("ops")
