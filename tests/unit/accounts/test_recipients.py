"""Age recipients: what age's own code makes is taken, and no slip of a finger is."""

from __future__ import annotations

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jinku.accounts.recipients import is_age_recipient

GOOD = str(pyrage.x25519.Identity.generate().to_public())


def test_what_age_makes_is_taken() -> None:
    for _ in range(50):
        assert is_age_recipient(str(pyrage.x25519.Identity.generate().to_public()))


@given(st.integers(4, 61), st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l"))
def test_one_wrong_symbol_is_found_as_age_finds_it(place: int, symbol: str) -> None:
    text = GOOD[:place] + symbol + GOOD[place + 1 :]
    assert is_age_recipient(text) == (text == GOOD)
    if text != GOOD:
        with pytest.raises(pyrage.RecipientError):
            pyrage.x25519.Recipient.from_str(text)


@pytest.mark.parametrize(
    "text",
    ["", "age1", GOOD[:-1], GOOD + "q", GOOD.upper(), GOOD[:-1] + "b", "äge1" + GOOD[4:]],
    ids=["empty", "prefix", "short", "long", "capitals", "no such symbol", "other letter"],
)
def test_other_texts_are_none(text: str) -> None:
    assert not is_age_recipient(text)
