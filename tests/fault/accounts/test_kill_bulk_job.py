"""A bulk job killed with SIGKILL at every step, then resumed: exactly N accounts, none twice, the same addresses."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from home_double import SEVEN, Home, open_home
from killing import memory_folder, run_killed

from jinku.accounts import Evidence, JobRequest, JobState, Mode, Pace
from jinku.custody.ports import SecretFd

COUNT, CHUNK = 25, 10
BULK = JobRequest("ops", COUNT, chunk=CHUNK, key="k", evidence=Evidence(common="who and why"))
SHORT = replace(BULK, count=12)  # a whole chunk and a part of one: what lies between them has the steps of the first
CODES = JobRequest("ops", COUNT, chunk=CHUNK, key="k", mode=Mode.SELF)
STEPS_AT_A_TIME = 400  # a bound on the search for the last step, far above it


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    """A home with an unlocked vault, copied for each kill."""
    with memory_folder() as folder:
        path = folder / "home"
        home = open_home(path)
        home.vault(forms=SEVEN[:2])
        home.database.purge_log()
        home.database.close()
        yield path


@pytest.fixture
def folder() -> Iterator[Path]:
    with memory_folder() as path:
        yield path


def work_on(path: Path, request: JobRequest) -> Callable[[], None]:
    def work() -> None:
        home = open_home(path)
        home.accounts.create(request)
        codes = os.open(path / "codes", os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        home.accounts.run(request.key, pace=Pace(backoff_seconds=0.01), codes_fd=codes)
        home.database.close()

    return work


def addresses(home: Home) -> list[tuple[int, str, str]]:
    return [(row.index, row.chain, row.address) for row in home.accounts.list("ops")]


def check_exact(path: Path, count: int = COUNT) -> list[tuple[int, str, str]]:
    """Everything stands once; what stands."""
    home = open_home(path)
    chunks = -(-count // CHUNK)
    home.database.check()
    job = home.accounts.job("k")
    assert (job.state, job.done) == (JobState.DONE, count)
    report = home.accounts.verify("ops", rederive=job.mode is Mode.CUSTODIAL)
    assert (report.jobs, report.batches, report.accounts, report.addresses) == (1, chunks, count, 2 * count)
    found = addresses(home)
    assert [index for index, _, _ in found] == [index for index in range(count) for _ in range(2)]
    assert len({address for _, _, address in found}) == 2 * count
    assert home.accounts.find(found[-1][2]).index == count - 1
    with home.database.read() as unit:
        kinds = [entry.kind for entry in unit.entries(subject=str(job.job))]
        starts = [json.loads(entry.content)["start"] for entry in unit.entries(kind="accounts.batch")]
        messages = [json.loads(message.payload).get("number") for message in unit.outbox("accounts.batch")]
        counts = {
            table: unit.connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("account", "address", "address_lookup", "queue", "evidence", "claim_blob", "job")
        }
    assert sorted(kinds) == sorted(["accounts.job_created", *["accounts.batch"] * chunks, "accounts.job_done"])
    assert sorted(starts) == list(range(0, count, CHUNK))
    assert sorted(messages) == list(range(chunks))
    own = count if job.mode is Mode.SELF else 0
    sealed = 0 if job.mode is Mode.SELF else chunks
    assert counts == {
        "account": count,
        "address": 2 * count,
        "address_lookup": 2 * count,
        "queue": 0,
        "evidence": sealed,
        "claim_blob": own,
        "job": 1,
    }
    home.database.close()
    return found


def last_codes(path: Path) -> dict[str, str]:
    """The code of each account; after a kill the later line counts."""
    return dict(line.split() for line in (path / "codes").read_text().splitlines())


@pytest.fixture(scope="module")
def undisturbed(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, str, str]]:
    path = tmp_path_factory.mktemp("undisturbed") / "home"
    shutil.copytree(prepared, path)
    work_on(path, BULK)()
    return check_exact(path)


def test_killed_at_every_step_it_ends_the_same(
    prepared: Path, folder: Path, undisturbed: list[tuple[int, str, str]]
) -> None:
    expected = undisturbed[: 2 * SHORT.count]
    step = killed = 0
    while step < STEPS_AT_A_TIME:
        step += 1
        path = folder / "home"
        shutil.copytree(prepared, path)
        was_killed = run_killed(work_on(path, SHORT), step)
        killed += was_killed
        if was_killed:
            assert not run_killed(work_on(path, SHORT), -1), f"resume after step {step}"
        assert check_exact(path, SHORT.count) == expected, f"killed at step {step}"
        shutil.rmtree(path)
        if not was_killed:
            break
    print(f"killed at each of {killed} steps")
    assert killed > 100


def test_killed_again_and_again_it_still_ends_the_same(
    prepared: Path, folder: Path, undisturbed: list[tuple[int, str, str]]
) -> None:
    seed = int(os.environ.get("JINKU_FAULT_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"JINKU_FAULT_SEED={seed}")
    dice = random.Random(seed)
    for turn in range(8):
        path = folder / f"home-{turn}"
        shutil.copytree(prepared, path)
        kills = 0
        while run_killed(work_on(path, BULK), dice.randrange(3, 160)):
            kills += 1
            assert kills < 100, f"no progress with seed {seed}"
        assert check_exact(path) == undisturbed, f"seed {seed}, turn {turn}, {kills} kills"


def test_claim_codes_survive_kills(prepared: Path, folder: Path) -> None:
    seed = int(os.environ.get("JINKU_FAULT_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"JINKU_FAULT_SEED={seed}")
    dice = random.Random(seed)
    for turn in range(6):
        path = folder / f"home-{turn}"
        shutil.copytree(prepared, path)
        while run_killed(work_on(path, CODES), dice.randrange(5, 130)):
            pass
        check_exact(path)
        home = open_home(path)
        by_account = {row.account: row.fingerprint for row in home.accounts.list("ops", "evm")}
        codes = last_codes(path)
        assert codes.keys() == by_account.keys()
        for account, code in codes.items():
            reader, writer = os.pipe()
            os.write(writer, code.encode())
            os.close(writer)
            with (path / "words").open("wb") as out:
                claimed = home.accounts.claim(SecretFd(reader), out.fileno())
            os.close(reader)
            assert claimed.account == account
            assert (path / "words").read_text().startswith("words of " + by_account[account])
        home.database.close()
