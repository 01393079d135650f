"""What doctor says of witnesses, and of a database that is older than what somebody remembers."""

from __future__ import annotations

import pytest

from jinku.journal.adapters.witnesses import Seen
from jinku.ops.findings import Health
from jinku.ops.log_checks import behind, told_of_witnesses

ONE, TWO = Seen("w1", True, 7), Seen("w2", True, 5)
SILENT = Seen("w2", True, why="Connection refused")


@pytest.mark.parametrize(
    ("seen", "quorum", "health"),
    [
        ((ONE, TWO), 2, Health.OK),
        ((ONE, SILENT), 1, Health.WARN),
        ((ONE, SILENT), 2, Health.BAD),
        ((ONE, Seen("mine", False, 7)), 2, Health.BAD),
        ((ONE, TWO, Seen("mine", False, why="away")), 2, Health.WARN),
        ((SILENT,), 0, Health.WARN),
    ],
)
def test_it_is_bad_when_fewer_from_outside_answer_than_have_to_cosign(
    seen: tuple[Seen, ...], quorum: int, health: Health
) -> None:
    told = told_of_witnesses(seen, quorum)
    assert (told.check, told.health) == ("witnesses", health)
    assert bool(told.advice) == (health is not Health.OK)
    assert told.found.endswith(f"; {quorum} wanted from outside")


def test_each_witness_is_named_with_what_it_did() -> None:
    told = told_of_witnesses((ONE, SILENT, Seen("mine", False)), 2)
    assert told.found == (
        "w1 answers, w2 does not answer (Connection refused), mine (own) answers; 2 wanted from outside"
    )
    assert "jinku trust url" in told.advice


def test_a_database_that_is_older_is_bad_and_one_that_is_not_is_not() -> None:
    (told,) = behind("the witness w1", 1_001, 1_000)
    assert told.health is Health.BAD
    assert told.found == "the witness w1 knows 1,001 entries, the database 1,000: nothing is signed or published"
    assert "catch-up" in told.advice
    assert behind("the witness w1", 1_000, 1_000) == []
    assert behind("the witness w1", 0, 1_000) == []
