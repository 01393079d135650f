"""A row whose content no bundle can hold is named, though hash and columns agree with it."""

from __future__ import annotations

from typing import Any

import pytest

from jinku import _native
from jinku.journal import EntryDamagedError
from jinku.journal.faults import check_rows, check_unplaced


def row(length: int, place: int | None = 4) -> Any:
    """A row that holds in itself, its content of this length."""
    bare = _native.new_entry_rows([1], [("k", "s", {"pad": ""})], 5, "me", 1 << 20)[0]
    assert bare is not None
    pad = "x" * (length - len(bare[3]))
    found = _native.new_entry_rows([1], [("k", "s", {"pad": pad})], 5, "me", 1 << 20)[0]
    assert found is not None
    _, kind, subject, content, digest, at_ms, actor = found
    assert len(content) == length
    return place, kind, subject, actor, at_ms, digest, content


def test_the_longest_entry_passes() -> None:
    assert len(check_rows([row(65_535)], 4, 1)[0]) == 65_535
    check_unplaced(9, row(65_535, None))


def test_a_longer_one_is_named_by_its_place_or_its_row() -> None:
    with pytest.raises(EntryDamagedError, match="entry 5 in the database is too long") as caught:
        check_rows([row(200), row(65_536, 5)], 4, 2)
    assert (caught.value.fields["index"], caught.value.found) == (5, "65,536 bytes")
    with pytest.raises(EntryDamagedError, match="the waiting entry of row 9 in the database is too long"):
        check_unplaced(9, row(65_536, None))
