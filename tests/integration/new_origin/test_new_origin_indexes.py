"""No index is given out a second time after an opening: the lost entries may have had it, so the operator names one."""

from __future__ import annotations

import pytest
from cli_home import HOME_SECRET, VAULT_SECRET, CliHome
from lost_log import copied, flush, lose, new_origin, opened, restored
from sqlalchemy import text
from test_new_origin_restores import DATABASE, put_back

from jinku.accounts import AddressIntegrityError, BadRequestError, FirstIndexError, Job, JobRequest, Mode
from jinku.journal import JournalBehindError
from jinku.ops.platform import Platform

UNLOCK = {"--passphrase-fd": HOME_SECRET}


def ask(platform: Platform, vault: str, key: str = "", first: int | None = None) -> Job:
    """A job of two accounts; it is not run, for its range is reserved by then."""
    return platform.accounts.create(JobRequest(vault, 2, key=key, first_index=first))


def starts(platform: Platform, vault: str) -> list[int]:
    return sorted(job.start for job in platform.accounts.jobs(vault))


@pytest.fixture
def own(own: CliHome, monkeypatch: pytest.MonkeyPatch) -> CliHome:
    """What runs in this process finds the state folder of the commands."""
    monkeypatch.setenv("XDG_STATE_HOME", own.environment["XDG_STATE_HOME"])
    return own


def test_the_next_job_of_a_vault_that_stood_asks_where_to_begin(own: CliHome) -> None:
    own.vault("main", unlock=False)
    with opened(own) as platform:
        ask(platform, "main", "first")
    flush(own)
    copied(own, "night")
    own.run("signer", "unlock", secrets=UNLOCK)
    with opened(own) as platform:
        assert ask(platform, "main").start == 2
    flush(own)
    own.run("signer", "stop")
    restored(own, "night")
    with opened(own) as platform, pytest.raises(JournalBehindError):
        ask(platform, "main")
    flush(own, expect=5)
    done = new_origin(own)
    assert "--first-index" in done.err
    own.vault("again", unlock=False)
    own.run("vault", "create", "young", "--tier", "hot", secrets={"--passphrase-fd": VAULT_SECRET})
    with opened(own) as platform:
        for vault, free in (("main", 2), ("again", 0), ("young", 0)):
            with pytest.raises(FirstIndexError, match="--first-index N") as refused:
                ask(platform, vault)
            assert refused.value.fields["next"] == free
        assert ask(platform, "main", "first").start == 0, "a job that stands is no new one"
        assert ask(platform, "young", first=0).start == 0
        for vault, first in (("main", 1), ("young", 9)):
            with pytest.raises(BadRequestError):
                ask(platform, vault, first=first)
        with pytest.raises(BadRequestError):
            platform.accounts.create(JobRequest("main", 2, again=str(ask(platform, "young").job), first_index=9))
        assert starts(platform, "main") == [0]
    words = ("accounts", "create", "--vault", "main", "--count", "2", "--chains", "evm", "--job-key", "second")
    own.run(*words, expect=3)
    own.unlock("main")
    for _ in range(2):  # the same job, again
        own.run(*words, "--first-index", "1,000,000")
    with opened(own) as platform:
        assert ask(platform, "main").start == 1_000_002, "it was named once"
        with pytest.raises(BadRequestError, match="in order"):
            ask(platform, "main", first=2_000_000)
        (entry,) = [json_of for json_of in _skipped(platform) if json_of[0] == 2]
        assert entry == (2, 999_998, done.document["origin"])
        assert platform.accounts.verify("main").jobs == 3
        with platform.database.unit() as unit:
            unit.connection.execute(text("DROP TRIGGER entries_no_delete"))
            unit.connection.execute(text("DELETE FROM entries WHERE kind = 'accounts.indexes_skipped'"))
        with pytest.raises(AddressIntegrityError, match="do not join"):
            platform.accounts.verify("main")


def _skipped(platform: Platform) -> list[tuple[int, int, str]]:
    with platform.database.read() as unit:
        found = list(unit.entries("accounts.indexes_skipped"))
    return [(one.said("start", int), one.said("count", int), one.said("origin", str)) for one in found]


def test_it_is_asked_again_after_another_opening(own: CliHome) -> None:
    own.vault("main", unlock=False)
    for number in range(2):
        flush(own)
        copied(own, f"night{number}")
        own.run("signer", "unlock", secrets=UNLOCK)
        with opened(own) as platform:
            assert ask(platform, "main", first=0 if number else None).start == 0
        flush(own)
        own.run("signer", "stop")
        restored(own, f"night{number}")
        flush(own, expect=5)
        new_origin(own)
        with opened(own) as platform, pytest.raises(FirstIndexError):
            ask(platform, "main")
    with opened(own) as platform:
        assert ask(platform, "main", first=5).start == 5
        platform.accounts.verify("main")


def test_what_was_left_out_stays_left_out_though_its_job_is_lost(own: CliHome) -> None:
    """A later loss takes the database alone, and the job was one of self mode that nobody can make again."""
    own.vault("main", unlock=False)
    lose(own, state=True)
    flush(own, expect=5)
    new_origin(own)
    copied(own, "after")
    own.run("signer", "unlock", secrets=UNLOCK)
    with opened(own) as platform:
        platform.accounts.create(JobRequest("main", 2, mode=Mode.SELF, first_index=1000))
    flush(own)
    put_back(own, own.folder / "after", *DATABASE)
    own.run("journal", "catch-up")
    with opened(own) as platform:
        assert ask(platform, "main").start == 1000, "from 0 on the entries that are lost may have given them out"
        assert ask(platform, "main").start == 1002
        platform.accounts.write_off(str(platform.accounts.lost_jobs()[0].job.job))
        assert platform.accounts.verify("main").jobs == 2
