"""A name that nobody can have used: two copies of one home never open the same, and the old one is not signed again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cli_home import CliHome
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from lost_log import SECRET, copied, fill, flush, head, lose, new_origin, number_of, numbers, opened, restored
from sqlalchemy import text

from jinku.core import ConflictError, ManualClock
from jinku.journal import Filter
from jinku.journal.adapters.s3_bucket import Bucket
from jinku.journal.adapters.s3_place import BucketUrl
from jinku.ops.new_origin import prospect
from jinku.ops.platform import Platform
from jinku.ops.settings import Settings
from s3_fixture import S3Server

KEYS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "geheim"}


def silence(home: CliHome, number: int = 1) -> Path:
    """The file of the state folder that knows this origin cannot be read any more."""
    (folder,) = (home.folder / "s" / "jinku").iterdir()
    path = folder / ("checkpoint" if number == 1 else f"origin-{number}/checkpoint")
    path.unlink(missing_ok=True)
    path.mkdir(parents=True)
    return path


def kinds(home: CliHome, kind: str) -> list[dict[str, object]]:
    with opened(home) as platform:
        return [json.loads(entry.content) for entry in platform.log_rows.find(Filter(kind=kind))]


def test_a_home_lost_again_never_opens_the_same_name_though_all_have_forgotten_it(own: CliHome) -> None:
    """Home and state folder are of one night, both times: nobody here can know of the first hand-over."""
    fill(own, 5, "first")
    flush(own)
    copied(own, "night")
    fill(own, 7, "lost")
    flush(own)
    own.run("signer", "stop")
    shutil.copytree(own.folder / "s", own.folder / "state")
    opened_twice = []
    for word in ("mine", "other"):
        restored(own, "night", state="state")
        assert flush(own, expect=5).error["code"] == "journal.behind"
        done = new_origin(own).document
        fill(own, 3, word)
        flush(own)
        opened_twice.append((number_of(done), head(own, number_of(done))))
        own.run("journal", "verify")
        own.run("signer", "stop")
    (first, one), (second, other) = opened_twice
    assert first < second
    assert (one.size, one.root != other.root) == (other.size, True)
    assert one.checkpoint.origin != other.checkpoint.origin, "two trees, each under a name of its own"


def test_the_old_name_is_not_signed_again_when_a_fuller_backup_turns_up(own: CliHome) -> None:
    fill(own, 5, "first")
    flush(own)
    copied(own, "early")
    fill(own, 7, "lost")
    flush(own)
    copied(own, "full")
    last = head(own)
    restored(own, "early")
    assert flush(own, expect=5).error["code"] == "journal.behind"
    second = new_origin(own).document
    fill(own, 3, "more")
    published = flush(own).document["size"]
    own.run("signer", "stop")
    restored(own, "full")
    fill(own, 2, "again")
    for _ in range(2):
        error = flush(own, expect=5).error
        assert error["code"] == "journal.origin_later"
        assert (error["fields"]["origin"], error["fields"]["size"]) == (second["origin"], published)
    assert head(own) == last, "nothing was signed for the old name"
    checks = own.run("doctor", "--quick", "--json", expect=None).document["checks"]
    assert any(one["status"] == "bad" and second["origin"] in one["found"] for one in checks)
    # that home is lost for good: the log goes on from the fuller copy, under a name of its own
    third = new_origin(own).document
    assert number_of(third) > number_of(second)
    assert (third["size"], third["held"]) == (last.size, "")
    (entry,) = kinds(own, "journal.origin_opened")
    assert entry["known"] == [
        {"by": "state", "origin": second["origin"], "root": third["known"][0]["root"], "size": str(published)}
    ]
    own.run("journal", "verify")
    own.run("signer", "stop")
    restored(own, "full")
    assert flush(own, expect=5).error["fields"]["origin"] == third["origin"], "the newest is told"


def test_a_bucket_that_knows_a_later_name_is_heard(own: CliHome, s3_server: S3Server) -> None:
    """The state folder is lost with the home, and the bucket outside has both names."""
    outside = s3_server.make(prefix="a/log")
    own.environment |= KEYS
    own.environment["JINKU_OUTSIDE_URL"] = f"{outside}?endpoint={outside.endpoint}&region={outside.region}"
    left, _ = lose(own)
    assert flush(own, expect=5).error["fields"]["source"] == f"the checkpoint in {outside}"
    second = new_origin(own).document
    assert second["size"] == left
    folder = f"origin-{number_of(second)}"
    assert {"checkpoint", f"{folder}/checkpoint"} <= s3_server.keys(outside)
    assert Bucket(outside).folders("origin-") == [folder]
    assert Bucket(BucketUrl(outside.bucket, "a", outside.endpoint, outside.region)).folders("") == ["log"]
    own.run("signer", "stop")
    restored(own, "backup/h", state="backup/s")
    s3_server.client.delete_object(Bucket=outside.bucket, Key=outside.key("checkpoint"))
    error = flush(own, expect=5).error
    assert (error["code"], error["fields"]["source"]) == ("journal.origin_later", f"a folder of {outside}")


def test_a_dry_run_writes_nothing_and_a_silent_place_is_told_once(own: CliHome) -> None:
    lose(own, "signer/log.head")
    silence(own)
    assert flush(own, expect=5).error["code"] == "journal.outside_silent"
    assert new_origin(own, "--dry-run", expect=5).error["code"] == "journal.outside_silent"
    told = new_origin(own, "--dry-run", "--accept-unverified").document
    assert ([one["who"] for one in told["known"]], len(told["silent"])) == (["the signer"], 1)
    assert (kinds(own, "journal.accepted_unverified"), numbers(own)) == ([], [])
    done = new_origin(own, "--accept-unverified").document
    assert (done["opened"], done["held"]) == (True, "")
    (entry,) = kinds(own, "journal.accepted_unverified")
    assert entry["silent"] == told["silent"]


def test_a_name_that_was_chosen_before_is_taken_up_only_when_nobody_can_have_used_it(own: CliHome) -> None:
    """A proposal that waits for another admin is in backups, too."""
    bob, signature = Ed25519PrivateKey.generate(), own.folder / "bob.sig"

    def signs(document: str) -> None:
        signature.write_bytes(bob.sign(Path(document).read_bytes()))
        own.run("trust", "accept", "bob", str(signature), secrets=SECRET, expect=None)

    public = bob.public_key().public_bytes_raw().hex()
    two = own.run("trust", "add", "bob", public, "--role", "admin", "--threshold", "2", "--json", secrets=SECRET)
    signs(two.document["sign"])
    lose(own, state=True)
    flush(own, expect=5)
    first = new_origin(own).document
    again = new_origin(own).document
    assert (first["opened"], again["origin"], again["dropped"]) == (False, first["origin"], ""), "it is proposed once"
    silent = silence(own, number_of(first))
    refused = new_origin(own, "--accept-unverified", expect=5).error
    assert (refused["code"], "--anew" in refused["advice"]) == ("journal.outside_silent", True)
    anew = new_origin(own, "--accept-unverified", "--anew").document
    assert (number_of(anew) > number_of(first), anew["opened"]) == (True, False)
    silent.rmdir()
    copied(own, "waiting")
    flush(own, expect=5)
    signs(anew["sign"])
    done = new_origin(own).document
    assert (done["origin"], done["opened"], done["held"]) == (anew["origin"], True, "")
    own.run("signer", "stop")
    restored(own, "waiting")
    assert flush(own, expect=5).error["code"] == "journal.origin_later"
    third = new_origin(own).document
    assert (third["opened"], number_of(third) > number_of(done)) == (False, True), "that name is used up"


def test_a_tree_of_which_no_checkpoint_is_left_is_told_for_ever(own: CliHome) -> None:
    left, last = lose(own, "signer/log.head")
    flush(own, expect=5)
    with opened(own) as platform, platform.database.unit() as unit:
        unit.connection.execute(text("DELETE FROM journal_checkpoint"))
    assert new_origin(own).document["held"] == ""
    for _ in range(2):
        lost, warning = own.run("journal", "verify", "--json").document["warnings"]
        assert f"what the last {last.size - left} said is not in this log" in lost
        assert f"of the last {left} " in warning
    (entry,) = kinds(own, "journal.origin_opened")
    statement = json.loads(str(entry["statement"]))
    assert (statement["from"]["size"], statement["proven"]["size"]) == (str(last.size), "0")


def test_a_clock_that_is_behind_names_nothing(own: CliHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", own.environment["XDG_STATE_HOME"])
    lose(own, state=True)
    flush(own, expect=5)
    number = number_of(new_origin(own).document)
    own.run("signer", "stop")
    restored(own, "backup/h")
    flush(own, expect=5)
    for late in (-3600, 0):
        with Platform.open(
            Settings.of(own.home, own.environment), ManualClock((number // 10**9 + late) * 1000)
        ) as platform:
            with pytest.raises(ConflictError) as behind:
                prospect(platform)
            assert behind.value.code == "journal.origin_clock"
    with Platform.open(Settings.of(own.home, own.environment), ManualClock((number // 10**9 + 1) * 1000)) as platform:
        assert prospect(platform).number // 10**9 == number // 10**9 + 1


def test_a_bucket_of_many_folders_is_listed_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the folders of later names are asked for, page after page."""
    asked: list[tuple[str, str]] = []

    class Pages:
        def list_objects_v2(self, **words: str) -> dict[str, object]:
            asked.append((words["Prefix"], words.get("ContinuationToken", "")))
            names = [f"a/log/origin-{10**18 + len(asked)}/"]
            more = {"IsTruncated": True, "NextContinuationToken": str(len(asked))} if len(asked) < 3 else {}
            return {"CommonPrefixes": [{"Prefix": name} for name in names], **more}

    bucket = Bucket(BucketUrl("bucket", "a/log", "http://127.0.0.1:1", "us-east-1"))
    monkeypatch.setattr(Bucket, "_client", Pages())
    assert bucket.folders("origin-") == [f"origin-{10**18 + page}" for page in (1, 2, 3)]
    assert asked == [("a/log/origin-", ""), ("a/log/origin-", "1"), ("a/log/origin-", "2")]


def test_a_locked_signer_says_what_to_do_where_the_passphrase_came_along(own: CliHome) -> None:
    lose(own, state=True)
    refused = new_origin(own, expect=3).error
    assert (refused["code"], refused["advice"]) == ("signer.system_locked", "jinku signer unlock, then run this again")
    assert numbers(own) == []
