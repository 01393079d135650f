"""How an installation is told of its buckets, and what its commands do with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_home import HOME_SECRET, CliHome
from faulty_s3 import FaultyS3

from jinku.core import UsageError
from jinku.journal import Journal, TileStoreError, TileTree
from jinku.journal.adapters.local_tiles import LocalTiles
from jinku.journal.adapters.outside_file import OutsideFile
from jinku.journal.adapters.s3_bucket import Bucket
from jinku.journal.adapters.s3_place import BucketUrl, BucketUrlError
from jinku.journal.adapters.s3_tiles import S3Tiles
from jinku.journal.notes import read_note
from jinku.ops.findings import Health
from jinku.ops.log_checks import check_heads
from jinku.ops.platform import Platform
from jinku.ops.settings import Settings
from jinku.ops.tile_places import check_tile_places, outside_buckets, refuse_unfit_places, tiles_of
from s3_fixture import SECRET, S3Server


def url(place: BucketUrl) -> str:
    return f"s3://{place.bucket}/{place.prefix}?endpoint={place.endpoint}&region={place.region}"


def test_tiles_lie_in_the_home_unless_a_bucket_is_named(tmp_path: Path) -> None:
    home = Settings.of(tmp_path, {})
    assert isinstance(tiles_of(home), LocalTiles)
    assert outside_buckets(home) == []
    named = Settings.of(tmp_path, {"JINKU_TILES_URL": "s3://records/a", "JINKU_OUTSIDE_URL": "s3://elsewhere"})
    assert isinstance(tiles_of(named), S3Tiles)
    (outside,) = outside_buckets(named)
    assert (outside.name, outside.near) == ("the checkpoint in s3://elsewhere", False)


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({"JINKU_TILES_URL": "https://records/a"}, "no s3://"),
        ({"JINKU_TILES_LOCK": "compliance *=3"}, "folder cannot lock"),
        ({"JINKU_TILES_URL": "s3://records", "JINKU_TILES_LOCK": "compliance"}, "no rule"),
        ({"JINKU_TILES_URL": "s3://one/a", "JINKU_OUTSIDE_URL": "s3://one/a"}, "name one place"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(environment: dict[str, str], found: str, tmp_path: Path) -> None:
    settings = Settings.of(tmp_path, environment)
    with pytest.raises(UsageError, match=found):
        [tiles_of(settings), outside_buckets(settings)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "records/a",
        "s3://",
        "s3:///a",
        "s3://Records/a",
        "s3://records/a/../b",
        "s3://records/a b",
        "s3://records/a//b",
        "s3://records/a#b",
        f"s3://AKIAX:{SECRET.replace('/', '%2F')}@records/a",
        "s3://records/a?endpoint=ftp://host",
        "s3://records/a?endpoint=https://user:geheim@host",
        "s3://records/a?endpoint=https://host:99999",
        "s3://records/a?region=a/b",
        "s3://records/a?style=other",
        "s3://records/a?secret_key=geheim",
        "s3://records/a?endpoint",
    ],
)
def test_an_address_that_is_none_is_refused_and_never_quoted(text: str) -> None:
    with pytest.raises(BucketUrlError) as caught:
        BucketUrl.parse(text)
    assert caught.value.exit_code == 2
    assert "geheim" not in str(caught.value)
    assert "AKIAX" not in str(caught.value)


def test_addresses_as_operators_write_them() -> None:
    assert BucketUrl.parse("s3://records") == BucketUrl("records")
    assert BucketUrl.parse(" s3://records/ ").key("checkpoint") == "checkpoint"
    full = BucketUrl.parse("s3://re.cords/a/b/?endpoint=http://minio.internal:9000/&region=eu-1&style=virtual")
    assert full == BucketUrl("re.cords", "a/b", "http://minio.internal:9000", "eu-1", "virtual")
    assert full.is_open
    assert not BucketUrl.parse("s3://records?endpoint=http://127.0.0.1:9000").is_open
    assert str(full) == "s3://re.cords/a/b"


@pytest.fixture
def bucketed(s3_server: S3Server, fresh: CliHome) -> tuple[CliHome, BucketUrl]:
    """A home, not initialised, whose tiles lie in a bucket with object lock. Credentials stand before it is made."""
    place = s3_server.make(lock=True)
    fresh.environment |= {"JINKU_TILES_URL": url(place), "JINKU_TILES_LOCK": "governance *=1"}
    return fresh, place


def test_a_home_whose_log_lies_in_a_bucket(bucketed: tuple[CliHome, BucketUrl], s3_server: S3Server) -> None:
    home, place = bucketed
    elsewhere = s3_server.make(prefix="")
    home.environment["JINKU_OUTSIDE_URL"] = url(elsewhere)
    missing = {"JINKU_OUTSIDE_URL": url(BucketUrl("not-made", "", place.endpoint, "us-east-1"))}
    refused = home.run("init", "--json", secrets={"--passphrase-fd": HOME_SECRET}, env=missing, expect=1)
    assert refused.error["code"] == "journal.outside_bucket"
    assert "bucket is missing" in refused.error["message"]
    assert not home.home.exists(), "before anything was made"
    home.init()
    assert "checkpoint" in s3_server.keys(place)
    assert s3_server.keys(elsewhere) == {"checkpoint"}
    assert not (home.home / "journal").exists()
    assert home.run("journal", "verify", "--json").document["ok"]
    # to another bucket, without object lock
    other = s3_server.make()
    plain = {"JINKU_TILES_URL": url(other), "JINKU_TILES_LOCK": ""}
    assert home.run("journal", "rebuild", "--json", env=plain).document["written"] == len(s3_server.keys(place))
    assert s3_server.keys(other) == s3_server.keys(place)
    assert S3Tiles(Bucket(other)).published() == S3Tiles(Bucket(place)).published()
    told = {row["check"]: row for row in home.run("doctor", "--quick", "--json", env=plain).document["checks"]}
    assert told["journal store"]["status"] == "ok"
    assert "has no object lock" in told["object lock"]["found"]


@pytest.mark.parametrize(
    ("lock", "rules", "default", "expected"),
    [
        (True, "governance *=1", "", {"journal store": "ok", "object lock": "ok"}),
        (True, "governance *=1", "GOVERNANCE", {"journal store": "ok", "object lock": "warn"}),
        (True, "", "", {"journal store": "ok", "object lock": "warn"}),
        (False, "", "", {"journal store": "ok", "object lock": "warn"}),
        (False, "governance *=1", "", {"journal store": "ok", "object lock": "bad"}),
    ],
)
def test_doctor_says_what_a_bucket_locks(  # noqa: PLR0917
    lock: bool, rules: str, default: str, expected: dict[str, str], s3_server: S3Server, tmp_path: Path
) -> None:
    place = s3_server.make(lock=lock)
    if default:
        rule = {"DefaultRetention": {"Mode": default, "Days": 1}}
        held = {"ObjectLockEnabled": "Enabled", "Rule": rule}
        s3_server.client.put_object_lock_configuration(Bucket=place.bucket, ObjectLockConfiguration=held)
    settings = Settings.of(tmp_path, {"JINKU_TILES_URL": url(place), "JINKU_TILES_LOCK": rules})
    assert {finding.check: finding.health.value for finding in check_tile_places(settings)} == expected
    if "bad" in expected.values():
        with pytest.raises(TileStoreError, match="does not lock"):
            refuse_unfit_places(settings)
    else:
        assert bool(refuse_unfit_places(settings)) == ("warn" in expected.values())


def test_doctor_says_that_a_bucket_gives_no_access(s3_server: S3Server, faulty: FaultyS3, tmp_path: Path) -> None:
    faulty.fault = lambda _method, _path: "403 AccessDenied"
    settings = Settings.of(tmp_path, {"JINKU_TILES_URL": url(faulty.place(s3_server.make()))})
    (finding,) = check_tile_places(settings)
    assert (finding.check, finding.health.value) == ("journal store", "bad")
    assert SECRET not in finding.found + finding.advice
    with pytest.raises(TileStoreError, match="gives no access"):
        refuse_unfit_places(settings)
    assert check_tile_places(Settings.of(tmp_path, {})) == []


def test_doctor_compares_what_the_bucket_outside_remembers(
    s3_server: S3Server, own: CliHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a database that a backup brought back; the file nearby is gone."""
    place = s3_server.make(prefix="")
    note = (own.home / "journal" / "checkpoint").read_bytes()
    s3_server.client.put_object(Bucket=place.bucket, Key="checkpoint", Body=note)
    settings = Settings.of(own.home, {**own.environment, "JINKU_OUTSIDE_URL": url(place)})
    monkeypatch.setattr(OutsideFile, "last", lambda _: None)
    with Platform.open(settings) as platform:
        assert check_heads(platform) == []
        with monkeypatch.context() as older:
            older.setattr(Journal, "size", lambda _: 0)
            (told,) = check_heads(platform)
        assert told.health is Health.BAD
        assert told.found.startswith(f"the checkpoint in {place} knows {read_note(note).size} ")
        with monkeypatch.context() as busy:  # another process publishes while somebody is asked

            def published(_: OutsideFile) -> bytes:
                busy.setattr(Journal, "size", lambda _: 1_000)
                return note

            busy.setattr(Journal, "size", lambda _: 0)
            busy.setattr(OutsideFile, "last", published)
            assert check_heads(platform) == []
            assert platform.journal.size() == 1_000, "the file nearby was asked"
        with monkeypatch.context() as other:
            other.setattr(TileTree, "root_of", lambda *_: bytes(32))
            (told,) = check_heads(platform)
        assert told.found.startswith(f"the checkpoint in {place} knows another tree")
        s3_server.client.put_object(Bucket=place.bucket, Key="checkpoint", Body=note.replace(b"jinku\n", b"jinkv\n", 1))
        (told,) = check_heads(platform)
        assert (told.health, told.advice) == (Health.BAD, "nothing is signed until it can be read")
