"""What doctor says of the environment: a variable that names a secret's file, and not one that is empty."""

from __future__ import annotations

from jinku.ops.checks import check_environment
from jinku.ops.findings import Health


def test_an_empty_variable_counts_as_unset() -> None:
    assert check_environment({"JINKU_PASSPHRASE_FILE": ""}) == []
    (found,) = check_environment({"JINKU_PASSPHRASE_FILE": "/run/secret", "OTHER_FILE": "/x"})
    assert (found.health, "/run/secret" in found.found) == (Health.WARN, True)
