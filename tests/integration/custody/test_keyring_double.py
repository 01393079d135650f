"""The suite itself, on the signer's double: so that it can fail for its own reasons without a signer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from home_double import DEPLOYMENT, open_home
from keyring_conformance import GOOD, Bench, KeyringConformance
from killing import memory_folder, run_killed
from shapes import EVM, secret
from signer_double import SignerDouble

from jinku.custody import (
    NameTakenError,
    NewVault,
    Reconciliation,
    SignerRefusedError,
    SignerUnavailableError,
    Tier,
    VaultNotFoundError,
    VaultState,
)
from jinku.custody.ports import ImportKind


@pytest.fixture
def folder() -> Iterator[Path]:
    with memory_folder() as path:
        yield path


def bench_of(path: Path) -> Bench:
    home = open_home(path)
    return Bench(home.database, home.signer, home.custody, home.accounts, path)


class TestDouble(KeyringConformance):
    """The whole suite on the double."""

    def bench(self, path: Path) -> Bench:
        return bench_of(path)


def create(path: Path) -> None:
    bench_of(path).create()


def test_a_creation_killed_at_every_step_is_whole_or_gone(folder: Path) -> None:
    """Nothing is lost: what the signer wrote is finished, what it did not write leaves the name free."""
    open_home(folder / "made").database.close()
    outcomes: set[str] = set()
    for step in range(1, 200):
        path = folder / f"{step}"
        shutil.copytree(folder / "made", path)
        killed = run_killed(lambda path=path: create(path), step)
        b = bench_of(path)
        files = {description.vault for description in b.signer.list_vaults()}
        found = b.custody.reconcile()
        if found.finished:
            outcomes.add("finished")
        elif found.dropped:
            outcomes.add("dropped")
        elif files:
            outcomes.add("whole")
        else:
            outcomes.add("never begun")
        assert not found.conflicts
        assert not found.missing
        rows = b.custody.list()
        assert {str(view.vault.vault) for view in rows} == files
        created = [entry for entry in b.entries() if entry["kind"] == "vault.created"]
        assert len(created) == len(files)
        if not files:
            b.create()  # the name is free
        assert b.custody.find("ops").state is VaultState.READY
        b.unlock()
        b.database.close()
        if not killed:
            break
    assert outcomes == {"finished", "dropped", "whole", "never begun"}


def test_a_refused_import_leaves_nothing(tmp_path: Path) -> None:
    b = bench_of(tmp_path)
    new = NewVault("old", Tier.COLD, (EVM,))
    with secret("bad") as material, secret(GOOD) as given, pytest.raises(SignerRefusedError):
        b.custody.import_vault(new, ImportKind.XPRV, material, given)
    assert b.custody.list() == ()
    assert b.entries() == []
    with secret("good") as material, secret(GOOD) as given:
        made = b.custody.import_vault(new, ImportKind.XPRV, material, given)
    assert (made.secret_kind, b.entries()[0]["kind"]) == ("xprv", "vault.imported")


def test_a_signer_that_dies_while_creating_is_reconciled(tmp_path: Path) -> None:
    b = bench_of(tmp_path)
    assert isinstance(b.signer, SignerDouble)
    b.signer.broken["create_vault"] = 1
    with pytest.raises(SignerUnavailableError):
        b.create()
    assert len(b.custody.reconcile().dropped) == 1
    b.create()


def test_a_vault_whose_file_is_gone_is_missing_until_it_returns(tmp_path: Path) -> None:
    b = bench_of(tmp_path)
    vault = b.create()
    path = tmp_path / "signer" / "vaults" / str(vault.vault)
    away = tmp_path / "away"
    path.rename(away)
    assert b.custody.reconcile().missing == (str(vault.vault),)
    assert b.custody.reconcile().missing == (str(vault.vault),)  # reported each time, noted once
    with pytest.raises(VaultNotFoundError, match="backup"):
        b.unlock()
    assert b.custody.list()[0].signer is None
    away.rename(path)
    assert b.custody.reconcile().finished == (str(vault.vault),)
    b.unlock()
    kinds = [entry["kind"] for entry in b.entries()]
    assert kinds == ["vault.created", "vault.missing", "vault.restored", "vault.unlock_begun", "vault.unlocked"]


def test_an_export_is_journaled_before_and_after(tmp_path: Path) -> None:
    b = bench_of(tmp_path)
    b.create()
    b.create("closed", exportable=False)
    with (tmp_path / "out").open("wb") as out:
        with secret(GOOD) as given, b.custody.opened_for_export("ops", given) as token:
            b.custody.export(token, "ops", None, "mnemonic", out.fileno())
        with (
            secret(GOOD) as given,
            b.custody.opened_for_export("closed", given) as token,
            pytest.raises(SignerRefusedError),
        ):
            b.custody.export(token, "closed", 3, "keystore", out.fileno(), recipient="age1x")
    ends = [(entry["kind"], entry.get("outcome")) for entry in b.entries() if entry["kind"].startswith("key.")]
    assert ends == [
        ("key.export_begun", None),
        ("key.export_ended", "exported"),
        ("key.export_begun", None),
        ("key.export_ended", "signer.refused"),
    ]
    assert "exported" not in json.dumps([entry for entry in b.entries() if entry["kind"] == "key.export_begun"])


def test_a_list_without_a_signer_still_names_the_vaults(tmp_path: Path) -> None:
    b = bench_of(tmp_path)
    b.create()
    assert isinstance(b.signer, SignerDouble)
    b.signer.down = True
    (view,) = b.custody.list()
    assert (view.vault.name, view.signer) == ("ops", None)
    assert str(DEPLOYMENT) not in repr(view)


def test_a_vault_that_another_process_is_making_is_left_alone(tmp_path: Path) -> None:
    """Reconciling drops what a dead process left, never what a living one is about to finish."""
    b = bench_of(tmp_path)
    seen: list[Reconciliation] = []
    plain = SignerDouble.create_vault

    class Slow(SignerDouble):
        def create_vault(self, *arguments: Any, **named: Any) -> Any:
            other = bench_of(tmp_path)
            seen.append(other.custody.reconcile())
            with pytest.raises(VaultNotFoundError, match="just being made"):
                other.custody.find("ops")
            with pytest.raises(NameTakenError):
                other.create()
            return plain(self, *arguments, **named)

    b.signer.__class__ = Slow
    made = b.create()
    assert [found.clean for found in seen] == [True]
    assert b.custody.find("ops") == made
    assert b.custody.reconcile().clean


def test_a_name_left_by_a_killed_creation_is_free_at_once(tmp_path: Path) -> None:
    b = bench_of(tmp_path)
    b.database.close()
    for step in range(1, 60):
        if not run_killed(lambda: create(tmp_path), step):
            break
        b = bench_of(tmp_path)
        if b.signer.list_vaults():
            break
        b.database.close()
    with pytest.raises(NameTakenError):
        b.create()  # the whole one, finished on the way
    assert b.custody.find("ops").state is VaultState.READY
