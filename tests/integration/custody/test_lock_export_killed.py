"""A lock and an export, killed at every step: no key lies open unsaid, and no key leaves without its entry."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from keyring_conformance import GOOD, Bench
from killing import run_killed
from shapes import secret
from signer_double import SignerDouble
from test_keyring_double import bench_of, folder

__all__ = ["folder"]  # a fixture


def open_vaults(b: Bench) -> list[str]:
    return [description.name for description in b.signer.list_vaults() if description.state == "unlocked"]


def kinds(b: Bench, skip: int) -> list[str]:
    return [entry["kind"] for entry in b.entries()][skip:]


class Answering(SignerDouble):
    """One more step: the verb is done, and its answer never arrives."""

    def lock(self, vault: str | None = None) -> None:
        super().lock(vault)
        self._called("the answer")

    def export(self, *arguments: Any, **named: Any) -> Any:
        exported = super().export(*arguments, **named)
        self._called("the answer")
        return exported


def answering(path: Path) -> Bench:
    b = bench_of(path)
    b.signer.__class__ = Answering
    return b


def lock(path: Path, name: str | None) -> None:
    answering(path).custody.lock(name)


def export(path: Path) -> None:
    b = answering(path)
    out = os.open(path / "out", os.O_WRONLY | os.O_CREAT, 0o600)
    with secret(GOOD) as given, b.custody.opened_for_export("ops", given) as token:
        b.custody.export(token, "ops", None, "mnemonic", out)


@pytest.mark.parametrize("name", ["ops", None], ids=["one", "all"])
def test_a_lock_killed_at_every_step_leaves_open_or_locked_and_can_be_repeated(folder: Path, name: str | None) -> None:
    """Never an entry of a lock that was not made; the next one locks, whatever the first left, and has its entry."""
    b = bench_of(folder / "made")
    vaults = {b.create(one).vault for one in ("ops", "other")}
    b.unlock("ops")
    b.unlock("other")
    before = len(b.entries())
    b.database.purge_log()
    b.database.close()
    outcomes: set[str] = set()
    for step in range(1, 200):
        path = folder / f"{step}"
        shutil.copytree(folder / "made", path)
        killed = run_killed(lambda path=path: lock(path, name), step)
        b = bench_of(path)
        left = open_vaults(b)
        assert left in (["ops", "other"], ["other"], []), step
        assert ("ops" in left) or (name is None) == (left == []), step
        noted = kinds(b, before)
        assert noted in ([], ["vault.locked"]), step
        assert not ("ops" in left and noted), f"step {step}: an entry of a lock that was not made"
        tokens = {vault for vault in vaults if (path / "tokens" / str(vault)).exists()}
        assert len(tokens) >= len(left), f"step {step}: a vault lies open without its token"
        outcomes.add(f"{'open' if 'ops' in left else 'locked'}, {len(noted)} noted, {len(tokens)} tokens")
        b.custody.list()  # whatever comes next
        assert open_vaults(b) == left
        b.custody.lock(name)
        assert open_vaults(b) == ([] if name is None else ["other"])
        assert kinds(b, before)[-1] == "vault.locked"
        assert len(list((path / "tokens").iterdir())) == (0 if name is None else 1)
        b.unlock()
        assert b.custody.reconcile().clean
        b.database.close()
        shutil.rmtree(path)
        if not killed:
            break
    gone = 0 if name is None else 1
    assert outcomes == {
        "open, 0 noted, 2 tokens",
        "locked, 0 noted, 2 tokens",
        f"locked, 0 noted, {gone} tokens",
        f"locked, 1 noted, {gone} tokens",
    }


def test_an_export_killed_at_every_step_was_begun_before_the_key_left(folder: Path) -> None:
    """What left has its beginning in the journal, and the vault lies open for it only with the entry that says so."""
    b = bench_of(folder / "made")
    b.create()
    before = len(b.entries())
    b.database.purge_log()
    b.database.close()
    outcomes: set[str] = set()
    for step in range(1, 200):
        path = folder / f"{step}"
        shutil.copytree(folder / "made", path)
        killed = run_killed(lambda path=path: export(path), step)
        b = bench_of(path)
        out = path / "out"
        left_signer = out.exists() and out.read_bytes() == b"exported"
        noted = [kind for kind in kinds(b, before) if kind.startswith("key.")]
        assert noted in ([], ["key.export_begun"], ["key.export_begun", "key.export_ended"]), step
        assert not left_signer or noted, f"step {step}: a key left and no entry says that it might"
        assert len(noted) < 2 or left_signer, f"step {step}: an end without an export"
        b.custody.list()
        lies_open = bool(open_vaults(b))
        assert not lies_open or "vault.unlocked" in kinds(b, before), step
        assert not (path / "tokens").exists() or not list((path / "tokens").iterdir()), "none that outlives it"
        outcomes.add(f"{len(noted)} noted, {'left' if left_signer else 'stayed'}, {'open' if lies_open else 'locked'}")
        b.database.close()
        shutil.rmtree(path)
        if not killed:
            break
    assert outcomes == {
        "0 noted, stayed, locked",
        "0 noted, stayed, open",
        "1 noted, stayed, open",
        "1 noted, left, open",
        "2 noted, left, open",
        "2 noted, left, locked",
    }
    assert not lies_open
