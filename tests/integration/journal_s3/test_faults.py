"""A store that hangs, storms, answers late, lies or garbles: nothing is signed over what is not there."""

from __future__ import annotations

import os
import random
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from faulty_s3 import FaultyS3
from stored_log import FULL, StoredLog, head, open_database

from jinku.journal import Filter, JournalBehindError, OutsideSilentError, TileDamagedError, TileStoreError
from jinku.journal.adapters.s3_bucket import Bucket, Timing
from jinku.journal.adapters.s3_place import BucketUrl
from jinku.journal.adapters.s3_tiles import OutsideBucket, S3Tiles
from jinku.journal.notes import read_note
from s3_fixture import SECRET, S3Server

SOON = Timing(connect=1.0, answer=0.4, whole=1.0)  # for what is to fail: the slower the machine, the surer
LATE = Timing(connect=60.0, answer=60.0, whole=900.0)  # for what is to come through, however slow the machine
ONE_TRY = Timing(connect=60.0, answer=60.0, whole=60.5)  # a refusal is the end soon, an answer may be as late
FILE = ("tile/0/000", FULL)
SEED = 20261121


@pytest.fixture
def log(tmp_path: Path, s3_server: S3Server, faulty: FaultyS3) -> Iterator[StoredLog]:
    """A log with three entries in a bucket behind the faulty proxy."""
    with open_database(tmp_path) as database:
        made = StoredLog(tmp_path, database, store=S3Tiles(Bucket(faulty.place(s3_server.make()))))
        made.fill(3)
        assert made.sequencer().flush().waiting == 0
        made.fill(2)
        yield made


def hasty(faulty: FaultyS3, real: BucketUrl) -> S3Tiles:
    return S3Tiles(Bucket(faulty.place(real), SOON))


def test_a_storm_of_500_passes_over(s3_server: S3Server, faulty: FaultyS3) -> None:
    real = s3_server.make()
    storm = iter(["500", "503 SlowDown", "drop", "short", "429 Throttling", "502", "409 OperationAborted"])
    faulty.fault = lambda _method, _path: next(storm, "")
    tiles = S3Tiles(Bucket(faulty.place(real), LATE))
    tiles.write([FILE])
    assert tiles.read("tile/0/000") == FULL
    assert next(storm, None) is None


@pytest.mark.parametrize("fault", ["hang", "500", "drop"])
def test_a_store_that_stays_away_is_told_and_can_be_tried_again(
    fault: str, s3_server: S3Server, faulty: FaultyS3
) -> None:
    real = s3_server.make()
    tiles = hasty(faulty, real)
    faulty.fault = lambda _method, _path: fault
    for work in (lambda: tiles.write([FILE]), lambda: tiles.read("checkpoint"), lambda: tiles.publish(head(1))):
        with pytest.raises(TileStoreError) as caught:
            work()
        assert (caught.value.code, caught.value.retryable) == ("journal.store_unreachable", True)
        assert str(real) in str(caught.value)
    assert s3_server.keys(real) == set()


def test_an_answer_that_is_lost_after_the_work_was_done_makes_no_difference(
    s3_server: S3Server, faulty: FaultyS3
) -> None:
    real = s3_server.make()
    turns: dict[tuple[str, str], int] = {}

    def fault(method: str, path: str) -> str:
        turns[method, path] = turns.get((method, path), 0) + 1
        return "late" if turns[method, path] == 1 else ""

    faulty.fault = fault
    tiles = S3Tiles(Bucket(faulty.place(real), LATE))
    tiles.write([FILE, ("tile/0/001", FULL)])
    assert tiles.publish(head(5))
    turns.clear()
    assert tiles.publish(head(6)), "published by the request whose answer was lost"
    assert tiles.published() == head(6).note
    assert s3_server.keys(real) == {"tile/0/000", "tile/0/001", "checkpoint"}


def test_a_store_that_says_yes_and_keeps_nothing_is_caught_before_anything_is_signed(
    log: StoredLog, faulty: FaultyS3
) -> None:
    signed = list(log.signer.signed)
    for part in ("/tile/0/", "/tile/entries/"):
        log.fill(1)
        faulty.fault = lambda method, path, part=part: "lie" if method == "PUT" and part in path else ""
        with pytest.raises(TileStoreError, match="has not got it") as caught:
            log.sequencer().flush()
        assert (caught.value.code, caught.value.retryable) == ("journal.store_lies", True)
        assert log.signer.signed == signed
    faulty.fault = lambda _method, _path: ""
    assert log.sequencer().flush().waiting == 0
    assert log.verify().size == 7


def test_a_checkpoint_that_is_said_to_stand_and_does_not_is_told(s3_server: S3Server, faulty: FaultyS3) -> None:
    real = s3_server.make()
    tiles = hasty(faulty, real)
    faulty.fault = lambda method, _path: "lie" if method == "PUT" else ""
    with pytest.raises(TileStoreError) as caught:
        tiles.publish(head(5))
    assert caught.value.code in ("journal.store_lies", "journal.store_unreachable")
    assert S3Tiles(Bucket(real)).published() is None


def test_bytes_that_come_back_as_others_are_refused(log: StoredLog, faulty: FaultyS3) -> None:
    signed = list(log.signer.signed)
    faulty.fault = lambda method, path: "wrong" if method == "GET" and "/tile/entries/" in path else ""
    with pytest.raises(TileDamagedError, match=r"tile/entries/000\.p/5 does not read back") as caught:
        log.sequencer().flush()
    assert caught.value.exit_code == 5
    assert log.signer.signed == signed
    faulty.fault = lambda _method, _path: ""
    assert log.sequencer().flush().waiting == 0


def test_any_mixture_of_faults_leaves_one_tree(log: StoredLog, faulty: FaultyS3) -> None:
    dice = random.Random(SEED)

    def fault(method: str, _path: str) -> str:
        kinds = ("500", "503 SlowDown", "drop", "late", "short", *(("lie",) if method == "PUT" else ()))
        return dice.choice(kinds) if dice.random() < 0.2 else ""

    told = []
    for _ in range(6):
        faulty.fault = fault
        log.fill(dice.choice((1, 40, 300)))
        try:
            log.sequencer().flush()
        except TileStoreError as error:
            told.append(error.code)
    assert set(told) <= {"journal.store_unreachable", "journal.store_lies"}
    faulty.fault = lambda _method, _path: ""
    assert log.sequencer().flush().waiting == 0
    report = log.verify()
    assert report.size == log.rows.size()
    roots = {size: root for size, root, _ in log.rows.checkpoints()}
    assert set(log.signer.signed) >= set(roots.items())
    assert {size for size, _ in log.signer.signed} == set(dict(log.signer.signed)), "one root a size"


@pytest.mark.parametrize(
    ("fault", "code", "advice"),
    [
        ("403 AccessDenied", "journal.store_denied", "credentials"),
        ("403 SignatureDoesNotMatch", "journal.store_denied", "credentials"),
        ("400 ExpiredToken", "journal.store_denied", "credentials"),
        ("403 RequestTimeTooSkewed", "journal.store_clock", "set the clock"),
        ("404 NoSuchBucket", "journal.bucket_missing", "make it"),
        ("404 404", "journal.store_refused", "S3-compatible"),
        ("301 PermanentRedirect", "journal.store_refused", "region"),
    ],
)
def test_what_is_refused_for_a_reason_is_told_at_once_and_tells_no_secret(
    fault: str, code: str, advice: str, s3_server: S3Server, faulty: FaultyS3
) -> None:
    bucket = Bucket(faulty.place(s3_server.make()), Timing(whole=8.5))
    tiles = S3Tiles(bucket)
    faulty.fault = lambda _method, _path: fault
    for work in (lambda: tiles.read("checkpoint"), lambda: tiles.write([FILE])):
        faulty.asked.clear()
        with pytest.raises(TileStoreError) as caught:
            work()
        assert (caught.value.code, caught.value.retryable) == (code, False)
        assert advice in (caught.value.advice or "")
        assert len({path for _, path in faulty.asked}) == 1 or "Redirect" in fault
        told = "".join(traceback.format_exception(caught.value)) + repr(bucket) + repr(tiles) + repr(bucket.place)
        assert SECRET not in told
        assert "Signature=" not in told, "the store quotes what it was sent"


def test_a_bucket_that_is_not_there_is_named(s3_server: S3Server) -> None:
    nowhere = BucketUrl("not-made", "a", s3_server.endpoint, "us-east-1")
    with pytest.raises(TileStoreError, match=r"bucket is missing: found NoSuchBucket.*s3://not-made/a"):
        S3Tiles(Bucket(nowhere)).write([FILE])


def test_without_credentials_it_says_where_they_are_looked_for(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = s3_server.make()
    known = {name.lower(): os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(TileStoreError, match="NoCredentialsError") as caught:
        S3Tiles(Bucket(real)).read("checkpoint")
    assert caught.value.code == "journal.store_denied"
    lines = "".join(f"{name} = {value}\n" for name, value in known.items())
    (tmp_path / "some").write_text(f"[records]\n{lines}")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "some"))
    monkeypatch.setenv("AWS_PROFILE", "records")
    assert S3Tiles(Bucket(real)).read("checkpoint") is None
    monkeypatch.setenv("AWS_PROFILE", "other")
    with pytest.raises(TileStoreError, match="ProfileNotFound") as caught:
        S3Tiles(Bucket(real)).read("checkpoint")
    assert caught.value.code == "journal.store_settings"


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore", None)
    monkeypatch.delitem(sys.modules, "botocore.config", raising=False)
    with pytest.raises(TileStoreError, match=r"pip install 'jinku\[s3\]'") as caught:
        S3Tiles(Bucket(BucketUrl("b"))).read("checkpoint")
    assert caught.value.code == "journal.store_settings"


# -- the last checkpoint known outside


class BackAgain(OutsideBucket):
    """Silent while it is asked for the last checkpoint, and there from then on."""

    def __init__(self, away: FaultyS3, place: BucketUrl) -> None:
        super().__init__(Bucket(away.place(place), ONE_TRY))
        self._away = away
        away.fault = lambda _method, _path: "500"

    def last(self) -> bytes | None:
        try:
            return super().last()
        finally:
            self._away.fault = lambda _method, _path: ""


def test_a_bucket_outside_that_is_silent_stops_the_first_signature_unless_it_is_accepted(
    log: StoredLog, s3_server: S3Server, faulty: FaultyS3
) -> None:
    place = s3_server.make()
    with FaultyS3(s3_server.endpoint) as away:
        log.outsides = [OutsideBucket(Bucket(away.place(place), SOON))]
        away.fault = lambda _method, _path: "hang"
        signed = list(log.signer.signed)
        with pytest.raises(OutsideSilentError, match="accept-unverified") as caught:
            log.sequencer().flush()
        assert caught.value.exit_code == 5
        assert log.signer.signed == signed
        log.outsides = [BackAgain(away, place)]
        done = log.sequencer(accept_unverified=True).flush()
        assert done.head is not None
        assert read_note(OutsideBucket(Bucket(place)).last() or b"").size == done.head.size
    assert [entry.kind for entry in log.rows.find(Filter(kind="journal.accepted_unverified"))]
    assert log.verify().size == 6


def test_what_a_bucket_outside_knows_is_believed_over_a_restored_database(
    log: StoredLog, s3_server: S3Server, tmp_path: Path
) -> None:
    place = s3_server.make()
    log.outsides = [OutsideBucket(Bucket(place))]
    log.sequencer().flush()
    known = OutsideBucket(Bucket(place)).last()
    assert known is not None
    assert read_note(known).size == 5
    OutsideBucket(Bucket(place)).remember(head(3))
    assert OutsideBucket(Bucket(place)).last() == known, "never a step back"
    (tmp_path / "old").mkdir()
    with open_database(tmp_path / "old") as restored:
        old = StoredLog(tmp_path / "old", restored, store=S3Tiles(Bucket(s3_server.make())), outsides=log.outsides)
        old.fill(3)
        with pytest.raises(JournalBehindError, match="catch-up") as caught:
            old.sequencer().flush()
        assert caught.value.exit_code == 5
        assert not old.signer.signed
