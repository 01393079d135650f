"""The signer was asked and nobody heard its answer: what it may still be doing has no end yet, and bars the next."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from keyring_conformance import GOOD, OTHER, Bench
from shapes import secret
from signer_double import SignerDouble
from test_keyring_double import bench_of
from test_unlock_double import kinds, open_vaults

from jinku.custody import SignerUnavailableError, WrongSecretError
from jinku.custody.errors import (
    ChangeUnknownError,
    LeftOpenError,
    SignerAbsentError,
    SignerGoneError,
    SignerTimeoutError,
    VaultBusyError,
)
from jinku.custody.ports import VaultDescription
from jinku.store import Database

SILENT = SignerTimeoutError("the signer does not answer within 180 s")


class Slow(SignerDouble):
    """Changes a vault, and its answer does not come; then hangs for as long as a test says."""

    unheard: BaseException | None = None
    before = False  # nothing was changed
    hangs: tuple[str, ...] = ()  # verbs that give no answer

    def _save(self, vault: str, document: dict[str, object]) -> None:
        if not (self.unheard and self.before):
            super()._save(vault, document)
        if self.unheard is not None:
            raise self.unheard

    def _called(self, verb: str) -> None:
        super()._called(verb)
        if verb in self.hangs:
            raise SILENT


@pytest.fixture
def b(tmp_path: Path) -> Bench:
    bench = bench_of(tmp_path)
    bench.create()
    bench.signer.__class__ = Slow
    return bench


def change(b: Bench, verb: str, old: str = GOOD, new: str = OTHER) -> None:
    with secret(old) as one, secret(new) as two:
        if verb == "rekey":
            b.custody.rekey("ops", one)
        else:
            b.custody.change_passphrase("ops", one, two)


def ends(b: Bench, verb: str) -> list[tuple[Any, ...]]:
    return [(e["outcome"], e.get("noted")) for e in b.entries() if e["kind"] == f"vault.{verb}_ended"]


@pytest.mark.parametrize("verb", ["passphrase", "rekey"])
@pytest.mark.parametrize("before", [True, False])
def test_a_change_that_timed_out_has_its_end_once_the_signer_cannot_be_at_it(b: Bench, verb: str, before: bool) -> None:
    signer = b.signer
    assert isinstance(signer, Slow)
    signer.unheard, signer.before = SILENT, before
    with pytest.raises(ChangeUnknownError, match="is not known") as told:
        change(b, verb)
    assert (told.value.code, told.value.exit_code, told.value.retryable) == ("vault.change_unknown", 1, False)
    assert "does not answer within 180 s" in str(told.value)
    assert kinds(b) == [f"vault.{verb}_begun"]

    signer.hangs, signer.unheard = ("describe",), None  # all of it hangs: whoever reads on is told
    with pytest.raises(SignerTimeoutError):
        b.custody.find("ops")
    signer.hangs = ("unlock_vault",)  # it answers, and is still at something
    b.custody.find("ops")
    for other in ("passphrase", "rekey"):
        with pytest.raises(VaultBusyError, match="has not ended") as busy:
            change(b, other)
        assert busy.value.retryable
    assert kinds(b) == [f"vault.{verb}_begun"]

    signer.hangs = ()
    b.custody.find("ops")
    known = verb == "rekey" and not before
    assert ends(b, verb) == [("rekeyed" if known else "unknown", "afterwards")]
    change(b, "rekey", OTHER if verb == "passphrase" and not before else GOOD)
    assert b.custody.find("ops").key_version == (3 if known else 2)
    assert len(ends(b, verb)) == (2 if verb == "rekey" else 1)


@pytest.mark.parametrize("unheard", [SignerGoneError("it ended in the middle of an answer"), KeyboardInterrupt()])
def test_a_signer_that_died_or_a_person_that_gave_up_leaves_it_open_too(b: Bench, unheard: BaseException) -> None:
    signer = b.signer
    assert isinstance(signer, Slow)
    signer.unheard = unheard
    with pytest.raises(KeyboardInterrupt if isinstance(unheard, KeyboardInterrupt) else ChangeUnknownError):
        change(b, "passphrase")
    assert kinds(b) == ["vault.passphrase_begun"]
    signer.unheard = None
    b.custody.list()
    assert ends(b, "passphrase") == [("unknown", "afterwards")]


def test_a_signer_that_was_never_asked_ends_it_at_once(b: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_arguments: object) -> int:
        raise SignerAbsentError("no signer runs here")

    monkeypatch.setattr(Slow, "rekey", absent)
    with pytest.raises(SignerAbsentError):
        change(b, "rekey")
    assert ends(b, "rekey") == [("signer.gone", None)]
    monkeypatch.undo()
    change(b, "rekey")


def test_no_signer_at_all_is_not_at_it(b: Bench) -> None:
    """What ran, ran in a process that ended; and reading starts none to ask."""
    signer = b.signer
    assert isinstance(signer, Slow)
    signer.unheard = SILENT
    with pytest.raises(ChangeUnknownError):
        change(b, "passphrase")

    def absent(_vault: str) -> VaultDescription:
        raise SignerAbsentError("no signer runs here")

    signer.calls.clear()
    b.custody._changes.settle(absent)
    assert signer.calls == []
    assert ends(b, "passphrase") == [("unknown", "afterwards")]


def test_a_refusal_ends_it_as_it_is(b: Bench) -> None:
    with pytest.raises(WrongSecretError):
        change(b, "rekey", OTHER)
    assert ends(b, "rekey") == [("signer.wrong_secret", None)]


def test_the_signer_locks_outside_of_any_unit(b: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unlocking that was left is undone; while the signer takes its time, nobody waits for the database."""
    signer = b.signer
    assert isinstance(signer, Slow)
    units: list[bool] = []
    locked: list[bool] = []
    plain_unit, plain_lock = Database.unit, SignerDouble.lock

    def unit(self: Database) -> Any:
        @contextlib.contextmanager
        def counted() -> Any:
            with plain_unit(self) as opened:
                units.append(True)
                try:
                    yield opened
                finally:
                    units.pop()

        return counted()

    def lock(self: SignerDouble, vault: str | None = None) -> None:
        locked.append(bool(units))
        if len(locked) > 1:
            plain_lock(self, vault)
        else:
            raise SILENT

    def gone(self: SignerDouble, *arguments: Any) -> bytes:
        SignerDouble.unlock_vault(self, *arguments)
        raise SILENT

    monkeypatch.setattr(Slow, "unlock_vault", gone)
    monkeypatch.setattr(Slow, "lock", lock)
    monkeypatch.setattr(Database, "unit", unit)
    with pytest.raises(LeftOpenError):
        b.unlock()
    assert open_vaults(b) == ["ops"]
    b.custody.list()
    assert locked == [False, False]
    assert open_vaults(b) == []
    assert kinds(b) == ["vault.unlock_begun", "vault.unlock_ended"]


def test_what_went_wrong_comes_before_a_locking_that_fails(b: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_arguments: object) -> None:
        raise SILENT

    def exporting() -> None:
        monkeypatch.setattr(Slow, "lock", silent)
        raise SignerUnavailableError("the export's own words")

    with (
        secret(GOOD) as given,
        pytest.raises(SignerUnavailableError, match="the export's own words") as told,
        b.custody.opened_for_export("ops", given),
    ):
        exporting()
    (note,) = told.value.__notes__
    assert "vault ops may lie open for 120 s more" in note
    assert "does not answer within 180 s" in note
