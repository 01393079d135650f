"""The command line among faults: killed mid-job, two at once, no room, no right to write, a damaged file."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cli_fork import Child
from cli_home import HOME_SECRET, VAULT_SECRET, CliHome
from processes import gone_after, state

COUNT, CHUNK = 600, 50


def create(home: CliHome, key: str, *more: str) -> subprocess.Popen[str] | Child:
    words = ("accounts", "create", "--vault", "main", "--count", str(COUNT), "--chunk", str(CHUNK), "--job-key", key)
    return home.start(*words, "--chains", "evm,neo,solana", "--json", *more)


def whole(home: CliHome, jobs: int = 1) -> None:
    """Every account of the jobs stands once, and proves."""
    report = home.run("accounts", "verify", "--vault", "main", "--json").document
    assert (report["accounts"], report["addresses"]) == (jobs * COUNT, jobs * COUNT * 3)
    with sqlite3.connect(f"file:{home.home / 'jinku.db'}?mode=ro", uri=True) as base:
        counted = base.execute("SELECT count(*), count(DISTINCT idx), count(DISTINCT uuid) FROM account").fetchone()
        addresses = base.execute("SELECT count(*), count(DISTINCT address) FROM address").fetchone()
    base.close()
    assert counted == (jobs * COUNT,) * 3
    assert addresses == (jobs * COUNT * 3,) * 2


@pytest.mark.parametrize("seed", range(3))
def test_killed_again_and_again_a_job_still_ends_whole(own: CliHome, seed: int) -> None:
    own.vault("main")
    chance = random.Random(seed)
    kills = 0
    for kill_at in sorted(chance.sample(range(CHUNK, COUNT, CHUNK), 3)):
        reading, writing = os.pipe()
        words = (
            "accounts",
            "create",
            "--vault",
            "main",
            "--count",
            str(COUNT),
            "--chunk",
            str(CHUNK),
            "--job-key",
            "k",
        )
        more = ("--chains", "evm,neo,solana", "--progress-fd", str(writing), "--json")
        child = own.start(*words, *more, pass_fds=(writing,))
        os.close(writing)
        with os.fdopen(reading) as lines:
            for line in lines:
                if json.loads(line)["done"] >= kill_at:
                    os.kill(child.pid, signal.SIGKILL)
                    kills += 1
                    break
        child.communicate(timeout=60)
        shown = own.run("jobs", "show", "k", "--json").document
        assert shown["done"] % CHUNK == 0
        assert shown["done"] >= kill_at or shown["state"] == "done"
    assert kills >= 1
    child = create(own, "k")
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    assert json.loads(out)["done"] == COUNT
    whole(own)


def test_the_signer_killed_mid_job_loses_nothing(own: CliHome) -> None:
    own.vault("main")
    signer = int(own.run("signer", "status", "--json").document["pid"])
    child = create(own, "k", "--rate", "100")
    assert child.stderr is not None
    while '"done":0' in (line := child.stderr.readline()) or '"progress"' not in line:
        pass
    os.kill(signer, signal.SIGKILL)
    _, err = child.communicate(timeout=120)
    assert child.returncode in {1, 3}, err
    assert "Traceback" not in err
    both = {"--passphrase-fd": VAULT_SECRET, "--home-passphrase-fd": HOME_SECRET}
    ended = own.run("jobs", "continue", "k", "--json", secrets=both).document
    assert (ended["state"], ended["done"]) == ("done", COUNT)
    whole(own)


def test_two_processes_on_one_home_make_one_job_once(own: CliHome) -> None:
    own.vault("main")
    children = [create(own, "same") for _ in range(2)] + [create(own, "other")]
    codes = []
    with gone_after(*children):
        for child in children:
            _, err = child.communicate(timeout=180)
            assert "Traceback" not in err
            codes.append(child.returncode)
    assert codes.count(0) >= 2, codes
    for key in ("same", "other"):
        own.run("jobs", "continue", key)
    whole(own, jobs=2)


@contextmanager
def own_disk(home: CliHome, options: str) -> Iterator[CliHome]:
    """The home on a disk of its own, mounted with these options; nowhere to mount is a failure in CI."""
    disk = home.folder / "disk"
    disk.mkdir()
    home.run("signer", "stop")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"mode=0700,{options}", "tmpfs", str(disk)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        reason = f"no disk of its own can be mounted here: {mounted.stderr.strip()}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    shutil.copytree(home.home, disk / "h")
    moved = CliHome.__new__(CliHome)
    moved.folder, moved.home = home.folder, disk / "h"
    moved.environment = home.environment | {"JINKU_HOME": str(moved.home)}
    try:
        yield moved
    finally:
        moved.run("signer", "stop", expect=None)
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_a_home_that_cannot_be_written_is_named(own: CliHome) -> None:
    own.vault("main")
    own.accounts(2, "--chains", "evm")
    with own_disk(own, "size=64m") as home:
        subprocess.run(["mount", "-o", "remount,ro", str(home.home.parent)], check=True)
        for words in (["vault", "list"], ["jobs", "list"], ["doctor"]):
            refused = home.run(*words, "--json", expect=1)
            assert refused.error["code"] in {"store.read_only", "signer.unavailable", "ops.unhealthy"}, refused.err
        both = {"--passphrase-fd": VAULT_SECRET, "--home-passphrase-fd": HOME_SECRET}
        create_one = ("accounts", "create", "--vault", "main", "--count", "1", "--json")
        assert home.run(*create_one, secrets=both, expect=1).error["code"] != "internal"
        assert {"status": "bad"}.items() <= home.run("doctor", "--json", expect=1).document.items()


@pytest.fixture
def small_disk(own: CliHome) -> Iterator[CliHome]:
    """The home moved onto a disk of a few MiB."""
    with own_disk(own, "size=6m") as home:
        home.run("signer", "unlock", secrets={"--passphrase-fd": HOME_SECRET})
        yield home


def test_a_full_disk_stops_a_job_and_nothing_is_lost(small_disk: CliHome) -> None:
    home = small_disk
    home.vault("main")
    words = (
        "accounts",
        "create",
        "--vault",
        "main",
        "--count",
        "200000",
        "--chunk",
        "1000",
        "--job-key",
        "big",
        "--json",
    )
    stopped = home.run(*words, expect=1)
    assert stopped.error["code"] == "store.disk_full", stopped.err
    assert "free" in stopped.error["advice"]
    shown = home.run("jobs", "show", "big", "--json").document
    assert 0 < shown["done"] < 200_000
    report = home.run("accounts", "verify", "--vault", "main", "--json", expect=None)
    assert report.code == 0, report.err
    assert report.document["accounts"] == shown["done"]
    refused = home.run(
        "vault", "create", "more", "--tier", "hot", secrets={"--passphrase-fd": VAULT_SECRET}, expect=None
    )
    assert refused.code in {0, 1}
    assert home.run("doctor", "--json", expect=None).document["status"] == "bad"


@pytest.mark.parametrize("name", [("main",), ()])
def test_a_full_disk_keeps_no_vault_unlocked(small_disk: CliHome, name: tuple[str, ...]) -> None:
    home, filler = small_disk, small_disk.home.parent / "filler"
    home.vault("main")
    assert len(home.run("signer", "status", "--json").document["unlocked_vaults"]) == 1
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    told = home.run("vault", "lock", *name, "--json", expect=1)
    assert told.error["code"] == "vault.locked_unrecorded", told.err
    assert "locked" in told.error["message"]
    assert home.run("signer", "status", "--json").document["unlocked_vaults"] == []
    filler.unlink()
    assert home.run("vault", "lock", *name, "--json").document == {"locked": name[0] if name else "*"}


@pytest.mark.parametrize("what", ["truncated", "flipped"])
def test_a_damaged_vault_file_is_named(own: CliHome, what: str) -> None:
    own.vault("main", unlock=False)
    (path,) = (own.home / "signer" / "vaults").glob("*.vault")
    content = bytearray(path.read_bytes())
    if what == "truncated":
        del content[len(content) // 2 :]
    else:
        content[-20] ^= 1
    path.write_bytes(content)
    own.run("signer", "stop")
    refused = own.run("vault", "unlock", "main", "--json", secrets={"--passphrase-fd": VAULT_SECRET}, expect=None)
    assert refused.code == 5
    assert refused.error["code"] == {"truncated": "envelope.truncated", "flipped": "envelope.damaged"}[what]


def test_a_damaged_database_is_named(own: CliHome) -> None:
    own.vault("main")
    own.accounts(300)
    with sqlite3.connect(own.home / "jinku.db") as base:
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()
    path = own.home / "jinku.db"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert own.run("accounts", "verify", "--vault", "main", "--json", expect=5).error["code"] == "store.damaged"
    path.write_bytes(b"not a database at all" * 100)
    assert own.run("jobs", "list", "--json", expect=5).error["code"] == "store.damaged"
    assert own.run("doctor", "--json", expect=1).document["status"] == "bad"


def test_a_damaged_pin_is_named(own: CliHome) -> None:
    (own.home / "deployment.json").write_text("{}")
    assert own.run("vault", "list", "--json", expect=5).error["code"] == "ops.deployment"
    pid = int(next((own.folder / "r").rglob("signer.pid")).read_text())
    own.run("signer", "stop")
    assert state(pid) in {"", "Z"}  # ended, perhaps not yet reaped


@pytest.mark.parametrize("verb", ["create", "import"])
def test_a_vault_command_killed_leaves_a_home_that_mends(own: CliHome, verb: str) -> None:
    for delay in (0.3, 0.6, 0.9, 1.2):
        given = {"--passphrase-fd": VAULT_SECRET}
        words = ["vault", "create", "new", "--tier", "hot"]
        if verb == "import":
            from cli_home import WORDS  # noqa: PLC0415

            words, given = ["vault", "import", "new"], given | {"--mnemonic-file": WORDS.encode()}
        child = own.start(*words, secrets=given)
        try:
            child.communicate(timeout=delay)
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            child.communicate()
        own.run("doctor", "--mend", "--json", expect=None)
        assert own.run("doctor", "--json").document["status"] != "bad"
        own.run("signer", "stop")  # it ends what the killed command had asked for, which the next mending sees
        own.run("signer", "unlock", secrets={"--passphrase-fd": HOME_SECRET})
        own.run("doctor", "--mend", "--json", expect=None)
        names = [vault["name"] for vault in own.run("vault", "list", "--json").lines]
        if names:
            own.unlock("new")
            break
        assert not list((own.home / "signer" / "vaults").glob("*.vault"))


def test_home_stays_private(own: CliHome) -> None:
    own.vault("main")
    own.accounts(5)
    for path in own.home.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert Path(own.run("signer", "status", "--json").document["socket"]).stat().st_mode & 0o077 == 0


def test_a_claim_among_readers_delivers_and_warns(own: CliHome, tmp_path: Path) -> None:
    own.vault("main")
    codes, words = tmp_path / "codes", tmp_path / "words"
    own.accounts(1, "--mode", "self", "--codes-file", str(codes), "--job-key", "claims")
    given = {"--code-fd": codes.read_text().split()[-1].encode()}
    with sqlite3.connect(own.home / "jinku.db", isolation_level=None) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM account").fetchone()
        claimed = own.run("accounts", "claim", "--plaintext-file", str(words), "--json", secrets=given)
        reader.execute("COMMIT")
    reader.close()
    assert "still stands in its log" in json.loads(claimed.err.splitlines()[-1])["warning"]
    assert len(words.read_text().split()) == 24
    assert (own.home / "jinku.db-purge").exists()
    own.run("jobs", "list", "--json")
    assert not (own.home / "jinku.db-purge").exists()
