"""The version of the trust root that names the new origin is lost before a backup had it: what is left goes on."""

from __future__ import annotations

import json
import shutil

import pytest
from cli_home import CliHome
from lost_log import SECRET, copied, fill, flush, go_on, head, lose, new_origin, number_of, opened
from test_new_origin_after_new_origin import expire
from test_new_origin_kills import Killed, dying
from test_new_origin_restores import DATABASE, put_back, unlock

from jinku.journal.adapters.entry_rows import SqlLogRows
from jinku.journal.types import origin_number


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
    (beside,) = own.folder.glob(f"s/jinku/*/{origin}/trust.json")
    assert beside.read_bytes() == (own.home / "journal" / origin / "trust.json").read_bytes()
    put_back(own, own.folder / "before", "signer", "trust", *(("journal",) if survives == "database" else DATABASE))
    unlock(own)
    refused = new_origin(own, expect=5).error if survives == "database" else flush(own, expect=5).error
    if survives == "database":
        assert (refused["code"], "trust.json" in refused["advice"]) == ("trust.home", True)
    else:
        assert refused["code"] == "journal.origin_later"
        other = new_origin(own, expect=1).error
        assert (other["code"], "trust.json" in other["advice"]) == ("journal.other_branch", True)
    shutil.copy2(beside, own.home / "trust" / "2.json")
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
    (second,) = own.folder.glob("s/jinku/*/origin-*/trust.json")
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
