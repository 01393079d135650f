"""What ``--chain`` means, and what it does not."""

from __future__ import annotations

import pytest

from jinku.cli.choices import chain_from, whole_number
from jinku.core import UsageError
from jinku.keys import UnknownChainError


@pytest.mark.parametrize(
    ("word", "chain"),
    [("evm", "evm"), ("tron", "tron"), ("polygon", "eip155:137"), ("eip155:7", "eip155:7"), ("eip155:1", "eip155:1")],
)
def test_a_family_a_name_or_an_id(word: str, chain: str) -> None:
    assert chain_from(word) == chain


@pytest.mark.parametrize("word", ["bogus", "", "EVM", "eip155", "eip155:x"])
def test_an_unknown_chain_is_refused_by_the_known_ones(word: str) -> None:
    with pytest.raises(UnknownChainError) as raised:
        chain_from(word)
    assert raised.value.exit_code == 2
    assert "bitcoin" in str(raised.value.expected)


@pytest.mark.parametrize("word", ["all", "evm,tron"])
def test_several_chains_are_refused(word: str) -> None:
    with pytest.raises(UsageError, match="one chain"):
        chain_from(word)


@pytest.mark.parametrize("text", ["200000", "200,000", "200_000", " 200000 "])
def test_a_count_is_taken_as_we_print_it(text: str) -> None:
    assert whole_number(text) == 200_000


@pytest.mark.parametrize("text", ["", "2.5", "20,00", "1,000_000", "-5", "1e3", "٣", "ten"])
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="whole number"):
        whole_number(text)
