"""Wallets of users: sealed for them or claimed once, and proven like every batch; evidence for the auditor."""

from __future__ import annotations

import os

import pyrage
import pytest
from bip_utils import Bip39SeedGenerator, Bip44, Bip44Coins
from signer_house import ALL_FORMS, EVM, House, create, received, request, secret, unlock, unpack

from jinku import _native
from jinku.core import Id
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.errors import (
    SignerConflictError,
    SignerError,
    SignerInputError,
    VaultIntegrityError,
    WrongSecretError,
)
from jinku.custody.ports import Delivery, SealedEvidence


def _evm(words: str) -> str:
    return (
        Bip44.FromSeed(Bip39SeedGenerator(words).Generate(), Bip44Coins.ETHEREUM)
        .DeriveDefaultPath()
        .PublicKey()
        .ToAddress()
    )


def test_each_user_alone_opens_their_wallet(signer: SocketSigner) -> None:
    vault = create(signer).vault
    token, wanted = unlock(signer, vault), request(vault, 10, 4)
    users = [pyrage.x25519.Identity.generate() for _ in range(4)]
    delivery = Delivery(recipients=tuple(str(user.to_public()) for user in users))
    batch, wallets = signer.make_wallets(token, wanted, ALL_FORMS, 24, "english", delivery)
    identity = bytes.fromhex(signer.hello().identity_public)
    _native.verify_batch_statement(batch.statement, batch.signature, identity)
    assert b'"mode":"self"' in batch.statement
    columns = [unpack(column) for column in batch.columns]
    assert (len(columns), batch.forms) == (7, ALL_FORMS)
    ids = _native.account_ids(Id.parse(wanted.job).bytes16, wanted.ts_ms, 10, 4)
    assert [wallet.account for wallet in wallets] == [str(Id(raw)) for raw in ids]
    assert [wallet.index for wallet in wallets] == [10, 11, 12, 13]
    seen = set()
    for place, (user, wallet) in enumerate(zip(users, wallets, strict=True)):
        words = pyrage.decrypt(wallet.blob, [user]).decode()
        seen.add(words)
        assert len(words.split()) == 24
        assert _evm(words) == columns[0][place]
        assert wallet.lookup_id == b""
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(wallet.blob, [users[place - 1]])
    assert len(seen) == 4


def test_a_claim_code_opens_its_own_blob_once_typed_right(signer: SocketSigner) -> None:
    vault = create(signer).vault
    token = unlock(signer, vault)
    made: list[object] = []
    codes = received(
        lambda fd: made.extend(
            signer.make_wallets(token, request(vault, 0, 3), (EVM,), 12, "english", Delivery(codes_fd=fd))
        )
    )
    batch, wallets = made
    lines = [line.split("\t") for line in codes.decode().splitlines()]
    assert [(int(index), account) for index, account, _ in lines] == [(w.index, w.account) for w in wallets]  # type: ignore[attr-defined]
    for place, (line, wallet) in enumerate(zip(lines, wallets, strict=True)):  # type: ignore[call-overload]
        code = line[2].encode()
        assert len(code.replace(b"-", b"")) == 28
        assert signer.claim_lookup(secret(code)) == wallet.lookup_id
        words = received(lambda fd, c=code, w=wallet: signer.claim(secret(c), w.blob, fd)).decode().strip()
        assert _evm(words) == unpack(batch.columns[0])[place]  # type: ignore[attr-defined]
        sloppy = code.lower().replace(b"-", b" ") + b"\n"
        assert signer.claim_lookup(secret(sloppy)) == wallet.lookup_id
        assert code not in wallet.blob
    first, second = wallets[0], lines[1][2].encode()  # type: ignore[index]
    with pytest.raises(VaultIntegrityError):
        signer.claim(secret(second), first.blob, 1)
    bent = bytearray(first.blob)
    bent[30] ^= 1
    with pytest.raises(VaultIntegrityError):
        signer.claim(secret(lines[0][2].encode()), bytes(bent), 1)
    wrong = bytearray(lines[0][2].encode())
    wrong[0] = ord("7") if wrong[0] != ord("7") else ord("8")
    with pytest.raises(SignerInputError) as refused:
        signer.claim_lookup(secret(bytes(wrong)))
    assert refused.value.code == "envelope.claim_code"
    shown, terminal = os.openpty()
    signer.claim(secret(lines[0][2].encode()), first.blob, terminal)
    sheet = os.read(shown, 4096).decode().splitlines()
    os.close(terminal)
    os.close(shown)
    assert (len(sheet), sheet[0].split()[::2]) == (3, ["1", "2", "3", "4"])
    assert _evm(" ".join(word for line in sheet for word in line.split()[1::2])) == unpack(batch.columns[0])[0]  # type: ignore[attr-defined]
    user = pyrage.x25519.Identity.generate()
    sealed = received(lambda fd: signer.claim(secret(lines[0][2].encode()), first.blob, fd, str(user.to_public())))
    assert _evm(pyrage.decrypt(sealed, [user]).decode()) == unpack(batch.columns[0])[0]  # type: ignore[attr-defined]


def test_wallets_that_cannot_be_delivered_are_not_made(signer: SocketSigner) -> None:
    vault = create(signer).vault
    token = unlock(signer, vault)
    good = str(pyrage.x25519.Identity.generate().to_public())
    for recipients, count, code in [
        ((good,), 2, "wallets.recipients"),
        ((), 1, "wallets.recipients"),
        ((good, "age1qqqq"), 2, "age.recipient"),
        ((good,), 0, "derive.count"),
    ]:
        delivery = Delivery(recipients=recipients)
        with pytest.raises(SignerInputError) as refused:
            signer.make_wallets(token, request(vault, 0, count), (EVM,), 24, "english", delivery)
        assert refused.value.code == code
    for words, language in ((13, "english"), (24, "elvish")):
        with pytest.raises(SignerInputError):
            signer.make_wallets(token, request(vault, 0, 1), (EVM,), words, language, Delivery(recipients=(good,)))


def test_evidence_opens_for_the_auditor_alone(house: House, signer: SocketSigner) -> None:
    with pytest.raises(SignerError) as refused:
        signer.seal_evidence("subject-1", b"x")
    assert refused.value.code == "evidence.no_key"
    public = signer.create_evidence_key(secret(b"auditor's own"))
    assert len(bytes.fromhex(public)) == 32
    with pytest.raises(SignerConflictError):
        signer.create_evidence_key(secret(b"another"))
    text = '{"operator":"金","ip":"192.0.2.1"}'.encode()
    first, second = (signer.seal_evidence("subject-1", text) for _ in range(2))
    assert first.commitment != second.commitment, "salted by a fresh key"
    assert len(first.commitment) == 32
    assert text not in first.ciphertext + first.sealed_key
    house.stop()
    signer = house.ready()
    opened = received(lambda fd: signer.open_evidence(secret(b"auditor's own"), "subject-1", first, fd))
    assert opened == text
    with pytest.raises(WrongSecretError):
        signer.open_evidence(secret(b"operator's"), "subject-1", first, 1)
    mixed = SealedEvidence(first.ciphertext, first.sealed_key, second.commitment)
    bent = SealedEvidence(first.ciphertext[:-1] + b"x", first.sealed_key, first.commitment)
    for subject, sealed in (("subject-2", first), ("subject-1", mixed), ("subject-1", bent)):
        with pytest.raises(VaultIntegrityError):
            signer.open_evidence(secret(b"auditor's own"), subject, sealed, 1)


def test_a_reader_that_is_gone_is_told_and_the_signer_lives(signer: SocketSigner) -> None:
    vault = create(signer).vault
    token = unlock(signer, vault)
    read_end, write_end = os.pipe()
    os.close(read_end)
    with pytest.raises(SignerInputError) as refused:
        signer.make_wallets(token, request(vault, 0, 1), (EVM,), 12, "english", Delivery(codes_fd=write_end))
    assert refused.value.code == "secret.unwritable"
    os.close(write_end)
    assert signer.hello().system == "unlocked"
