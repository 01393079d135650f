"""The pure rules of custody, and the folder of tokens."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jinku.core import Id, JinkuError, ParseError
from jinku.custody import BadVaultError, Limits, LimitsExceededError, NewVault, Tier
from jinku.custody.adapters.token_folder import TokenFolder
from jinku.custody.ports import Form
from jinku.custody.rules import MAX_INDEX, check_limits, check_new, limits_from_text, limits_text

EVM = Form("eip155:1", "evm", "eoa", "m/44'/60'/0'/0/{i}")
TRON = Form("tron:728126428", "tron", "eoa", "m/44'/195'/0'/0/{i}")
VAULT = Id.parse("018bcfe5-6800-7000-8000-00000000abcd")


@given(st.none() | st.integers(1, 10**12), st.lists(st.text(min_size=1, max_size=10), max_size=4))
def test_limits_survive_their_text(most: int | None, chains: list[str]) -> None:
    limits = Limits(most, tuple(chains))
    assert limits_from_text(limits_text(limits)) == limits


@pytest.mark.parametrize(
    "text",
    ["[]", "nonsense", '{"max_accounts":0}', '{"max_accounts":true}', '{"chains":"x"}', '{"chains":[1]}', '{"new":1}'],
)
def test_limits_that_are_not_understood_are_refused(text: str) -> None:
    """Ignoring an unknown limit would widen use."""
    with pytest.raises(ParseError):
        limits_from_text(text)


@given(st.integers(0, 100), st.integers(1, 100), st.integers(1, 120))
def test_the_cap_is_exact(reserved: int, count: int, cap: int) -> None:
    def check() -> None:
        check_limits("v", Limits(max_accounts=cap), reserved, count, (EVM,))

    if reserved + count <= cap:
        check()
    else:
        with pytest.raises(LimitsExceededError):
            check()


def test_indexes_end_where_bip32_ends() -> None:
    check_limits("v", Limits(), MAX_INDEX - 1, 1, (EVM,))
    with pytest.raises(LimitsExceededError):
        check_limits("v", Limits(), MAX_INDEX, 1, (EVM,))


def test_only_allowed_chains_are_used() -> None:
    check_limits("v", Limits(chains=("eip155:1",)), 0, 1, (EVM,))
    with pytest.raises(LimitsExceededError, match="tron:728126428"):
        check_limits("v", Limits(chains=("eip155:1",)), 0, 1, (EVM, TRON))


@pytest.mark.parametrize("name", ["ops", "Treasury 2", "金库", "a-b.c_d", "x" * 64])
def test_good_names(name: str) -> None:
    check_new(NewVault(name, Tier.HOT, (EVM,)))


@pytest.mark.parametrize("name", ["", " ", "a ", "\x1b[31m", "a\u202eb", "a/b", "x" * 65, str(VAULT)])
def test_bad_names(name: str) -> None:
    with pytest.raises(BadVaultError):
        check_new(NewVault(name, Tier.HOT, (EVM,)))


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(JinkuError, match="sealed"):
        check_new(NewVault("v", Tier.HOT, (EVM,), custody="hsm"))


def test_a_token_is_kept_replaced_and_dropped(tmp_path: Path) -> None:
    folder = TokenFolder(tmp_path / "tokens")
    assert folder.load(VAULT) is None
    folder.drop()
    for token in (b"a" * 32, b"b" * 32):
        folder.save(VAULT, token)
        assert folder.load(VAULT) == token
    assert [path.name for path in (tmp_path / "tokens").iterdir()] == [str(VAULT)]
    folder.drop(VAULT)
    folder.drop(VAULT)
    assert folder.load(VAULT) is None


def test_a_token_that_others_could_have_written_is_not_believed(tmp_path: Path) -> None:
    folder = TokenFolder(tmp_path / "tokens")
    folder.save(VAULT, b"a" * 32)
    path = tmp_path / "tokens" / str(VAULT)
    for mode in (0o640, 0o606):
        path.chmod(mode)
        assert folder.load(VAULT) is None
    path.chmod(0o600)
    assert folder.load(VAULT) == b"a" * 32
    path.write_bytes(b"short")
    assert folder.load(VAULT) is None
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert folder.load(VAULT) is None
