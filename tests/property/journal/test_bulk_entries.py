"""Entries in bulk have the bytes and hashes of entries one by one, and are left to that way wherever it refuses."""

import hashlib
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jinku import _native
from jinku.core import ParseError, UsageError, canonical_bytes

OWN = frozenset({"actor", "kind", "subject", "ts", "v"})
texts = st.text(max_size=8)  # lone surrogates, too
leaves = st.none() | st.booleans() | st.integers(-(2**55), 2**55) | texts | st.floats() | st.binary(max_size=2)
values: st.SearchStrategy[Any] = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3) | st.tuples(inner),
    max_leaves=8,
)
keys = texts | st.sampled_from(["a", "l", "t", "w", "\U00010000", "\ue000", *OWN])


class _Int(int):
    """No plain int: the slow way decides."""


def one_by_one(kind: str, subject: str, facts: Any, actor: str, ts: str) -> bytes | None:
    if OWN & facts.keys():
        return None
    who = {"actor": actor} if actor else {}
    try:
        return canonical_bytes({**facts, **who, "kind": kind, "subject": subject, "ts": ts, "v": 1})
    except ParseError:
        return None


def nested(levels: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _ in range(levels):
        made = {"a": made}
    return made


@given(
    st.lists(st.tuples(texts, texts, st.dictionaries(keys, values, max_size=5)), max_size=4), st.sampled_from(["", "é"])
)
@example([("k", "s", nested(30)), ("k", "s", nested(31)), ("k", "s", nested(32))], "a")
@example([("k", "s", {"n": 2**53 - 1}), ("k", "s", {"n": 2**53}), ("k", "s", {"n": -(2**53) + 1})], "")
@settings(max_examples=300)
def test_both_ways_agree(asked: list[tuple[str, str, dict[str, Any]]], actor: str) -> None:
    made = _native.new_entry_rows(range(5, 5 + len(asked)), asked, 17, actor, 65_535)
    assert len(made) == len(asked)
    for number, (row, (kind, subject, facts)) in enumerate(zip(made, asked, strict=True), 5):
        expected = one_by_one(kind, subject, facts, actor, "17")
        assert (row and row[3]) == expected
        if row is not None:
            assert row == (number, kind, subject, row[3], hashlib.sha256(b"\x00" + row[3]).digest(), 17, actor)


def test_what_is_not_plain_is_left_to_the_slow_way() -> None:
    asked: list[tuple[str, str, dict[str, object]]] = [("k", "s", {"n": _Int(3)}), ("k", "s", {"x": "y" * (1 << 20)})]
    assert _native.new_entry_rows([1, 2], asked, 1, "", 1 << 21) == [None, None]
    short = [("k", "s", {"x": "y" * 10})]
    assert _native.new_entry_rows([1], short, 1, "", 57) == [None]
    content = b'{"kind":"k","subject":"s","ts":"1","v":1,"x":"yyyyyyyyyy"}'
    leaf = hashlib.sha256(b"\x00" + content).digest()
    assert _native.new_entry_rows([1], short, 1, "", 58) == [(1, "k", "s", content, leaf, 1, "")]


def test_rows_that_do_not_hold_are_given_back_to_whoever_names_them() -> None:
    rows = [(place, b"%d" % place, hashlib.sha256(b"\x00%d" % place).digest()) for place in range(5, 9)]
    contents, leaves = [row[1] for row in rows], b"".join(row[2] for row in rows)
    assert _native.placed_entries(rows, 5) == (contents, leaves)
    assert _native.placed_entries([], 5) == ([], b"")
    assert _native.placed_entries(rows, 4) is None
    assert _native.placed_entries([*rows[:2], rows[3]], 5) is None
    for spoiled in ((8, b"9", rows[3][2]), (8, "8", rows[3][2]), (8, b"8", None), (None, b"8", rows[3][2]), (8, b"8")):
        assert _native.placed_entries([*rows[:3], spoiled], 5) is None


def test_a_bundle_has_each_entry_behind_its_length() -> None:
    assert _native.bundle_bytes([b"a", b"", b"b" * 65_535]) == b"\x00\x01a\x00\x00\xff\xff" + b"b" * 65_535
    with pytest.raises(UsageError, match="too long"):
        _native.bundle_bytes([b"b" * 65_536])


def rows_from(start: int, count: int) -> list[tuple[object, ...]]:
    """Rows as the database has them: place, kind, subject, actor, milliseconds, leaf hash, content."""
    made = _native.new_entry_rows(range(count), [("k", f"s{n}", {"n": n}) for n in range(count)], 17, "a", 65_535)
    whole = [row for row in made if row is not None]
    return [
        (n, kind, subject, actor, ms, leaf, said)
        for n, (_, kind, subject, said, leaf, ms, actor) in enumerate(whole, start)
    ]


@pytest.mark.parametrize("start", [0, 512])
@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 513, 5_000])
def test_the_files_of_rows_are_those_of_their_contents_whatever_the_cores(start: int, count: int) -> None:
    rows = rows_from(start, count)
    parts = [rows[at : at + 256] for at in range(0, count, 256)]
    alone = [(_native.bundle_bytes([row[6] for row in part]), b"".join(row[5] for row in part)) for part in parts]  # type: ignore[misc]
    assert _native.entry_files(rows, start, 256) == alone


@pytest.mark.parametrize("place", [0, 255, 256, 2_500, 4_999])
def test_one_row_that_does_not_hold_leaves_no_files_of_its_page(place: int) -> None:
    rows = rows_from(0, 5_000)
    good = rows[place]
    assert _native.entry_files(rows, 1, 256) is None
    assert _native.entry_files([*rows[:place], *rows[place + 1 :], good], 0, 256) is None or place == 4_999
    for column, other in enumerate((7_000, "l", "s", "b", 18, bytes(32), b"{}")):
        spoiled = (*good[:column], other, *good[column + 1 :])
        assert _native.entry_files([*rows[:place], spoiled, *rows[place + 1 :]], 0, 256) is None, column
