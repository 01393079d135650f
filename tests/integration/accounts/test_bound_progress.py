"""How far a job came and where its rows lie stands in no digest: it follows from entries, batches and other jobs."""

from __future__ import annotations

from pathlib import Path

import pytest
from home_double import EVM, Home, open_home
from proven_home import alter

from jinku.accounts import AddressIntegrityError, JobRequest


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = open_home(tmp_path)
    home.vault(forms=(EVM,))
    return home


def outline(home: Home) -> None:
    home.accounts.outline(home.custody.find("ops"))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ("UPDATE job SET state = 'done' WHERE job_key = 'r'", "the state of job r"),
        ("UPDATE job SET state = 'cancelled' WHERE job_key = 'r'", "the state of job r"),
        ("UPDATE job SET done = 3 WHERE job_key = 'r'", "the accounts that stand of job r"),
        ("UPDATE job SET account_base = account_base + 1 WHERE job_key = 'r'", "the rows of job r"),
        ("UPDATE job SET address_base = 1 WHERE job_key = 'r'", "the rows of job r"),
    ],
)
def test_what_no_digest_holds_follows_from_the_entries(home: Home, change: str, match: str) -> None:
    """How far a job came, and where its rows lie: each once a job, and from all of them together."""
    home.accounts.create(JobRequest("ops", 3, key="before"))
    home.accounts.run("before")
    home.accounts.create(JobRequest("ops", 12, key="r", chunk=3))
    home.accounts.create(JobRequest("ops", 3, key="after"))
    home.accounts.cancel("after")
    outline(home)
    alter(home, change)
    for way in (lambda: outline(home), lambda: home.accounts.verify("ops")):
        with pytest.raises(AddressIntegrityError, match=match) as caught:
            way()
        assert caught.value.exit_code == 5
