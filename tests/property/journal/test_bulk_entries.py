"""Entries in bulk have the bytes and hashes of entries one by one, and are left to that way wherever it refuses."""

import hashlib
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from jinku import _native
from jinku.core import ParseError, canonical_bytes

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
    made = _native.entry_contents(asked, actor, "17")
    assert len(made) == len(asked)
    for one, (kind, subject, facts) in zip(made, asked, strict=True):
        expected = one_by_one(kind, subject, facts, actor, "17")
        assert (one and one[0]) == expected
        if one is not None:
            assert one[1] == hashlib.sha256(b"\x00" + one[0]).digest()


def test_what_is_not_plain_is_left_to_the_slow_way() -> None:
    asked: list[tuple[str, str, dict[str, object]]] = [("k", "s", {"n": _Int(3)}), ("k", "s", {"x": "y" * (1 << 20)})]
    assert _native.entry_contents(asked, "", "1") == [None, None]
