"""Measure Jinku's key engine beside its rivals on the same input and print a Markdown table.

Run: ``.venv/bin/python benchmarks/keys_vs_rivals.py`` (``--rounds 3 --seconds 1`` by default: two minutes; ``--quick``
is one turn of a fifth of a second).

Rival and engine take turns; the table shows the median of each. Before a row is printed the results of both on the
shared input are compared: a row whose results differ ends the run with exit code 1. The rivals are given the fastest
way that was found (bip_utils derives from a prepared parent, with coincurve). Losses are printed like wins.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import ssl
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bip_utils import (
    Bip39MnemonicGenerator,
    Bip39SeedGenerator,
    Bip44,
    Bip44Changes,
    Bip44Coins,
    Bip84,
    Bip84Coins,
    Bip86,
    Bip86Coins,
)
from eth_account import Account
from machine import taken, verdict

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 2048


def entropy(wallet: int) -> bytes:
    """The entropy of the bench's wallet of that number: the engine makes the same."""
    return hashlib.sha256(b"jinku bench" + wallet.to_bytes(8, "big")).digest()


@cache
def words(wallet: int) -> str:
    """The 24 English words of the bench's wallet."""
    return str(Bip39MnemonicGenerator().FromEntropy(entropy(wallet)).ToStr())


@cache
def seed(wallet: int) -> bytes:
    """The BIP-39 seed of the bench's wallet."""
    return hashlib.pbkdf2_hmac("sha512", words(wallet).encode(), b"mnemonic", ROUNDS)


def openssl_pbkdf2() -> Callable[[int], str]:
    """One seed by OpenSSL, through hashlib."""
    return lambda i: hashlib.pbkdf2_hmac("sha512", words(i).encode(), b"mnemonic", ROUNDS).hex()


def bip_utils_words_to_evm() -> Callable[[int], str]:
    """24 words to seed to the first EVM address, by bip_utils."""

    def one(i: int) -> str:
        root = Bip44.FromSeed(Bip39SeedGenerator(words(i)).Generate(), Bip44Coins.ETHEREUM)
        chain = root.Purpose().Coin().Account(0).Change(Bip44Changes.CHAIN_EXT)
        return str(chain.AddressIndex(0).PublicKey().ToAddress())

    return one


def eth_account_words_to_evm() -> Callable[[int], str]:
    """24 words to seed to the first EVM address, by eth-account."""
    Account.enable_unaudited_hdwallet_features()
    return lambda i: str(Account.from_mnemonic(words(i), account_path="m/44'/60'/0'/0/0").address)


def bip_utils_index_to_evm() -> Callable[[int], str]:
    """Account i of one tree, its EVM address, by bip_utils from the prepared chain level."""
    root = Bip44.FromSeed(seed(0), Bip44Coins.ETHEREUM).Purpose().Coin().Account(0)
    chain = root.Change(Bip44Changes.CHAIN_EXT)
    return lambda i: str(chain.AddressIndex(i).PublicKey().ToAddress())


def bip_utils_index_to_all() -> Callable[[int], str]:
    """Account i of one tree, its seven addresses, by bip_utils from prepared parents."""

    def chain(scheme: Any, coin: Any) -> Any:
        root = scheme.FromSeed(seed(0), coin).Purpose().Coin().Account(0)
        return root.Change(Bip44Changes.CHAIN_EXT)

    solana = Bip44.FromSeed(seed(0), Bip44Coins.SOLANA).Purpose().Coin()
    soft = [
        chain(Bip44, Bip44Coins.ETHEREUM),
        chain(Bip86, Bip86Coins.BITCOIN),
        chain(Bip84, Bip84Coins.BITCOIN),
        chain(Bip44, Bip44Coins.COSMOS),
        chain(Bip44, Bip44Coins.NEO_N3),
        chain(Bip44, Bip44Coins.TRON),
    ]

    def one(i: int) -> str:
        texts = [level.AddressIndex(i).PublicKey().ToAddress() for level in soft]
        texts.insert(4, solana.Account(i).Change(Bip44Changes.CHAIN_EXT).PublicKey().ToAddress())
        return ",".join(texts)

    return one


@dataclass(frozen=True)
class Race:
    """One row: a rival's way, and the engine's arguments that do the same work (``same``) or more than that."""

    work: str
    rival: str
    make: Callable[[], Callable[[int], str]]
    engine: tuple[str, ...]
    goal: float = 0.0
    same: bool = True


WORDS = "24 words → seed → EVM"
AVX2 = ("--lanes", "avx2")
PORTABLE = ("--lanes", "portable")
TWO = ("--threads", "2")
RACES = (
    Race("PBKDF2, 2,048 rounds", "OpenSSL (hashlib)", openssl_pbkdf2, ("pbkdf2",), 5.5),
    Race("PBKDF2, 2,048 rounds, AVX2", "OpenSSL (hashlib)", openssl_pbkdf2, ("pbkdf2", *AVX2)),
    Race(WORDS, "bip_utils", bip_utils_words_to_evm, ("self-evm",), 6.5),
    Race(f"{WORDS}, AVX2", "bip_utils", bip_utils_words_to_evm, ("self-evm", *AVX2), 2.4),
    Race(f"{WORDS}, portable", "bip_utils", bip_utils_words_to_evm, ("self-evm", *PORTABLE)),
    Race(WORDS, "OpenSSL, PBKDF2 alone", openssl_pbkdf2, ("self-evm",), 4.0, same=False),
    Race(WORDS, "eth-account", eth_account_words_to_evm, ("self-evm",)),
    Race("index → EVM", "bip_utils", bip_utils_index_to_evm, ("custodial-evm",)),
    Race("index → EVM, AVX2", "bip_utils", bip_utils_index_to_evm, ("custodial-evm", *AVX2)),
    Race("index → EVM, two cores", "bip_utils on one", bip_utils_index_to_evm, ("custodial-evm", *TWO), 25.0),
    Race("index → 7 addresses", "bip_utils", bip_utils_index_to_all, ("custodial-all",)),
    Race("index → 7 addresses, two cores", "bip_utils on one", bip_utils_index_to_all, ("custodial-all", *TWO)),
)


def build_engine() -> Path:
    """The release build of the bench binary."""
    command = ["cargo", "build", "--release", "--quiet", "-p", "jinku-bulk", "--example", "engine"]
    subprocess.run(command, cwd=ROOT, check=True)
    metadata = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT, check=True, capture_output=True
    )
    return Path(json.loads(metadata.stdout)["target_directory"]) / "release" / "examples" / "engine"


def run_engine(binary: Path, arguments: tuple[str, ...], seconds: float, check: int) -> dict[str, Any]:
    """One measurement of the engine."""
    command = [str(binary), *arguments, "--seconds", str(seconds), "--check", str(check)]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"the engine refused {' '.join(arguments)}: {result.stderr.strip()}")
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def run_rival(one: Callable[[int], str], seconds: float) -> tuple[float, list[str]]:
    """Results a second of the rival, and its first results."""
    one(0)  # what is prepared at the first call stays outside the clock
    texts: list[str] = []
    clock = time.perf_counter()
    while time.perf_counter() - clock < seconds:
        texts.append(one(len(texts)))
    return len(texts) / (time.perf_counter() - clock), texts[:200]


def check_equal(race: Race, texts: list[str], answer: dict[str, Any]) -> int:
    """Both gave the same on the shared input, or the run ends; how many results were compared."""
    if not race.same:
        return 0
    digest = hashlib.sha256("".join(text + "\n" for text in texts).encode()).hexdigest()
    if answer["checked"] != len(texts) or answer["check"] != digest:
        raise SystemExit(f"{race.work}: {race.rival} and the engine differ on the first {len(texts)} results")
    return len(texts)


def measure(race: Race, binary: Path, rounds: int, seconds: float) -> tuple[float, float, int]:
    """Median rates of rival and engine, taking turns, and how many results were compared."""
    one = race.make()
    theirs, ours, compared = [], [], 0
    for _ in range(rounds):
        rate, texts = run_rival(one, seconds)
        answer = run_engine(binary, race.engine, seconds, len(texts))
        compared = max(compared, check_equal(race, texts, answer))
        theirs.append(rate)
        ours.append(float(answer["median_rate"]))
    return statistics.median(theirs), statistics.median(ours), compared


def rows(rounds: int, seconds: float) -> Iterator[str]:
    """The table's lines as they are measured."""
    binary = build_engine()
    for wallet in range(4096):
        words(wallet)  # the words are given to all, outside the clock
    yield "| work | rival | rival /s | Jinku /s | ratio | goal |"
    yield "|---|---|--:|--:|--:|---|"
    least = None
    for race in RACES:
        theirs, ours, compared = measure(race, binary, rounds, seconds)
        goal = verdict(f"≥ {race.goal:g}", ours / theirs >= race.goal) if race.goal else ""
        rival = race.rival if race.same else f"{race.rival} †"
        least = min(compared, least or compared) if race.same else least
        yield f"| {race.work} | {rival} | {theirs:,.0f} | {ours:,.0f} | {ours / theirs:.1f} | {goal} |"
    yield f"\nIn every row the first {least} results of both, or more, were compared and equal."
    yield "† does less work than Jinku there."


def main() -> int:
    """The table stands on standard output."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    count, seconds = (1, 0.2) if options.quick else (options.rounds, options.seconds)
    rivals = ", ".join(f"{name} {version(name)}" for name in ("bip_utils", "coincurve", "eth-account"))
    print(f"{taken()} {rivals}, {ssl.OPENSSL_VERSION}.")
    print(f"Results a second; medians of {count} turns of {seconds:g} s, rival and engine in turn.\n")
    for line in rows(count, seconds):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
