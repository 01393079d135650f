"""An unlocking that fails leaves no vault open; a change whose entry cannot be written says that it was made."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from keyring_conformance import GOOD, OTHER, Bench
from killing import run_killed
from shapes import secret
from signer_double import SignerDouble
from test_changes_double import change
from test_keyring_double import bench_of, folder

from jinku.core import JinkuError
from jinku.custody import SignerUnavailableError, WrongSecretError
from jinku.custody.errors import ChangedUnrecordedError, ExportedUnrecordedError, LeftOpenError, UnlockUndoneError
from jinku.store import Database, DatabaseBusyError, DiskFullError

__all__ = ["folder"]  # a fixture


def open_vaults(b: Bench) -> list[str]:
    return [description.name for description in b.signer.list_vaults() if description.state == "unlocked"]


def kinds(b: Bench) -> list[str]:
    return [entry["kind"] for entry in b.entries()][1:]


@contextlib.contextmanager
def failing_after(monkeypatch: pytest.MonkeyPatch, verb: str, error: type[JinkuError]) -> Iterator[None]:
    """Once the signer has done ``verb``, no unit of work can be begun any more."""
    plain, called = Database.unit, getattr(SignerDouble, verb)
    broken: list[bool] = []

    def done(self: SignerDouble, *arguments: Any, **named: Any) -> Any:
        broken.append(True)
        return called(self, *arguments, **named)

    def unit(self: Database, *arguments: Any, **named: Any) -> Any:
        if broken:
            raise error("the database cannot be written")
        return plain(self, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(SignerDouble, verb, done)
        patch.setattr(Database, "unit", unit)
        yield


def _full(*_arguments: object) -> None:
    raise DiskFullError("the disk is full")


@pytest.mark.parametrize("error", [DatabaseBusyError, DiskFullError])
def test_an_unlocking_that_cannot_be_noted_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[JinkuError]
) -> None:
    b = bench_of(tmp_path)
    vault = b.create()
    with (
        failing_after(monkeypatch, "unlock_vault", error),
        pytest.raises(UnlockUndoneError, match="vault ops was locked again") as told,
    ):
        b.unlock()
    assert (told.value.code, told.value.exit_code) == ("vault.unlock_undone", 1)
    assert told.value.retryable == error("x").retryable
    assert error("x").code in str(told.value)
    assert open_vaults(b) == []
    assert not (tmp_path / "tokens" / str(vault.vault)).exists()
    assert kinds(b) == ["vault.unlock_begun"]
    b.unlock()
    assert open_vaults(b) == ["ops"]
    assert kinds(b)[-2:] == ["vault.unlock_begun", "vault.unlocked"]


def test_a_database_that_cannot_be_written_lets_nobody_ask_the_signer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    b = bench_of(tmp_path)
    b.create()
    assert isinstance(b.signer, SignerDouble)
    b.signer.calls.clear()
    monkeypatch.setattr(Database, "unit", _full)
    with pytest.raises(DiskFullError):
        b.unlock()
    monkeypatch.undo()
    assert "unlock_vault" not in b.signer.calls
    assert open_vaults(b) == []


def test_a_token_that_cannot_be_kept_leaves_the_vault_locked(tmp_path: Path) -> None:
    b = bench_of(tmp_path)
    b.create()
    (tmp_path / "tokens").write_text("no folder")
    with pytest.raises(UnlockUndoneError, match="token of the unlocked vault cannot be kept"):
        b.unlock()
    assert open_vaults(b) == []
    assert kinds(b) == ["vault.unlock_begun", "vault.unlock_ended"]


def test_a_signer_that_does_not_lock_again_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    b = bench_of(tmp_path)
    b.create()
    assert isinstance(b.signer, SignerDouble)
    b.signer.broken["lock"] = 1
    with failing_after(monkeypatch, "unlock_vault", DiskFullError), pytest.raises(LeftOpenError) as told:
        b.unlock()
    assert (told.value.code, told.value.retryable) == ("vault.left_open", False)
    assert "jinku signer stop" in str(told.value)


def test_a_wrong_passphrase_is_told_whatever_the_database_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    b = bench_of(tmp_path)
    b.create()
    with pytest.raises(WrongSecretError):
        b.unlock(passphrase=OTHER)
    assert [(entry["kind"], entry.get("outcome")) for entry in b.entries()][1:] == [
        ("vault.unlock_begun", None),
        ("vault.unlock_ended", "signer.wrong_secret"),
    ]
    with failing_after(monkeypatch, "unlock_vault", DiskFullError), pytest.raises(WrongSecretError):
        b.unlock(passphrase=OTHER)


def test_an_unlocking_killed_at_every_step_is_open_with_its_entry_or_locked(folder: Path) -> None:
    """Never open without ``vault.unlocked`` and a token after the next command; each beginning has one end."""
    b = bench_of(folder / "made")
    vault = b.create()
    b.database.purge_log()
    b.database.close()
    outcomes: set[str] = set()
    for step in range(1, 200):
        path = folder / f"{step}"
        shutil.copytree(folder / "made", path)
        killed = run_killed(lambda path=path: bench_of(path).unlock(), step)
        b = bench_of(path)
        lay_open = bool(open_vaults(b))
        b.custody.list()
        found, token = kinds(b), path / "tokens" / str(vault.vault)
        assert found in ([], ["vault.unlock_begun", "vault.unlocked"], ["vault.unlock_begun", "vault.unlock_ended"])
        assert bool(open_vaults(b)) == token.exists() == ("vault.unlocked" in found), step
        if "vault.unlock_ended" in found:
            assert b.entries()[-1]["locked"] is lay_open
        outcomes.add(f"{found[-1] if found else 'never begun'}, {'lay open' if lay_open else 'locked'}")
        b.unlock()
        b.database.close()
        shutil.rmtree(path)
        if not killed:
            break
    assert outcomes == {
        "never begun, locked",
        "vault.unlock_ended, locked",
        "vault.unlock_ended, lay open",
        "vault.unlocked, lay open",
    }


@pytest.mark.parametrize("verb", ["passphrase", "rekey"])
def test_a_change_whose_end_cannot_be_written_is_told_and_noted_later(folder: Path, verb: str) -> None:
    """The command says that it was done; the next one writes how it ended, though the process is gone."""
    b = bench_of(folder)
    b.create()
    b.database.close()

    def work() -> None:
        with pytest.MonkeyPatch.context() as patch:
            called = "rekey" if verb == "rekey" else "change_passphrase"
            with failing_after(patch, called, DatabaseBusyError), pytest.raises(ChangedUnrecordedError) as told:
                change(folder, verb)
        assert not told.value.retryable
        assert told.value.code == "vault.changed_unrecorded"
        assert ("passphrase of vault ops WAS changed" in str(told.value)) == (verb == "passphrase")

    assert not run_killed(work, 10_000)
    b = bench_of(folder)
    b.custody.list()
    last = b.entries()[-1]
    assert (last["kind"], last["outcome"], last["noted"]) == (
        f"vault.{verb}_ended",
        {"passphrase": "changed", "rekey": "rekeyed"}[verb],
        "afterwards",
    )
    assert last["key_version"] == b.custody.find("ops").key_version == (2 if verb == "rekey" else 1)
    assert not list((folder / "tokens").iterdir())
    b.unlock(passphrase=OTHER if verb == "passphrase" else GOOD)


def test_the_signers_refusal_is_not_hidden_by_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    b = bench_of(tmp_path)
    b.create()
    with (
        secret(OTHER) as wrong,
        secret(GOOD) as new,
        failing_after(monkeypatch, "change_passphrase", DatabaseBusyError),
        pytest.raises(WrongSecretError),
    ):
        b.custody.change_passphrase("ops", wrong, new)
    b.create("other")
    with (
        secret(OTHER) as wrong,
        failing_after(monkeypatch, "rekey", DatabaseBusyError),
        pytest.raises(WrongSecretError),
    ):
        b.custody.rekey("other", wrong)


def test_an_export_whose_end_cannot_be_written_says_that_the_key_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    b = bench_of(tmp_path)
    b.create()
    with (
        (tmp_path / "out").open("wb") as out,
        secret(GOOD) as given,
        failing_after(monkeypatch, "export", DiskFullError),
        pytest.raises(ExportedUnrecordedError, match="WAS exported") as told,
        b.custody.opened_for_export("ops", given) as token,
    ):
        b.custody.export(token, "ops", None, "mnemonic", out.fileno())
    assert (told.value.code, told.value.retryable) == ("key.exported_unrecorded", False)
    assert (tmp_path / "out").read_bytes()
    assert open_vaults(b) == []


def test_a_signer_that_dies_while_opening_leaves_its_own_error(tmp_path: Path) -> None:
    b = bench_of(tmp_path)
    b.create()
    assert isinstance(b.signer, SignerDouble)
    b.signer.broken["unlock_vault"] = 1
    with pytest.raises(SignerUnavailableError, match="fails at unlock_vault"):
        b.unlock()
    assert open_vaults(b) == []
