"""Reading commands among faults: a full disk, a signer that hangs, an old vault file, arguments that are no text."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from cli_home import JINKU, VAULT_SECRET, CliHome
from test_cli_faults import own_disk

SECRET = {"--passphrase-fd": VAULT_SECRET}
READS = (
    ["vault", "list"],
    ["vault", "describe", "main"],
    ["accounts", "list", "--vault", "main"],
    ["accounts", "verify", "--vault", "main"],
    ["jobs", "list"],
)


def fill(disk: Path) -> None:
    with suppress(OSError), (disk / "filler").open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    assert os.statvfs(disk).f_bavail == 0


@pytest.mark.parametrize("log", ["folded in", "full of commits"])
def test_a_full_disk_can_still_be_read(own: CliHome, log: str) -> None:
    own.vault("main", unlock=False)
    own.unlock()
    own.accounts(40, "--chains", "evm,solana")
    with closing(sqlite3.connect(own.home / "jinku.db")) as base:
        base.execute("PRAGMA wal_autocheckpoint=0")
        base.execute("UPDATE job SET error = ?", ("seen in the log",))  # a column that no entry binds
        base.commit()
        if log == "full of commits":  # as a process leaves it that was killed
            for name in ("jinku.db", "jinku.db-wal"):
                (own.folder / name).write_bytes((own.home / name).read_bytes())
    if log == "full of commits":
        (own.folder / "jinku.db").replace(own.home / "jinku.db")
        (own.folder / "jinku.db-wal").replace(own.home / "jinku.db-wal")
    assert (own.home / "jinku.db-wal").exists() == (log == "full of commits")
    with own_disk(own, "size=8m") as home:
        fill(home.home.parent)
        for words in READS:
            home.run(*words, "--json")
        assert [job["error"] for job in home.run("jobs", "list", "--json").lines] == ["seen in the log"]
        report = home.run("doctor", "--json", expect=1).document
        health = {check["check"]: check["status"] for check in report["checks"]}
        assert (health["disk"], health["database"], health["accounts"]) == ("bad", "ok", "ok")
        refused = home.run("vault", "create", "more", "--tier", "hot", "--json", secrets=SECRET, expect=1)
        assert refused.error["code"] == "store.disk_full"
        assert "free some space" in refused.error["advice"]
        (home.home.parent / "filler").unlink()
        home.run("vault", "create", "more", "--tier", "hot", secrets=SECRET)


def test_a_signer_that_hangs_is_said_soon(own: CliHome) -> None:
    own.vault("main")
    own.accounts(2, "--chains", "evm")
    pid = int(own.run("signer", "status", "--json").document["pid"])
    os.kill(pid, signal.SIGSTOP)
    try:
        for words in (*READS[:3], ["signer", "status"]):
            begun = time.monotonic()
            refused = own.run(*words, "--json", expect=1)
            assert refused.error["code"] == "signer.timeout", refused.err
            assert "`jinku signer stop`" in refused.error["advice"]
            assert time.monotonic() - begun < 40
    finally:
        os.kill(pid, signal.SIGCONT)
    for words in READS[:3]:
        own.run(*words, "--json")


def test_an_old_vault_file_is_refused_and_accepted_by_mending(own: CliHome) -> None:
    own.vault("main", unlock=False)
    (path,) = (own.home / "signer" / "vaults").glob("*.vault")
    old = path.read_bytes()
    own.run("vault", "rekey", "main", secrets=SECRET)
    own.run("signer", "stop")
    path.write_bytes(old)
    own.run("signer", "start")
    refused = own.run("vault", "unlock", "main", "--json", secrets=SECRET, expect=5)
    assert "older than the record" in refused.error["message"]
    assert "doctor --mend" in refused.error["advice"]
    report = own.run("doctor", "--json", expect=1).document
    (row,) = [check for check in report["checks"] if check["check"] == "vault rows"]
    assert row["status"] == "bad"
    assert "older than the record" in row["found"]
    own.run("vault", "unlock", "main", secrets=SECRET, expect=5)  # looking accepted nothing
    own.run("doctor", "--mend")
    own.unlock()
    assert own.run("vault", "describe", "main", "--json").document["key_version"] == 1
    with closing(sqlite3.connect(own.home / "jinku.db")) as base:
        kinds = [kind for (kind,) in base.execute("SELECT kind FROM entries ORDER BY id")]
    assert kinds.count("vault.restored") == 1


def test_doctor_names_exchanged_names_and_a_deleted_job(own: CliHome) -> None:
    own.vault("main")
    own.run("vault", "create", "other", "--tier", "hot", secrets=SECRET)
    own.accounts(3, "--chains", "evm")
    assert own.run("doctor", "--json").document["status"] != "bad"
    with closing(sqlite3.connect(own.home / "jinku.db")) as base:
        base.executescript("DELETE FROM batch; DELETE FROM job_form; DELETE FROM job; UPDATE vault SET next_index = 0")
    found = {
        c["check"]: c["found"] for c in own.run("doctor", "--json", expect=1).document["checks"] if c["status"] == "bad"
    }
    assert "entries differ in job" in found["accounts"]
    with closing(sqlite3.connect(own.home / "jinku.db")) as base:
        for old, new in (("main", "x"), ("other", "main"), ("x", "other")):
            base.execute("UPDATE vault SET name = ? WHERE name = ?", (new, old))
        base.commit()
    found = {
        c["check"]: c["found"] for c in own.run("doctor", "--json", expect=1).document["checks"] if c["status"] == "bad"
    }
    assert "differ in the name" in found["vault rows"]
    assert own.run("vault", "list", "--json", expect=5).error["code"] == "vault.row_changed"


@pytest.mark.parametrize(
    "words",
    [
        ["jobs", "show", "\udcff"],
        ["accounts", "prove", "\udcff"],
        ["vault", "describe", "\udcff"],
        ["vault", "create", "\udcff", "--tier", "hot"],
        ["--home", "/tmp/\udcff", "jobs", "list"],
        ["\udcff"],
        ["vault", "list", "--\udcff"],
    ],
)
def test_an_argument_that_is_no_text_is_refused(home: CliHome, words: list[str]) -> None:
    refused = home.run(*words, "--json", expect=2)
    assert refused.error["code"] == "usage.invalid"
    assert "UTF-8" in refused.error["message"]
    assert "\\udcff" in refused.error["found"]


@pytest.mark.parametrize("words", [["vault", "list"], ["doctor"], ["init"], ["signer", "status"]])
def test_a_home_that_is_a_file_is_refused(fresh: CliHome, words: list[str]) -> None:
    for file in ("/dev/null", str(JINKU)):
        refused = fresh.run("--home", file, *words, "--json", expect=2)
        assert "no folder" in refused.error["message"]
        assert refused.error["found"] == str(Path(file).resolve())
    below = fresh.run("--home", "/dev/null/below", "vault", "list", "--json", expect=4)
    assert below.error["code"] == "ops.not_initialised"


def test_a_home_named_by_the_environment_has_to_be_text(fresh: CliHome) -> None:
    refused = fresh.run("vault", "list", "--json", env={"JINKU_HOME": "/tmp/\udcff"}, expect=2)
    assert json.loads(refused.err)["error"]["exit"] == 2
