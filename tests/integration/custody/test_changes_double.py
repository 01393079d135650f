"""A vault's passphrase and key change: killed at every step, two at once, and an old copy of the file put back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from keyring_conformance import GOOD, OTHER
from killing import run_killed
from shapes import secret
from signer_double import SignerDouble
from test_keyring_double import bench_of, folder

from jinku.custody import SignerRefusedError, SignerUnavailableError, VaultIntegrityError
from jinku.custody.errors import VaultBusyError

__all__ = ["folder"]  # a fixture


def change(path: Path, verb: str) -> None:
    b = bench_of(path)
    with secret(GOOD) as one, secret(OTHER) as two:
        if verb == "rekey":
            b.custody.rekey("ops", one)
        else:
            b.custody.change_passphrase("ops", one, two)


@pytest.mark.parametrize("verb", ["passphrase", "rekey"])
@pytest.mark.parametrize("after", ["find", "list", "reconcile"])
def test_a_change_killed_at_every_step_has_its_entries_once(folder: Path, verb: str, after: str) -> None:
    """Whatever the signer did, begun and ended stand once each after the next command, and the vault opens."""
    b = bench_of(folder / "made")
    made = b.create()
    b.database.purge_log()
    b.database.close()
    outcomes: set[str] = set()
    for step in range(1, 200):
        path = folder / f"{step}"
        shutil.copytree(folder / "made", path)
        killed = run_killed(lambda path=path: change(path, verb), step)
        b = bench_of(path)
        getattr(b.custody, after)(*(["ops"] if after == "find" else []))
        (description,) = b.signer.list_vaults()
        kinds = [entry["kind"] for entry in b.entries() if verb in entry["kind"]]
        assert kinds in ([], [f"vault.{verb}_begun", f"vault.{verb}_ended"]), step
        ends = [entry for entry in b.entries() if entry["kind"] == f"vault.{verb}_ended"]
        outcomes |= {entry["outcome"] + ("" if "noted" not in entry else ", noted afterwards") for entry in ends}
        if not kinds:
            outcomes.add("never begun")
            assert description.key_version == made.key_version
        elif verb == "rekey":
            assert (ends[0]["outcome"] == "rekeyed") == (description.key_version == 2)
            assert ends[0]["key_version"] == description.key_version
        assert b.custody.find("ops").key_version == description.key_version
        try:
            b.unlock()
        except SignerRefusedError:
            assert verb == "passphrase"
            b.unlock(passphrase=OTHER)
            assert ends[0]["outcome"] in {"changed", "unknown"}
        assert b.custody.reconcile().clean
        b.database.close()
        shutil.rmtree(path)
        if not killed:
            break
    ended = {"passphrase": "changed", "rekey": "rekeyed"}[verb]
    assert {"never begun", ended, "unknown, noted afterwards"} <= outcomes
    assert ("rekeyed, noted afterwards" in outcomes) == (verb == "rekey")


@pytest.mark.parametrize("verb", ["passphrase", "rekey"])
def test_a_change_that_another_process_makes_is_left_alone(tmp_path: Path, verb: str) -> None:
    """A second change is refused; finding the vault meanwhile writes no entry of an end that has not come."""
    b = bench_of(tmp_path)
    b.create()
    seen: list[str] = []

    class Slow(SignerDouble):
        def _save(self, vault: str, document: dict[str, object]) -> None:
            super()._save(vault, document)
            other = bench_of(tmp_path)
            other.custody.find("ops")
            other.custody.reconcile()
            seen.extend(entry["kind"] for entry in other.entries())
            with secret(GOOD) as given, pytest.raises(VaultBusyError, match="one change at a time") as caught:
                other.custody.rekey("ops", given)
            assert caught.value.retryable

    b.signer.__class__ = Slow
    with secret(GOOD) as old, secret(OTHER) as new:
        if verb == "rekey":
            b.custody.rekey("ops", old)
        else:
            b.custody.change_passphrase("ops", old, new)
    assert seen == ["vault.created", f"vault.{verb}_begun"]
    assert [entry["kind"] for entry in b.entries()][1:] == [f"vault.{verb}_begun", f"vault.{verb}_ended"]


def test_a_signer_that_dies_during_a_change_leaves_the_code_of_it(tmp_path: Path) -> None:
    b = bench_of(tmp_path)
    b.create()
    assert isinstance(b.signer, SignerDouble)
    b.signer.broken["rekey"] = 1
    with secret(GOOD) as given, pytest.raises(SignerUnavailableError):
        b.custody.rekey("ops", given)
    assert b.entries()[-1]["outcome"] == "signer.unavailable"
    with secret(GOOD) as given:
        assert b.custody.rekey("ops", given).key_version == 2


def test_an_old_copy_of_a_vault_file_is_refused_until_it_is_accepted(tmp_path: Path) -> None:
    b = bench_of(tmp_path)
    vault = b.create()
    path = tmp_path / "signer" / "vaults" / str(vault.vault)
    old = path.read_bytes()
    with secret(GOOD) as given:
        b.custody.rekey("ops", given)
    path.write_bytes(old)
    for refused in (b.unlock, lambda: b.custody.find("ops"), b.custody.list):
        with pytest.raises(VaultIntegrityError, match="older than the record") as caught:
            refused()
        assert (caught.value.exit_code, caught.value.code) == (5, "vault.damaged")
        assert "doctor --mend" in str(caught.value)
    assert b.custody.reconcile().older == (str(vault.vault),)  # what runs by itself accepts nothing
    with pytest.raises(VaultIntegrityError):
        b.unlock()
    assert b.custody.reconcile(accept_older=True).finished == (str(vault.vault),)
    b.unlock()
    assert b.custody.find("ops").key_version == 1
    assert [(e["kind"], e["key_version"]) for e in b.entries() if e["kind"] == "vault.restored"] == [
        ("vault.restored", 1)
    ]
