"""The anchor key in the real signer: it signs the digest of the head that it signed last, within its ceiling."""

from __future__ import annotations

import base64
import hashlib
import random

import pytest
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes
from signer_house import HOME_PASS, House, secret

from jinku.core import JinkuError, domain_digest
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.adapters.wire import VerbNumber, Writer
from jinku.custody.errors import SignerRefusedError

TERMS = (31_337, 0, 25_000, 2 * 10**9, 10**9)


def digest(signer: SocketSigner, deployment: str, size: int, root: bytes) -> bytes:
    assert signer.log_head() == (size, root)
    lines = f"{deployment}.jinku\n{size}\n".encode() + base64.b64encode(root) + b"\n"
    return domain_digest("jinku/anchor/1", lines)


def test_what_is_signed_is_the_last_head_to_its_own_sender(house: House) -> None:
    signer = house.ready()
    deployment, account = signer.hello().deployment, signer.anchor_address()
    root = hashlib.sha256(b"\0leaf").digest()
    signer.sign_checkpoint(1, root, [])
    chosen = random.Random(7)
    for _ in range(20):
        chain, nonce = chosen.randrange(1, 1 << chosen.randrange(1, 63)), chosen.randrange(1 << chosen.randrange(64))
        gas, fee = chosen.randrange(1, 200_001), chosen.randrange(1, 10**11)
        tip = chosen.randrange(fee + 1)
        size, said, raw = signer.sign_anchor(chain, nonce, gas, fee, tip)
        assert (size, said) == (1, root)
        assert bytes.fromhex(Account.recover_transaction(HexBytes(raw))[2:]) == account
        read = TypedTransaction.from_bytes(HexBytes(raw))
        assert bytes(read.encode()) == raw
        fields = read.as_dict()
        assert fields["data"] == digest(signer, deployment, 1, root)
        assert (fields["to"], fields["value"], fields["accessList"]) == (account, 0, ())
        found = [fields[name] for name in ("chainId", "nonce", "gas", "maxFeePerGas", "maxPriorityFeePerGas")]
        assert found == [chain, nonce, gas, fee, tip]
    assert signer.sign_anchor(*TERMS) == signer.sign_anchor(*TERMS)  # RFC 6979


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ((1, 0, 200_001, 1, 1), "anchor.ceiling"),
        ((1, 0, 200_000, 10**11 + 1, 1), "anchor.ceiling"),
        ((1, 0, 21_000, 10**12, 1), "anchor.ceiling"),
        ((1, 0, (1 << 64) - 1, (1 << 64) - 1, 1), "anchor.ceiling"),
        ((0, 0, 25_000, 1, 1), "anchor.terms"),
        ((1, 0, 0, 1, 1), "anchor.terms"),
        ((1, 0, 25_000, 1, 2), "anchor.terms"),
    ],
)
def test_what_costs_more_than_the_ceiling_is_refused_by_hand_too(
    signed: SocketSigner, terms: tuple[int, int, int, int, int], code: str
) -> None:
    with pytest.raises(JinkuError) as caught:
        signed.sign_anchor(*terms)
    assert caught.value.code == code
    assert signed.sign_anchor(1, 0, 200_000, 10**11, 1)[0] == 1


@pytest.fixture
def signed(house: House) -> SocketSigner:
    """A signer that signed one head."""
    signer = house.ready()
    signer.sign_checkpoint(1, hashlib.sha256(b"\0leaf").digest(), [])
    return signer


def test_nobody_hands_it_a_digest(signed: SocketSigner) -> None:
    body = Writer()
    for number in TERMS:
        body.long(number)
    with pytest.raises(JinkuError) as caught:
        signed._call(VerbNumber.SIGN_ANCHOR, body.raw(b"\x01" * 32))
    assert caught.value.code == "wire.malformed"


def test_it_waits_for_the_first_head_and_for_the_keys(house: House) -> None:
    signer = house.ready()
    account = signer.anchor_address()
    with pytest.raises(SignerRefusedError) as empty:
        signer.sign_anchor(*TERMS)
    assert empty.value.code == "anchor.no_head"
    house.kill()
    signer = house.signer()
    for call in (signer.anchor_address, lambda: signer.sign_anchor(*TERMS)):
        with pytest.raises(SignerRefusedError) as locked:
            call()
        assert locked.value.code == "system.locked"
    signer.unlock_system(secret(HOME_PASS))
    assert signer.anchor_address() == account


def test_a_head_that_is_missing_is_not_anchored(house: House, signed: SocketSigner) -> None:
    (house.home / "signer" / "log.head").unlink()
    with pytest.raises(JinkuError) as caught:
        signed.sign_anchor(*TERMS)
    assert (caught.value.code, caught.value.exit_code) == ("log.damaged", 5)
