"""Foreign key material: each format opens to the address its own world shows, and is refused when it is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bip_utils import Bip39Languages, Bip39MnemonicGenerator, Bip39SeedGenerator, Bip44, Bip44Changes, Bip44Coins
from eth_account import Account
from signer_house import (
    ABANDON,
    ALL_FORMS,
    EVM,
    JUNK,
    NEO,
    SEGWIT,
    SOLANA,
    TAPROOT,
    TRON,
    House,
    imported,
    request,
    unlock,
    unpack,
)
from solders.keypair import Keypair

from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.errors import SignerError, SignerInputError, WrongSecretError
from jinku.custody.ports import Form, ImportKind, VaultDescription

JUNK_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
JUNK_EVM = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


def _address(signer: SocketSigner, vault: VaultDescription, index: int = 0) -> str:
    token = unlock(signer, vault.vault)
    batch = signer.derive(token, request(vault.vault, index, 1))
    again = signer.recheck(token, vault.vault, [index])[0]
    first = [unpack(column)[0] for column in batch.columns]
    assert first == again
    return first[0]


def _refused(signer: SocketSigner, kind: ImportKind, material: bytes, **more: object) -> SignerError:
    with pytest.raises(SignerInputError) as refused:
        imported(signer, kind, material, **more)  # type: ignore[arg-type]
    assert refused.value.exit_code == 2
    shown = material[:200].decode(errors="replace")
    assert not shown or shown not in str(refused.value)
    return refused.value


@pytest.mark.parametrize("language", list(Bip39Languages))
def test_words_of_every_official_language(signer: SocketSigner, language: Bip39Languages) -> None:
    phrase = Bip39MnemonicGenerator(language).FromEntropy(bytes(range(16)))
    seed = Bip39SeedGenerator(phrase, language).Generate("金库 pass")
    account = Bip44.FromSeed(seed, Bip44Coins.ETHEREUM).Purpose().Coin().Account(0).Change(Bip44Changes.CHAIN_EXT)
    vault = imported(signer, ImportKind.MNEMONIC, phrase.ToStr().encode() + b"\n", password="金库 pass".encode())
    assert (vault.secret_kind, vault.origin) == ("bip39", "imported")
    assert _address(signer, vault, 3) == account.AddressIndex(3).PublicKey().ToAddress()


def test_wrong_words_are_named_by_place_and_nearest_word(house: House, signer: SocketSigner) -> None:
    error = _refused(signer, ImportKind.MNEMONIC, JUNK.replace(b"junk", b"jumk"))
    assert error.code == "import.mnemonic"
    assert "12" in str(error)
    assert "junk" in str(error) or "jump" in str(error)
    assert "checksum" in str(_refused(signer, ImportKind.MNEMONIC, ABANDON.replace(b"about", b"abandon")))
    assert "11" in str(_refused(signer, ImportKind.MNEMONIC, JUNK.rpartition(b" ")[0]))
    assert _refused(signer, ImportKind.MNEMONIC, b"").code == "secret.empty"
    assert list((house.home / "signer" / "vaults").iterdir()) == []


@pytest.fixture(scope="module")
def keystore() -> bytes:
    return json.dumps(Account.encrypt(bytes.fromhex(JUNK_KEY), "correct horse", kdf="pbkdf2", iterations=2000)).encode()


def test_a_keystore(signer: SocketSigner, keystore: bytes) -> None:
    vault = imported(signer, ImportKind.KEYSTORE, keystore, (EVM, TRON), password=b"correct horse")
    assert vault.secret_kind == "raw-secp256k1"
    assert [form.path for form in vault.forms] == ["raw/{i}", "raw/{i}"]
    assert _address(signer, vault) == JUNK_EVM
    with pytest.raises(SignerInputError) as refused:
        signer.derive(unlock(signer, vault.vault), request(vault.vault, 0, 2))
    assert refused.value.code == "derive.index", "one key, one account"
    with pytest.raises(WrongSecretError):
        imported(signer, ImportKind.KEYSTORE, keystore, password=b"wrong")
    assert _refused(signer, ImportKind.KEYSTORE, keystore).code == "import.no_password"
    assert _refused(signer, ImportKind.KEYSTORE, keystore[:-20], password=b"x").code == "import.invalid"


def test_a_keystore_of_absurd_cost_is_refused_with_its_figure_and_allowed_by_the_flag(
    signer: SocketSigner, keystore: bytes
) -> None:
    dear = json.loads(keystore)
    dear["crypto"]["kdfparams"]["c"] = 4_000_000_000
    text = json.dumps(dear).encode()
    error = _refused(signer, ImportKind.KEYSTORE, text, password=b"correct horse")
    assert error.code == "import.costly_kdf"
    assert "4000000000" in str(error).replace(",", "").replace("_", "")
    assert _refused(signer, ImportKind.KEYSTORE, text, password=b"x", costly=True).code == "import.costly_kdf", (
        "no flag"
    )
    salt = dear["crypto"]["kdfparams"]["salt"]
    dear["crypto"] |= {"kdf": "scrypt", "kdfparams": {"dklen": 32, "n": 1 << 17, "r": 65, "p": 1, "salt": salt}}
    text = json.dumps(dear).encode()  # 1.02 GiB
    assert _refused(signer, ImportKind.KEYSTORE, text, password=b"x").code == "import.costly_kdf"
    with pytest.raises(WrongSecretError):  # the flag let it be tried; another function gives another key
        imported(signer, ImportKind.KEYSTORE, text, password=b"correct horse", costly=True)


def test_extended_private_keys_at_any_depth(signer: SocketSigner) -> None:
    seed = Bip39SeedGenerator(JUNK.decode()).Generate()
    master = Bip44.FromSeed(seed, Bip44Coins.ETHEREUM)
    whole = imported(signer, ImportKind.XPRV, master.PrivateKey().ToExtended().encode(), ALL_FORMS)
    assert {form.family for form in whole.forms} == {"evm", "bitcoin", "cosmos", "tron"}
    assert any("left out" in remark for remark in whole.remarks)
    assert _address(signer, whole) == JUNK_EVM
    account = master.Purpose().Coin().Account(0).PrivateKey().ToExtended().encode()
    below = imported(signer, ImportKind.XPRV, account, (EVM,))
    assert _address(signer, below) == JUNK_EVM
    assert (
        _address(signer, below, 7)
        == master.Purpose().Coin().Account(0).Change(Bip44Changes.CHAIN_EXT).AddressIndex(7).PublicKey().ToAddress()
    )
    other = Form(EVM.chain, "evm", "eoa", "m/44'/60'/5'/0/{i}")
    assert _refused(signer, ImportKind.XPRV, account, forms=(other,)).code == "derive.path"
    assert _refused(signer, ImportKind.XPRV, account, forms=(EVM, SEGWIT)).code == "import.forms"
    assert _refused(signer, ImportKind.XPRV, account[:-1] + b"1").code == "import.invalid"


def test_extended_public_keys_watch_only(signer: SocketSigner) -> None:
    account = Bip44.FromSeed(Bip39SeedGenerator(JUNK.decode()).Generate(), Bip44Coins.ETHEREUM).Purpose().Coin()
    xpub = account.Account(0).PublicKey().ToExtended().encode()
    vault = imported(signer, ImportKind.XPUB, xpub, (EVM,))
    assert vault.secret_kind == "watch-xpub"
    assert _address(signer, vault) == JUNK_EVM
    hardened = Form(EVM.chain, "evm", "eoa", "m/44'/60'/0'/{i}'")
    error = _refused(signer, ImportKind.XPUB, xpub, forms=(hardened,))
    assert "hardened" in str(error)
    xprv = account.Account(0).PrivateKey().ToExtended().encode()
    assert _refused(signer, ImportKind.XPUB, xprv).code == "import.private_key"
    token = unlock(signer, vault.vault)
    with pytest.raises(SignerError) as refused:
        signer.export(token, vault.vault, None, "xprv", 1)
    assert refused.value.exit_code == 3


DESCRIPTOR = (  # BIP-84's own account, as wallets export it
    "wpkh([73c5da0a/84'/0'/0']xpub6CatWdiZiodmUeTDp8LT5or8nmbKNcuyvz7WyksVFkKB4RHwCD3XyuvPEbvqAQY3rAPshWcMLoP2fMFMKHP"
    "J4ZeZXYVUhLv1VMrjPC7PW6V/0/*)"
)


def test_descriptors_watch_only(signer: SocketSigner) -> None:
    error = _refused(signer, ImportKind.DESCRIPTOR, DESCRIPTOR.encode(), forms=(SEGWIT, TAPROOT))
    checksum = str(error).partition("#")[2][:8]  # the refusal says which checksum belongs there
    assert len(checksum) == 8
    text = f"{DESCRIPTOR}#{checksum}".encode()
    vault = imported(signer, ImportKind.DESCRIPTOR, text, (TAPROOT, SEGWIT))
    assert (vault.secret_kind, vault.fingerprint) == ("watch-descriptor", "73c5da0a")
    assert [form.path for form in vault.forms] == ["m/84'/0'/0'/0/{i}"]
    assert _address(signer, vault) == "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"
    assert _address(signer, vault, 1) == "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g"
    assert _refused(signer, ImportKind.DESCRIPTOR, text, forms=(TAPROOT,)).code == "import.forms"
    assert _refused(signer, ImportKind.DESCRIPTOR, text[:-1] + b"x", forms=(SEGWIT,)).code == "import.invalid"


def test_wif_of_bitcoin_and_of_neo(signer: SocketSigner) -> None:
    wif = b"KyZpNDKnfs94vbrwhJneDi77V6jF64PWPF8x5cdJb8ifgg2DUc9d"  # BIP-84, account 0, first receiving address
    vault = imported(signer, ImportKind.WIF, wif, (SEGWIT, NEO))
    assert vault.secret_kind == "raw-secp256k1"
    assert _address(signer, vault) == "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"
    neo = imported(signer, ImportKind.WIF, b"KzAuju4yBqBhmUzYpfEEppPW8jfxALTsdsUR8hLPv9R3PBD97CUv", (NEO,))
    assert neo.secret_kind == "raw-nist256p1"
    assert _address(signer, neo) == "NRaKbRA5JAEJtfUgJJZzmeDnKvP3pJwKp1"
    assert _refused(signer, ImportKind.WIF, wif[:-1] + b"e", forms=(SEGWIT,)).code == "import.invalid"


def test_nep2_and_nep6(signer: SocketSigner) -> None:
    nep2 = (
        b"6PYKuriAL7pFeVTr3tKksbD1SpKUP7K82vjGuskZ5zpo9EWDhLRW6GcnyL"  # neo-mamba, tests/wallet/test_account.py (MIT)
    )
    vault = imported(signer, ImportKind.NEP2, nep2, (NEO,), password=b"city of zion")
    assert _address(signer, vault) == "NRaKbRA5JAEJtfUgJJZzmeDnKvP3pJwKp1"
    with pytest.raises(WrongSecretError):
        imported(signer, ImportKind.NEP2, nep2, (NEO,), password=b"city of lions")
    account = {"address": "NRaKbRA5JAEJtfUgJJZzmeDnKvP3pJwKp1", "label": "a", "isDefault": True, "lock": False}
    account |= {"key": nep2.decode(), "contract": None, "extra": None}
    wallet = {"name": None, "version": "1.0", "scrypt": {"n": 16384, "r": 8, "p": 8}, "accounts": [account]}
    text = json.dumps({**wallet, "extra": None}).encode()
    vault = imported(signer, ImportKind.NEP6, text, (NEO,), password=b"city of zion")
    assert _address(signer, vault) == account["address"]
    assert _refused(signer, ImportKind.NEP6, text[:-2], forms=(NEO,), password=b"x").code == "import.invalid"


def test_a_solana_keypair(signer: SocketSigner, tmp_path: Path) -> None:
    pair = Keypair.from_seed(bytes(range(32)))
    vault = imported(signer, ImportKind.SOLANA, pair.to_json().encode(), (SOLANA,))
    assert vault.secret_kind == "raw-ed25519"
    assert _address(signer, vault) == str(pair.pubkey())
    broken = json.loads(pair.to_json())
    broken[40] ^= 1
    assert _refused(signer, ImportKind.SOLANA, json.dumps(broken).encode(), forms=(SOLANA,)).code == "import.invalid"
    assert _refused(signer, ImportKind.SOLANA, pair.to_json().encode(), forms=(EVM,)).code == "import.forms"
