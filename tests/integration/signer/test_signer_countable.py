"""What a key can count: told of each form, and refused at import where the account number is out of its reach."""

from __future__ import annotations

import pytest
from bip_utils import Bip32Slip10Secp256k1, Bip39SeedGenerator
from signer_house import (
    COSMOS,
    EVM,
    EVM_HARDENED,
    JUNK,
    SEGWIT,
    SEGWIT_HARDENED,
    SOLANA,
    create,
    imported,
    unlock,
)

from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.errors import SignerInputError
from jinku.custody.ports import Form, ImportKind

EVERY = 1 << 31
MASTER = Bip32Slip10Secp256k1.FromSeed(Bip39SeedGenerator(JUNK.decode()).Generate())


def key(kind: ImportKind, path: str) -> bytes:
    found = MASTER.DerivePath(path) if path != "m" else MASTER
    return (found.PrivateKey() if kind is ImportKind.XPRV else found.PublicKey()).ToExtended().encode()


@pytest.mark.parametrize(
    ("kind", "at", "form", "expected"),
    [
        (ImportKind.XPUB, "m", EVM, "found an xpub at depth 0, expected an xpub at depth 3 to 4"),
        (ImportKind.XPUB, "m/44'/60'/0'", EVM_HARDENED, "an xpub gives no hardened accounts"),
        (ImportKind.XPUB, "m/44'/60'/0'/0", EVM_HARDENED, "an xpub gives no hardened accounts"),
        (ImportKind.XPUB, "m/84'/0'/0'/0/0", SEGWIT_HARDENED, "an xpub gives no hardened accounts"),
        (ImportKind.XPUB, "m/44'/60'/0'/0/0", EVM, "found an xpub at depth 5, expected an xpub at depth 3 to 4"),
        (ImportKind.XPRV, "m/44'/60'/0'", EVM_HARDENED, "found an xprv at depth 3, expected an xprv at depth 0 to 2"),
        (ImportKind.XPRV, "m/44'/60'/0'/0", EVM_HARDENED, "found an xprv at depth 4, expected an xprv at depth 0 to 2"),
        (ImportKind.XPRV, "m/44'/60'/0'/0/0", EVM, "found an xprv at depth 5, expected an xprv at depth 0 to 4"),
    ],
)
def test_an_account_number_out_of_reach_is_refused_at_import(
    signer: SocketSigner, kind: ImportKind, at: str, form: Form, expected: str
) -> None:
    hardened = form in (EVM_HARDENED, SEGWIT_HARDENED)
    with pytest.raises(SignerInputError) as refused:
        imported(signer, kind, key(kind, at), (form,), hardened_accounts=hardened)
    assert (refused.value.code, refused.value.exit_code) == ("import.forms", 2)
    text = str(refused.value)
    assert text.startswith(f"this key cannot count the accounts of {form.path}: found an {kind.value} at depth ")
    assert expected in text
    assert text.count("expected") == 1
    assert "import that, or ask for" in text
    assert signer.list_vaults() == ()


@pytest.mark.parametrize(
    ("kind", "at", "form"),
    [
        (ImportKind.XPUB, "m/44'/60'/0'", EVM),
        (ImportKind.XPUB, "m/44'/60'/0'/0", EVM),
        (ImportKind.XPRV, "m", EVM_HARDENED),
        (ImportKind.XPRV, "m/44'/60'", EVM_HARDENED),
        (ImportKind.XPRV, "m/44'/60'/0'/0", EVM),
    ],
)
def test_a_number_within_reach_counts_on_from_every_depth(
    signer: SocketSigner, kind: ImportKind, at: str, form: Form
) -> None:
    vault = imported(signer, kind, key(kind, at), (form,), hardened_accounts=form is EVM_HARDENED)
    assert vault.accounts == (EVERY,)
    assert signer.describe(vault.vault).accounts == (), "a locked vault's key says nothing"
    token = unlock(signer, vault.vault)
    assert signer.describe(vault.vault).accounts == (EVERY,)
    last = signer.recheck(token, vault.vault, [0, 1, EVERY - 1])
    assert len({row[0] for row in last}) == 3


def test_each_form_says_how_many(signer: SocketSigner) -> None:
    tree = create(signer, (EVM, SEGWIT, SOLANA, COSMOS))
    wif = imported(
        signer, ImportKind.WIF, b"KyZpNDKnfs94vbrwhJneDi77V6jF64PWPF8x5cdJb8ifgg2DUc9d", (EVM, SEGWIT), name="one"
    )
    assert (tree.accounts, wif.accounts) == ((EVERY,) * 4, (1, 1))
    unlock(signer, wif.vault)
    assert signer.describe(wif.vault).accounts == (1, 1)
    listed = {one.vault: one for one in signer.list_vaults()}  # one behind the other: nothing runs into the next
    assert {one.name for one in listed.values()} == {"main", "one"}
    assert listed[wif.vault].state == "unlocked"
    assert listed[tree.vault].accounts == ()
