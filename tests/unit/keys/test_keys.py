import ast
import hashlib
import inspect
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import jinku.keys
from jinku import _native
from jinku.core import Id, IntegrityError, ParseError, UsageError, WordCode, account_id, canonical_bytes
from jinku.keys import (
    KNOWN_CHAINS,
    BatchMismatchError,
    Form,
    UnknownChainError,
    check_form,
    encode_address,
    forms_of,
    read_statement,
    validate_address,
    verify_account,
    verify_batch,
)

JOB = Id.parse("018bcfe5-6800-7000-8000-00000000000b")
VAULT = Id.parse("018bcfe5-6800-7000-8000-0000000000a1")
TS_MS = 1_700_000_000_000
GENERATOR = bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")


def test_the_defaults_are_those_of_the_contract() -> None:
    got = [(f.family, f.chain, f.kind, f.path) for f in forms_of("all")]
    assert got == [
        ("evm", "eip155:1", "eoa", "m/44'/60'/0'/0/{i}"),
        ("bitcoin", "bip122:000000000019d6689c085ae165831e93", "p2tr", "m/86'/0'/0'/0/{i}"),
        ("bitcoin", "bip122:000000000019d6689c085ae165831e93", "p2wpkh", "m/84'/0'/0'/0/{i}"),
        ("cosmos", "cosmos:cosmoshub-4", "base", "m/44'/118'/0'/0/{i}"),
        ("solana", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "wallet", "m/44'/501'/{i}'/0'"),
        ("neo", "neo:860833102", "single-sig", "m/44'/888'/0'/0/{i}"),
        ("tron", "tron:728126428", "eoa", "m/44'/195'/0'/0/{i}"),
    ]
    assert forms_of("evm,bitcoin,cosmos,solana,neo,tron") == forms_of("all")


def test_hardened_accounts_have_a_level_of_their_own() -> None:
    assert [form.path_at(7) for form in forms_of("evm,solana,bitcoin", hardened=True)] == [
        "m/44'/60'/7'/0/0",
        "m/44'/501'/7'/0'",
        "m/86'/0'/7'/0/0",
        "m/84'/0'/7'/0/0",
    ]


def test_chains_are_named_by_family_name_or_caip2() -> None:
    assert forms_of("evm") == forms_of("ethereum") == forms_of("eip155:1") == forms_of(" evm ,eip155:1,ethereum")
    assert forms_of("tron:0x2b6653dc") == forms_of("tron")
    assert [form.path for form in forms_of("bitcoin-testnet")] == ["m/86'/1'/0'/0/{i}", "m/84'/1'/0'/0/{i}"]
    for name, chain in KNOWN_CHAINS.items():
        assert {form.chain for form in forms_of(name)} == {chain}


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("etherium", "ethereum"),
        ("Bitcoin", "bitcoin"),
        ("solanna", "solana"),
        ("evm,nero", "neo"),
        ("eip155:x", "eip155:1"),
    ],
)
def test_an_unknown_chain_names_the_nearest(text: str, nearest: str) -> None:
    with pytest.raises(UnknownChainError) as caught:
        forms_of(text)
    assert caught.value.fields["nearest"] == nearest
    assert f"did you mean {nearest}?" in str(caught.value)
    assert "evm, bitcoin, cosmos, solana, neo, tron" in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["", ",", "evm,", "evm bitcoin", "all,evm", "ripple:1", "x" * 3000])
def test_lists_that_are_refused(text: str) -> None:
    with pytest.raises(UnknownChainError):
        forms_of(text)


def test_forms_are_checked() -> None:
    assert check_form("tron:0x2b6653dc", "eoa", "m/44'/195'/{i}'/0/0").chain == "tron:728126428"
    for chain, kind, path in [
        ("eip155:1", "p2tr", "m/{i}"),
        ("eip155:1", "eoa", "m/0"),
        ("eip155:1", "eoa", "m/{i}/{i}"),
    ]:
        with pytest.raises(ParseError) as caught:
            check_form(chain, kind, path)
        assert caught.value.code == "address.invalid"


def test_a_key_of_another_curve_is_refused() -> None:
    for chain, kind, key in [
        ("eip155:1", "eoa", bytes(32)),
        ("eip155:1", "eoa", b"\x02" + b"\xff" * 32),
        ("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "wallet", GENERATOR),
        ("neo:860833102", "single-sig", b""),
    ]:
        with pytest.raises(ParseError) as caught:
            encode_address(chain, kind, key)
        assert caught.value.code == "address.key_invalid"


def test_a_mistyped_address_says_what_is_wrong() -> None:
    right = encode_address("eip155:1", "eoa", GENERATOR)
    assert validate_address("eip155:1", right.lower()).address == right
    swapped = right.replace("7E5F", "7e5F")
    for chain, address in [
        ("eip155:1", swapped),
        ("eip155:1", right[:-1]),
        ("tron:728126428", right),
        ("eip155:1", ""),
    ]:
        with pytest.raises(ParseError) as caught:
            validate_address(chain, address)
        assert caught.value.code == "address.invalid"
    with pytest.raises(ParseError) as caught:
        validate_address("dogecoin:1", right)
    assert caught.value.code == "chain.invalid"


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


def test_native_ranges_are_checked() -> None:
    for call in (
        lambda: _native.account_ids(JOB.bytes16, 1 << 48, 0, 1),
        lambda: _native.account_ids(JOB.bytes16, 0, (1 << 64) - 1, 2),
        lambda: _native.inclusion_path(bytes(64), 2),
        lambda: _native.merkle_root(bytes(33)),
        lambda: _native.document_digest("coin", b"{}"),
        lambda: _native.word("coin", "x"),
        lambda: _native.domain_digest("a\0b", b""),
        lambda: _native.batch_root(JOB.bytes16, 0, 0, 0, [], []),
    ):
        with pytest.raises(UsageError):
            call()
    assert _native.account_ids(JOB.bytes16, 0, (1 << 64) - 1, 0) == []
    assert _native.account_ids(JOB.bytes16, TS_MS, 9, 3) == [account_id(JOB, TS_MS, 9 + i).bytes16 for i in range(3)]
    assert _native.merkle_root(b"") == hashlib.sha256(b"").digest()


def test_lookup_keys_are_signed_and_big_endian() -> None:
    texts = [f"address-{i}" for i in range(50)]
    expected = [int.from_bytes(hashlib.sha256(t.encode()).digest()[:8], "big", signed=True) for t in texts]
    assert _native.lookup_keys(texts) == expected
    assert _native.lookup_keys(b"".join(bytes([len(t)]) + t.encode() for t in texts)) == expected
    assert min(expected) < 0 < max(expected)


def test_all_is_the_truth() -> None:
    assert all(hasattr(jinku.keys, name) for name in jinku.keys.__all__)
    public = {name for name in vars(jinku.keys) if not name.startswith("_")}
    modules = {"addresses", "batches", "errors", "forms", "types"}
    assert public - modules == set(jinku.keys.__all__)
    assert Form.__name__ in jinku.keys.__all__


def test_the_stub_of_the_native_module_is_true() -> None:
    """Every function has its line in the stub with the same parameters; nothing there takes a secret by name."""
    stub = ast.parse((Path(jinku.__file__).parent / "_native.pyi").read_text(encoding="utf-8"))
    described = {node.name: node.args for node in stub.body if isinstance(node, ast.FunctionDef)}
    native = {name for name in _native.__all__ if callable(getattr(_native, name))}
    assert set(described) == native
    for name, arguments in described.items():
        parameters = inspect.signature(getattr(_native, name)).parameters
        assert list(parameters) == [item.arg for item in arguments.args + arguments.kwonlyargs], name
        assert not {"secret", "private_key", "seed", "mnemonic", "passphrase"} & set(parameters)
