import ast
import hashlib
import inspect
from pathlib import Path

import pytest

import jinku.keys
from jinku import _native
from jinku.core import Id, ParseError, UsageError, account_id
from jinku.keys import (
    KNOWN_CHAINS,
    Form,
    UnknownChainError,
    check_form,
    encode_address,
    forms_of,
    validate_address,
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
