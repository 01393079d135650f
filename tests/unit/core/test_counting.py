"""A number and its word agree, wherever a line is printed."""

import pytest

from jinku.core import counted


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 entries"), (1, "1 entry"), (2, "2 entries"), (-1, "-1 entries"), (1_000_000, "1,000,000 entries")],
)
def test_one_is_one_and_all_else_is_many(count: int, said: str) -> None:
    assert counted(count, "entry", "entries") == said


def test_a_plain_s_is_enough_where_nothing_is_said() -> None:
    assert (counted(1, "file"), counted(3, "age file")) == ("1 file", "3 age files")
