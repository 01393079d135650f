"""Addresses: the ones that wallets show, signed over, and the same by a second way; impossible ranges are refused."""

from __future__ import annotations

import hashlib
import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from signer_house import (
    ABANDON,
    ALL_FORMS,
    COSMOS,
    EVM,
    EVM_HARDENED,
    JUNK,
    NEO,
    SEGWIT,
    SOLANA,
    TAPROOT,
    TRON,
    TS_MS,
    House,
    create,
    imported,
    new_id,
    request,
    unlock,
    unpack,
)

from jinku import _native
from jinku.core import Id, IntegrityError
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.errors import SignerInputError, SignerRefusedError
from jinku.custody.ports import DerivedBatch, DeriveRequest, Form, ImportKind


def _checked(signer: SocketSigner, batch: DerivedBatch, wanted: DeriveRequest) -> list[list[str]]:
    """The batch's addresses, after signature, statement and root agreed by code that is not the signer's."""
    info = signer.hello()
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(info.identity_public))
    digest = hashlib.sha256(b"jinku/batch/1\0" + batch.statement).digest()
    key.verify(batch.signature, digest)
    with pytest.raises(InvalidSignature):
        key.verify(batch.signature, hashlib.sha256(b"jinku/batch/1\0" + batch.statement + b" ").digest())
    said = json.loads(batch.statement)
    assert said == {
        "count": wanted.count,
        "deployment": info.deployment,
        "forms": [{"chain": f.chain, "family": f.family, "kind": f.kind, "path": f.path} for f in batch.forms],
        "job": wanted.job,
        "mode": said["mode"],
        "root": batch.root.hex(),
        "start": wanted.start,
        "ts": str(wanted.ts_ms),
        "v": 1,
        "vault": wanted.vault,
    }
    columns = [unpack(column) for column in batch.columns]
    assert [len(column) for column in columns] == [wanted.count] * len(batch.forms)
    ids = _native.account_ids(Id.parse(wanted.job).bytes16, wanted.ts_ms, wanted.start, wanted.count)
    assert _root(said["mode"], batch, [str(Id(raw)) for raw in ids], columns) == batch.root
    return columns


def _root(mode: str, batch: DerivedBatch, ids: list[str], columns: list[list[str]]) -> bytes:
    """RFC 6962 over the leaves, written out here a second time."""
    leaves = []
    for place, account in enumerate(ids):
        index = batch.start + place
        number = index if mode == "custodial" else 0
        addresses = [
            {"address": column[place], "chain": f.chain, "kind": f.kind, "path": f.path.replace("{i}", str(number))}
            for f, column in zip(batch.forms, columns, strict=True)
        ]
        leaf = {"account": account, "addresses": addresses, "index": index, "v": 1}
        data = json.dumps(leaf, separators=(",", ":"), sort_keys=True).encode()
        leaves.append(hashlib.sha256(b"\0" + data).digest())
    return _merkle(leaves)


def _merkle(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + _merkle(leaves[:split]) + _merkle(leaves[split:])).digest()


def test_known_words_give_the_addresses_that_wallets_show(signer: SocketSigner) -> None:
    vault = imported(signer, ImportKind.MNEMONIC, ABANDON, ALL_FORMS)
    assert vault.fingerprint == "73c5da0a"
    wanted = request(vault.vault, 0, 2)
    columns = _checked(signer, batch := signer.derive(unlock(signer, vault.vault), wanted), wanted)
    first = dict(zip([form.kind + form.family for form in batch.forms], [c[0] for c in columns], strict=True))
    assert first["eoaevm"] == "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"
    assert first["p2trbitcoin"] == "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr"  # BIP-86
    assert first["p2wpkhbitcoin"] == "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"  # BIP-84
    assert first["basecosmos"] == "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4"
    assert first["walletsolana"] == "HAgk14JpMQLgt6rVgv7cBQFJWFto5Dqxi472uT3DKpqk"
    assert first["eoatron"] == "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH"
    assert batch.fingerprint == "73c5da0a"


def test_the_neo_example_of_the_issue_comes_out(signer: SocketSigner) -> None:
    words = (
        b"online ramp onion faculty trap clerk near rabbit busy gravity prize employ exit horse found slogan effort "
        b"dash siren buzz sport pig coconut element"
    )
    by_words = imported(signer, ImportKind.MNEMONIC, words, (NEO,))
    by_wif = imported(signer, ImportKind.WIF, b"KxGtKtYTsxCW997F762Zn62C2e72gQ9XMPkkL2231Rc4GuvSCuba", (NEO,))
    left = signer.recheck(unlock(signer, by_words.vault), by_words.vault, [0])
    right = signer.recheck(unlock(signer, by_wif.vault), by_wif.vault, [0])
    assert left == right
    assert left[0][0].startswith("N")


@pytest.mark.parametrize(("start", "count"), [(0, 1), (5, 7), (1000, 513), ((1 << 31) - 2, 2)])
def test_a_range_is_signed_rooted_and_confirmed_by_the_second_way(signer: SocketSigner, start: int, count: int) -> None:
    vault = create(signer, ALL_FORMS).vault
    token = unlock(signer, vault)
    wanted = request(vault, start, count)
    columns = _checked(signer, signer.derive(token, wanted), wanted)
    places = sorted({0, count // 2, count - 1})
    again = signer.recheck(token, vault, [start + place for place in places])
    assert again == [[column[place] for column in columns] for place in places]


def test_hardened_accounts_are_confirmed_as_well(signer: SocketSigner) -> None:
    vault = create(signer, (EVM_HARDENED,), hardened_accounts=True).vault
    token = unlock(signer, vault)
    wanted = request(vault, 0, 600)
    columns = _checked(signer, signer.derive(token, wanted), wanted)
    assert signer.recheck(token, vault, [0, 599]) == [[columns[0][0]], [columns[0][599]]]


def test_a_batch_over_one_part_arrives_whole(signer: SocketSigner) -> None:
    vault = imported(signer, ImportKind.MNEMONIC, JUNK, (EVM,)).vault
    batch = signer.derive(unlock(signer, vault), request(vault, 0, 60_000))
    column = unpack(batch.columns[0])
    assert len(batch.columns[0]) > 2 << 20
    assert (len(column), column[0]) == (60_000, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")


def test_some_of_the_forms_in_the_order_wanted(signer: SocketSigner) -> None:
    vault = imported(signer, ImportKind.MNEMONIC, ABANDON, ALL_FORMS).vault
    token = unlock(signer, vault)
    wanted = request(vault, 0, 4, (SOLANA, EVM))
    columns = _checked(signer, batch := signer.derive(token, wanted), wanted)
    assert batch.forms == (SOLANA, EVM)
    assert columns[1][0] == "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"
    other = Form(EVM.chain, EVM.family, EVM.kind, "m/44'/60'/1'/0/{i}")
    with pytest.raises(SignerInputError) as refused:
        signer.derive(token, request(vault, 0, 4, (other,)))
    assert refused.value.code == "derive.form"


def test_the_same_job_gives_the_same_batch_and_another_job_another_root(signer: SocketSigner) -> None:
    vault = create(signer, (EVM, TAPROOT, SEGWIT, COSMOS, TRON)).vault
    token = unlock(signer, vault)
    wanted = request(vault, 3, 20)
    first = signer.derive(token, wanted)
    assert signer.derive(token, wanted) == first
    other = signer.derive(token, DeriveRequest(vault, new_id(), TS_MS, 3, 20))
    assert other.columns == first.columns
    assert other.root != first.root


def test_impossible_ranges_are_refused(signer: SocketSigner) -> None:
    vault = create(signer).vault
    token = unlock(signer, vault)
    for start, count, code in [
        (0, 0, "derive.count"),
        (0, 100_001, "derive.count"),
        (1 << 31, 1, "derive.index"),
        ((1 << 31) - 1, 2, "derive.index"),
        ((1 << 64) - 1, 1, "derive.index"),
    ]:
        with pytest.raises(SignerInputError) as refused:
            signer.derive(token, request(vault, start, count))
        assert refused.value.code == code
    with pytest.raises(SignerInputError):
        signer.recheck(token, vault, [1 << 31])


def test_nothing_is_signed_while_the_system_is_locked(house: House) -> None:
    house.ready()
    house.stop()
    signer = house.signer()
    vault = create(signer).vault
    with pytest.raises(SignerRefusedError) as refused:
        signer.derive(unlock(signer, vault), request(vault))
    assert (refused.value.code, refused.value.exit_code) == ("system.locked", 3)


def test_a_changed_statement_is_not_believed(signer: SocketSigner) -> None:
    vault = create(signer).vault
    batch = signer.derive(unlock(signer, vault), request(vault))
    identity = bytes.fromhex(signer.hello().identity_public)
    _native.verify_batch_statement(batch.statement, batch.signature, identity)
    with pytest.raises(IntegrityError):
        _native.verify_batch_statement(batch.statement.replace(b'"v":1', b'"v":2'), batch.signature, identity)
