"""A check of doctor that ends in an error says so, and the others are made."""

from __future__ import annotations

import pytest

from jinku.core import IntegrityError
from jinku.ops.doctor import _alone
from jinku.ops.findings import Finding, Health


@pytest.mark.parametrize("error", [KeyError("part"), ValueError("zz"), IntegrityError("row 7 says nothing")])
def test_a_check_that_fails_is_a_finding(error: Exception) -> None:
    def check() -> list[Finding]:
        raise error

    (found,) = _alone("erasures", check)
    assert (found.check, found.health) == ("erasures", Health.BAD)
    assert str(error.args[0]) in found.found


def test_what_a_check_finds_is_told() -> None:
    fine = Finding("vaults", Health.OK, "2")
    assert _alone("vaults", lambda: [fine]) == [fine]
