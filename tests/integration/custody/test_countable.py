"""No index is reserved that the vault's own key can never derive, whatever was imported: the refusal comes before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from bip_utils import Bip39SeedGenerator, Bip44, Bip44Coins
from keyring_conformance import GOOD
from real_home import RealHome, real_home
from shapes import EVM, SEVEN, secret

from jinku.accounts import JobRequest
from jinku.accounts.types import JobState, Mode
from jinku.custody import LimitsExceededError, NewVault, Tier, VaultLockedError
from jinku.custody.ports import ImportKind

SEGWIT = SEVEN[2]
XPUB = "xpub6CatWdiZiodmUeTDp8LT5or8nmbKNcuyvz7WyksVFkKB4RHwCD3XyuvPEbvqAQY3rAPshWcMLoP2fMFMKHPJ4ZeZXYVUhLv1VMrjPC7PW6V"
FIXED = f"wpkh([73c5da0a/84'/0'/0']{XPUB}/0/5)#d744jhz8"
MATERIALS = {
    "wif": (ImportKind.WIF, "KyZpNDKnfs94vbrwhJneDi77V6jF64PWPF8x5cdJb8ifgg2DUc9d", SEGWIT),
    "descriptor": (ImportKind.DESCRIPTOR, FIXED, SEGWIT),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHome]:
    with real_home(tmp_path_factory.mktemp("countable")) as home:
        yield home


def imported(home: RealHome, name: str, kind: ImportKind, material: str, unlock: bool = True) -> None:
    forms = (SEGWIT,) if kind is not ImportKind.XPUB else (EVM,)
    with secret(material) as given, secret(GOOD) as passphrase:
        home.custody.import_vault(NewVault(name, Tier.COLD, forms), kind, given, passphrase)
    if unlock:
        opened(home, name)


def opened(home: RealHome, name: str) -> None:
    with secret(GOOD) as passphrase:
        home.custody.unlock(name, passphrase)


def traces(home: RealHome, name: str) -> tuple[int, int, int]:
    """What a job leaves first: the next index, jobs of the vault, entries of the home."""
    with home.database.read() as unit:
        entries = sum(1 for _ in unit.entries())
    return home.custody.find(name).next_index, len(home.accounts.jobs(name)), entries


@pytest.mark.parametrize("what", MATERIALS)
def test_one_key_has_one_account_and_keeps_it(home: RealHome, what: str) -> None:
    kind, material, _ = MATERIALS[what]
    imported(home, what, kind, material)
    before = traces(home, what)
    for count in (2, 1000):
        with pytest.raises(LimitsExceededError, match="at most 1 account") as refused:
            home.accounts.create(JobRequest(what, count))
        assert (refused.value.exit_code, refused.value.code) == (3, "vault.limits")
        assert refused.value.fields == {"reserved": 0, "asked": count, "cap": 1}
        assert traces(home, what) == before
    assert home.accounts.run(str(home.accounts.create(JobRequest(what, 1)).job)).state is JobState.DONE
    with pytest.raises(LimitsExceededError, match="accounts list"):
        home.accounts.create(JobRequest(what, 1))
    assert traces(home, what)[:2] == (1, 1)


def test_a_locked_vault_reserves_what_its_key_surely_has(home: RealHome) -> None:
    """A single key says by its kind that it has one; how many a descriptor has only the unlocked key says."""
    for what, (kind, material, _) in MATERIALS.items():
        imported(home, f"locked {what}", kind, material, unlock=False)
    with pytest.raises(LimitsExceededError):
        home.accounts.create(JobRequest("locked wif", 2))
    with pytest.raises(VaultLockedError, match="how many accounts it can have"):
        home.accounts.create(JobRequest("locked descriptor", 1))
    assert [traces(home, f"locked {what}")[:2] for what in MATERIALS] == [(0, 0), (0, 0)]
    assert home.accounts.create(JobRequest("locked wif", 1)).count == 1
    opened(home, "locked descriptor")
    assert home.accounts.create(JobRequest("locked descriptor", 1)).count == 1


def test_wallets_of_users_need_paths_and_no_key_of_the_vault(home: RealHome) -> None:
    for what, (kind, material, _) in MATERIALS.items():
        imported(home, f"self {what}", kind, material)
    with pytest.raises(LimitsExceededError, match="no path that a wallet could have"):
        home.accounts.create(JobRequest("self wif", 1, mode=Mode.SELF))
    assert traces(home, "self wif")[:2] == (0, 0)
    assert home.accounts.create(JobRequest("self descriptor", 3, mode=Mode.SELF)).count == 3


def test_extended_keys_and_open_descriptors_count_on(home: RealHome) -> None:
    tree = Bip44.FromSeed(Bip39SeedGenerator("test " * 11 + "junk").Generate(), Bip44Coins.ETHEREUM)
    account = tree.Purpose().Coin().Account(0).PublicKey().ToExtended()
    imported(home, "xpub", ImportKind.XPUB, account)
    ranged = f"wpkh([73c5da0a/84'/0'/0']{XPUB}/0/*)"
    with ExitStack() as stack:
        given, passphrase = stack.enter_context(secret(ranged)), stack.enter_context(secret(GOOD))
        with pytest.raises(Exception, match="#") as told:
            home.custody.import_vault(NewVault("open", Tier.COLD, (SEGWIT,)), ImportKind.DESCRIPTOR, given, passphrase)
    checksum = str(told.value).partition("#")[2][:8]
    imported(home, "open", ImportKind.DESCRIPTOR, f"{ranged}#{checksum}")
    for name in ("xpub", "open"):
        job = home.accounts.create(JobRequest(name, 3))
        assert home.accounts.run(str(job.job)).state is JobState.DONE
        assert traces(home, name)[:2] == (3, 1)
        assert home.signer.describe(str(home.custody.find(name).vault)).accounts == (1 << 31,)
