"""Where a witness answers: an address is checked when it is given, and again when it is used."""

from __future__ import annotations

import pytest
from log_keys import ORIGIN

from jinku.core import UnavailableError, UsageError
from jinku.journal.adapters.witness_client import Place, WitnessClient, check_url


@pytest.mark.parametrize("url", ["https://[x", "https://a:99999", "https://a/?q", "https://u@a", "ftp://a", ""])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(UsageError):
        check_url(url)
    assert check_url("https://[::1]:8443/prefix/") == "https://[::1]:8443/prefix"


@pytest.mark.parametrize("url", ["http://[x", "http://a:99999", "http://a..b"])
def test_an_address_that_somebody_broke_in_the_file_is_a_witness_that_does_not_answer(url: str) -> None:
    with pytest.raises(UnavailableError, match="w0 does not answer"):
        WitnessClient(Place("w0", (), url), 60).latest(ORIGIN)


@pytest.mark.parametrize(
    "url", ["https://u:p@a", "https://a/#f", "https://a b/", "https://a/" + "x" * 500, "https://a..b"]
)
def test_addresses_that_no_call_of_ours_takes(url: str) -> None:
    """The rules are those of every call: `journal anchor-add` refuses the same."""
    with pytest.raises(UsageError):
        check_url(url)
    with pytest.raises(UnavailableError, match="w0 does not answer"):
        WitnessClient(Place("w0", (), url), 60).latest(ORIGIN)
