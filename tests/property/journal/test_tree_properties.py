"""Any grouping gives one tree; every proof of every size holds by RFC 6962 itself, and no mutated one does."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_keys import check_consistency, mth

from jinku import _native
from jinku.core import JinkuError
from jinku.journal import Edge, consistency_path, inclusion_path
from jinku.journal.tree import root_at

LEAVES = [hashlib.sha256(b"%d" % n).digest() for n in range(1100)]
ROOTS = {0: mth([])}


def root(size: int) -> bytes:
    if size not in ROOTS:
        ROOTS[size] = mth(LEAVES[:size])
    return ROOTS[size]


class Grown:
    """A tree grown in groups, its tiles collected as a store would."""

    def __init__(self, groups: list[int]) -> None:
        self.edge, at = Edge(), 0
        self.tiles: dict[tuple[int, int], bytes] = {}
        for group in groups:
            for level, index, data in self.edge.append(b"".join(LEAVES[at : at + group])):
                assert (level, index) not in self.tiles
                assert len(data) == 8192
                self.tiles[level, index] = data
            at += group
        self.full = dict(self.tiles)
        for level, index, width, data in self.edge.partials():
            assert len(data) == 32 * width
            self.tiles[level, index] = data

    def hashes(self, level: int, index: int, width: int) -> bytes:
        assert 0 < width <= 256
        return self.tiles[level, index][: width * 32]


@given(st.lists(st.integers(0, 400), max_size=12))
def test_any_grouping_gives_one_root_and_the_same_tiles(groups: list[int]) -> None:
    size = min(sum(groups), len(LEAVES))
    cut, left = [], size
    for group in groups:
        cut.append(min(group, left))
        left -= cut[-1]
    grown, whole = Grown(cut), Grown([size])
    assert grown.edge.root() == whole.edge.root() == root(size)
    assert grown.tiles == whole.tiles
    assert Edge.load(size, whole.hashes).root() == root(size)


WHOLE = Grown([len(LEAVES)])
SIZES = st.integers(1, len(LEAVES))


@given(SIZES, st.data())
def test_every_inclusion_proof_holds_and_no_other_does(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, WHOLE.hashes)
    assert root_at(size, len(LEAVES), WHOLE.hashes) == root(size)
    _native.verify_inclusion(LEAVES[index], index, size, path, root(size))
    for bad_index in {index + 1, size, max(0, index - 1)} - {index}:
        with pytest.raises(JinkuError):
            _native.verify_inclusion(LEAVES[index], bad_index, size, path, root(size))
    if path:
        at = data.draw(st.integers(0, len(path) * 32 - 1))
        joined = bytearray(b"".join(path))
        joined[at] ^= data.draw(st.integers(1, 255))
        mutated = [bytes(joined[n : n + 32]) for n in range(0, len(joined), 32)]
        for bad in (mutated, path[:-1], [*path, path[0]]):
            with pytest.raises(JinkuError):
                _native.verify_inclusion(LEAVES[index], index, size, bad, root(size))


@given(SIZES, SIZES, st.data())
def test_every_consistency_proof_holds_and_no_other_does(one: int, other: int, data: st.DataObject) -> None:
    old, size = sorted((one, other))
    path = consistency_path(old, size, WHOLE.hashes)
    check_consistency(old, size, path, root(old), root(size))
    with pytest.raises((AssertionError, IndexError)):
        check_consistency(old, size, [*path, root(old)], root(old), root(size))
    if path:
        at = data.draw(st.integers(0, len(path) * 32 - 1))
        joined = bytearray(b"".join(path))
        joined[at] ^= data.draw(st.integers(1, 255))
        mutated = [bytes(joined[n : n + 32]) for n in range(0, len(joined), 32)]
        with pytest.raises((AssertionError, IndexError)):
            check_consistency(old, size, mutated, root(old), root(size))


@settings(max_examples=30)
@given(st.integers(1, len(LEAVES) - 1))
def test_a_loaded_edge_grows_like_the_one_that_never_stopped(size: int) -> None:
    first = Grown([size])
    edge = Edge.load(size, first.hashes)
    later = edge.append(b"".join(LEAVES[size:]))
    assert {(level, index): data for level, index, data in later} == {
        key: data for key, data in WHOLE.full.items() if key not in first.full
    }
    assert edge.root() == root(len(LEAVES))
