"""The signer dies at each durable step of each vault operation: old state or new state afterwards, never neither.

A build with fault points aborts at the n-th step (before and after the file is made, half written, written, synced,
renamed, its folder synced). The process dies as by kill -9: no destructor runs, no file is closed by hand.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from signer_house import (
    ABANDON,
    ALL_VERBS,
    EVM,
    HOME_PASS,
    VAULT_PASS,
    House,
    create,
    new_id,
    received,
    secret,
    spec,
    unlock,
)

from jinku.custody.adapters.launcher import Launcher
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.errors import SignerError, SignerGoneError, WrongSecretError
from jinku.custody.ports import ImportKind

FAULT = "JINKU_SIGNER_FAULT"
NEW_PASS = b"the new passphrase"


def _dies_at(house: House, step: int, operation: Callable[[SocketSigner], object]) -> bool:
    """True when the operation died at the step, False when it has fewer and succeeded. Afterwards no signer runs."""
    os.environ[FAULT] = str(step)
    try:
        signer = house.signer()
        pid = house.pid
        try:
            operation(signer)
        except SignerGoneError:
            assert not Path(f"/proc/{pid}/fd/0").exists()
            return True
        return False
    finally:
        del os.environ[FAULT]
        house.stop()


def _whole(house: House) -> SocketSigner:
    """A signer without faults over what was left; left-overs of the dead one are swept."""
    signer = house.signer()
    left = [path.name for path in (house.home / "signer").rglob(".*")]
    assert left == []
    return signer


def _each_step(house: House, prepare: Callable[[], None], operation: Callable[[SocketSigner], object]) -> list[int]:
    """The steps at which it died: the operation ran on a fresh copy of the home once for each, then was checked."""
    prepare()
    house.stop()
    keep = house.folder / "keep"
    shutil.copytree(house.home, keep)
    died: list[int] = []
    for step in range(1, 40):
        shutil.rmtree(house.home)
        shutil.copytree(keep, house.home)
        if not _dies_at(house, step, operation):
            return died
        died.append(step)
        _CHECKS[-1](house, step)
        house.stop()
    pytest.fail("the operation never ends")


_CHECKS: list[Callable[[House, int], None]] = []


@pytest.fixture(autouse=True)
def _no_checks_left() -> None:
    _CHECKS.clear()


def test_create(house: House) -> None:
    wanted = spec((EVM,))

    def check(house: House, step: int) -> None:
        signer = _whole(house)
        if vaults := signer.list_vaults():
            assert [(v.vault, v.state) for v in vaults] == [(wanted.vault, "locked")]
            assert len(unlock(signer, wanted.vault)) == 32
        else:
            assert signer.create_vault(wanted, secret(VAULT_PASS)).state == "locked", "it can be tried again"

    _CHECKS.append(check)
    died = _each_step(house, house.ready, lambda s: s.create_vault(wanted, secret(VAULT_PASS)))
    assert len(died) >= 6


def test_import(house: House) -> None:
    wanted = spec((EVM,))

    def operation(signer: SocketSigner) -> object:
        return signer.import_vault(wanted, ImportKind.MNEMONIC, secret(ABANDON), secret(VAULT_PASS))

    def check(house: House, step: int) -> None:
        signer = _whole(house)
        vaults = signer.list_vaults() or (operation(signer),)
        assert [v.fingerprint for v in vaults] == ["73c5da0a"]  # type: ignore[attr-defined]
        token = unlock(signer, wanted.vault)
        assert signer.recheck(token, wanted.vault, [0]) == [["0x9858EfFD232B4033E47d90003D41EC34EcaEda94"]]

    _CHECKS.append(check)
    assert len(_each_step(house, house.ready, operation)) >= 6


def test_change_of_passphrase(house: House) -> None:
    vault, first, states = "", [], set()

    def prepare() -> None:
        nonlocal vault, first
        signer = house.ready()
        vault = create(signer).vault
        first = signer.recheck(unlock(signer, vault), vault, [0, 1])

    def check(house: House, step: int) -> None:
        signer = _whole(house)
        opens = []
        for passphrase in (VAULT_PASS, NEW_PASS):
            try:
                token = signer.unlock_vault(vault, secret(passphrase), ALL_VERBS, 60)
            except WrongSecretError:
                continue
            opens.append(passphrase)
            assert signer.recheck(token, vault, [0, 1]) == first
        assert len(opens) == 1, f"step {step}: one of the two, never both or neither"
        states.add(opens[0])

    _CHECKS.append(check)
    _each_step(house, prepare, lambda s: s.change_passphrase(vault, secret(VAULT_PASS), secret(NEW_PASS)))
    assert states == {VAULT_PASS, NEW_PASS}, "the steps reach from before to after"


def test_rekey(house: House) -> None:
    vault, first, states = "", [], set()

    def prepare() -> None:
        nonlocal vault, first
        signer = house.ready()
        vault = create(signer).vault
        first = signer.recheck(unlock(signer, vault), vault, [0, 1])

    def check(house: House, step: int) -> None:
        signer = _whole(house)
        token = unlock(signer, vault)
        assert signer.recheck(token, vault, [0, 1]) == first
        version = signer.describe(vault).key_version
        states.add(version)
        assert signer.rekey(vault, secret(VAULT_PASS)) == version + 1

    _CHECKS.append(check)
    _each_step(house, prepare, lambda s: s.rekey(vault, secret(VAULT_PASS)))
    assert states == {1, 2}


def test_the_system_keys(house: House) -> None:
    deployment = new_id()

    def check(house: House, step: int) -> None:
        signer = _whole(house)
        if signer.hello().system == "absent":
            made = signer.init_system(deployment, secret(HOME_PASS))
        else:
            made = signer.unlock_system(secret(HOME_PASS))
        assert made.deployment == deployment

    _CHECKS.append(check)
    died = _each_step(house, lambda: None, lambda s: s.init_system(deployment, secret(HOME_PASS)))
    assert len(died) >= 6


def test_the_evidence_key(house: House) -> None:
    def check(house: House, step: int) -> None:
        signer = _whole(house)
        if not (house.home / "signer" / "evidence.key").exists():
            with pytest.raises(SignerError, match="no evidence key"):
                signer.seal_evidence("s", b"text")
            signer.create_evidence_key(secret(b"auditor"))
        sealed = signer.seal_evidence("s", b"text")
        assert received(lambda fd: signer.open_evidence(secret(b"auditor"), "s", sealed, fd)) == b"text"

    _CHECKS.append(check)
    died = _each_step(house, lambda: None, lambda s: s.create_evidence_key(secret(b"auditor")))
    assert len(died) >= 6


def test_a_full_disk_leaves_the_old_state(tmp_path: Path) -> None:
    """On a small tmpfs: the change is refused with a sentence and the vault opens as before."""
    small = tmp_path / "small"
    small.mkdir(mode=0o700)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", str(small)], check=False)
    if mounted.returncode != 0:
        pytest.skip("a tmpfs cannot be mounted here")
    house = House(small)
    house.runtime = tmp_path / "run"
    house.launcher = Launcher(house.home, house.runtime)
    try:
        signer = house.ready()
        vault = create(signer).vault
        with (small / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while filler.write(b"x" * 4096):
                pass
        assert shutil.disk_usage(small).free == 0
        for change in (
            lambda: signer.change_passphrase(vault, secret(VAULT_PASS), secret(NEW_PASS)),
            lambda: signer.rekey(vault, secret(VAULT_PASS)),
            lambda: create(signer),
        ):
            with pytest.raises(SignerError) as refused:
                change()
            assert (refused.value.code, refused.value.retryable) == ("envelope.disk_full", True)
        assert len(unlock(signer, vault)) == 32
        (small / "filler").unlink()
        assert signer.rekey(vault, secret(VAULT_PASS)) == 2
    finally:
        house.stop()
        subprocess.run(["umount", str(small)], check=True)
