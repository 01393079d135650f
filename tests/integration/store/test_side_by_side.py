"""Several processes on one database keep every rule that one process keeps: each rule between two writers at once.

Threads with a connection each stand for processes. Both engines run it; SQLite lets one writer in at a time.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from home_double import EVM, Home, open_home
from shapes import read_all, secret

from jinku.accounts import ClaimNotFoundError, JobRequest, JobState, JobStateError, Mode, OwnerCapError, Pace
from jinku.core import JinkuError
from jinku.custody import NewVault, Tier
from jinku.store import DatabaseUrl, Place

CROWD = 6
_Result = TypeVar("_Result")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        return tmp_path / "jinku.db"
    return DatabaseUrl.parse(request.getfixturevalue("postgres"))


@pytest.fixture
def crowd(place: Place, tmp_path: Path) -> Iterator[list[Home]]:
    """Several openings of one home, with one unlocked vault."""
    homes = [open_home(tmp_path, place=place, owner_cap=30) for _ in range(CROWD)]
    homes[0].vault(forms=(EVM,))
    yield homes
    for home in homes:
        home.database.close()


def at_once(works: Sequence[Callable[[], _Result]]) -> list[_Result | Exception]:
    """What each gave, or how it failed, when all began together."""
    start, found = threading.Barrier(len(works)), dict[int, _Result | Exception]()

    def run(number: int, work: Callable[[], _Result]) -> None:
        start.wait()
        try:
            found[number] = work()
        except Exception as error:  # noqa: BLE001  the test looks at it
            found[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[number] for number in range(len(works))]


def test_jobs_get_ranges_of_their_own(crowd: list[Home]) -> None:
    def make(home: Home) -> list[tuple[int, int, int]]:
        jobs = [home.accounts.create(JobRequest("ops", 7, owner=str(id(home)))) for _ in range(4)]
        return [(job.start, job.account_base, job.address_base) for job in jobs]

    made = at_once([partial(make, home) for home in crowd])
    places = [place for some in made if isinstance(some, list) for place in some]
    starts, accounts, addresses = zip(*places, strict=True)
    assert sorted(starts) == [7 * number for number in range(4 * CROWD)]
    assert sorted(accounts) == [1 + 7 * number for number in range(4 * CROWD)]
    assert sorted(addresses) == sorted(accounts)


def test_one_key_is_one_job(crowd: list[Home]) -> None:
    made = at_once([partial(home.accounts.create, JobRequest("ops", 5, key="same")) for home in crowd])
    assert len({job.job for job in made if not isinstance(job, Exception)}) == 1
    assert not [one for one in made if isinstance(one, Exception)]
    assert [job.key for job in crowd[0].accounts.jobs()] == ["same"]


def test_an_owner_s_cap_holds(crowd: list[Home]) -> None:
    made = at_once([partial(home.accounts.create, JobRequest("ops", 9, owner="ann")) for home in crowd])
    refused = [one for one in made if isinstance(one, OwnerCapError)]
    assert len(refused) == CROWD - 3  # three times nine of thirty
    assert sum(job.count for job in crowd[0].accounts.jobs()) == 27


def test_a_vault_s_name_is_one_vault_s(crowd: list[Home]) -> None:
    def make(home: Home) -> str:
        with secret("correct horse") as given:
            return home.custody.create(NewVault("new", Tier.HOT, (EVM,)), given).name

    made = at_once([partial(make, home) for home in crowd])
    assert made.count("new") == 1
    assert {one.code for one in made if isinstance(one, JinkuError)} <= {"vault.name_taken", "vault.not_found"}
    assert [view.vault.name for view in crowd[0].custody.list()] == ["new", "ops"]


def test_a_wallet_is_claimed_by_one(crowd: list[Home]) -> None:
    home = crowd[0]
    home.accounts.create(JobRequest("ops", 1, mode=Mode.SELF, key="self"))
    with tempfile.TemporaryFile() as codes:
        home.accounts.run("self", codes_fd=codes.fileno())
        codes.seek(0)
        code = codes.read().decode().split()[1]

    def claim(one: Home) -> str:
        reader, writer = os.pipe()
        with contextlib.closing(os.fdopen(reader)) as _:
            try:
                with secret(code) as given:
                    one.accounts.claim(given, writer, "")
            finally:
                os.close(writer)
            return read_all(reader).decode()

    claimed = at_once([partial(claim, one) for one in crowd])
    words = [one for one in claimed if isinstance(one, str)]
    assert len(words) == 1
    assert words[0].startswith("words of ")
    assert [type(one) for one in claimed if not isinstance(one, str)] == [ClaimNotFoundError] * (CROWD - 1)
    with home.database.read() as unit:
        assert len(list(unit.entries(kind="accounts.claimed"))) == 1


def test_runners_of_one_job_share_it(crowd: list[Home]) -> None:
    crowd[0].accounts.create(JobRequest("ops", 30, chunk=2, key="k"))
    made = at_once([partial(home.accounts.run, "k", pace=Pace(backoff_seconds=0.01)) for home in crowd[:3]])
    assert [one if isinstance(one, Exception) else one.done for one in made] == [30] * 3
    assert crowd[0].accounts.job("k").state is JobState.DONE
    report = crowd[0].accounts.verify("ops")
    assert (report.accounts, report.batches) == (30, 15)
    with crowd[0].database.read() as unit:
        assert len(list(unit.entries(kind="accounts.batch"))) == 15
        assert len(list(unit.entries(kind="accounts.job_done"))) == 1


def test_a_job_is_cancelled_under_its_runners(crowd: list[Home]) -> None:
    crowd[0].accounts.create(JobRequest("ops", 30, chunk=1, key="k"))
    runs = [partial(home.accounts.run, "k", pace=Pace(backoff_seconds=0.01)) for home in crowd[:2]]
    ended = at_once([*runs, partial(crowd[2].accounts.cancel, "k")])
    for one in ended:
        assert not isinstance(one, Exception) or isinstance(one, JobStateError), one
    job = crowd[0].accounts.job("k")
    assert job.state in (JobState.CANCELLED, JobState.DONE)
    assert crowd[0].accounts.verify("ops").accounts == job.done
