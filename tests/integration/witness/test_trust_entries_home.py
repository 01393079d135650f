"""The entry of a version that a killed command left without one, and entries that others wrote, in a real home."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator

import pytest
from cli_home import HOME_SECRET, CliHome, pipe_of

from jinku.custody.ports import SecretFd
from jinku.journal import Filter
from jinku.ops import trust
from jinku.ops.auditing import audit_trust
from jinku.ops.deployment import Deployment
from jinku.ops.platform import Platform
from jinku.ops.settings import Settings
from jinku.ops.trust_folder import TrustRoot
from jinku.store import Database

HOME = {"--passphrase-fd": HOME_SECRET}


class Killed(Exception):  # noqa: N818  the process is gone
    """Nothing after it happens."""


@contextlib.contextmanager
def platform_of(home: CliHome) -> Iterator[Platform]:
    with Platform.open(Settings.of(home.home, home.environment)) as platform:
        yield platform


def next_version(platform: Platform) -> None:
    fd = pipe_of(HOME_SECRET)
    try:
        trust.propose(platform, SecretFd(fd), lambda _root: None)
    finally:
        os.close(fd)


def die_before_the_entry(platform: Platform, version: int) -> None:
    """The version is in force, for signer and home, and its entry is not written."""
    noted = trust.note_versions

    def only_the_old(database: Database, deployment: Deployment, versions: list[TrustRoot]) -> None:
        if len(versions) == version:
            raise Killed
        noted(database, deployment, versions)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trust, "note_versions", only_the_old)
        with pytest.raises(Killed):
            next_version(platform)


def spoken_of(platform: Platform) -> list[str]:
    rows = platform.log_rows.find(Filter(kind="trust.version"))
    return [str(json.loads(entry.content)["version"]) for entry in rows]


def test_the_next_checkpoint_has_the_entry_that_a_killed_command_did_not_write(own: CliHome) -> None:
    with platform_of(own) as platform:
        own.run("signer", "unlock", secrets=HOME)
        platform.journal.flush()
        worker = platform.journal._sequencer(False)
        die_before_the_entry(platform, 2)
        assert (spoken_of(platform), audit_trust(platform).unwritten) == (["1"], True)
        assert ("warn", True) in journal_checks(own, "has no entry yet")
        with platform.database.unit() as unit:
            unit.append_entry("test.later", "subject", {})
        done = worker.flush()  # made before that version, as a worker is
        assert (done.waiting, done.held) == (0, "")
        assert (spoken_of(platform), audit_trust(platform).unwritten) == (["1", "2"], False)
        assert ("warn", True) not in journal_checks(own, "has no entry yet")
        die_before_the_entry(platform, 3)
        assert (
            own.run("trust", "check", "--json", secrets={"--home-passphrase-fd": HOME_SECRET}).document["version"] == 3
        )
        assert spoken_of(platform) == ["1", "2", "3"]


_CHECKS = ("journal", "trust entries", "strange entries")


def journal_checks(own: CliHome, words: str) -> list[tuple[str, bool]]:
    """How each check of the journal went, and whether it says the words."""
    checks = own.run("doctor", "--quick", "--json", expect=None).document["checks"]
    return [(one["status"], words in one["found"]) for one in checks if one["check"] in _CHECKS]


def test_an_entry_that_was_taken_away_stops_publishing_until_it_stands_again(own: CliHome) -> None:
    own.run("signer", "unlock", secrets=HOME)
    with platform_of(own) as platform:
        next_version(platform)
        next_version(platform)  # both entries wait
        assert not audit_trust(platform).strange
    with contextlib.closing(sqlite3.connect(own.home / "jinku.db")) as database, database:
        database.execute("DROP TRIGGER entries_no_delete")
        second = "kind = 'trust.version' AND leaf_index IS NULL AND CAST(content AS TEXT) LIKE ?"
        gone = database.execute(f"DELETE FROM entries WHERE {second}", ('%"version":"2"%',))
        assert gone.rowcount == 1
    assert own.run("journal", "flush", "--json", expect=5).error["code"] == "trust.entry"
    assert ("bad", True) in journal_checks(own, "no entry of version 2")
    assert own.run("journal", "verify", "--json", expect=5).error["code"] == "trust.entry"
    own.run("trust", "check", secrets={"--home-passphrase-fd": HOME_SECRET})
    assert own.run("journal", "flush", "--json").document["waiting"] == 0
    assert own.run("journal", "verify", "--json").document["strange_trust_entries"] == []


def test_an_entry_of_no_version_is_told_and_stops_nothing(own: CliHome) -> None:
    own.run("signer", "unlock", secrets=HOME)
    with platform_of(own) as platform, platform.database.unit() as unit:
        unit.append_entry("trust.version", platform.deployment.deployment, {"version": 3})
    assert own.run("journal", "flush", "--json").document["waiting"] == 0
    assert "trust.version in no form of its kind: entry 3" in " ".join(own.run("journal", "verify").out.split())
    assert ("warn", True) in journal_checks(own, "nobody of ours wrote: entry 3")
