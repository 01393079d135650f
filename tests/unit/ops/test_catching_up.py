"""Who knows more than a database that was caught up: asked first, and the database last."""

from __future__ import annotations

import pytest

from jinku.journal import JournalBehindError
from jinku.ops.catching_up import refuse_older


class Log:
    """One that another process publishes to while somebody is asked: what is heard of has its place by then."""

    def __init__(self, size: int, known: int, grows: int) -> None:
        self.placed = size
        self.known = known
        self.grows = grows

    def farthest(self) -> tuple[str, int]:
        self.placed += self.grows
        self.known += self.grows
        return "the witness w1", self.known

    def size(self) -> int:
        return self.placed


@pytest.mark.parametrize(("known", "grows"), [(10, 0), (10, 3), (7, 0), (0, 1)])
def test_what_is_published_meanwhile_is_nothing_that_the_database_lacks(known: int, grows: int) -> None:
    log = Log(10, known, grows)
    refuse_older(log.farthest, log.size, 0)
    assert log.placed == 10 + grows, "it was asked"


def test_what_the_database_lacks_is_told_even_where_it_grows_meanwhile() -> None:
    log = Log(10, 12, 3)
    with pytest.raises(JournalBehindError, match="older than what the witness w1 knows") as caught:
        refuse_older(log.farthest, log.size, 4)
    assert caught.value.fields == {"source": "the witness w1", "size": 15, "entries": 4, "lacks": 2}
    assert (caught.value.found, caught.value.expected) == ("13 entries", "15 entries")
