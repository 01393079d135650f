"""A signer under a user of its own reads and writes the pipes of another, which it may not open by name."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from signer_house import (
    EVM_HARDENED,
    HOME_PASS,
    close_secrets,
    create,
    new_id,
    plain_binary,
    received,
    secret,
    unlock,
)

from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.errors import SignerError
from jinku.custody.ports import SecretFd

NOBODY = 65_534
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="changes users, so runs as root only")


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[SocketSigner]:
    """The client of a signer that another user runs."""
    for folder in [tmp_path, *list(tmp_path.parents)[:3]]:
        folder.chmod(0o755)
    place, program = tmp_path / "own", tmp_path / "jinku-signer"
    place.mkdir()
    os.chown(place, NOBODY, NOBODY)
    program.write_bytes(plain_binary().read_bytes())
    program.chmod(0o755)
    command = [str(program), "serve", "--home", str(place / "home"), "--runtime", str(place / "run")]
    subprocess.run([*command, "--allow-uid", "0"], check=True, user=NOBODY, group=NOBODY, extra_groups=[], timeout=60)
    signer = SocketSigner(place / "run" / "signer.sock", owner_uid=NOBODY)
    yield signer
    signer.shutdown()
    close_secrets()


def test_secrets_pass_between_two_users(foreign: SocketSigner, tmp_path: Path) -> None:
    key = os.urandom(32)
    foreign.init_system(new_id(), secret(key, "keyfile"))
    made = create(foreign, (EVM_HARDENED,), hardened_accounts=True, words=12)
    token = unlock(foreign, made.vault)
    assert len(received(lambda fd: foreign.export(token, made.vault, None, "mnemonic", fd)).split()) == 12
    with pytest.raises(SignerError) as wrong:
        foreign.unlock_system(secret(HOME_PASS))
    assert wrong.value.code == "envelope.wrong_secret_kind"
    path = tmp_path / "key"  # a file is read by its descriptor, whoever owns it
    path.write_bytes(key)
    path.chmod(0o600)
    with path.open("rb") as file:
        assert foreign.unlock_system(SecretFd(file.fileno(), "keyfile")).identity_public
    with Path("/dev/full").open("wb") as full, pytest.raises(SignerError) as refused:
        foreign.export(token, made.vault, None, "mnemonic", full.fileno())
    assert refused.value.code == "secret.unwritable"
