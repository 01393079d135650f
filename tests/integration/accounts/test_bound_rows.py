"""What a job makes, to whom it goes, its evidence and its blobs are bound by entries: a changed row is refused."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tempfile
from pathlib import Path

import pyrage
import pytest
from home_double import EVM, Home, open_home
from proven_home import alter
from shapes import read_all, secret

from jinku.accounts import (
    AddressIntegrityError,
    BadRequestError,
    Evidence,
    JobConflictError,
    JobRequest,
    JobState,
    Mode,
    Progress,
)
from jinku.core import canonical_bytes
from jinku.custody.ports import SecretFd

RECIPIENTS = tuple(str(pyrage.x25519.Identity.generate().to_public()) for _ in range(12))
THIEF = str(pyrage.x25519.Identity.generate().to_public())
ASKED = JobRequest("ops", 12, mode=Mode.SELF, recipients=RECIPIENTS, key="r", chunk=3, owner="Mallory")
OTHER = "(SELECT id FROM job WHERE job_key = 'other')"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = open_home(tmp_path)
    home.vault(forms=(EVM,))
    return home


def refused(home: Home, *ways: object, match: str) -> None:
    for way in ways:
        assert callable(way)
        with pytest.raises(AddressIntegrityError, match=match) as caught:
            way()
        assert (caught.value.exit_code, caught.value.code) == (5, "accounts.integrity")
    home.database.close()


def outline(home: Home) -> None:
    home.accounts.outline(home.custody.find("ops"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (f"UPDATE recipient SET recipient = '{THIEF}' WHERE position = 2", "the table recipient"),
        ("DELETE FROM recipient WHERE position = 11", "the table recipient"),
        ("UPDATE recipient SET position = 1.5 WHERE position = 2", "the table recipient"),
        ("UPDATE job SET words = 12", "the words of job .*: row 1 of the table job"),
        ("UPDATE job SET language = 'japanese'", "the language of job"),
        ("UPDATE job SET claim_codes = 1", "the claim_codes of job"),
        ("UPDATE job SET mode = 'custodial'", "the mode of job"),
        ("UPDATE job SET verify = 'all'", "the verify of job"),
        ("UPDATE job SET chunk = 4", "the chunk of job"),
        ("UPDATE job SET chunk = 0", "the chunk of job"),
        ("UPDATE job SET count = 11", "the count of job"),
        ("UPDATE job SET start = 1", "the start of job"),
        ("UPDATE job SET owner = 'Mark'", "the owner, key or time of job"),
        ("UPDATE job SET created_at_ms = created_at_ms + 1", "the owner, key or time of job"),
        ("UPDATE job SET uuid = (SELECT uuid FROM vault)", "of which no entry speaks"),
    ],
)
def test_nothing_is_made_of_a_job_whose_rows_changed(home: Home, change: str, named: str) -> None:
    home.accounts.create(ASKED)
    outline(home)
    home.accounts.pause("r")
    alter(home, change)
    again = lambda: home.accounts.create(ASKED)  # noqa: E731
    made = home.signer.calls.count("make_wallets")
    refused(home, lambda: home.accounts.resume("r"), again, lambda: outline(home), match=named)
    alter(home, "UPDATE job SET state = 'pending'")
    refused(home, lambda: home.accounts.run("r"), lambda: home.accounts.verify("ops"), match=named)
    assert home.signer.calls.count("make_wallets") == made
    assert home.accounts.job("r").done == 0


def test_a_changed_key_is_found(home: Home) -> None:
    """Under its old key a second job would be made."""
    home.accounts.create(ASKED)
    alter(home, "UPDATE job SET job_key = 'x'")
    refused(home, lambda: home.accounts.run("x"), lambda: outline(home), match="owner, key or time")


def test_a_recipient_changed_while_the_job_runs_gets_nothing(home: Home) -> None:
    home.accounts.create(ASKED)

    def rob(progress: Progress) -> None:
        if progress.done == 3:
            alter(home, "UPDATE recipient SET recipient = ? WHERE position = 10", THIEF)

    with pytest.raises(AddressIntegrityError, match="recipients of accounts 9 to 11") as caught:
        home.accounts.run("r", rob)
    assert caught.value.exit_code == 5
    with home.database.read() as unit:
        blobs = unit.connection.exec_driver_sql("SELECT blob FROM delivered_blob").scalars().all()
    assert blobs
    assert not [blob for blob in blobs if THIEF.encode() in blob]
    job = home.accounts.job("r")
    assert (job.state, job.error[:18]) == (JobState.FAILED, "accounts.integrity")
    alter(home, "UPDATE recipient SET recipient = ? WHERE position = 10", RECIPIENTS[10])
    home.accounts.resume("r")
    assert home.accounts.run("r").state is JobState.DONE  # the right row again, and all is well
    home.accounts.verify("ops")


def test_the_entry_names_no_owner_and_another_request_is_still_a_conflict(home: Home) -> None:
    job = home.accounts.create(ASKED)
    with home.database.read() as unit:
        (entry,) = unit.entries("accounts.job_created", str(job.job))
    said = json.loads(entry.content)
    assert (said["words"], said["chunk"], said["claim_codes"], len(said["made_digest"])) == (24, 3, False, 64)
    assert b"Mallory" not in entry.content
    assert home.accounts.create(ASKED) == job
    with pytest.raises(JobConflictError) as refused:
        home.accounts.create(JobRequest("ops", 12, mode=Mode.SELF, recipients=(THIEF,) * 12, key="r"))
    assert refused.value.found == "owner none; other recipients"
    with pytest.raises(JobConflictError) as refused:
        home.accounts.create(JobRequest("ops", 12, mode=Mode.SELF, key="r"))
    assert refused.value.found == "owner none; delivery by claim code"


def test_a_job_of_an_older_version_goes_on(home: Home) -> None:
    """Its entry holds no digest: rows are compared with what it has."""
    home.accounts.create(ASKED)
    with home.database.read() as unit:
        (entry,) = unit.entries("accounts.job_created")
    said = {name: value for name, value in json.loads(entry.content).items() if name not in {"made_digest", "words"}}
    raw = sqlite3.connect(home.path / "jinku.db")
    raw.execute("DROP TRIGGER entries_no_update")
    raw.close()
    content = canonical_bytes(said)
    digest = hashlib.sha256(b"\x00" + content).digest()
    alter(home, "UPDATE entries SET content = ?, digest = ? WHERE id = ?", content, digest, entry.row_id)
    assert home.accounts.run("r").state is JobState.DONE
    home.accounts.verify("ops")
    alter(home, "UPDATE job SET count = 11")
    refused(home, lambda: outline(home), match="differ in job")


def with_evidence(home: Home, each: bool) -> str:
    """Two jobs with evidence; the id of the fifth account of the first."""
    for key, operator in (("k", "right"), ("other", "FORGED")):
        texts = tuple(json.dumps({"operator": operator, "n": n}) for n in range(12))
        evidence = Evidence(each=texts) if each else Evidence(common=texts[0])
        home.accounts.create(JobRequest("ops", 12, chunk=5, key=key, evidence=evidence))
        home.accounts.run(key)
    home.accounts.verify("ops")
    return list(home.accounts.list("ops"))[4].account


COPY = (
    "UPDATE evidence SET (subject, ciphertext, sealed_key, commitment) = (SELECT o.subject, o.ciphertext, o.sealed_key,"
    f" o.commitment FROM evidence o WHERE o.job_id = {OTHER} AND o.first = evidence.first) WHERE job_id = 1"
)


@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize(
    ("change", "opened"),
    [
        (COPY, False),
        ("DELETE FROM evidence WHERE job_id = 1", False),
        ("UPDATE evidence SET commitment = zeroblob(32) WHERE job_id = 1", False),
        ("UPDATE evidence SET subject = 'another' WHERE job_id = 1", False),
        ("UPDATE evidence SET commitment = 'text' WHERE job_id = 1", False),
        ("UPDATE evidence SET count = count + 1 WHERE job_id = 1", False),
        ("UPDATE evidence SET ciphertext = zeroblob(9) WHERE job_id = 1", True),  # the signer finds it
        ("UPDATE evidence SET sealed_key = zeroblob(9) WHERE job_id = 1", True),
    ],
)
def test_changed_evidence_is_found(home: Home, each: bool, change: str, opened: bool) -> None:
    account = with_evidence(home, each)
    assert len(home.accounts.evidence(account)) == 1
    alter(home, change)
    ways = [lambda: outline(home), lambda: home.accounts.verify("ops")]
    refused(home, *ways, *([] if opened else [lambda: home.accounts.evidence(account)]), match="evidence")


def test_evidence_added_to_a_job_without_is_found(home: Home) -> None:
    with_evidence(home, each=False)
    home.accounts.create(JobRequest("ops", 5, key="bare"))
    home.accounts.run("bare")
    account = list(home.accounts.list("ops"))[-1].account
    assert home.accounts.evidence(account) == ()
    alter(
        home, "INSERT INTO evidence SELECT 3, 0, 5, subject, ciphertext, sealed_key, commitment FROM evidence LIMIT 1"
    )
    refused(home, lambda: home.accounts.evidence(account), lambda: outline(home), match="evidence")


def test_evidence_exchanged_before_its_batch_stands_is_found(home: Home) -> None:
    with_evidence(home, each=False)
    home.accounts.create(JobRequest("ops", 12, chunk=5, key="k3", evidence=Evidence(common="{}")))

    def rob(progress: Progress) -> None:
        if progress.done == 5:
            alter(home, COPY.replace("job_id = 1", "job_id = 3 AND first = 10"))

    with pytest.raises(AddressIntegrityError, match="evidence of accounts 34 to 35"):
        home.accounts.run("k3", rob)
    assert home.accounts.job("k3").done in {5, 10}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE delivered_blob SET blob = 'not age at all' WHERE account_id = 2",
        "UPDATE delivered_blob SET blob = (SELECT blob FROM delivered_blob WHERE account_id = 3) WHERE account_id = 2",
        "DELETE FROM delivered_blob WHERE account_id = 2",
        "UPDATE delivered_blob SET account_id = 99 WHERE account_id = 2",
    ],
)
def test_a_changed_age_file_is_not_handed_out(home: Home, tmp_path: Path, change: str) -> None:
    home.accounts.create(ASKED)
    home.accounts.run("r")
    account = list(home.accounts.list("ops"))[1].account
    assert home.accounts.export_blobs("r", tmp_path / "right") == 12
    alter(home, change)
    with tempfile.TemporaryFile() as out:
        refused(
            home,
            lambda: home.accounts.export_blobs("r", tmp_path / "out"),
            lambda: home.accounts.export_letter(account, out.fileno()),
            lambda: home.accounts.verify("ops"),
            match="age file",
        )
        assert out.tell() == 0
    assert list((tmp_path / "out").iterdir()) == []


def claim(home: Home, code: str) -> bytes:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb"), os.fdopen(writer, "wb") as out, secret(code) as given:
        home.accounts.claim(given, out.fileno())
        out.close()
        return read_all(reader)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM claim_blob WHERE account_id = 3",
        "UPDATE claim_blob SET blob = zeroblob(80) WHERE account_id = 3",
        "UPDATE claim_blob SET account_id = 7 - account_id WHERE account_id IN (3, 4)",
        "UPDATE claim_blob SET lookup_id = zeroblob(16) WHERE account_id = 3",
    ],
)
def test_a_changed_claimable_blob_is_found_and_a_claimed_one_is_explained(home: Home, change: str) -> None:
    home.accounts.create(JobRequest("ops", 6, mode=Mode.SELF, key="self"))
    with tempfile.TemporaryFile() as file:
        home.accounts.run("self", codes_fd=file.fileno())
        file.seek(0)
        codes = [line.split()[1] for line in file.read().decode().splitlines()]
    claim(home, codes[0])
    home.accounts.verify("ops")
    claim(home, codes[5])
    home.accounts.verify("ops")
    alter(home, change)
    refused(home, lambda: home.accounts.verify("ops"), lambda: claim(home, codes[1]), match="claimable blob")


def test_an_endless_claim_code_is_refused_at_once(home: Home, tmp_path: Path) -> None:
    long = tmp_path / "long"
    long.write_bytes(b"A" * 5_000)
    for path in ("/dev/zero", str(long)):
        fd = os.open(path, os.O_RDONLY)
        with pytest.raises(BadRequestError, match="no claim code") as caught:
            home.accounts.claim(SecretFd(fd), -1)
        os.close(fd)
        assert (caught.value.exit_code, caught.value.found) == (2, "more than 4,096 bytes")


def test_a_job_whose_progress_nobody_takes_comes_to_its_end(home: Home) -> None:
    told: list[int] = []

    def full(progress: Progress) -> None:
        told.append(progress.done)
        raise OSError(28, "No space left on device")

    home.accounts.create(ASKED)
    assert home.accounts.run("r", full).state is JobState.DONE
    assert told == [0]
