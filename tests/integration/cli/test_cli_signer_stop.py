"""`signer stop` and `evidence`: the journal has both, and no stop waits for it."""

from __future__ import annotations

import json
import sqlite3

from cli_home import HOME_SECRET, CliHome


def noted(own: CliHome, family: str) -> list[tuple[str, object]]:
    lines = own.run("journal", "show", "--kind", f"{family}.*", "--json").lines
    return [(line["kind"], json.loads(line["entry"]).get("outcome")) for line in lines]


def stops(own: CliHome) -> list[tuple[str, object]]:
    return [one for one in noted(own, "system") if one[0].startswith("system.stop_")]


def test_a_stop_has_an_entry_before_and_after_and_one_of_nothing_none(own: CliHome) -> None:
    for _ in range(2):
        stopped = own.run("signer", "stop", "--json")
        assert (stopped.document, stopped.err) == ({"running": False}, "")
    assert stops(own) == [("system.stop_begun", None), ("system.stop_ended", "stopped")]
    own.run("signer", "unlock", secrets={"--passphrase-fd": HOME_SECRET})
    own.run("journal", "flush")
    assert own.run("journal", "verify", "--json").code == 0


def test_a_stop_waits_for_no_other_writer_and_says_that_it_is_not_noted(own: CliHome) -> None:
    with sqlite3.connect(own.home / "jinku.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        stopped = own.run("signer", "stop")
        other.execute("ROLLBACK")
    other.close()
    assert "the signer is stopped, and the journal has no entry of it" in " ".join(stopped.err.split())
    assert own.run("signer", "status", "--json", expect=1).document["running"] is False
    assert stops(own) == []


def test_a_stop_does_not_need_a_database(own: CliHome) -> None:
    (own.home / "jinku.db").write_bytes(b"no database at all, but long enough to be taken for one" * 99)
    stopped = own.run("signer", "stop", "--json")
    assert stopped.document == {"running": False}
    assert "the journal has no entry of it" in stopped.err
    assert own.run("signer", "status", "--json", expect=1).document["running"] is False


def test_the_evidence_key_and_its_use_are_noted(own: CliHome) -> None:
    auditor = {"--auditor-passphrase-fd": b"auditor"}
    own.run("evidence", "key", secrets=auditor)
    again = own.run("evidence", "key", "--json", secrets=auditor, expect=None)
    assert noted(own, "evidence") == [
        ("evidence.key_begun", None),
        ("evidence.key_ended", "made"),
        ("evidence.key_begun", None),
        ("evidence.key_ended", again.error["code"]),
    ]
