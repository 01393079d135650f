"""What an independent library, bip_utils, makes of the same mnemonic: the demo's witness, its needles and its rival."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bip_utils import (
    AtomAddrEncoder,
    Bip32Slip10Ed25519,
    Bip32Slip10Nist256p1,
    Bip32Slip10Secp256k1,
    Bip39MnemonicDecoder,
    Bip39MnemonicGenerator,
    Bip39SeedGenerator,
    Bip39WordsNum,
    EthAddrEncoder,
    NeoN3AddrEncoder,
    P2TRAddrEncoder,
    P2WPKHAddrEncoder,
    SolAddrEncoder,
    TrxAddrEncoder,
    WifEncoder,
)

from jinku.ops.scan import Needle

_K1, _R1, _ED = Bip32Slip10Secp256k1, Bip32Slip10Nist256p1, Bip32Slip10Ed25519


@dataclass(frozen=True)
class Way:
    """One address of an account: kind as jinku names it, curve, parent path, child template, encoder."""

    family: str
    kind: str
    curve: type
    parent: str
    child: str
    encode: Callable[[object], str]


WAYS = (
    Way("evm", "eoa", _K1, "m/44'/60'/0'/0", "{i}", EthAddrEncoder.EncodeKey),
    Way("bitcoin", "p2tr", _K1, "m/86'/0'/0'/0", "{i}", lambda key: P2TRAddrEncoder.EncodeKey(key, hrp="bc")),
    Way("bitcoin", "p2wpkh", _K1, "m/84'/0'/0'/0", "{i}", lambda key: P2WPKHAddrEncoder.EncodeKey(key, hrp="bc")),
    Way("cosmos", "base", _K1, "m/44'/118'/0'/0", "{i}", lambda key: AtomAddrEncoder.EncodeKey(key, hrp="cosmos")),
    Way("solana", "wallet", _ED, "m/44'/501'", "{i}'/0'", SolAddrEncoder.EncodeKey),
    Way("neo", "single-sig", _R1, "m/44'/888'/0'/0", "{i}", lambda key: NeoN3AddrEncoder.EncodeKey(key, ver=b"\x35")),
    Way("tron", "eoa", _K1, "m/44'/195'/0'/0", "{i}", TrxAddrEncoder.EncodeKey),
)


def new_words() -> str:
    """A fresh mnemonic of 24 English words."""
    return str(Bip39MnemonicGenerator().FromWordsNumber(Bip39WordsNum.WORDS_NUM_24))


class Tree:
    """The six families' keys under one mnemonic, one key at a time, as any wallet would derive them."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.seed = Bip39SeedGenerator(words).Generate()
        self._masters = {curve: curve.FromSeed(self.seed) for curve in (_K1, _R1, _ED)}
        self._parents = [self._masters[way.curve].DerivePath(way.parent) for way in WAYS]

    def _child(self, place: int, index: int):
        node = self._parents[place]
        for step in WAYS[place].child.format(i=index).split("/"):
            hardened = step.endswith("'")
            node = node.ChildKey(int(step.rstrip("'")) + (1 << 31 if hardened else 0))
        return node

    def addresses(self, index: int) -> list[str]:
        """The seven addresses of account ``index``."""
        return [way.encode(self._child(n, index).PublicKey().KeyObject()) for n, way in enumerate(WAYS)]

    def address(self, place: int, index: int) -> str:
        """One of them."""
        return WAYS[place].encode(self._child(place, index).PublicKey().KeyObject())

    def needles(self, indexes: Sequence[int]) -> list[Needle]:
        """The secrets of the tree: words, entropy, seed, masters, parents, and the keys of some accounts."""
        found = [
            Needle("the 24 words", words=tuple(self.words.split())),
            Needle("entropy", Bip39MnemonicDecoder().Decode(self.words)),
            Needle("seed", self.seed),
            Needle("master key as xprv", self._masters[_K1].PrivateKey().ToExtended().encode()),
        ]
        for curve, node in self._masters.items():
            name = curve.__name__.removeprefix("Bip32Slip10").lower()
            found.append(Needle(f"{name} master key", node.PrivateKey().Raw().ToBytes()))
            found.append(Needle(f"{name} master chain code", node.ChainCode().ToBytes()))
        for way, node in zip(WAYS, self._parents, strict=True):
            found.append(Needle(f"{way.family} {way.kind} parent key", node.PrivateKey().Raw().ToBytes()))
            found.append(Needle(f"{way.family} {way.kind} parent chain code", node.ChainCode().ToBytes()))
            if way.curve is _K1:
                found.append(Needle(f"{way.family} {way.kind} parent xpub", node.PublicKey().ToExtended().encode()))
        for index in indexes:
            for n, way in enumerate(WAYS):
                key = self._child(n, index).PrivateKey().Raw().ToBytes()
                found.append(Needle(f"{way.family} {way.kind} key {index}", key))
                if way.family in ("bitcoin", "neo"):
                    found.append(
                        Needle(f"{way.family} {way.kind} WIF {index}", WifEncoder.Encode(key, b"\x80").encode())
                    )
        return found


@dataclass(frozen=True)
class Rate:
    """So many accounts in so many seconds."""

    accounts: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.accounts / self.seconds


def _timed(accounts: int, make: Callable[[int], object]) -> Rate:
    begin = time.perf_counter()
    for index in range(accounts):
        make(index)
    return Rate(accounts, time.perf_counter() - begin)


def custodial_rate(accounts: int) -> Rate:
    """bip_utils deriving all seven addresses of each account, one process, parents ready beforehand."""
    tree = Tree(new_words())
    tree.addresses(0)
    return _timed(accounts, tree.addresses)


def self_rate(accounts: int) -> Rate:
    """bip_utils making 24 words, the seed and the seven addresses of account 0, for each user."""
    return _timed(accounts, lambda _: Tree(new_words()).addresses(0))
