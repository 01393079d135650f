"""Rows that were changed on a PostgreSQL behind our back: every reading verb refuses them, as it does on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from home_double import SEVEN, Home, open_home

from jinku.accounts import JobRequest
from jinku.core import IntegrityError
from jinku.store import DatabaseUrl
from postgres_fixture import PostgresServer

COUNT = 24


@dataclass
class Stocked:
    """A home with a finished job, and the database that tests take copies of."""

    server: PostgresServer
    path: Path
    template: str

    def copy(self) -> DatabaseUrl:
        return DatabaseUrl.parse(self.server.make(self.template))


@pytest.fixture(scope="module")
def stocked(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Stocked:
    path = tmp_path_factory.mktemp("home")
    url = postgres_server.migrated()
    home = open_home(path, place=DatabaseUrl.parse(url))
    home.vault(forms=SEVEN[:2])
    home.accounts.create(JobRequest("ops", COUNT, chunk=10, key="k"))
    home.accounts.run("k")
    home.database.close()
    return Stocked(postgres_server, path, url.rpartition("/")[2])


@pytest.fixture
def changed(stocked: Stocked, request: pytest.FixtureRequest) -> Iterator[Home]:
    url = stocked.copy()
    with psycopg.connect(**url.words) as raw:  # type: ignore[arg-type]
        assert raw.execute(request.param).rowcount > 0
    home = open_home(stocked.path, place=url)
    yield home
    home.database.close()


@pytest.mark.parametrize(
    "changed",
    [
        "UPDATE address SET address = overlay(address placing 'x' from 5) WHERE id = 7",
        "UPDATE address SET account_id = account_id + 1 WHERE id = 7",
        "UPDATE address SET form_id = 3 - form_id WHERE id IN (7, 8)",
        "DELETE FROM address WHERE id = 7",
        "UPDATE account SET uuid = set_byte(uuid, 9, 7) WHERE id = 3",
        "UPDATE account SET idx = 99 WHERE id = 3",
        "DELETE FROM account WHERE id = 3",
        "DELETE FROM address_lookup WHERE address_id = 7",
        "UPDATE address_lookup SET address_id = 400 WHERE address_id = 7",
        "UPDATE batch SET root = set_byte(root, 0, 255 - get_byte(root, 0)) WHERE number = 1",
        "UPDATE batch SET signature = set_byte(signature, 0, 255 - get_byte(signature, 0)) WHERE number = 1",
        "UPDATE batch SET start = start + 1 WHERE number = 1",
        "DELETE FROM batch WHERE number = 1",
        "UPDATE job SET done = done - 1",
        "UPDATE job SET state = 'bogus'",
        "UPDATE vault SET fingerprint = 'deadbeef'",
        "UPDATE vault SET next_index = next_index + 1",
    ],
    indirect=True,
)
def test_a_changed_row_fails_verification(changed: Home) -> None:
    with pytest.raises(IntegrityError) as caught:
        changed.accounts.verify("ops")
    assert caught.value.exit_code == 5


def test_an_unchanged_copy_is_verified_and_read(stocked: Stocked) -> None:
    home = open_home(stocked.path, place=stocked.copy())
    report = home.accounts.verify("ops", rederive=True)
    assert (report.accounts, report.addresses, report.rederived) == (COUNT, 2 * COUNT, COUNT)
    rows = list(home.accounts.list("ops"))
    assert home.accounts.find(rows[-1].address) == rows[-1]
    assert home.accounts.account(rows[0].account)[0] == rows[0]
    home.database.close()
