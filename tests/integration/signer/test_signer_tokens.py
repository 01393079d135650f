"""Capability tokens: bound to vault, verbs and time; void after lock, time-out and restart."""

from __future__ import annotations

import time

import pytest
from signer_house import EVM, VAULT_PASS, House, create, request, secret, unlock

from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.adapters.wire import NO_TOKEN
from jinku.custody.errors import SignerInputError, SignerRefusedError, TokenVoidError, VaultLockedError
from jinku.custody.ports import Delivery, Verb


def _needing(signer: SocketSigner, token: bytes, vault: str) -> dict[str, object]:
    """Each verb that needs a token, as a call."""
    return {
        "derive": lambda: signer.derive(token, request(vault)),
        "recheck": lambda: signer.recheck(token, vault, [0]),
        "make": lambda: signer.make_wallets(token, request(vault), (EVM,), 12, "english", Delivery(codes_fd=1)),
        "export": lambda: signer.export(token, vault, 0, "wif", 1),
    }


@pytest.mark.parametrize("verb", ["derive", "recheck", "make", "export"])
def test_no_token_or_another_one_allows_nothing(signer: SocketSigner, verb: str) -> None:
    vault = create(signer).vault
    good = unlock(signer, vault)
    for token in (NO_TOKEN, bytes([good[0] ^ 1]) + good[1:], good[:31] + bytes([good[31] ^ 1]), bytes(range(32))):
        with pytest.raises(TokenVoidError) as refused:
            _needing(signer, token, vault)[verb]()  # type: ignore[operator]
        assert refused.value.exit_code == 3
        assert isinstance(refused.value, VaultLockedError)


def test_a_token_allows_its_own_verbs_and_vault_only(signer: SocketSigner) -> None:
    vault, other = create(signer).vault, create(signer).vault
    unlock(signer, other)
    describe = unlock(signer, vault, [Verb.DESCRIBE])
    for name, call in _needing(signer, describe, vault).items():
        with pytest.raises(SignerRefusedError) as refused:
            call()  # type: ignore[operator]
        assert refused.value.code == "token.verb", name
    derive = unlock(signer, vault, [Verb.DERIVE])
    assert signer.derive(derive, request(vault)).count == 3
    with pytest.raises(SignerRefusedError) as refused:
        signer.derive(derive, request(other))
    assert refused.value.code == "token.vault"
    with pytest.raises(SignerRefusedError) as refused:
        signer.export(derive, vault, 0, "wif", 1)
    assert refused.value.code == "token.verb"


def test_lock_voids_every_token_of_the_vault_and_no_other(signer: SocketSigner) -> None:
    vault, other = create(signer).vault, create(signer).vault
    first, second, kept = unlock(signer, vault), unlock(signer, vault), unlock(signer, other)
    assert first != second
    signer.lock(vault)
    for token in (first, second):
        with pytest.raises(TokenVoidError):
            signer.derive(token, request(vault))
    assert signer.derive(kept, request(other)).count == 3
    fresh = unlock(signer, vault)
    assert signer.derive(fresh, request(vault)).count == 3
    with pytest.raises(TokenVoidError):
        signer.derive(first, request(vault))


def test_a_token_that_runs_out_takes_no_other_with_it(house: House, signer: SocketSigner) -> None:
    vault = create(signer).vault
    long, short = unlock(signer, vault), unlock(signer, vault, ttl=1)
    with pytest.raises(TokenVoidError):
        _use_until_void(signer, short, vault)
    assert signer.derive(long, request(vault)).count == 3
    assert signer.describe(vault).state == "unlocked"
    assert "event=expired" not in house.log


def test_keys_are_wiped_when_the_last_token_runs_out(house: House, signer: SocketSigner) -> None:
    vault = create(signer).vault
    tokens = [unlock(signer, vault, ttl=ttl) for ttl in (1, 2)]
    end = time.monotonic() + 60
    # Under load the first may run out before the second is given: that opens the vault again.
    while signer.hello().unlocked_vaults:
        assert time.monotonic() < end, "it stays open"
        time.sleep(0.05)
    while "event=expired" not in house.log:  # noted once they are wiped, and that is after they are taken away
        assert time.monotonic() < end, "it notes no end"
        time.sleep(0.05)
    assert signer.describe(vault).state == "locked"
    for token in tokens:
        with pytest.raises(TokenVoidError):
            signer.derive(token, request(vault))


def _use_until_void(signer: SocketSigner, token: bytes, vault: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        signer.derive(token, request(vault))
        time.sleep(0.05)


def test_a_restart_voids_tokens(house: House, signer: SocketSigner) -> None:
    vault = create(signer).vault
    token = unlock(signer, vault)
    house.stop()
    signer = house.ready()
    with pytest.raises(TokenVoidError):
        signer.derive(token, request(vault))
    assert signer.derive(unlock(signer, vault), request(vault)).count == 3


def test_lives_and_verbs_out_of_range_are_refused(signer: SocketSigner) -> None:
    vault = create(signer).vault
    for ttl in (0, 7 * 24 * 3600 + 1):
        with pytest.raises(SignerInputError) as refused:
            unlock(signer, vault, ttl=ttl)
        assert refused.value.code == "usage.ttl"
    assert signer.describe(vault).state == "locked", "no token, no keys"
    with pytest.raises(SignerInputError) as refused:
        signer.unlock_vault(vault, secret(VAULT_PASS), [], 60)
    assert refused.value.code == "usage.verbs"


def test_a_token_is_no_secret_of_the_log(house: House, signer: SocketSigner) -> None:
    token = unlock(signer, create(signer).vault)
    assert token.hex() not in house.log
    assert VAULT_PASS.decode() not in house.log
