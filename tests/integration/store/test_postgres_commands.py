"""The real commands on a real PostgreSQL: bulk creation, killed and resumed; two processes; the move from a file."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from cli_home import HOME_SECRET, CliHome, made_home
from processes import gone_after

from jinku.custody.adapters.ending import holder
from postgres_fixture import PostgresServer

COUNT = 20_000


@pytest.fixture
def served(postgres_server: PostgresServer) -> Iterator[CliHome]:
    """A home whose records are in a database that was empty before ``init``."""
    with made_home(initialised=False) as home:
        home.environment["JINKU_DATABASE_URL"] = postgres_server.make()
        home.init()
        home.vault("main")
        yield home


def killed(home: CliHome, seconds: float, *words: str, env: dict[str, str] | None = None) -> bool:
    """The command was killed with SIGKILL after so long; False when it had ended before."""
    child = home.start(*words, env=env)
    time.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    return child.returncode != 0


def count(home: CliHome, table: str) -> int:
    with psycopg.connect(home.environment["JINKU_DATABASE_URL"]) as raw:
        row = raw.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def addresses(home: CliHome, vault: str) -> list[tuple[int, str]]:
    rows = home.run("accounts", "list", "--vault", vault, "--json").lines
    return [(row["index"], row["address"]) for row in rows]


def test_a_bulk_job_killed_and_resumed_makes_each_account_once(served: CliHome) -> None:
    create = ["accounts", "create", "--vault", "main", "--count", str(COUNT), "--chains", "evm", "--job-key", "k"]
    create += ["--chunk", "1000", "--json"]
    kills = 0
    for seconds in (0.9, 1.1, 1.3):
        kills += killed(served, seconds, *create)
    assert kills, "no kill came in time"
    assert served.run(*create).document["state"] == "done"
    report = served.run("accounts", "verify", "--vault", "main", "--json").document
    assert (report["accounts"], report["jobs"]) == (COUNT, 1)
    assert count(served, "account") == COUNT
    assert count(served, "address_lookup") == COUNT
    assert count(served, "entries WHERE kind = 'accounts.batch'") == COUNT // 1000
    found = addresses(served, "main")
    assert [index for index, _ in found] == list(range(COUNT))
    assert served.run("accounts", "prove", found[-1][1], "--json").document["index"] == COUNT - 1
    assert not (served.home / "jinku.db").exists()


def test_two_processes_work_on_one_job_and_on_two(served: CliHome) -> None:
    words = ("accounts", "create", "--vault", "main", "--chains", "evm", "--chunk", "500", "--json")
    runs = [("6000", "shared"), ("6000", "shared"), ("3000", "own")]
    children = [served.start(*words, "--count", number, "--job-key", key) for number, key in runs]
    with gone_after(*children):
        for child in children:
            out, err = child.communicate(timeout=300)
            assert child.returncode == 0, out + err
    report = served.run("accounts", "verify", "--vault", "main", "--json").document
    assert (report["accounts"], report["jobs"]) == (9000, 2)
    assert [index for index, _ in addresses(served, "main")] == list(range(9000))
    assert count(served, "queue WHERE topic LIKE 'accounts/%'") == 0


def test_of_two_inits_at_once_one_has_the_database_and_the_other_is_told(postgres_server: PostgresServer) -> None:
    url = postgres_server.make()
    with made_home(initialised=False) as one, made_home(initialised=False) as two:
        homes, children = (one, two), []
        for home in homes:
            home.environment["JINKU_DATABASE_URL"] = url
            children.append(home.start("init", "--json", secrets={"--passphrase-fd": HOME_SECRET}))
        with gone_after(*children):
            said = [child.communicate(timeout=120) for child in children]
        assert {child.returncode for child in children} == {0, 1}, said
        won = next(number for number, child in enumerate(children) if child.returncode == 0)
        first, second = homes[won], homes[1 - won]
        refused = json.loads(said[1 - won][1].splitlines()[-1])["error"]
        assert refused["code"] == "ops.database_foreign"
        assert json.loads(said[won][0])["deployment"] in refused["found"]
        first.vault("main")
        first.run("journal", "verify")
        assert not (second.home / "deployment.json").exists()
        second.environment["JINKU_DATABASE_URL"] = postgres_server.make()
        second.init()
        second.vault("main")
        second.run("journal", "verify")


def test_a_home_that_is_given_anothers_database_writes_nothing_into_it(
    served: CliHome, postgres_server: PostgresServer
) -> None:
    before = count(served, "entries")
    url = {"JINKU_DATABASE_URL": served.environment["JINKU_DATABASE_URL"]}
    with made_home() as other:
        for words in (("vault", "list"), ("vault", "create", "b", "--tier", "hot"), ("journal", "flush")):
            given = {"--passphrase-fd": HOME_SECRET} if words[1] == "create" else {}
            refused = other.run(*words, "--json", env=url, expect=1, secrets=given)
            assert refused.error["code"] == "ops.database_foreign"
        other.run("vault", "list")
    with made_home(initialised=False) as third:
        third.run("init", "--json", env=url, expect=1, secrets={"--passphrase-fd": HOME_SECRET})
        nowhere = {"JINKU_DATABASE_URL": "postgresql://u@127.0.0.1:1/x"}
        third.run("init", "--json", env=nowhere, expect=1, secrets={"--passphrase-fd": HOME_SECRET})
        assert holder(third.home / "signer" / "lock") is None  # no signer was left behind
    assert count(served, "entries") == before


def test_the_password_stands_in_no_answer(served: CliHome, postgres_server: PostgresServer) -> None:
    secret = postgres_server.password
    pid = served.run("signer", "status", "--json").document["pid"]
    assert b"JINKU_DATABASE_URL" not in Path(f"/proc/{pid}/environ").read_bytes()  # nor with the signer, which lives on
    status = served.run("db", "status", "--json")
    assert status.document["engine"] == "postgresql"
    assert status.document["rows"]["vault"] == 1
    port = postgres_server.port
    wrong = {
        "store.unreachable": "postgresql://jinku:geheim%21@127.0.0.1:1/x",
        "store.access": f"postgresql://jinku:geheim%21@127.0.0.1:{port}/postgres",
        "store.missing": postgres_server.url("nowhere"),
        "store.url": "postgresql://jinku:gehe@im%21@127.0.0.1/x",
    }
    for code, url in wrong.items():
        ran = served.run("vault", "list", "--json", env={"JINKU_DATABASE_URL": url}, expect=None)
        assert ran.code != 0
        assert ran.error["code"] == code
        assert ran.error["advice"]
        debug = served.run("vault", "list", env={"JINKU_DATABASE_URL": url}, expect=None)
        for text in (ran.out, ran.err, debug.out, debug.err, status.out, status.err):
            for spelling in (secret, url.split(":")[2].split("@")[0], "geheim", "gehe@"):
                assert spelling not in text


# -- the move


@pytest.fixture
def stocked_file() -> Iterator[CliHome]:
    with made_home() as home:
        home.vault("main")
        home.accounts(300, "--chains", "evm,bitcoin", "--chunk", "100")
        yield home


def test_a_file_moves_to_a_server_with_all_that_it_holds(
    stocked_file: CliHome, postgres_server: PostgresServer
) -> None:
    home, file = stocked_file, stocked_file.home / "jinku.db"
    before = addresses(home, "main")
    refused = home.run("db", "copy", "--json", expect=2)
    assert "JINKU_DATABASE_URL" in refused.error["found"]
    url = {"JINKU_DATABASE_URL": postgres_server.make()}
    copied = home.run("db", "copy", "--json", env=url).document
    assert copied["tables"]["account"]["rows"] == 300
    assert copied["already"] is False
    assert not file.exists()
    assert (home.home / "jinku.db.moved").exists()
    assert "JINKU_DATABASE_URL" in home.run("vault", "list", "--json", expect=4).error["advice"]
    home.environment |= url
    assert addresses(home, "main") == before
    noted = home.run("journal", "show", "--kind", "database.*", "--json").lines
    assert [line["kind"] for line in noted] == ["database.copy_begun"]
    home.run("accounts", "verify", "--vault", "main", "--json")
    home.accounts(10, "--chains", "evm")  # row ids go on
    assert len(addresses(home, "main")) == len(before) + 10


def test_a_copy_needs_the_file_for_itself_and_an_empty_target(
    stocked_file: CliHome, postgres_server: PostgresServer
) -> None:
    home, file = stocked_file, stocked_file.home / "jinku.db"
    full = postgres_server.migrated()
    with psycopg.connect(full) as raw:
        raw.execute("INSERT INTO outbox (topic, payload, created_at_ms) VALUES ('t', '', 1)")
    refused = home.run("db", "copy", "--json", env={"JINKU_DATABASE_URL": full}, expect=1)
    assert refused.error["code"] == "store.copy_target"
    reader = sqlite3.connect(file)
    reader.execute("SELECT count(*) FROM entries").fetchone()
    target = {"JINKU_DATABASE_URL": postgres_server.make()}
    assert home.run("db", "copy", "--json", env=target, expect=1).error["code"] == "store.busy"
    reader.close()
    assert file.exists()
    home.run("db", "copy", "--json", env=target)


def test_a_copy_killed_anywhere_is_done_again(stocked_file: CliHome, postgres_server: PostgresServer) -> None:
    home = stocked_file
    target = {"JINKU_DATABASE_URL": postgres_server.make()}
    before = addresses(home, "main")
    for step in range(1, 9):
        killed(home, 0.12 * step, "db", "copy", "--json", env=target)
        if not (home.home / "jinku.db").exists():
            break
        assert addresses(home, "main") == before  # the file still serves
    if (home.home / "jinku.db").exists():
        home.run("db", "copy", "--json", env=target)
    home.environment |= target
    assert addresses(home, "main") == before
    home.run("accounts", "verify", "--vault", "main", "--json")


def test_a_copy_that_another_run_had_committed_only_sets_the_file_aside(
    stocked_file: CliHome, postgres_server: PostgresServer
) -> None:
    home = stocked_file
    target = {"JINKU_DATABASE_URL": postgres_server.make()}
    home.run("db", "copy", "--json", env=target)
    Path(home.home / "jinku.db.moved").rename(home.home / "jinku.db")  # as if the kill came before this rename
    again = home.run("db", "copy", "--json", env=target).document
    assert again["already"] is True
    assert (home.home / "jinku.db.moved").exists()
