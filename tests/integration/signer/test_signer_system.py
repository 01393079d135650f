"""hello, the system key set, and what a second or a foreign signer is told."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from signer_house import HOME_PASS, House, create, new_id, request, secret, unlock

from jinku import _native
from jinku.core import IntegrityError
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.errors import (
    SignerConflictError,
    SignerError,
    SignerImpostorError,
    SignerRefusedError,
    VaultIntegrityError,
    WrongSecretError,
)
from jinku.custody.ports import SecretFd


def test_a_fresh_signer_has_no_keys(house: House) -> None:
    info = house.signer().hello()
    assert (info.protocol, info.system, info.identity_public, info.deployment) == (1, "absent", "", "")
    assert info.pid == house.pid
    with pytest.raises(SignerError, match="jinku init") as refused:
        house.signer().unlock_system(secret(HOME_PASS))
    assert refused.value.code == "system.absent"


def test_the_system_keys_are_made_once_and_come_back_after_a_restart(house: House) -> None:
    signer, deployment = house.signer(), new_id()
    made = signer.init_system(deployment, secret(HOME_PASS + b"\n"))
    publics = (made.identity_public, made.actor_public, made.log_ed25519_public)
    assert made.deployment == deployment
    assert len(set(publics)) == 3
    assert [len(key) for key in publics] == [64, 64, 64]
    assert len(made.log_mldsa44_public) == 2 * 1312
    with pytest.raises(SignerConflictError):
        signer.init_system(new_id(), secret(HOME_PASS))
    house.stop()
    signer = house.signer()
    assert signer.hello().system == "locked"
    with pytest.raises(WrongSecretError):
        signer.unlock_system(secret(b"another passphrase"))
    assert signer.unlock_system(secret(HOME_PASS)) == made
    info = signer.hello()
    assert (info.system, info.identity_public, info.deployment) == ("unlocked", made.identity_public, deployment)


def test_the_log_key_is_the_one_that_its_seed_gives(signer: SocketSigner) -> None:
    key = bytes.fromhex(signer.unlock_system(secret(HOME_PASS)).log_mldsa44_public)
    assert MLDSA44PublicKey.from_public_bytes(key).public_bytes_raw() == key


def test_a_key_file_opens_the_system_and_bad_ones_are_refused(house: House, tmp_path: Path) -> None:
    """Where the file lies and who can read it is checked by who opens it: tests/unit/ops/test_keyfile.py."""

    def keyfile(name: str, data: bytes) -> int:
        path = tmp_path / name
        path.write_bytes(data)
        path.chmod(0o600)
        return os.open(path, os.O_RDONLY)

    signer, key = house.signer(), os.urandom(32)
    for fd in (
        keyfile("short", key[:31]),
        keyfile("long", key + b"x"),
        keyfile("typed", b"a" * 32),
    ):
        with pytest.raises(SignerError) as refused:
            signer.init_system(new_id(), SecretFd(fd, "keyfile"))
        assert refused.value.code == "envelope.keyfile"
        os.close(fd)
    fd = keyfile("good", key)
    made = signer.init_system(new_id(), SecretFd(fd, "keyfile"))
    house.stop()
    with pytest.raises(WrongSecretError, match="keyfile"):
        house.signer().unlock_system(secret(b"a passphrase"))
    os.lseek(fd, 0, os.SEEK_SET)
    assert house.signer().unlock_system(SecretFd(fd, "keyfile")) == made
    assert house.signer().unlock_system(secret(key, "keyfile")) == made, "a pipe does as well"
    os.close(fd)


def test_hello_is_signed_over_the_callers_nonce(signer: SocketSigner) -> None:
    info = signer.hello()  # verified inside; here the refusals of the check itself
    with pytest.raises(IntegrityError):
        _native.verify_hello(bytes(32), info.deployment, bytes(64), bytes.fromhex(info.identity_public))


def test_a_pinned_home_refuses_the_signer_of_another(house: House, signer: SocketSigner) -> None:
    info = signer.hello()
    pin = {"deployment": info.deployment, "identity_public": info.identity_public}
    path = house.home / "deployment.json"
    path.write_text(json.dumps(pin))
    assert house.signer().hello().identity_public == info.identity_public
    path.write_text(json.dumps({**pin, "identity_public": "ab" * 32}))
    with pytest.raises(SignerImpostorError) as refused:
        house.launcher.connect()
    assert refused.value.exit_code == 5
    path.write_text(json.dumps({**pin, "deployment": new_id()}))
    with pytest.raises(SignerImpostorError):
        house.launcher.connect()
    path.unlink()


def test_a_damaged_system_file_is_named_and_left_alone(house: House, signer: SocketSigner) -> None:
    house.stop()
    path = house.home / "signer" / "system.vault"
    whole = path.read_bytes()
    for bad in (whole[: len(whole) // 2], whole[:200] + bytes([whole[200] ^ 1]) + whole[201:], b""):
        path.write_bytes(bad)
        with pytest.raises(VaultIntegrityError) as refused:
            house.signer().unlock_system(secret(HOME_PASS))
        assert refused.value.exit_code == 5
        assert path.read_bytes() == bad
    path.write_bytes(whole)
    assert house.signer().unlock_system(secret(HOME_PASS)).identity_public


def test_locking_everything_locks_the_system_too(signer: SocketSigner) -> None:
    vault = create(signer).vault
    token = unlock(signer, vault)
    signer.lock()
    assert signer.hello().system == "locked"
    assert signer.hello().unlocked_vaults == ()
    with pytest.raises(SignerRefusedError, match="void"):
        signer.derive(token, request(vault))
    token = unlock(signer, vault)
    with pytest.raises(SignerRefusedError) as refused:
        signer.derive(token, request(vault))
    assert refused.value.code == "system.locked"
