"""What doctor says of witnesses, and of a database that is older than what somebody remembers."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from jinku.journal import TileTree
from jinku.journal.adapters.local_tiles import LocalTiles
from jinku.journal.adapters.witnesses import Seen
from jinku.journal.tiles import edge_files
from jinku.journal.tree import Edge
from jinku.ops.findings import Health
from jinku.ops.log_checks import apart, behind, told_of_witnesses

ONE, TWO = Seen("w1", True, 7), Seen("w2", True, 5)
SILENT = Seen("w2", True, why="Connection refused")
STRANGER = Seen("w2", True)  # it answers, and nobody added the log there


@pytest.mark.parametrize(
    ("seen", "quorum", "health"),
    [
        ((ONE, TWO), 2, Health.OK),
        ((ONE, SILENT), 1, Health.WARN),
        ((ONE, SILENT), 2, Health.BAD),
        ((ONE, Seen("mine", False, 7)), 2, Health.BAD),
        ((ONE, TWO, Seen("mine", False, why="away")), 2, Health.WARN),
        ((SILENT,), 0, Health.WARN),
        ((ONE, STRANGER), 2, Health.BAD),
        ((ONE, STRANGER), 1, Health.WARN),
        ((ONE, TWO, Seen("mine", False)), 2, Health.WARN),
        ((STRANGER,), 0, Health.OK),
    ],
)
def test_it_is_bad_when_fewer_from_outside_know_the_log_than_have_to_cosign(
    seen: tuple[Seen, ...], quorum: int, health: Health
) -> None:
    told = told_of_witnesses(seen, quorum)
    assert (told.check, told.health) == ("witnesses", health)
    assert bool(told.advice) == (health is not Health.OK)
    assert told.found.endswith(f"; {quorum} wanted from outside")


def test_each_witness_is_named_with_what_it_did() -> None:
    told = told_of_witnesses((ONE, SILENT, Seen("mine", False, 0)), 2)
    assert told.found == (
        "w1 answers, w2 does not answer (Connection refused), mine (own) answers; 2 wanted from outside"
    )
    assert "jinku trust url" in told.advice
    told = told_of_witnesses((ONE, STRANGER), 2)
    assert told.found == "w1 answers, w2 knows no checkpoint of this log; 2 wanted from outside"
    assert "jinku witness add-log" in told.advice


def test_a_database_that_is_older_is_bad_and_one_that_is_not_is_not() -> None:
    (told,) = behind("the witness w1", 1_001, 1_000)
    assert (told.check, told.health) == ("heads", Health.BAD)
    assert told.found == "the witness w1 knows 1,001 entries, the database 1,000: nothing is signed or published"
    assert "catch-up" in told.advice
    assert behind("the witness w1", 1_000, 1_000) == []
    assert behind("the witness w1", 0, 1_000) == []


def test_another_tree_of_a_published_size_is_bad_and_what_is_not_published_is_not_compared(tmp_path: Path) -> None:
    tiles, edge = LocalTiles(tmp_path), Edge()
    edge.append(hashlib.sha256(b"one").digest())
    one = edge.root()
    edge.append(hashlib.sha256(b"two").digest())
    tiles.write(list(edge_files(edge)))
    tree = TileTree(tiles, 2)
    (told,) = apart("the witness w1", 1, edge.root(), tree)
    assert told.health is Health.BAD
    assert told.found.startswith("the witness w1 knows another tree of 1 entry than the tiles here: root ")
    assert apart("the witness w1", 1, one, tree) == apart("the witness w1", 2, edge.root(), tree) == []
    for size in (0, 3):
        assert apart("the witness w1", size, one, tree) == []
    assert apart("the witness w1", 1, edge.root(), None) == []
    (missing,) = apart("the witness w1", 1, one, TileTree(LocalTiles(tmp_path / "none"), 2))
    assert (missing.health, "is missing" in missing.found) == (Health.BAD, True)
