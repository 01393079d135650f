"""Vaults: made, opened, described, re-keyed; wrong passphrases and damaged files."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace

import pytest
from signer_house import (
    ALL_FORMS,
    ALL_VERBS,
    EVM,
    EVM_HARDENED,
    VAULT_PASS,
    House,
    create,
    new_id,
    secret,
    spec,
    unlock,
)

from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.errors import (
    SignerConflictError,
    SignerInputError,
    SignerVaultUnknownError,
    VaultIntegrityError,
    WrongSecretError,
)
from jinku.custody.ports import Form, SecretFd, VaultSpec


def test_a_vault_is_made_described_and_listed(house: House, signer: SocketSigner) -> None:
    wanted = spec(ALL_FORMS, name="Kasse 金库", tier="cold", exportable=False, limits='{"max_accounts":7}')
    made = signer.create_vault(wanted, secret(VAULT_PASS))
    assert (made.vault, made.name, made.tier, made.state) == (wanted.vault, "Kasse 金库", "cold", "locked")
    assert (made.secret_kind, made.forms, made.exportable) == ("bip39", ALL_FORMS, False)
    assert (made.key_version, made.limits, made.expires_at_ms, made.origin) == (1, '{"max_accounts":7}', 0, "created")
    assert len(bytes.fromhex(made.fingerprint)) == 4
    assert signer.describe(wanted.vault) == replace(made, accounts=())  # only a key at hand says how many it can have
    second = create(signer)
    assert [vault.vault for vault in signer.list_vaults()] == sorted([wanted.vault, second.vault])
    assert second.fingerprint != made.fingerprint
    assert house.file(wanted.vault).stat().st_mode & 0o777 == 0o600
    unlock(signer, wanted.vault)
    now = signer.describe(wanted.vault)
    assert now.state == "unlocked"
    assert now.expires_at_ms > 0
    assert signer.hello().unlocked_vaults == (wanted.vault,)


def test_a_vault_that_makes_no_sense_is_refused_and_leaves_nothing(house: House, signer: SocketSigner) -> None:
    def refused(wanted: VaultSpec, passphrase: bytes = VAULT_PASS) -> str:
        with pytest.raises(SignerInputError) as error:
            signer.create_vault(wanted, secret(passphrase))
        assert error.value.exit_code == 2
        return error.value.code

    assert refused(spec(())) == "usage.form"
    assert refused(spec((Form("eip155:1", "bitcoin", "eoa", "m/44'/60'/0'/0/{i}"),))) == "usage.form"
    assert refused(spec((Form("dogecoin:1", "evm", "eoa", "m/44'/60'/0'/0/{i}"),))) == "usage.form"
    assert refused(spec((Form("eip155:1", "evm", "eoa", "m/44'/60'/0'/0"),))) == "usage.form"
    assert refused(spec((Form("eip155:1", "evm", "eoa", "nonsense/{i}"),))) in {"usage.form", "derive.failed"}
    assert refused(spec((EVM, EVM))) == "usage.form"
    assert refused(spec((EVM,), hardened_accounts=True)) == "usage.form"
    assert refused(spec(tier="lukewarm")) == "usage.tier"
    assert refused(spec(words=13)) == "usage.words"
    assert refused(spec(language="klingon")) == "usage.language"
    assert refused(spec(limits="{ }")) == "usage.limits"
    assert refused(spec(name="")) == "envelope.bad_field"
    assert refused(spec(vault="not-an-id")) == "usage.id"
    assert refused(spec(), b"\n") == "secret.empty"
    assert refused(spec(), b"") == "secret.empty"
    assert list((house.home / "signer" / "vaults").iterdir()) == []
    assert signer.create_vault(spec((EVM_HARDENED,), hardened_accounts=True), secret(VAULT_PASS)).hardened_accounts


def test_a_secret_over_64_kib_is_refused(signer: SocketSigner) -> None:
    fd = os.memfd_create("long")
    os.write(fd, b"x" * 65_537)
    os.lseek(fd, 0, os.SEEK_SET)
    with pytest.raises(SignerInputError) as refused:
        signer.create_vault(spec(), SecretFd(fd))
    assert refused.value.code == "secret.too_long"
    os.truncate(fd, 65_536)
    os.lseek(fd, 0, os.SEEK_SET)
    assert signer.create_vault(spec(), SecretFd(fd)).state == "locked"
    os.close(fd)


def test_the_same_id_is_never_made_twice(house: House, signer: SocketSigner) -> None:
    wanted = spec()
    signer.create_vault(wanted, secret(VAULT_PASS))
    before = house.file(wanted.vault).read_bytes()
    with pytest.raises(SignerConflictError):
        signer.create_vault(wanted, secret(b"another"))
    assert house.file(wanted.vault).read_bytes() == before


def test_a_wrong_passphrase_is_refused_counted_and_changes_nothing(house: House, signer: SocketSigner) -> None:
    vault = create(signer).vault
    before = house.file(vault).read_bytes()
    for count in range(1, 4):
        with pytest.raises(WrongSecretError) as refused:
            signer.unlock_vault(vault, secret(VAULT_PASS + b" "), ALL_VERBS, 60)
        assert ("wrong in a row" in str(refused.value)) == (count > 1)
    assert "in_a_row=3" in house.log
    assert signer.describe(vault).state == "locked"
    assert house.file(vault).read_bytes() == before
    unlock(signer, vault)
    with pytest.raises(WrongSecretError) as refused:
        signer.unlock_vault(vault, secret(b"x"), ALL_VERBS, 60)
    assert "in a row" not in str(refused.value)


def test_an_unknown_vault_is_said_so(signer: SocketSigner) -> None:
    for ask in (
        lambda: unlock(signer, new_id()),
        lambda: signer.describe(new_id()),
        lambda: signer.rekey(new_id(), secret(VAULT_PASS)),
    ):
        with pytest.raises(SignerVaultUnknownError) as refused:
            ask()
        assert refused.value.exit_code == 4


def test_after_a_change_of_passphrase_only_the_new_one_opens(signer: SocketSigner) -> None:
    vault = create(signer).vault
    with pytest.raises(WrongSecretError):
        signer.change_passphrase(vault, secret(b"wrong"), secret(b"new one"))
    with pytest.raises(SignerInputError):
        signer.change_passphrase(vault, secret(VAULT_PASS), secret(b""))
    before = signer.describe(vault)
    signer.change_passphrase(vault, secret(VAULT_PASS), secret(b"new one"))
    with pytest.raises(WrongSecretError):
        unlock(signer, vault)
    assert len(signer.unlock_vault(vault, secret(b"new one"), ALL_VERBS, 60)) == 32
    assert signer.describe(vault).key_version == before.key_version


def test_a_rekey_raises_the_version_and_keeps_the_keys(house: House, signer: SocketSigner) -> None:
    vault = create(signer).vault
    token = unlock(signer, vault)
    addresses = signer.recheck(token, vault, [0, 9])
    with pytest.raises(WrongSecretError):
        signer.rekey(vault, secret(b"wrong"))
    assert signer.rekey(vault, secret(VAULT_PASS)) == 2
    assert signer.describe(vault).key_version == 2
    assert signer.recheck(token, vault, [0, 9]) == addresses, "an open token lives on"
    house.stop()
    signer = house.ready()
    assert signer.recheck(unlock(signer, vault), vault, [0, 9]) == addresses


def test_truncated_and_bit_flipped_files_are_refused_whatever_the_place(house: House, signer: SocketSigner) -> None:
    good, bad = create(signer).vault, create(signer).vault
    path = house.file(bad)
    whole = path.read_bytes()
    places = [0, 1, len(whole) // 3, len(whole) // 2, len(whole) - 70, len(whole) - 1]
    damaged = [whole[:place] for place in places]
    damaged += [whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :] for place in places]
    damaged += [house.file(good).read_bytes()]  # a whole file, but another vault's
    for data in damaged:
        path.write_bytes(data)
        with pytest.raises(VaultIntegrityError) as refused:
            unlock(signer, bad)
        assert refused.value.exit_code == 5
        assert path.read_bytes() == data, "nothing is lost"
    states = {vault.vault: vault.state for vault in signer.list_vaults()}
    assert states == {good: "locked", bad: "damaged"}
    path.write_bytes(whole)
    assert len(unlock(signer, bad)) == 32


def test_a_repaired_checksum_does_not_help_a_forger(house: House, signer: SocketSigner) -> None:
    vault = create(signer, exportable=False).vault
    path = house.file(vault)
    body, label, _ = path.read_bytes().rpartition(b"\nsha256:")
    forged = body.replace(b'"exportable":false', b'"exportable":true')
    assert forged != body
    path.write_bytes(forged + label + hashlib.sha256(forged).hexdigest().encode() + b"\n")
    with pytest.raises(VaultIntegrityError) as refused:
        unlock(signer, vault)
    assert refused.value.code == "envelope.forged"
