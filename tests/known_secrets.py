"""Everything secret that follows from a mnemonic, and the passphrases of a test's home, as needles of a scan."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from bip_utils import Bip32Slip10Ed25519, Bip32Slip10Nist256p1, Bip32Slip10Secp256k1, Bip39MnemonicDecoder
from cli_home import HOME_SECRET, VAULT_SECRET

from jinku.ops.scan import Needle

PARENTS = ("m/44'/60'/0'/0", "m/86'/0'/0'/0", "m/84'/0'/0'/0", "m/44'/118'/0'/0", "m/44'/195'/0'/0")


def passphrases() -> list[Needle]:
    """What opens the home and its vaults."""
    return [Needle("home passphrase", HOME_SECRET), Needle("vault passphrase", VAULT_SECRET)]


def from_words(words: str, indices: Sequence[int] = (0, 1)) -> list[Needle]:
    """The words, their entropy, seed and master, and of each tree the parent and some children."""
    seed = hashlib.pbkdf2_hmac("sha512", words.encode(), b"mnemonic", 2048, 64)
    master = hmac.digest(b"Bitcoin seed", seed, "sha512")
    found = [
        Needle("words", words=tuple(words.split())),
        Needle("entropy", Bip39MnemonicDecoder().Decode(words)),
        Needle("seed", seed),
        Needle("master key", master[:32]),
        Needle("master chain code", master[32:]),
    ]
    root = Bip32Slip10Secp256k1.FromSeed(seed)
    assert root.PrivateKey().Raw().ToBytes() == master[:32]
    for path in PARENTS:
        node = root.DerivePath(path)
        found.append(Needle(f"{path} key", node.PrivateKey().Raw().ToBytes()))
        found.append(Needle(f"{path} chain code", node.ChainCode().ToBytes()))
        found.append(Needle(f"{path} xpub", node.PublicKey().ToExtended().encode()))
        found += [Needle(f"{path}/{i}", node.ChildKey(i).PrivateKey().Raw().ToBytes()) for i in indices]
    neo = Bip32Slip10Nist256p1.FromSeedAndPath(seed, "m/44'/888'/0'/0/0")
    solana = Bip32Slip10Ed25519.FromSeedAndPath(seed, "m/44'/501'/0'/0'")
    found.append(Needle("neo 0", neo.PrivateKey().Raw().ToBytes()))
    found.append(Needle("solana 0", solana.PrivateKey().Raw().ToBytes()))
    return found
