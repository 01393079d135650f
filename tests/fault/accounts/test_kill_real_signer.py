"""The real signer killed with SIGKILL at moments that a seed chose: during a job, and during each vault operation."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from real_home import RealHome, real_home, unlock_system
from shapes import SEVEN, secret

from jinku.accounts import JobRequest, JobState, Pace
from jinku.core import JinkuError
from jinku.custody import NewVault, Tier, VaultState, WrongSecretError

OLD, NEW = "the old passphrase", "the new passphrase"
ROUNDS = 5


@pytest.fixture
def home(tmp_path: Path) -> Iterator[RealHome]:
    with real_home(tmp_path) as home:
        yield home


@pytest.fixture
def dice() -> random.Random:
    seed = int(os.environ.get("JINKU_FAULT_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"JINKU_FAULT_SEED={seed}")
    return random.Random(seed)


class KilledAfterwardsError(JinkuError):
    """The signer was killed after its last answer and before the timer was called off."""


class Killer:
    """Kills the signer after a delay, unless it is called off before. A kill never goes unnoticed."""

    def __init__(self, home: RealHome, delay_seconds: float) -> None:
        self._timer = threading.Timer(delay_seconds, self._kill, (home.signer.peer_pid,))
        self._killed = False

    def _kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self._killed = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, kind: type[BaseException] | None, *_args: object) -> None:
        self._timer.cancel()
        self._timer.join()
        if self._killed and kind is None:
            raise KilledAfterwardsError("the signer was killed after it had answered")


def restart(home: RealHome) -> None:
    """A signer runs with its system keys open, whether the last one was killed or not."""
    home.launcher.stop()
    home.launcher.connect().close()
    home.signer.hello()
    unlock_system(home)


def create(home: RealHome, name: str, passphrase: str = OLD) -> None:
    with secret(passphrase) as given:
        home.custody.create(NewVault(name, Tier.HOT, SEVEN[:2]), given)


def unlock(home: RealHome, name: str, passphrase: str = OLD) -> None:
    with secret(passphrase) as given:
        home.custody.unlock(name, given)


def test_a_job_outlives_any_number_of_signers(home: RealHome, dice: random.Random) -> None:
    create(home, "ops")
    unlock(home, "ops")
    count, kills = 60_000, 0
    home.accounts.create(JobRequest("ops", count, chunk=500, key="k"))
    while True:
        delay = dice.uniform(0.05, 0.5) if kills < ROUNDS else 600.0
        try:
            with Killer(home, delay):
                job = home.accounts.run("k", pace=Pace(attempts=2, backoff_seconds=0.01))
            break
        except JinkuError as error:
            assert error.exit_code != 5, error  # noqa: PT017
            kills += 1
            stopped = home.accounts.job("k").state in (JobState.FAILED, JobState.RUNNING, JobState.VERIFYING)
            assert stopped or isinstance(error, KilledAfterwardsError)  # noqa: PT017
            restart(home)
            unlock(home, "ops")
    assert kills >= 1
    assert (job.state, job.done) == (JobState.DONE, count)
    report = home.accounts.verify("ops")
    assert (report.batches, report.accounts, report.addresses) == (count // 500, count, 2 * count)


def test_a_vault_is_made_whole_or_not_at_all(home: RealHome, dice: random.Random) -> None:
    for number in range(ROUNDS):
        name = f"vault {number}"
        try:
            with Killer(home, dice.uniform(0.0, 0.6)):
                create(home, name)
        except JinkuError:
            restart(home)
            found = home.custody.reconcile()
            assert not found.missing
            assert not found.conflicts
        rows = {str(view.vault.vault) for view in home.custody.list()}
        assert rows == {description.vault for description in home.signer.list_vaults()}
        if name not in {view.vault.name for view in home.custody.list()}:
            create(home, name)
        unlock(home, name)
        assert home.custody.find(name).state is VaultState.READY


@pytest.mark.parametrize("verb", ["passphrase", "rekey"])
def test_a_changed_vault_opens_and_derives_the_same(home: RealHome, dice: random.Random, verb: str) -> None:
    create(home, "ops")
    unlock(home, "ops")
    home.accounts.create(JobRequest("ops", 10, key="k"))
    home.accounts.run("k")
    present, other = OLD, NEW
    for _ in range(ROUNDS):
        begun = time.monotonic()
        try:
            with Killer(home, dice.uniform(0.0, 1.0)), secret(present) as old, secret(other) as new:
                if verb == "rekey":
                    home.custody.rekey("ops", old)
                else:
                    home.custody.change_passphrase("ops", old, new)
        except JinkuError:
            restart(home)
        assert time.monotonic() - begun < 120
        home.custody.reconcile()
        try:
            unlock(home, "ops", present)
        except WrongSecretError:
            assert verb == "passphrase"
            present, other = other, present
            unlock(home, "ops", present)
        report = home.accounts.verify("ops", rederive=True)
        assert report.rederived == 10
        (description,) = home.signer.list_vaults()
        assert home.custody.find("ops").key_version == description.key_version
