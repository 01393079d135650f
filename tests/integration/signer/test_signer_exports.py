"""Export by the rules: what may leave and in which dress; and what never leaves, whoever asks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pyrage
import pytest
from bip_utils import Bip39SeedGenerator, Bip44, Bip44Coins
from eth_account import Account
from signer_house import (
    EVM,
    EVM_HARDENED,
    JUNK,
    NEO,
    SEGWIT,
    SEGWIT_HARDENED,
    SOLANA,
    VAULT_PASS,
    House,
    create,
    imported,
    received,
    request,
    secret,
    spec,
    unlock,
    unpack,
)
from solders.keypair import Keypair

from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.errors import SignerError, SignerInputError, SignerRefusedError
from jinku.custody.ports import Exported, ImportKind

Account.enable_unaudited_hdwallet_features()
EVERY_FORMAT = ("mnemonic", "keystore", "age", "qr", "qr-svg", "wif", "xprv", "xpub", "solana-keypair", "raw", "")


def _never(signer: SocketSigner, vault: str, index: int | None) -> set[str]:
    """The codes with which every format is refused; nothing was written."""
    token, codes = unlock(signer, vault), set()
    identity = pyrage.x25519.Identity.generate()
    for format_ in EVERY_FORMAT:

        def ask(fd: int, format_: str = format_) -> None:
            with pytest.raises(SignerRefusedError) as refused:
                signer.export(token, vault, index, format_, fd, secret(b"new"), str(identity.to_public()))
            assert refused.value.exit_code == 3
            codes.add(refused.value.code)

        assert received(ask) == b""
    return codes


@pytest.mark.parametrize("index", [None, 0, 5])
def test_nothing_leaves_a_custodial_tree(signer: SocketSigner, index: int | None) -> None:
    vault = create(signer, (EVM, SEGWIT)).vault
    assert _never(signer, vault, index) == {"export.refused"}


def test_the_refusal_names_a_way_that_exists(signer: SocketSigner) -> None:
    vault = create(signer, (EVM,)).vault
    with pytest.raises(SignerRefusedError, match="copy the whole home"):
        signer.export(unlock(signer, vault), vault, None, "mnemonic", 1)


def _exported(  # noqa: PLR0917
    signer: SocketSigner, token: bytes, vault: str, format_: str, recipient: str = "", index: int | None = None
) -> tuple[bytes, bool]:
    """What left, and whether a BIP-39 passphrase belongs to it."""
    answers: list[Exported] = []
    text = received(lambda fd: answers.append(signer.export(token, vault, index, format_, fd, recipient=recipient)))
    return text, answers[0].needs_passphrase


def test_words_with_a_bip39_passphrase_say_that_they_are_not_all(signer: SocketSigner) -> None:
    """Restored without the passphrase they give other addresses, and no wallet would notice."""
    identity = pyrage.x25519.Identity.generate()
    for given, needed in ((b"TREZOR", True), (b"\n", False), (None, False)):
        vault = imported(signer, ImportKind.MNEMONIC, JUNK, password=given).vault
        token = unlock(signer, vault)
        for format_ in ("mnemonic", "age", "qr", "qr-svg"):
            assert _exported(signer, token, vault, format_, str(identity.to_public()))[1] is needed, given
    made = signer.create_vault(spec((EVM_HARDENED,), hardened_accounts=True), secret(VAULT_PASS), secret(b"more"))
    token = unlock(signer, made.vault)
    words, needed = _exported(signer, token, made.vault, "mnemonic")
    assert needed
    assert _exported(signer, token, made.vault, "age", str(identity.to_public()), 0)[1] is False, "a key is whole"
    without = imported(signer, ImportKind.MNEMONIC, words, (EVM_HARDENED,), hardened_accounts=True)
    assert without.fingerprint != made.fingerprint


def test_no_child_of_an_imported_tree_leaves_either(signer: SocketSigner) -> None:
    vault = imported(signer, ImportKind.MNEMONIC, JUNK, (EVM, SOLANA)).vault
    assert _never(signer, vault, 0) == {"export.refused"}


def test_a_vault_made_non_exportable_stays_so(signer: SocketSigner) -> None:
    made = create(signer, (EVM_HARDENED,), hardened_accounts=True, exportable=False).vault
    foreign = imported(signer, ImportKind.MNEMONIC, JUNK, exportable=False).vault
    assert _never(signer, made, 0) == _never(signer, made, None) == _never(signer, foreign, None) == {"export.refused"}


def test_the_extended_public_key_never_leaves(house: House, signer: SocketSigner) -> None:
    """The child-plus-xpub attack has no input: neither half is to be had, and no answer holds a chain code."""
    account = Bip44.FromSeed(Bip39SeedGenerator(JUNK.decode()).Generate(), Bip44Coins.ETHEREUM).Purpose().Coin()
    public = account.Account(0).PublicKey()
    vault = imported(signer, ImportKind.MNEMONIC, JUNK, (EVM,)).vault
    token = unlock(signer, vault)
    answers = repr((signer.derive(token, request(vault)), signer.describe(vault), signer.list_vaults(), signer.hello()))
    everything = answers + house.file(vault).read_text() + house.log
    chain_code, key = public.ChainCode().ToBytes(), public.RawCompressed().ToBytes()
    for half in (public.ToExtended(), chain_code.hex(), key.hex(), repr(chain_code)[2:-1], repr(key)[2:-1]):
        assert half not in everything
    assert _never(signer, vault, 0) == {"export.refused"}, "and no child key"


def test_imported_words_leave_as_they_came(signer: SocketSigner) -> None:
    vault = imported(signer, ImportKind.MNEMONIC, JUNK).vault
    token = unlock(signer, vault)
    assert received(lambda fd: signer.export(token, vault, None, "mnemonic", fd)) == JUNK + b"\n"
    identity = pyrage.x25519.Identity.generate()
    sealed = received(lambda fd: signer.export(token, vault, None, "age", fd, recipient=str(identity.to_public())))
    assert pyrage.decrypt(sealed, [identity]) == JUNK + b"\n"
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [pyrage.x25519.Identity.generate()])
    for format_, code in [("keystore", "export.format"), ("wif", "export.format"), ("xprv", "export.format")]:
        with pytest.raises(SignerError) as refused:
            signer.export(token, vault, None, format_, 1, secret(b"new"))
        assert refused.value.code == code
    for recipient in ("", "age1nonsense", str(identity)):
        with pytest.raises(SignerInputError) as wrong:
            signer.export(token, vault, None, "age", 1, recipient=recipient)
        assert wrong.value.code == "age.recipient"
        assert str(identity) not in str(wrong.value)


def test_a_hardened_account_leaves_with_its_own_key_only(signer: SocketSigner) -> None:
    vault = imported(signer, ImportKind.MNEMONIC, JUNK, (EVM_HARDENED, SEGWIT_HARDENED), hardened_accounts=True).vault
    token = unlock(signer, vault)
    batch = signer.derive(token, request(vault, 4, 1))
    evm, segwit = (unpack(column)[0] for column in batch.columns)
    text = received(lambda fd: signer.export(token, vault, 4, "keystore", fd, secret(b"pass word\n")))
    key = Account.decrypt(json.loads(text), "pass word")
    assert Account.from_key(key).address == evm
    assert key == Account.from_mnemonic(JUNK.decode(), account_path="m/44'/60'/4'/0/0").key
    wif = received(lambda fd: signer.export(token, vault, 4, "wif", fd)).strip()
    back = imported(signer, ImportKind.WIF, wif, (SEGWIT,)).vault
    assert signer.recheck(unlock(signer, back), back, [0]) == [[segwit]]
    with pytest.raises(SignerRefusedError) as refused:
        signer.export(token, vault, 4, "keystore", 1)
    assert refused.value.code == "export.no_password"
    with pytest.raises(SignerRefusedError) as refused:
        signer.export(token, vault, 4, "xprv", 1)
    assert refused.value.code == "export.format"
    identity = pyrage.x25519.Identity.generate()
    for form, expected in ((0, key.hex().removeprefix("0x").encode()), (1, wif)):
        sealed = received(
            lambda fd, form=form: signer.export(token, vault, 4, "age", fd, None, str(identity.to_public()), form)
        )
        assert pyrage.decrypt(sealed, [identity]).strip() == expected
    with pytest.raises(SignerRefusedError):
        signer.export(token, vault, 4, "age", 1, None, str(identity.to_public()), 2)


def test_the_words_of_a_vault_with_hardened_accounts_open_elsewhere(signer: SocketSigner) -> None:
    made = create(signer, (EVM_HARDENED,), hardened_accounts=True, words=12)
    token = unlock(signer, made.vault)
    words = received(lambda fd: signer.export(token, made.vault, None, "mnemonic", fd))
    assert len(words.split()) == 12
    again = imported(signer, ImportKind.MNEMONIC, words, (EVM_HARDENED,), hardened_accounts=True)
    assert again.fingerprint == made.fingerprint


@pytest.mark.parametrize(
    ("kind", "material", "form", "format_"),
    [
        (ImportKind.WIF, b"KyZpNDKnfs94vbrwhJneDi77V6jF64PWPF8x5cdJb8ifgg2DUc9d", SEGWIT, "wif"),
        (ImportKind.WIF, b"KzAuju4yBqBhmUzYpfEEppPW8jfxALTsdsUR8hLPv9R3PBD97CUv", NEO, "wif"),
        (
            ImportKind.XPRV,
            b"xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxr"
            b"MPHi",  # BIP-32, test vector 1
            EVM,
            "xprv",
        ),
    ],
)
def test_single_and_extended_keys_leave_as_they_came(
    signer: SocketSigner, kind: ImportKind, material: bytes, form: object, format_: str
) -> None:
    vault = imported(signer, kind, material, (form,)).vault  # type: ignore[arg-type]
    token = unlock(signer, vault)
    assert received(lambda fd: signer.export(token, vault, None, format_, fd)).strip() == material


def test_a_solana_keypair_leaves_as_it_came(signer: SocketSigner) -> None:
    pair = Keypair.from_seed(bytes(range(1, 33)))
    vault = imported(signer, ImportKind.SOLANA, pair.to_json().encode(), (SOLANA,)).vault
    token = unlock(signer, vault)
    assert Keypair.from_json(received(lambda fd: signer.export(token, vault, 0, "solana-keypair", fd)).decode()) == pair


def test_qr_codes_say_what_they_should(signer: SocketSigner) -> None:
    vault = imported(signer, ImportKind.MNEMONIC, JUNK).vault
    token = unlock(signer, vault)
    terminal = received(lambda fd: signer.export(token, vault, None, "qr", fd)).decode()
    svg = received(lambda fd: signer.export(token, vault, None, "qr-svg", fd)).decode()
    rows = _modules(terminal)
    assert rows == _svg_modules(svg)
    finder = ["#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"]
    size = len(rows)
    for top, left in ((0, 0), (0, size - 7), (size - 7, 0)):  # ISO/IEC 18004, 6.3.3
        assert [row[left : left + 7] for row in rows[top : top + 7]] == finder
    assert JUNK.decode() not in terminal + svg


def _modules(text: str) -> list[str]:
    """The code's modules, '#' dark, without the quiet zone."""
    halves = {"█": "##", "▀": "#.", "▄": ".#", " ": ".."}
    rows: list[str] = []
    for line in text.splitlines():
        cells = [halves[c] for c in line.removeprefix("\x1b[30;107m").removesuffix("\x1b[0m")]
        rows += ["".join(cell[half] for cell in cells) for half in (0, 1)]
    width = len(rows[0]) - 8
    return [row[4:-4] for row in rows[4 : 4 + width]]


def _svg_modules(text: str) -> list[str]:
    side = int(re.search(r'viewBox="0 0 (\d+)', text).group(1)) - 8  # type: ignore[union-attr]
    grid = [["."] * side for _ in range(side)]
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", text):
        grid[int(y) - 4][int(x) - 4] = "#"
    return ["".join(row) for row in grid]


Ask = Callable[[int], None]
