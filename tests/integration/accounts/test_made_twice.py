"""Rows of a vault that say less than was done: no second making is written, and no index given a second time."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from home_double import EVM, Home
from lost_home import caught_up, made, named_home, put_back

from jinku.accounts import AddressIntegrityError, JobRequest
from jinku.custody import Vault, VaultState
from jinku.custody.ports import VaultDescription
from jinku.custody.reconcile import Reconciler

MAKINGS = ("vault.created", "vault.imported", "vault.adopted")


def makings(home: Home) -> list[str]:
    with home.database.read() as unit:
        return [entry.kind for entry in unit.entries() if entry.kind in MAKINGS]


def run_sql(path: Path, statement: str, *values: object) -> None:
    with contextlib.closing(sqlite3.connect(path)) as raw, raw:
        raw.execute(statement, values)


def test_a_copy_taken_while_a_vault_was_made_goes_on_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = named_home(tmp_path)
    copy, finish = tmp_path / "copy.db", Reconciler.finish

    def copied_first(self: Reconciler, vault: Vault, description: VaultDescription, entry: str) -> Vault:
        run = sqlite3.connect(tmp_path / "jinku.db")
        with contextlib.closing(run) as raw:
            raw.execute("VACUUM INTO ?", (str(copy),))
        return finish(self, vault, description, entry)

    with monkeypatch.context() as patched:
        patched.setattr(Reconciler, "finish", copied_first)
        home.vault(forms=(EVM,))
    run_sql(copy, "DELETE FROM queue")  # the process that made it is long dead
    with monkeypatch.context() as patched:
        patched.setattr(Home, "unlock", lambda self: None)
        older, rows = put_back(home, copy)
    caught_up(older, rows)
    found = older.custody.reconcile()
    assert [len(found.finished), len(found.conflicts)] == [1, 0]
    assert makings(older) == ["vault.created", "vault.adopted"]
    older.unlock()
    made(older, JobRequest("ops", 2, key="kept"))
    assert older.accounts.verify("ops").accounts == 2


def test_a_cell_set_to_creating_stops_nothing(tmp_path: Path) -> None:
    home = named_home(tmp_path)
    home.vault(forms=(EVM,))
    made(home, JobRequest("ops", 2, key="kept"))
    for _ in range(2):
        run_sql(tmp_path / "jinku.db", "UPDATE vault SET state = 'creating'")
        assert home.custody.reconcile().finished
        assert home.custody.find("ops").state is VaultState.READY
    assert home.accounts.verify("ops").accounts == 2


def test_a_row_of_another_tier_is_a_conflict_and_nothing_is_written(tmp_path: Path) -> None:
    home = named_home(tmp_path)
    home.vault(forms=(EVM,))
    run_sql(tmp_path / "jinku.db", "UPDATE vault SET state = 'creating', tier = 'cold'")
    found = home.custody.reconcile()
    assert [len(found.finished), len(found.conflicts)] == [0, 1]
    assert makings(home) == ["vault.created"]


def test_a_lowered_next_index_gives_no_index_twice(tmp_path: Path) -> None:
    home = named_home(tmp_path)
    home.vault(forms=(EVM,))
    alice = made(home, JobRequest("ops", 3, key="alice"))
    run_sql(tmp_path / "jinku.db", "UPDATE vault SET next_index = 2")
    with pytest.raises(AddressIntegrityError, match="belongs to a job that stands") as refused:
        home.accounts.create(JobRequest("ops", 3, key="mallory"))
    assert (refused.value.found, refused.value.expected) == ("2", "3 or more")
    assert [job.job for job in home.accounts.jobs()] == [alice.job]
    run_sql(tmp_path / "jinku.db", "UPDATE vault SET next_index = 3")
    assert made(home, JobRequest("ops", 3, key="bob")).start == 3


def test_a_vault_without_its_row_is_told(tmp_path: Path) -> None:
    home = named_home(tmp_path)
    vault = str(home.vault(forms=(EVM,)).vault)
    assert home.custody.without_rows() == ()
    run_sql(tmp_path / "jinku.db", "UPDATE vault SET state = 'creating'")
    assert [error.fields["vault"] for error in home.custody.without_rows()] == [vault]
    run_sql(tmp_path / "jinku.db", "DELETE FROM vault")
    (error,) = home.custody.without_rows()
    assert (error.code, error.exit_code, error.fields["vault"]) == ("vault.row_changed", 5, vault)
    home.custody.reconcile()
    assert home.custody.without_rows() == ()
