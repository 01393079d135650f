"""A witness that knows more of a log than the home that was restored, and is shown the later name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_home import CliHome
from lost_log import SECRET, flush, head, lose, new_origin, number_of
from witness_house import Witnesses


@pytest.fixture
def witnesses(tmp_path: Path) -> Iterator[Witnesses]:
    with Witnesses(tmp_path / "witnesses") as made:
        yield made


def test_a_head_that_only_a_witness_knows(own: CliHome, witnesses: Witnesses) -> None:
    one = witnesses.make("w1").serve(own.run("journal", "checkpoint", "--json").document["vkeys"])
    words = ("--url", one.url, "--quorum", "1", "--json")
    own.run("trust", "add", one.name, *one.vkeys, *words, secrets=SECRET)
    left, last = lose(own)
    error = flush(own, expect=5).error
    assert (error["code"], error["fields"]["source"]) == ("journal.behind", "the witnesses")
    told = new_origin(own, "--dry-run").document
    assert [(entry["who"], entry["size"]) for entry in told["known"]] == [("the witnesses", last.size)]
    done = new_origin(own).document
    assert (done["opened"], done["published"], bool(done["held"])) == (True, 0, True), "it does not know that name yet"
    assert flush(own, expect=1).error["code"] == "journal.witness_quorum"
    number = number_of(done)
    assert not (own.home / "journal" / f"origin-{number}" / "checkpoint").exists()
    one.stop()
    own.run("trust", "url", "w1", one.serve(done["vkeys"]).url)
    assert flush(own).document["waiting"] == 0
    note = head(own, number)
    assert (note.checkpoint.origin, note.note.count(b"witness.example/w1 ")) == (done["origin"], 2)
    assert note.size > left
    own.run("journal", "verify")
