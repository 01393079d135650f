"""Object lock: full tiles and bundles cannot be removed before their time; nothing else is locked."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from faulty_s3 import FaultyS3
from stored_log import BUNDLE, FULL, StoredLog, open_database

from jinku.core import UsageError
from jinku.journal import TileStoreError
from jinku.journal.adapters.s3_bucket import Bucket
from jinku.journal.adapters.s3_place import BucketUrl
from jinku.journal.adapters.s3_tiles import S3Tiles
from jinku.journal.paths import bundle_bytes
from jinku.journal.retention import Retention, Term
from s3_fixture import S3Server

RULES = Retention.parse("compliance *=10 vault.*=400 vault.locked=3 freeze.*=hold")


@pytest.fixture
def place(s3_server: S3Server) -> BucketUrl:
    return s3_server.make(lock=True)


@pytest.fixture
def log(tmp_path: Path, place: BucketUrl) -> Iterator[StoredLog]:
    with open_database(tmp_path) as database:
        yield StoredLog(tmp_path, database, store=S3Tiles(Bucket(place), RULES))


def retention(server: S3Server, place: BucketUrl, path: str) -> tuple[str, int, bool]:
    """Mode, days from now, and whether a legal hold is on."""
    held: dict[str, Any] = server.client.head_object(Bucket=place.bucket, Key=place.key(path))
    until = held.get("ObjectLockRetainUntilDate")
    days = round((until - datetime.datetime.now(datetime.UTC)) / datetime.timedelta(days=1)) if until else 0
    return held.get("ObjectLockMode", ""), days, held.get("ObjectLockLegalHoldStatus") == "ON"


def removed(server: S3Server, place: BucketUrl, path: str) -> bool:
    """Whether the store lets somebody with its keys remove what was written there."""
    version = server.client.get_object(Bucket=place.bucket, Key=place.key(path))["VersionId"]
    try:
        server.client.delete_object(Bucket=place.bucket, Key=place.key(path), VersionId=version)
    except ClientError as error:
        return error.response["Error"]["Code"] != "AccessDenied"
    return True


def test_full_files_cannot_be_removed_and_others_can(log: StoredLog, s3_server: S3Server, place: BucketUrl) -> None:
    for group in (3, 300):
        log.fill(group)
        assert log.sequencer().flush().waiting == 0
    full = {"tile/0/000", "tile/entries/000"}
    others = s3_server.keys(place) - full
    assert {"checkpoint", "tile/0/001.p/47", "tile/entries/001.p/47", "tile/1/000.p/1"} == others
    assert [removed(s3_server, place, path) for path in sorted(full)] == [False, False]
    assert [removed(s3_server, place, path) for path in sorted(others)] == [True] * len(others)


@pytest.mark.parametrize(
    ("kinds", "days", "hold"),
    [
        (["job.made"], 10, False),
        (["vault.locked"], 3, False),
        (["vault.locked", "job.made"], 10, False),
        (["vault.made", "vault.locked", "job.made"], 400, False),
        (["freeze.on"], 0, True),
        (["freeze.on", "job.made"], 10, True),
    ],
)
def test_a_bundle_stays_as_long_as_the_entry_that_stays_longest(
    kinds: list[str], days: int, hold: bool, s3_server: S3Server, place: BucketUrl
) -> None:
    data = bundle_bytes([f'{{"kind":"{kind}","v":1}}'.encode() for kind in kinds])
    S3Tiles(Bucket(place), RULES).write([("tile/entries/007", data)])
    assert retention(s3_server, place, "tile/entries/007") == ("COMPLIANCE" if days else "", days, hold)
    assert not removed(s3_server, place, "tile/entries/007")


def test_hashes_stay_as_long_as_any_entry_might(s3_server: S3Server, place: BucketUrl) -> None:
    tiles = S3Tiles(Bucket(place), RULES)
    tiles.write([("tile/1/000", FULL), ("tile/0/001.p/7", b"a")])
    assert retention(s3_server, place, "tile/1/000") == ("COMPLIANCE", 400, True)
    assert retention(s3_server, place, "tile/0/001.p/7") == ("", 0, False)


def test_without_rules_nothing_is_locked(s3_server: S3Server, place: BucketUrl) -> None:
    S3Tiles(Bucket(place)).write([("tile/0/000", FULL), ("tile/entries/000", BUNDLE)])
    assert removed(s3_server, place, "tile/0/000")


def test_a_bucket_without_object_lock_stops_the_writing(tmp_path: Path, s3_server: S3Server) -> None:
    place = s3_server.make()
    with open_database(tmp_path) as database:
        log = StoredLog(tmp_path, database, store=S3Tiles(Bucket(place), RULES))
        log.fill(300)
        with pytest.raises(TileStoreError, match="does not lock") as caught:
            log.sequencer().flush()
        assert (caught.value.code, caught.value.retryable) == ("journal.no_object_lock", False)
        assert not log.signer.signed


def test_a_store_that_takes_the_lock_and_forgets_it_is_caught(s3_server: S3Server, faulty: FaultyS3) -> None:
    s3_server.takes_any_signature()
    tiles = S3Tiles(Bucket(faulty.place(s3_server.make())), RULES)
    faulty.fault = lambda method, _path: "unlocked" if method == "PUT" else ""
    with pytest.raises(TileStoreError, match="no lock on what was written"):
        tiles.write([("tile/0/000", FULL)])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "compliance or governance first"),
        ("always *=3", "compliance or governance first"),
        ("compliance", r"no rule for \*"),
        ("compliance vault.*=3", r"no rule for \*"),
        ("governance *=0", "KIND=DAYS"),
        ("governance *=36501", "at most 36500"),
        ("governance *=3 vault*=4", "KIND=DAYS"),
        ("governance *=3 *=4", "twice"),
        ("governance *=3+never", "KIND=DAYS"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(text: str, found: str) -> None:
    with pytest.raises(UsageError, match=found) as caught:
        Retention.parse(text)
    assert caught.value.exit_code == 2


def test_a_row_of_no_form_is_kept_as_long_as_any() -> None:
    fine = b'{"kind":"vault.locked"}'
    assert RULES.of_entries([fine]) == Term(3)
    for odd in (b"", b"\xff", b"[]", b"{}", b'{"kind":7}', b'{"kind":["a"]}', b"[" * 5_000, b'{"kind":"a"} b'):
        assert RULES.of_entries([fine, odd]) == Term(400, hold=True), odd


def test_the_most_exact_rule_decides() -> None:
    rules = Retention.parse("GOVERNANCE *=1 a.*=2+hold a.b.*=3 a.b.c=4")
    assert rules.mode == "GOVERNANCE"
    assert [rules.of_kind(kind) for kind in ("ab", "a.x", "a.b.x", "a.b.c")] == [
        Term(1),
        Term(2, hold=True),
        Term(3),
        Term(4),
    ]
    assert rules.longest == Term(4, hold=True)
