"""Addresses through jinku._native against published vectors; a second library makes the public keys."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from vectorfiles import enough, read

from jinku.core import ParseError
from jinku.keys import encode_address, validate_address

BITCOIN = {
    "main": "bip122:000000000019d6689c085ae165831e93",
    "test": "bip122:000000000933ea01ad0ee984209779ba",
    "testnet4": "bip122:00000000da84f2bafbbc53dee25a72ae",
    "signet": "bip122:00000008819873e925422c1ff0f99f7c",
    "regtest": "bip122:0f9188f13cb7b2c71f2a335e3a4fc328",
}
MAIN = BITCOIN["main"]
SOLANA, NEO, TRON = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "neo:860833102", "tron:728126428"
HUB = "cosmos:cosmoshub-4"


def valid_anywhere(address: str) -> bool:
    for chain in BITCOIN.values():
        try:
            validate_address(chain, address)
        except ParseError:
            continue
        return True
    return False


def refused(chain: str, address: str) -> None:
    with pytest.raises(ParseError) as caught:
        validate_address(chain, address)
    assert caught.value.code == "address.invalid"
    assert len(str(caught.value)) > 20


def test_bitcoin_core_key_io_valid() -> None:
    rows = [(text, about) for text, _, about in read("bitcoin/key_io_valid.json") if not about["isPrivkey"]]
    for text, about in enough(rows, 40):
        assert validate_address(BITCOIN[about["chain"]], text).address == text
        if about["chain"] != "main":
            refused(MAIN, text)
        else:
            refused(BITCOIN["regtest"], text)
        flipped = text.swapcase()
        if about.get("tryCaseFlip"):
            assert validate_address(BITCOIN[about["chain"]], flipped).address == text
        elif flipped != text:
            refused(BITCOIN[about["chain"]], flipped)


def test_bitcoin_core_key_io_invalid() -> None:
    rows = enough(read("bitcoin/key_io_invalid.json"), 70)
    assert [text for (text,) in rows if valid_anywhere(text)] == []


def test_private_keys_are_no_addresses() -> None:
    keys = [text for text, _, about in read("bitcoin/key_io_valid.json") if about["isPrivkey"]]
    assert keys
    assert [text for text in keys if valid_anywhere(text)] == []


@pytest.mark.parametrize("name", ["bip173", "bip350"])
def test_segwit_addresses(name: str) -> None:
    vectors = read(f"bitcoin/{name}.json")
    for row in vectors["valid_addresses"]:
        script = bytes.fromhex(row["scriptPubKey"])
        if name == "bip173" and script[0] != 0:
            assert not valid_anywhere(row["address"])  # BIP-350 replaced their checksum
            continue
        chain = MAIN if row["address"].lower().startswith("bc") else BITCOIN["test"]
        checked = validate_address(chain, row["address"])
        assert checked.address == row["address"].lower()
        expected = {(0, 20): "p2wpkh", (0, 32): "p2wsh", (0x51, 32): "p2tr"}.get(
            (script[0], len(script) - 2), "witness"
        )
        assert checked.format == expected
    wrong = [row["address"] for row in vectors["invalid_addresses"] if valid_anywhere(row["address"])]
    assert wrong == []


@pytest.mark.parametrize(("name", "kind", "field"), [("bip84", "p2wpkh", "pubkey"), ("bip86", "p2tr", "internal_key")])
def test_bip84_and_bip86(name: str, kind: str, field: str) -> None:
    rows = [row for row in read(f"bitcoin/{name}.json")["derivations"] if "address" in row]
    for row in enough(rows, 3):
        key = bytes.fromhex(row[field] if kind == "p2wpkh" else "02" + row[field])
        assert encode_address(MAIN, kind, key) == row["address"]


def test_bip341_key_path_only() -> None:
    rows = [
        row for row in read("bitcoin/bip341_wallet-test-vectors.json")["scriptPubKey"] if not row["given"]["scriptTree"]
    ]
    assert rows
    for row in rows:
        for parity in (b"\x02", b"\x03"):
            key = parity + bytes.fromhex(row["given"]["internalPubkey"])
            assert encode_address(MAIN, "p2tr", key) == row["expected"]["bip350Address"]


def test_cosmos() -> None:
    vectors = read("cosmos/cosmjs_signing.json")
    faucet = vectors["faucet"]
    key = base64.b64decode(faucet["pubkey"]["value"])
    assert encode_address(HUB, "base", key) == faucet["address"]
    assert validate_address(HUB, faucet["address"]).format == "cosmos"
    refused("cosmos:osmosis-1", faucet["address"])
    refused(HUB, faucet["address"][:-1] + "q")


def test_solana() -> None:
    rows = [row for row in read("solana/solana.json")["keypairs"] if row["valid"] and "seed_hex" in row]
    known = [row for row in rows if "public_key" in row]
    assert known
    for row in known:
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(row["seed_hex"])).public_key().public_bytes_raw()
        assert encode_address(SOLANA, "wallet", key) == row["public_key"]
        assert validate_address(SOLANA, row["public_key"]).address == row["public_key"]
        refused(SOLANA, row["public_key"][:-8])


def test_neo() -> None:
    for row in read("neo/neo_mamba_accounts.json")["accounts"]:
        secret = ec.derive_private_key(int(row["private_key"], 16), ec.SECP256R1())
        for form in (PublicFormat.CompressedPoint, PublicFormat.UncompressedPoint):
            key = secret.public_key().public_bytes(Encoding.X962, form)
            assert encode_address(NEO, "single-sig", key) == row["address"]
        assert validate_address(NEO, row["address"]).format == "neo"
        refused(NEO, row["address"][:-1] + ("1" if row["address"][-1] != "1" else "2"))


def tron_texts(rows: list[str]) -> Iterator[str]:
    yield from (text for text in rows if text.startswith("T"))


def test_tron() -> None:
    vectors: dict[str, Any] = read("tron/tronweb_address_message.json")
    for row in vectors["addresses"]:
        assert validate_address(TRON, row["base58"]).address == row["base58"]
    secret = ec.derive_private_key(int(vectors["checksum_address"]["private_key"], 16), ec.SECP256K1())
    key = secret.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    assert encode_address(TRON, "eoa", key) == vectors["checksum_address"]["base58"]
    for text in tron_texts(vectors["address_valid"]):
        validate_address(TRON, text)
    wrong = list(tron_texts(vectors["address_invalid"]))
    assert wrong
    for text in wrong:
        refused(TRON, text)
