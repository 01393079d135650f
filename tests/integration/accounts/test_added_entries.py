"""Who can insert a row into ``entries`` gets no lie believed: a second entry of one thing is refused, and named."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from home_double import EVM, Home, open_home
from proven_home import alter, every_way_out
from shapes import read_all, secret

from jinku.accounts import AddressIntegrityError, Evidence, JobRequest, JobState, Mode, Pace, Progress
from jinku.accounts.blobs import claim_leaf
from jinku.core import Json, canonical_bytes

RECIPIENTS = tuple(str(pyrage.x25519.Identity.generate().to_public()) for _ in range(12))
LETTERS = JobRequest("ops", 12, mode=Mode.SELF, recipients=RECIPIENTS, key="k", chunk=5)
CLAIMS = JobRequest("ops", 12, mode=Mode.SELF, key="k", chunk=5)
CUSTODIAL = JobRequest("ops", 12, key="k", chunk=5, evidence=Evidence(common="{}"))
Facts = dict[str, Json]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = open_home(tmp_path)
    home.vault(forms=(EVM,))
    return home


def said(home: Home, kind: str, number: int = 0) -> Facts:
    """What the n-th entry of a kind says."""
    with home.database.read() as unit:
        found: Facts = json.loads(list(unit.entries(kind))[number].content)
    return found


def insert(home: Home, facts: Facts) -> int:
    """What a thief with the database file does: a row as it should be, and its id."""
    content = canonical_bytes(facts)
    row = (facts["kind"], facts["subject"], content, hashlib.sha256(b"\x00" + content).digest(), facts["ts"])
    raw = sqlite3.connect(home.path / "jinku.db")
    with raw:
        made = raw.execute(
            "INSERT INTO entries (kind, subject, content, digest, created_at_ms, actor) VALUES (?, ?, ?, ?, ?, '')", row
        ).lastrowid
    raw.close()
    assert made is not None
    return made


def refused(match: str, *ways: Callable[[], object]) -> AddressIntegrityError:
    for way in ways:
        with pytest.raises(AddressIntegrityError, match=match) as caught:
            way()
        assert (caught.value.exit_code, caught.value.code) == (5, "accounts.integrity")
    return caught.value


def run(home: Home, request: JobRequest) -> list[str]:
    """The job is done; its claim codes."""
    home.accounts.create(request)
    with tempfile.TemporaryFile() as file:
        assert home.accounts.run("k", codes_fd=file.fileno()).state is JobState.DONE
        file.seek(0)
        codes = [line.split()[1] for line in file.read().decode().splitlines()]
    home.accounts.verify("ops")
    return codes


def outline(home: Home) -> None:
    home.accounts.outline(home.custody.find("ops"))


def test_a_second_entry_of_a_batch_exchanges_no_fingerprints(home: Home) -> None:
    run(home, LETTERS)
    address = next(iter(home.accounts.list("ops"))).address
    alter(home, "UPDATE self_wallet SET fingerprint = x'deadbeef' WHERE account_id = 2")
    refused("fingerprint .* was changed", *every_way_out(home, address))
    with home.database.read() as unit:
        prints = unit.connection.exec_driver_sql("SELECT fingerprint FROM self_wallet WHERE account_id < 6 ORDER BY 1")
        assert b"\xde\xad\xbe\xef" in set(prints.scalars())
        order = "SELECT fingerprint FROM self_wallet WHERE account_id < 6 ORDER BY account_id"
        joined = b"".join(unit.connection.exec_driver_sql(order).scalars())
    tag = b"jinku/fingerprints/1"
    forged = hashlib.sha256(len(tag).to_bytes(2, "big") + tag + joined).hexdigest()
    true = said(home, "accounts.batch")
    row = insert(home, true | {"fingerprints": forged})
    error = refused("two entries say different things of the batch from index 0", *every_way_out(home, address))
    assert (error.fields["entry"], error.fields["start"]) == (row, 0)
    assert error.found is not None
    assert f"accounts.batch, row {row}, leaf" in error.found
    assert f"row {error.fields['other']}, leaf" in str(error.expected)
    refused("two entries", lambda: outline(home))


def test_a_second_entry_of_a_batch_exchanges_no_age_files(home: Home, tmp_path: Path) -> None:
    run(home, LETTERS)
    account = next(iter(home.accounts.list("ops"))).account
    alter(home, "UPDATE delivered_blob SET blob = 'age for a thief' WHERE account_id = 2")
    insert(home, said(home, "accounts.batch") | {"letters": "00" * 32})
    with tempfile.TemporaryFile() as out:
        refused(
            "two entries",
            lambda: home.accounts.export_blobs("k", tmp_path / "out"),
            lambda: home.accounts.export_letter(account, out.fileno()),
        )
        assert out.tell() == 0
    assert list((tmp_path / "out").iterdir()) == []


def test_a_second_entry_of_a_batch_commits_to_no_other_evidence(home: Home) -> None:
    run(home, CUSTODIAL)
    account = next(iter(home.accounts.list("ops"))).account
    assert len(home.accounts.evidence(account)) == 1
    facts = said(home, "accounts.batch")
    facts.pop("evidence")
    insert(home, facts)
    refused("two entries", lambda: home.accounts.evidence(account), lambda: home.accounts.verify("ops"))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"start": 3}, "two entries speak of index 3"),
        ({"start": 3, "count": 1}, "two entries speak of index 3"),
        ({"start": 12}, "differ in the batch from index 12"),  # beyond the job: no row stands for it
        ({"start": "0"}, "does not say what its kind says"),
        ({"start": True}, "does not say what its kind says"),
    ],
)
def test_an_entry_of_a_batch_that_never_was_is_refused(home: Home, change: Facts, match: str) -> None:
    run(home, LETTERS)
    insert(home, said(home, "accounts.batch") | change)
    refused(match, lambda: outline(home), lambda: home.accounts.verify("ops"))


def test_an_entry_said_again_changes_nothing(home: Home) -> None:
    """As after a restore: the batch was made again, at another time and perhaps by another key."""
    run(home, CUSTODIAL)
    before = list(home.accounts.list("ops"))
    again = said(home, "accounts.batch") | {"ts": "7"}
    insert(home, again)
    insert(home, again)
    assert list(home.accounts.list("ops")) == before
    home.accounts.verify("ops")
    insert(home, again | {"root": "00" * 32})
    refused("two entries", lambda: list(home.accounts.list("ops")), lambda: home.accounts.verify("ops"))


@pytest.mark.parametrize("change", [{"recipients": "00" * 32}, {"made_digest": "00" * 32}, {"words": 12}])
def test_a_second_making_of_a_job_binds_nothing(home: Home, change: Facts) -> None:
    job = home.accounts.create(LETTERS)
    home.accounts.pause("k")
    row = insert(home, said(home, "accounts.job_created") | change)
    match = f"two entries say different things of the making of job {job.job}"
    error = refused(
        match, lambda: home.accounts.resume("k"), lambda: home.accounts.create(LETTERS), lambda: outline(home)
    )
    assert (error.fields["job"], error.fields["entry"]) == (str(job.job), row)
    assert home.signer.calls.count("make_wallets") == 0


def test_a_making_without_a_digest_does_not_unbind_a_job(home: Home) -> None:
    """Entries of old versions have none: what they leave unsaid is not compared."""
    home.accounts.create(LETTERS)
    facts = said(home, "accounts.job_created")
    insert(home, {name: value for name, value in facts.items() if name not in {"made_digest", "recipients"}})
    refused("two entries", lambda: home.accounts.run("k"), lambda: outline(home))


def test_an_entry_that_calls_a_job_erased_frees_no_recipients(home: Home) -> None:
    """Only a job at its end is erased: one that goes on is held to what it was asked for."""
    job = home.accounts.create(LETTERS)
    erased: Facts = {"kind": "privacy.record_erased", "subject": str(job.job), "ts": "7", "v": 1, "part": ""}
    insert(home, erased)
    alter(home, "UPDATE job SET owner = '', job_key = ?", str(job.job))
    alter(home, "UPDATE recipient SET recipient = ?", RECIPIENTS[0])
    refused("was erased, and it is not at its end", lambda: home.accounts.run(str(job.job)), lambda: outline(home))
    assert home.signer.calls.count("make_wallets") == 0


def claim(home: Home, code: str) -> bytes:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb"), os.fdopen(writer, "wb") as out, secret(code) as given:
        home.accounts.claim(given, out.fileno())
        out.close()
        return read_all(reader)


def leaf_of(home: Home, row: int) -> str:
    with home.database.read() as unit:
        found = unit.connection.exec_driver_sql(
            f"SELECT lookup_id, blob FROM claim_blob WHERE account_id = {row}"
        ).one()
    return claim_leaf(*found).hex()


def claimed_entry(home: Home, place: int, **change: Json) -> Facts:
    """The entry that a claim of the n-th account would leave."""
    row = list(home.accounts.list("ops"))[place]
    facts: Facts = {"kind": "accounts.claimed", "subject": row.account, "ts": "7", "v": 1}
    facts |= {"index": place, "fingerprint": row.fingerprint, "leaf": leaf_of(home, place + 1)}
    return facts | change


def test_a_wallet_that_an_entry_calls_claimed_is_not_handed_out(home: Home) -> None:
    codes = run(home, CLAIMS)
    row = insert(home, claimed_entry(home, 1))
    match = "was claimed, and its blob still stands"
    error = refused(match, lambda: claim(home, codes[1]), lambda: home.accounts.verify("ops"))
    assert (error.fields["entry"], error.fields["table"]) == (row, "claim_blob")
    assert claim(home, codes[2]), "its siblings are claimed as before"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"leaf": "00" * 32}, "a claimable blob of accounts 0 to 4 was changed"),
        ({"leaf": "no hex"}, "a claimable blob of accounts 0 to 4 was changed"),
        ({"leaf": 7}, "does not say what its kind says"),
        ({"index": 2}, "has another index"),
    ],
)
def test_an_entry_that_does_not_fit_explains_no_blob_that_is_gone(home: Home, change: Facts, match: str) -> None:
    codes = run(home, CLAIMS)
    facts = claimed_entry(home, 1)
    alter(home, "DELETE FROM claim_blob WHERE account_id = 2")
    insert(home, facts | change)
    refused(match, lambda: claim(home, codes[2]), lambda: home.accounts.verify("ops"))


def test_two_entries_of_one_claim_have_to_agree(home: Home) -> None:
    codes = run(home, CLAIMS)
    claim(home, codes[1])
    insert(home, said(home, "accounts.claimed") | {"ts": "7"})
    home.accounts.verify("ops")
    insert(home, said(home, "accounts.claimed") | {"fingerprint": "deadbeef"})
    refused("of the claim of account", lambda: claim(home, codes[2]), lambda: home.accounts.verify("ops"))


def stop_before_the_last_batch(home: Home, request: JobRequest) -> None:
    """Two of the job's three batches stand, and it is paused."""

    def stop(progress: Progress) -> None:
        if progress.done == 5:
            home.accounts.pause("k")

    home.accounts.create(request)
    home.accounts.run("k", stop, pace=Pace(concurrency=1))
    assert home.accounts.job("k").done == 10  # the second was leased already


def test_wallets_that_a_restore_lost_are_not_made_a_second_time(home: Home) -> None:
    stop_before_the_last_batch(home, LETTERS)
    made = home.signer.calls.count("make_wallets")
    row = insert(home, said(home, "accounts.batch") | {"start": 10, "count": 2})
    home.accounts.resume("k")
    error = refused("made that the database does not have: accounts 10 to 11", lambda: home.accounts.run("k"))
    assert error.fields["entry"] == row
    assert home.signer.calls.count("make_wallets") == made


def test_a_custodial_batch_that_a_restore_lost_is_made_again(home: Home, tmp_path: Path) -> None:
    stop_before_the_last_batch(home, CUSTODIAL)
    home.database.purge_log()
    raw = sqlite3.connect(home.path / "jinku.db")
    raw.execute("VACUUM INTO ?", (str(tmp_path / "backup.db"),))
    raw.close()
    home.accounts.resume("k")
    home.accounts.run("k")
    later = said(home, "accounts.batch", 2)
    home.database.close()
    for name in ("jinku.db", "jinku.db-wal", "jinku.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "backup.db").rename(tmp_path / "jinku.db")
    restored = open_home(tmp_path)
    restored.unlock()
    insert(restored, later)
    restored.accounts.resume("k")
    assert restored.accounts.run("k").state is JobState.DONE
    restored.accounts.verify("ops")


def test_a_forged_entry_of_a_batch_to_come_stops_it_before_it_stands(home: Home) -> None:
    stop_before_the_last_batch(home, CUSTODIAL)
    row = insert(home, said(home, "accounts.batch") | {"start": 10, "count": 2})
    home.accounts.resume("k")
    error = refused("two entries say different things of the batch from index 10", lambda: home.accounts.run("k"))
    assert error.fields["other"] == row
    assert home.accounts.job("k").done == 10
