"""The version of the trust root that names the new origin is lost before a backup had it: what is left goes on."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import pytest
from cli_home import CliHome
from lost_log import SECRET, copied, fill, flush, go_on, head, lose, new_origin, number_of, opened, restored
from test_new_origin_after_new_origin import expire
from test_new_origin_kills import Killed, dying
from test_new_origin_restores import DATABASE, put_back, unlock

from jinku.core import UnavailableError
from jinku.journal.adapters.entry_rows import SqlLogRows
from jinku.journal.origins import handovers
from jinku.journal.types import origin_number
from jinku.ops.trust_folder import TrustFolder


@pytest.fixture
def own(own: CliHome, monkeypatch: pytest.MonkeyPatch) -> CliHome:
    """What runs in this process finds the state folder of the commands."""
    monkeypatch.setenv("XDG_STATE_HOME", own.environment["XDG_STATE_HOME"])
    return own


@pytest.mark.parametrize("survives", ["database", "tiles"])
def test_a_copy_beside_the_checkpoints_brings_it_back(own: CliHome, survives: str) -> None:
    lose(own, state=True)
    copied(own, "before")
    flush(own, expect=5)
    told = new_origin(own)
    assert "copy the folders trust and signer" in told.err
    fill(own, 5, "real")
    size = flush(own).document["size"]
    origin = f"origin-{number_of(told.document)}"
    (beside,) = own.folder.glob(f"s/jinku/*/{origin}/trust")
    for name in ("1.json", "2.json"):
        kept = (own.home / "trust" / name).read_bytes()
        assert kept == (beside / name).read_bytes() == (own.home / "journal" / origin / "trust" / name).read_bytes()
    put_back(own, own.folder / "before", "signer", "trust", *(("journal",) if survives == "database" else DATABASE))
    unlock(own)
    refused = new_origin(own, expect=5).error if survives == "database" else flush(own, expect=5).error
    if survives == "database":
        assert (refused["code"], "from the folder trust in a folder origin-…" in refused["advice"]) == (
            "trust.home",
            True,
        )
    else:
        assert refused["code"] == "journal.origin_later"
        other = new_origin(own, expect=1).error
        assert (other["code"], "in a folder trust beside" in other["advice"]) == ("journal.other_branch", True)
    shutil.copytree(beside, own.home / "trust", dirs_exist_ok=True)
    own.run("trust", "check", secrets=SECRET, expect=0 if survives == "database" else 5)  # the log lacks its entries
    own.run("journal", *(("catch-up",) if survives == "tiles" else ("rebuild",)))
    fill(own, 1, "after")
    done = flush(own).document
    assert (done["held"], done["size"] > size) == ("", True)
    assert own.run("journal", "verify", "--json").document["size"] == done["size"]


def test_the_old_name_is_over_though_no_entry_of_the_version_stands(own: CliHome) -> None:
    """A death kept it from being written, and trust and signer came back from before."""
    lose(own, state=True)
    copied(own, "before")
    flush(own, expect=5)
    with opened(own) as platform, dying(SqlLogRows, "begin_origin", True), pytest.raises(Killed):
        go_on(platform)
    (second,) = own.folder.glob("s/jinku/*/origin-*/trust/2.json")
    kept = second.read_bytes()
    put_back(own, own.folder / "before", "signer", "trust")
    shutil.rmtree(own.folder / "s")
    expire(own)
    fill(own, 3, "x")
    unlock(own)
    for refused in (flush(own, expect=5).error, new_origin(own, expect=5).error):
        assert refused["code"] == "trust.home"
    (own.home / "trust" / "2.json").write_bytes(kept)
    own.run("trust", "check", secrets=SECRET)
    done = flush(own).document
    assert (done["held"], done["waiting"]) == ("", 0)
    assert head(own, origin_number(json.loads(kept)["root"]["journal"]["origin"])).size == done["size"]
    own.run("journal", "verify")


def test_versions_that_were_given_up_are_in_the_copy_too(own: CliHome) -> None:
    """A death before version 2 was copied; version 3 names the origin that was opened, and no backup has either."""
    lose(own, state=True)
    copied(own, "before")
    flush(own, expect=5)
    with opened(own) as platform, dying(TrustFolder, "keep", True), pytest.raises(Killed):
        go_on(platform)
    origin = f"origin-{number_of(new_origin(own, '--anew').document)}"
    put_back(own, own.folder / "before", "signer", "trust")
    unlock(own)
    assert flush(own, expect=5).error["code"] == "trust.home"
    (beside,) = own.folder.glob(f"s/jinku/*/{origin}/trust")
    shutil.copytree(beside, own.home / "trust", dirs_exist_ok=True)
    own.run("trust", "check", secrets=SECRET)
    fill(own, 1, "after")
    assert flush(own).document["held"] == ""
    own.run("journal", "verify")


def test_the_copy_of_an_origin_that_was_lost_is_not_taken_up(own: CliHome) -> None:
    """Two openings from one backup: each has a version 2. The signer would believe the first that it is shown."""
    lose(own, state=True)
    copied(own, "before")
    copies: list[Path] = []
    for _ in range(2):
        restored(own, "before")
        flush(own, expect=5)
        origin = f"origin-{number_of(new_origin(own).document)}"
        own.run("signer", "stop")
        copies += own.folder.glob(f"s/jinku/*/{origin}/trust")
    put_back(own, own.folder / "before", "signer", "trust")
    unlock(own)
    for beside, code in zip(copies, (5, 0), strict=True):
        shutil.copytree(beside, own.home / "trust", dirs_exist_ok=True)
        own.run("trust", "check", secrets=SECRET, expect=code)
    assert flush(own).document["held"] == ""


def test_an_opening_waits_for_its_copies(own: CliHome) -> None:
    """Where the state folder cannot take them no entry stands; what is half written there is written again."""
    lose(own, state=True)
    flush(own, expect=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jinku.ops.trust_copies.replace_private", full)
        with opened(own) as platform, pytest.raises(UnavailableError, match="cannot be copied") as refused:
            go_on(platform)
    assert refused.value.code == "journal.outside_unwritable"
    with opened(own) as platform:
        assert list(handovers(platform.log_rows, platform.journal.keys)) == []
    (folder,) = own.folder.glob("s/jinku/*/origin-*/trust")
    (folder / "2.json").write_bytes(b"{")
    (folder / ".2.json.next").write_bytes(b"half")
    new_origin(own)
    assert (folder / "2.json").read_bytes() == (own.home / "trust" / "2.json").read_bytes()


def full(path: Path, data: bytes) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
