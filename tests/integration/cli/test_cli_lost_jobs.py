"""A lost job of self mode, from the command line: named, no new one taken for it, and settled."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from cli_home import CliHome


def put_back(home: CliHome, backup: Path) -> None:
    """The database is the old one, as docs/operate/damaged-files.md has it."""
    for name in ("jinku.db", "jinku.db-wal", "jinku.db-shm"):
        (home.home / name).unlink(missing_ok=True)
    backup.rename(home.home / "jinku.db")


def test_a_lost_job_of_self_mode_is_settled(own: CliHome, tmp_path: Path) -> None:
    own.vault("main")
    own.vault("other")
    own.accounts(2, "--job-key", "kept")
    raw = sqlite3.connect(own.home / "jinku.db")
    raw.execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    raw.close()
    wallets = ("--mode", "self", "--codes-file", str(tmp_path / "codes"))
    lost = own.accounts(3, *wallets, "--job-key", "wallets").document["job"]
    put_back(own, tmp_path / "copy.db")
    own.run("journal", "catch-up")
    refused = own.run("accounts", "verify", "--json", expect=5)
    assert f"jinku jobs write-off {lost}" in refused.error["advice"]
    assert refused.error["notes"] == ["vault main"]
    assert [line["ok"] for line in refused.lines] == [True], "the other vault holds"

    new = own.accounts(3, *wallets, "--job-key", "wallets")
    assert new.document["start"] == 5
    assert f"NEW wallets, not those that a restored database lost (job {lost}, 3 accounts" in new.err
    asked = own.run("jobs", "write-off", lost, "--json", expect=2)
    assert asked.error["code"] == "usage.confirmation_needed"
    assert own.run("jobs", "write-off", lost, "--yes", "--json").document["already"] is False
    assert own.run("jobs", "write-off", lost, "--json").document["already"] is True
    assert "done before" in own.run("jobs", "write-off", lost).out

    told = [line["written_off"] for line in own.run("accounts", "verify", "--json").lines]
    assert sorted(told, key=lambda one: len(one["jobs"])) == [
        {"jobs": [], "accounts": 0},
        {"jobs": [lost], "accounts": 3},
    ]
    assert "1 lost job of 3 accounts" in own.run("accounts", "verify", "--vault", "main").out
    found = [one for one in own.run("doctor", "--json", expect=None).document["checks"] if one["check"] == "lost jobs"]
    assert [(one["status"], one["found"].split(",")[0]) for one in found] == [
        ("warn", "written off: 1 job of 3 accounts")
    ]
    assert "NEW wallets" not in own.accounts(1, *wallets, "--job-key", "more").err
