"""One initialised home a module, with the real binary; a test that spoils it makes its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cli_home import CliHome, made_home


@pytest.fixture(scope="module")
def home() -> Iterator[CliHome]:
    with made_home() as made:
        yield made


@pytest.fixture(scope="module")
def stocked() -> Iterator[CliHome]:
    """A home with an open vault ``main`` and twelve accounts of seven addresses."""
    with made_home() as made:
        made.vault("main")
        made.accounts(12, "--job-key", "first")
        yield made


@pytest.fixture
def fresh() -> Iterator[CliHome]:
    """A home of the test's own, not initialised."""
    with made_home(initialised=False) as made:
        yield made


@pytest.fixture
def own() -> Iterator[CliHome]:
    """An initialised home of the test's own."""
    with made_home() as made:
        yield made
