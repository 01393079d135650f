"""What `verify_evm.py` computes, against other people's code: Keccak, RLP, recovery of a signer, the trie's edges."""

from __future__ import annotations

import random
from typing import Any

import pytest
import rlp
from eth_account import Account
from eth_account.typed_transactions.blob_transactions.blob_transaction import BlobTransaction
from eth_utils import keccak

from jinku.journal.anchors.evm import block_proof, data_of, quantity_of, transaction_of
from jinku.journal.verifier.verify_evm import (
    ORDER,
    Broken,
    check_block,
    check_path,
    keccak256,
    nibbles,
    plain,
    read_header,
    read_rlp,
    read_transaction,
    signer,
    written,
)

RANDOM = random.Random(4)
KEY = Account.from_key(b"\x07" * 32)
ANCHOR = {
    "type": 2,
    "chainId": 1,
    "nonce": 0,
    "gas": 25_000,
    "maxFeePerGas": 2,
    "maxPriorityFeePerGas": 1,
    "to": KEY.address,
    "value": 0,
    "data": b"\x01" * 32,
}


def test_keccak_is_that_of_another_library() -> None:
    for length in (*range(140), 271, 272, 273, 1000):
        data = RANDOM.randbytes(length)
        assert keccak256(data) == keccak(data)


def some(depth: int) -> Any:
    if depth == 0 or RANDOM.random() < 0.4:
        return RANDOM.randbytes(RANDOM.choice([0, 1, 1, 2, 55, 56, 300]))
    return [some(depth - 1) for _ in range(RANDOM.randrange(5))]


def test_rlp_is_that_of_another_library() -> None:
    for _ in range(200):
        value = some(4)
        data = rlp.encode(value)
        assert written(value) == data
        assert read_rlp(data) == value


@pytest.mark.parametrize(
    "bad",
    ["", "8100", "817f", "b800", "b837" + "00" * 55, "b90001" + "00", "f800", "f90038" + "00" * 56, "c1", "83ffff",
     "bf" + "ff" * 8, "ff" + "ff" * 8, "c28100", "0000", "c0c0", "c2c183", "c1" * 12 + "c0"],
)  # fmt: skip
def test_rlp_that_is_not_the_one_form_is_refused(bad: str) -> None:
    with pytest.raises(Broken) as caught:
        read_rlp(bytes.fromhex(bad))
    assert caught.value.name == "garbled"


def test_every_signer_is_found() -> None:
    for number in range(8):
        account = Account.from_key(bytes([number + 1]) * 32)
        digest = keccak(bytes([number]))
        signed = account.unsafe_sign_hash(digest)
        found = signer(digest, signed.v - 27, signed.r, signed.s)
        assert found == bytes.fromhex(account.address[2:])
        assert signer(digest, 28 - signed.v, signed.r, signed.s) != found
        with pytest.raises(Broken):  # the other s of the same signature (EIP-2)
            signer(digest, 28 - signed.v, signed.r, ORDER - signed.s)


@pytest.mark.parametrize(("odd", "r", "s"), [(0, 0, 1), (0, 1, 0), (2, 1, 1), (0, ORDER, 1), (0, 5, 1)])
def test_a_signature_that_is_none(odd: int, r: int, s: int) -> None:
    with pytest.raises(Broken) as caught:
        signer(b"\x01" * 32, odd, r, s)
    assert caught.value.name == "signature"


@pytest.mark.parametrize(
    "change",
    [{"value": 1}, {"to": "0x" + "11" * 20}, {"accessList": [{"address": "0x" + "11" * 20, "storageKeys": []}]}],
)
def test_a_transaction_that_does_more_than_anchor_is_none(change: dict[str, Any]) -> None:
    right = bytes(KEY.sign_transaction(ANCHOR).raw_transaction)
    assert read_transaction(right).sender == bytes.fromhex(KEY.address[2:])
    wrong = bytes(KEY.sign_transaction({**ANCHOR, **change}).raw_transaction)
    for bad in (wrong, right[1:], b"\x01" + right[1:], right + b"\0", b"\x02\xc0", b"", right + bytes(2000)):
        with pytest.raises(Broken) as caught:
            read_transaction(bad)
        assert caught.value.name == "garbled"


@pytest.mark.parametrize("count", [1, 2, 3, 16, 17, 128, 129, 200])
def test_every_place_of_a_trie_is_proven_and_no_other(count: int) -> None:
    raws = [bytes([2]) + RANDOM.randbytes(40) for _ in range(count)]
    places = range(count) if count < 4 else RANDOM.sample(range(count), 2)
    for place in places:
        root, proof = block_proof(b"", raws, place)
        nodes = read_rlp(proof)[3]
        check_path(root, place, nodes, raws[place])
        for wrong in (
            (place + 1, nodes, raws[place]),
            (place, nodes[:-1], raws[place]),
            (place, nodes, raws[place - 1] + b"?"),
        ):
            with pytest.raises(Broken) as caught:
                check_path(root, *wrong)
            assert caught.value.name == "proof"
        with pytest.raises(Broken):
            check_path(root, place, [*nodes, nodes[-1]], raws[place])


def test_a_trie_of_one_is_the_yellow_papers_leaf() -> None:
    """By hand: the key is RLP(0) = 80, so the leaf's path is 20 80; and of nothing the root that every chain shows."""
    root, _ = block_proof(b"", [b"v" * 40], 0)
    assert root == keccak(rlp.encode([bytes.fromhex("2080"), b"v" * 40]))
    empty, _ = block_proof(b"", [], 0)
    assert empty.hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"


def test_a_node_out_of_form_on_the_way() -> None:
    value = b"v" * 40
    path = nibbles(written(plain(0)))
    assert path == [8, 0]
    for node in (
        [bytes.fromhex("4080"), value],
        [bytes.fromhex("2180"), value],
        [bytes.fromhex("0080"), value],
        [b"", value],
        [bytes.fromhex("2080")],
        [value] * 17,
        [b""] * 17,
        [[b""], value],
        value,
    ):
        data = rlp.encode(node)
        with pytest.raises(Broken) as caught:
            check_path(keccak(data), 0, [data], value)
        assert caught.value.name == "proof"
    with pytest.raises(Broken):
        check_path(bytes(32), 0, [], value)
    with pytest.raises(Broken):
        check_path(bytes(32), 0, [[b""]], value)


HEADER = [bytes(32), bytes(32), bytes(20), bytes(32), bytes(32), bytes(32), bytes(256), b"", b"\x07", b"\x01", b""]
HEADER += [b"\x01", b"", bytes(32), bytes(8), b"\x01"]


@pytest.mark.parametrize(
    ("place", "value", "name"),
    [(4, bytes(31), "header"), (6, bytes(255), "header"), (8, b"\0\x07", "garbled"), (11, b"\xff" * 8, "header"),
     (11, [b"\x01"], "header"), (2, b"", "header")],
)  # fmt: skip
def test_a_header_that_is_none(place: int, value: Any, name: str) -> None:
    root, block = read_header(rlp.encode(HEADER))
    assert (root, block.height, block.at.timestamp()) == (bytes(32), 7, 1)
    bad = [*HEADER]
    bad[place] = value
    with pytest.raises(Broken) as caught:
        read_header(rlp.encode(bad))
    assert caught.value.name == name
    for short in (HEADER[:15], [*HEADER, *[b""] * 30], b"header"):
        with pytest.raises(Broken):
            read_header(rlp.encode(short))


@pytest.mark.parametrize(
    "bad", [b"", b"\x80", b"\xc0", rlp.encode([b"", b"", b"", b""]), rlp.encode([b"", [b""], b"", []]), bytes(1 << 17)]
)
def test_a_proof_that_is_none(bad: bytes) -> None:
    with pytest.raises(Broken):
        check_block(bad, b"\x02")


def test_a_blob_transaction_is_written_as_another_library_writes_it() -> None:
    """No node of the tests takes one without its blobs."""
    fields: dict[str, Any] = {"type": 3, "chainId": 1, "nonce": 7, "maxPriorityFeePerGas": 1, "maxFeePerGas": 300}
    fields |= {"gas": 21_000, "to": KEY.address, "value": 0, "data": "0xabcd", "maxFeePerBlobGas": 70_000}
    fields |= {"accessList": [{"address": KEY.address, "storageKeys": ["0x" + "11" * 32]}]}
    fields |= {"blobVersionedHashes": ["0x01" + "22" * 31, "0x01" + "33" * 31]}
    other = BlobTransaction.from_dict({**fields, "v": 1, "r": 5, "s": 6})
    told = {name: hex(value) if isinstance(value, int) else value for name, value in fields.items()}
    assert transaction_of({**told, "input": "0xabcd", "v": "0x1", "r": "0x5", "s": "0x6"}) == b"\x03" + other.payload()
    assert transaction_of({**told, "type": "0x7e"}) is None


@pytest.mark.parametrize("bad", ["", "0x", "1", "0x-1", "0x1_0", "0xg", "0x" + "1" * 65, 7, None, " 0x1", "0x\uff11"])
def test_what_is_no_quantity(bad: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whatever it says: told() names it
        quantity_of(bad)


@pytest.mark.parametrize("bad", ["", "1", "0x1", "0x 11", "0xgg", 7, None, "0x1\uff11"])
def test_what_is_no_data(bad: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  as above
        data_of(bad)
    assert data_of("0x") == b""
    with pytest.raises(ValueError):  # noqa: PT011
        data_of("0x11", 2)
