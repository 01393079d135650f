"""Entries about anchors that do not say what their kind says: whoever can write to the database can add one."""

from __future__ import annotations

from pathlib import Path

import pytest

from jinku.core import JinkuError, Json, SystemClock
from jinku.journal.adapters.anchor_rows import SqlAnchorRows
from jinku.store import Database

ADDED, REMOVED, ANCHORED = "journal.anchor_source_added", "journal.anchor_source_removed", "journal.anchored"
SAID = {"place": "a", "proof": "00", "root": "00" * 32, "size": "9", "source": "ots", "state": "pending"}


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        (ADDED, {}),
        (ADDED, {"source": "moon", "place": "a", "pins": {}}),
        (ADDED, {"source": "ots", "place": ["a"], "pins": {}}),
        (ADDED, {"source": "ots", "place": "a", "pins": []}),
        (ADDED, {"source": "ots", "place": "a", "pins": {"headers": None}}),
        (REMOVED, {"source": "ots"}),
        (ANCHORED, {}),
        (ANCHORED, {**SAID, "size": 9}),
        (ANCHORED, {**SAID, "size": "-9"}),
        (ANCHORED, {**SAID, "size": "nine"}),
        (ANCHORED, {**SAID, "root": "00"}),
        (ANCHORED, {**SAID, "root": None}),
        (ANCHORED, {**SAID, "place": {}}),
        (ANCHORED, {**SAID, "state": "done"}),
    ],
)
def test_an_entry_that_is_none_has_a_name(tmp_path: Path, kind: str, facts: dict[str, Json]) -> None:
    with Database.create(tmp_path / "jinku.db", SystemClock()) as database:
        database.actor = "ed25519:" + "b" * 32
        rows = SqlAnchorRows(database)
        rows.say(ADDED, "s", {"source": "ots", "place": "a", "pins": {"headers": "b"}})
        rows.say(ANCHORED, "s", SAID)
        assert [one.size for one in rows.told("s")] == [9]
        assert [one.place for one in rows.sources("s")] == ["a"]
        rows.say(kind, "s", facts)
        with pytest.raises(JinkuError) as caught:
            rows.told("s") if kind == ANCHORED else rows.sources("s")
    assert (caught.value.code, caught.value.exit_code) == ("anchor.garbled", 5)
    assert kind in str(caught.value)
