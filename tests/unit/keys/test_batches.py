"""Batches as the signer would make them, believed and not believed."""

import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jinku import _native
from jinku.core import Id, IntegrityError, ParseError, UsageError, WordCode, account_id, canonical_bytes
from jinku.keys import BatchMismatchError, forms_of, read_statement, verify_account, verify_batch

JOB = Id.parse("018bcfe5-6800-7000-8000-00000000000b")
VAULT = Id.parse("018bcfe5-6800-7000-8000-0000000000a1")
TS_MS = 1_700_000_000_000


class Batch:
    """A batch as the signer would make it, built by plain json and hashlib."""

    def __init__(self, mode: str = "custodial", start: int = 3, count: int = 5) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        self.identity = self.key.public_key().public_bytes_raw()
        self.forms = forms_of("evm,solana")
        self.start, self.count = start, count
        self.columns = [[f"{form.family}-address-{i}" for i in range(start, start + count)] for form in self.forms]
        self.leaves = [self._leaf(mode, row) for row in range(count)]
        document = {
            "count": count,
            "deployment": str(VAULT),
            "forms": [{"chain": f.chain, "family": f.family, "kind": f.kind, "path": f.path} for f in self.forms],
            "job": str(JOB),
            "mode": mode,
            "root": _root(self.leaves).hex(),
            "start": start,
            "ts": str(TS_MS),
            "v": 1,
            "vault": str(VAULT),
        }
        self.sign(document)

    def sign(self, document: dict[str, object]) -> None:
        self.document = document
        self.statement = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
        self.signature = self.key.sign(hashlib.sha256(b"jinku/batch/1\x00" + self.statement).digest())

    def _leaf(self, mode: str, row: int) -> bytes:
        index = self.start + row
        addresses = [
            {
                "address": column[row],
                "chain": form.chain,
                "kind": form.kind,
                "path": form.path_at(0 if mode == "self" else index),
            }
            for form, column in zip(self.forms, self.columns, strict=True)
        ]
        account = str(account_id(JOB, TS_MS, index))
        leaf = canonical_bytes({"account": account, "addresses": addresses, "index": index, "v": 1})
        return hashlib.sha256(b"\x00" + leaf).digest()

    @property
    def packed(self) -> list[bytes]:
        return [b"".join(bytes([len(a)]) + a.encode() for a in column) for column in self.columns]


def _root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _root(leaves[:split]) + _root(leaves[split:])).digest()


@pytest.mark.parametrize("mode", ["custodial", "self"])
@pytest.mark.parametrize("count", [1, 2, 5, 8, 13])
def test_a_batch_is_believed(mode: str, count: int) -> None:
    batch = Batch(mode, count=count)
    for columns in (batch.columns, batch.packed):
        read = verify_batch(batch.statement, batch.signature, batch.identity, columns)
        assert (read.job, read.start, read.count, read.forms, read.mode) == (JOB, 3, count, batch.forms, mode)
    joined = b"".join(batch.leaves)
    for row in range(count):
        path = _native.inclusion_path(joined, row)
        addresses = [column[row] for column in batch.columns]
        found = verify_account(batch.statement, batch.signature, batch.identity, 3 + row, addresses, path)
        assert found == account_id(JOB, TS_MS, 3 + row)


def test_a_swapped_address_is_found() -> None:
    batch = Batch()
    batch.columns[1][2] = "thief"
    with pytest.raises(BatchMismatchError) as caught:
        verify_batch(batch.statement, batch.signature, batch.identity, batch.columns)
    assert caught.value.exit_code == 5
    path = _native.inclusion_path(b"".join(batch.leaves), 2)
    addresses = [column[2] for column in batch.columns]
    with pytest.raises(IntegrityError) as caught_one:
        verify_account(batch.statement, batch.signature, batch.identity, 5, addresses, path)
    assert caught_one.value.code == "proof.invalid"


def test_two_accounts_that_changed_places_are_found() -> None:
    batch = Batch()
    for column in batch.columns:
        column[0], column[1] = column[1], column[0]
    with pytest.raises(BatchMismatchError):
        verify_batch(batch.statement, batch.signature, batch.identity, batch.columns)


def test_an_account_outside_the_batch_is_refused() -> None:
    batch = Batch()
    for index in (2, 8):
        with pytest.raises(BatchMismatchError, match="not in this batch"):
            verify_account(batch.statement, batch.signature, batch.identity, index, ["a", "b"], [])


def test_a_statement_that_another_key_signed_is_refused() -> None:
    batch = Batch()
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    torn = bytes([batch.signature[0] ^ 1]) + batch.signature[1:]
    changed = batch.statement.replace(b'"start":3', b'"start":4')
    for statement, signature, identity in [
        (batch.statement, batch.signature, other),
        (batch.statement, torn, batch.identity),
        (changed, batch.signature, batch.identity),
        (batch.statement, batch.signature, bytes(32)),
    ]:
        with pytest.raises(IntegrityError) as caught:
            read_statement(statement, signature, identity)
        assert caught.value.code == "batch.signature_invalid"
    for signature, identity in [(b"", batch.identity), (batch.signature, b"")]:
        with pytest.raises(UsageError):
            read_statement(batch.statement, signature, identity)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("mode", "both", WordCode.DOCUMENT_VALUE),
        ("v", 2, WordCode.DOCUMENT_VALUE),
        ("start", "3", WordCode.DOCUMENT_SHAPE),
        ("start", -1, WordCode.DOCUMENT_VALUE),
        ("ts", str(1 << 48), WordCode.AMOUNT_INVALID),
        ("root", "AA" * 32, WordCode.DOCUMENT_VALUE),
        ("extra", None, WordCode.DOCUMENT_SHAPE),
        ("forms", [{"chain": "eip155:1"}], WordCode.DOCUMENT_SHAPE),
    ],
)
def test_a_signed_statement_out_of_form_is_refused(field: str, value: object, code: str) -> None:
    batch = Batch()
    batch.sign(batch.document | {field: value})
    with pytest.raises(ParseError) as caught:
        read_statement(batch.statement, batch.signature, batch.identity)
    assert caught.value.code == code


def test_the_answer_to_hello_is_signed_over_nonce_and_deployment() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    identity, nonce = key.public_key().public_bytes_raw(), bytes(range(100, 132))
    signature = key.sign(hashlib.sha256(b"jinku/hello/1\x00" + nonce + str(VAULT).encode()).digest())
    _native.verify_hello(nonce, str(VAULT), signature, identity)
    for wrong_nonce, deployment in ((bytes(32), str(VAULT)), (nonce, str(JOB))):
        with pytest.raises(IntegrityError) as caught:
            _native.verify_hello(wrong_nonce, deployment, signature, identity)
        assert caught.value.code == "batch.signature_invalid"
    with pytest.raises(UsageError):
        _native.verify_hello(b"", str(VAULT), signature, identity)


def test_columns_of_another_length_are_refused() -> None:
    batch = Batch()
    short = [batch.columns[0][:-1], batch.columns[1]]
    torn = [batch.packed[0][:-1], batch.packed[1]]
    umlaut = [batch.packed[0].replace(b"evm", b"\xc3\xa4m"), batch.packed[1]]
    for columns in (short, torn, umlaut, batch.columns[:1], []):
        with pytest.raises(UsageError):
            verify_batch(batch.statement, batch.signature, batch.identity, columns)
    with pytest.raises(TypeError):
        verify_batch(batch.statement, batch.signature, batch.identity, [batch.columns[0], [1, 2, 3, 4, 5]])  # type: ignore[list-item]
