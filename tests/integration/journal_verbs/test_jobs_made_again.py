"""An older database, the entries caught up, and the jobs that it lost made again as they were: with a real signer."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from shapes import EVM, secret

from jinku.accounts import AddressIntegrityError, Job, JobConflictError, JobLostError, JobRequest
from jinku.custody import NewVault, Tier
from jinku.journal import JournalBehindError
from jinku.ops import setup
from jinku.ops.doctor import examine
from jinku.ops.findings import Health
from jinku.ops.platform import Platform, launcher
from jinku.ops.settings import Settings

HOME, VAULT = "the home's own passphrase", "a vault's passphrase"
PLAIN = JobRequest("ops", 30, (EVM,), chunk=10)  # its key is its id
NAMED = JobRequest("ops", 5, (EVM,), key="opening")  # the key of its subject is lost with it
OWNED = JobRequest("ops", 6, (EVM,), key="later", owner="acme")  # its owner's key stands in the copy


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with tempfile.TemporaryDirectory(prefix="jk") as runtime:  # a socket's path is short
        found = Settings.of(tmp_path / "home", {"XDG_RUNTIME_DIR": runtime})
        try:
            yield found
        finally:
            with contextlib.suppress(FileNotFoundError):
                launcher(found).stop()


def made(platform: Platform, request: JobRequest) -> Job:
    return platform.accounts.run(str(platform.accounts.create(request).job))


def install(settings: Settings) -> None:
    """A vault with a job of acme's; all of it is published."""
    with secret(HOME) as given:
        setup.initialise(settings, given)
    with Platform.open(settings) as platform:
        with secret(HOME) as given:
            platform.unlock_system(given)
        with secret(VAULT) as given:
            platform.custody.create(NewVault("ops", Tier.HOT, (EVM,)), given)
        with secret(VAULT) as given:
            platform.custody.unlock("ops", given)
        made(platform, JobRequest("ops", 3, (EVM,), key="kept", owner="acme"))
        platform.journal.flush()


def put_back(settings: Settings, copy: Path) -> None:
    """As damaged-files.md says, without the log that belongs to the newer file."""
    for name in ("jinku.db", "jinku.db-wal", "jinku.db-shm"):
        (settings.home / name).unlink(missing_ok=True)
    copy.rename(settings.database)


def test_jobs_that_a_restore_lost_are_made_again_with_the_same_ids(settings: Settings, tmp_path: Path) -> None:
    install(settings)
    copy = tmp_path / "copy.db"
    with contextlib.closing(sqlite3.connect(settings.database)) as raw:
        raw.execute("VACUUM INTO ?", (str(copy),))
    with Platform.open(settings) as platform:
        plain, named, owned = (made(platform, request) for request in (PLAIN, NAMED, OWNED))
        before = list(platform.accounts.list("ops"))
        platform.journal.flush()
    put_back(settings, copy)
    with Platform.open(settings) as platform:
        accounts = platform.accounts
        with pytest.raises(JournalBehindError, match="catch-up"):
            accounts.create(JobRequest("ops", 1, (EVM,), key="of today"))
        assert platform.journal.catch_up() > 0
        with pytest.raises(AddressIntegrityError, match="repeat the command that made the job"):
            accounts.verify("ops")

        with pytest.raises(JobLostError, match=f"lost 3 jobs of vault ops.*none like this request.*{plain.job}"):
            accounts.create(JobRequest("ops", 1, (EVM,), key="of today"))
        with pytest.raises(JobLostError, match=f"--again {named.job}"):
            accounts.create(NAMED)  # nobody can tell that it is this key
        assert made(platform, OWNED).job == owned.job
        with pytest.raises(JobConflictError, match="4 accounts"):
            accounts.create(JobRequest("ops", 4, (EVM,), key="opening", again=str(named.job)))
        again = JobRequest("ops", 5, (EVM,), key="opening", again=str(named.job))
        assert made(platform, again).job == named.job
        assert accounts.create(again) == accounts.create(NAMED) == accounts.job("opening")
        assert made(platform, JobRequest("ops", 30, (EVM,), key=str(plain.job))).created_at_ms == plain.created_at_ms

        assert list(accounts.list("ops")) == before, "the same ids, indexes and addresses"
        assert accounts.verify("ops", rederive=True).rederived == 44
        platform.journal.flush()
        assert platform.journal.verify().waiting == 0
        with platform.database.read() as unit:
            kinds = [entry.kind for entry in unit.entries(subject=str(named.job))]
        assert kinds.count("accounts.job_created") == 1
        assert kinds.count("accounts.job_remade") == 1
        fresh = made(platform, JobRequest("ops", 2, (EVM,), key="of today"))
        assert fresh.start == 44
    assert not [one for one in examine(settings) if one.check == "accounts" and one.health is not Health.OK]
