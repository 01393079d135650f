"""A log that needs a later name again: after a death, a loss of what was opened, or beside another branch."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest
from cli_home import HOME_SECRET, CliHome
from lost_log import (
    SECRET,
    copied,
    fill,
    flush,
    go_on,
    head,
    lose,
    new_origin,
    number_of,
    numbers,
    opened,
    restored,
)
from sqlalchemy import text
from test_new_origin_kills import Killed, dying

from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.journal.adapters.entry_rows import SqlLogRows
from jinku.journal.sequencer import Sequencer


@pytest.fixture
def own(own: CliHome, monkeypatch: pytest.MonkeyPatch) -> CliHome:
    """What runs in this process finds the state folder of the commands."""
    monkeypatch.setenv("XDG_STATE_HOME", own.environment["XDG_STATE_HOME"])
    return own


def begin(home: CliHome) -> None:
    """An origin is begun in the signer, and the process dies over its answer."""
    with opened(home) as platform, dying(SocketSigner, "open_origin", True), pytest.raises(Killed):
        go_on(platform)


def start_anew(home: CliHome) -> None:
    """The machine did, and remembers none of the names that it chose."""
    with opened(home) as platform:
        shutil.rmtree(platform.settings.tokens)


def said(home: CliHome) -> list[dict[str, Any]]:
    """The entries of the openings."""
    lines = home.run("journal", "show", "--kind", "journal.origin_opened", "--json").lines
    return [json.loads(str(line["entry"])) for line in lines]


def warnings(home: CliHome) -> list[str]:
    found: list[str] = home.run("journal", "verify", "--json").document["warnings"]
    return found


def expire(home: CliHome) -> None:
    """The sequencer's lease of a process that died is over."""
    with opened(home) as platform, platform.database.unit() as unit:
        unit.connection.execute(text("UPDATE queue SET owner = '', lease_until_ms = 0"))


@pytest.mark.parametrize(
    ("where", "name", "done"),
    [(SqlLogRows, "assign", True), (Sequencer, "_publish", False), (Sequencer, "_cosign", False)],
)
def test_entries_that_have_their_places_under_no_recorded_checkpoint(
    own: CliHome, where: object, name: str, done: bool
) -> None:
    """The backup is of a run that died; the signer is not restored with it, so the tree has to be shown to extend."""
    fill(own, 5, "first")
    recorded = flush(own).document["size"]
    fill(own, 6, "placed")
    with opened(own) as platform, dying(where, name, done), pytest.raises(Killed):
        platform.journal.flush()
    copied(own, "night")
    expire(own)
    flush(own)
    fill(own, 7, "lost")
    flush(own)
    own.run("signer", "stop")
    kept = (own.home / "signer" / "log.head").read_bytes()
    restored(own, "night")
    (own.home / "signer" / "log.head").write_bytes(kept)
    expire(own)
    with opened(own) as platform:
        placed, newest = platform.log_rows.size(), platform.log_rows.newest()
        assert newest is not None
        assert (newest.size, placed > recorded) == (recorded, True)
    assert flush(own, expect=5).error["code"] == "journal.behind"
    told = new_origin(own).document
    assert (told["opened"], told["size"], told["held"]) == (True, placed, "")
    lost, unproven = warnings(own)
    assert ("is not in this log" in lost, f"of the last {placed - recorded} no earlier" in unproven) == (True, True)


def test_an_origin_that_was_opened_and_never_published_is_lost_again(own: CliHome) -> None:
    fill(own, 5, "first")
    lose(own, state=True)
    flush(own, expect=5)
    with opened(own) as platform, dying(SqlLogRows, "begin_origin", True), pytest.raises(Killed):
        go_on(platform)
    copied(own, "night")
    flush(own)
    fill(own, 3, "mine")
    flush(own)
    own.run("signer", "stop")
    restored(own, "night")
    assert flush(own, expect=5).error["code"] == "journal.behind"
    done = new_origin(own).document
    assert (done["opened"], done["held"], done["lost"] > 0) == (True, "", True)
    first, second = said(own)
    assert (second["from"], second["origin"]) == (first["origin"], done["origin"])
    assert not any("no entry says" in one for one in warnings(own))


@pytest.mark.parametrize("half", [0, 1, 2])
def test_a_half_done_opening_hides_nothing(own: CliHome, half: int) -> None:
    """What was lost, and that nothing was shown to the signer, is told however often it was begun."""
    left, last = lose(own, "signer/log.head")
    flush(own, expect=5)
    with opened(own) as platform, platform.database.unit() as unit:
        unit.connection.execute(text("DELETE FROM journal_checkpoint"))  # no earlier head can be shown
    for _ in range(half):
        begin(own)
        start_anew(own)
    told = new_origin(own, "--dry-run").document
    assert (told["lost"], [one["size"] for one in told["known"]]) == (last.size - left, [last.size])
    done = new_origin(own).document
    assert (done["opened"], done["lost"], bool(done["dropped"])) == (True, last.size - left, half > 0)
    (entry,) = said(own)
    heads = json.loads(entry["statement"])
    assert (heads["from"]["size"], heads["from"]["root"]) == (str(last.size), last.root.hex())
    assert (heads["from"]["origin"], heads["proven"]["size"]) == (last.checkpoint.origin, "0")
    assert entry["known"] == [{"by": "signer", "root": last.root.hex(), "size": str(last.size)}]
    lost, unproven = warnings(own)
    assert f"the last {last.size - left} said is not in this log" in lost
    assert f"of the last {left} no earlier checkpoint" in unproven


def test_an_origin_that_was_signed_for_and_is_lost_with_its_entry_is_told(own: CliHome) -> None:
    """The signer, which stays, follows an origin that this log never heard of."""
    fill(own, 5, "first")
    lose(own, state=True)
    copied(own, "before")
    flush(own, expect=5)
    first = new_origin(own).document
    fill(own, 3, "more")
    flush(own)
    own.run("signer", "stop")
    shutil.copytree(own.home / "signer", own.folder / "signer")
    restored(own, "before")
    shutil.rmtree(own.home / "signer")
    shutil.copytree(own.folder / "signer", own.home / "signer")
    own.run("signer", "unlock", secrets={"--passphrase-fd": HOME_SECRET}, expect=None)
    second = new_origin(own).document
    assert number_of(second) > number_of(first)
    strange = [one for one in warnings(own) if "no entry says" in one]
    assert [(second["origin"] in one, first["origin"] in one) for one in strange] == [(True, True)]


def test_a_branch_that_others_know_is_left_behind_on_purpose(own: CliHome) -> None:
    """A place knows a tree of fewer entries: no circle of advice, one command ends it, and both are told for ever."""
    fill(own, 5, "first")
    flush(own)
    copied(own, "night", state="nights")
    fill(own, 7, "theirs")
    flush(own)
    theirs = head(own)
    own.run("signer", "stop")
    shutil.copytree(own.folder / "s", own.folder / "honest")
    restored(own, "night", state="nights")
    fill(own, 20, "ours")
    flush(own)
    own.run("signer", "stop")
    shutil.rmtree(own.folder / "s")
    shutil.copytree(own.folder / "honest", own.folder / "s")
    fill(own, 1, "after")
    found = flush(own, expect=5).error
    assert (found["code"], "--reason fork" in found["advice"]) == ("journal.forked", True)
    assert "--reason fork" in flush(own, expect=5).error["advice"], "now it is on record"
    refused = new_origin(own, expect=5).error
    assert (refused["code"], "--reason fork" in refused["advice"]) == ("journal.forked", True)
    words = ("journal", "new-origin", "--reason", "fork", "--json")
    done = own.run(*words, secrets=SECRET).document
    assert (done["opened"], done["held"], [one["root"] for one in done["known"]]) == (True, "", [theirs.root.hex()])
    assert flush(own).document["waiting"] == 0
    (entry,) = said(own)
    assert (entry["reason"], entry["known"][0]["size"]) == ("fork", str(theirs.size))
    (settled,) = own.run("journal", "show", "--kind", "journal.fork_settled", "--json").lines
    assert theirs.root.hex() in str(settled["entry"])
    assert own.run(*words, secrets=SECRET, expect=1).error["code"] == "journal.not_behind"
    own.run("journal", "verify")


def test_a_signer_two_versions_ahead_is_told_what_works(own: CliHome) -> None:
    """No backup of the home has the versions that it believes: one whole copy, with its own folder, goes on."""
    fill(own, 5, "first")
    lose(own, state=True)
    copied(own, "before")
    flush(own, expect=5)
    for word in ("one", "two"):
        new_origin(own)
        fill(own, 3, word)
        flush(own)
        own.run("signer", "stop")
        shutil.rmtree(own.folder / "signer", ignore_errors=True)
        shutil.copytree(own.home / "signer", own.folder / "signer")
        restored(own, "before")
        shutil.rmtree(own.home / "signer")
        shutil.copytree(own.folder / "signer", own.home / "signer")
        own.run("signer", "unlock", secrets={"--passphrase-fd": HOME_SECRET}, expect=None)
    for words in (("trust", "check"), ("journal", "new-origin", "--reason", "restored")):
        refused = own.run(*words, "--json", secrets=SECRET, expect=5).error
        assert (refused["code"], "folder signer" in refused["advice"]) == ("trust.home", True)
    checks = own.run("doctor", "--quick", "--json", expect=None).document["checks"]
    (bad,) = [one for one in checks if (one["check"], one["status"]) == ("trust root", "bad")]
    assert "version 1 in the home, 3 in the signer" in bad["found"]
    own.run("signer", "stop")
    restored(own, "before")
    assert flush(own, expect=5).error["code"] == "journal.origin_later"
    assert new_origin(own).document["opened"]
    assert flush(own).document["held"] == ""
    own.run("journal", "verify")


def test_a_wrong_passphrase_leaves_no_folder(own: CliHome) -> None:
    lose(own, state=True)
    flush(own, expect=5)
    wrong = {"--home-passphrase-fd": b"another one entirely"}
    own.run("journal", "new-origin", "--reason", "restored", secrets=wrong, expect=3)
    assert numbers(own) == []
    assert new_origin(own).document["opened"]
    assert len(numbers(own)) == 1
