"""A caller that is gone when its secret has been tried gets nothing done: no vault opens, no passphrase changes.

Whoever sees the caller dead afterwards may rely on it; so unlockings and changes that a kill cut short have an end.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from signer_house import VAULT_PASS, House, create, secret, unlock

from jinku.custody import WrongSecretError
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.adapters.wire import NO_TOKEN, VerbNumber, Writer, request_frame
from jinku.custody.ports import Verb

NEW_PASS = b"the new passphrase"
ROUNDS = 50
SECONDS = 120


def hang_up(house: House, verb: VerbNumber, body: Writer, *secrets: bytes) -> list[str]:
    """The caller was gone once its secrets were read, before the first was tried; what the signer noted of it."""
    before = len(house.log)
    near = []
    for place, given in enumerate(secrets):
        here, there = socket.socketpair()
        here.sendall(given)
        here.shutdown(socket.SHUT_WR)
        body.byte(place).flag(False)
        body.fds.append(there.detach())
        near.append(here)
    if verb is VerbNumber.UNLOCK_VAULT:
        body.byte(1).number(600)
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(house.runtime / "signer.sock"))
        socket.send_fds(caller, [request_frame(verb, 1, NO_TOKEN, bytes(body.body))], body.fds)
        for fd in body.fds:
            socket.close(fd)
        for one in near:
            one.settimeout(SECONDS)
            assert one.recv(1) == b""  # the signer has read it all and let it go
            one.close()
    ends = (f"event=refused verb={verb:#04x}", "event=unlock ", "event=change_passphrase ", "event=rekey ")
    due = time.monotonic() + SECONDS
    while not any(end in house.log[before:] for end in ends):
        assert time.monotonic() < due, house.log[before:]
        time.sleep(0.01)
    return house.log[before:].splitlines()


def rounds(house: House, verb: VerbNumber, vault: str, *secrets: bytes) -> Iterator[list[str]]:
    """What was noted, round by round. In one the signer may have been faster than the hanging up: it proves nothing."""
    for _ in range(ROUNDS):
        yield hang_up(house, verb, Writer().text(vault), *secrets)


def gone(noted: list[str]) -> bool:
    return any("code=wire.gone" in line for line in noted)


def test_a_vault_does_not_open_for_a_caller_that_is_gone(house: House, signer: SocketSigner) -> None:
    vault = create(signer).vault
    for noted in rounds(house, VerbNumber.UNLOCK_VAULT, vault, VAULT_PASS):
        if gone(noted):
            assert any(f"event=taken_back vault={vault}" in line for line in noted)
            break
        signer.lock(vault)
    else:
        pytest.fail("it opened each time")
    assert signer.hello().unlocked_vaults == ()
    assert signer.describe(vault).state == "locked"


def test_what_an_earlier_caller_opened_stays_open(house: House, signer: SocketSigner) -> None:
    vault = create(signer).vault
    token = unlock(signer, vault)
    for noted in rounds(house, VerbNumber.UNLOCK_VAULT, vault, VAULT_PASS):
        if gone(noted):
            break
    else:
        pytest.fail("it opened each time")
    assert signer.describe(vault).state == "unlocked"
    assert len(signer.recheck(token, vault, [0])) == 1


@pytest.mark.parametrize("verb", [VerbNumber.CHANGE_PASSPHRASE, VerbNumber.REKEY])
def test_nothing_is_changed_for_a_caller_that_is_gone(house: House, signer: SocketSigner, verb: VerbNumber) -> None:
    vault = create(signer).vault
    path = house.file(vault)
    given = (VAULT_PASS, NEW_PASS) if verb is VerbNumber.CHANGE_PASSPHRASE else (VAULT_PASS,)
    first = path.read_bytes()
    for noted in rounds(house, verb, vault, *given):
        if gone(noted):
            break
        path.write_bytes(first)
    else:
        pytest.fail("it was changed each time")
    assert path.read_bytes() == first
    unlock(signer, vault)
    with pytest.raises(WrongSecretError):
        signer.unlock_vault(vault, secret(NEW_PASS), (Verb.DERIVE,), 60)
