"""verify.py's own trees, JSON and words agree with ours, accept for accept and refusal for refusal."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from types import ModuleType

import pytest

import jinku
from jinku.core import ParseError, parse_canonical
from jinku.journal import Edge, consistency_path, inclusion_path, leaf_hash
from jinku.journal.pinned import fingerprint_words

SOURCE = Path(jinku.__file__).parent / "journal" / "verifier" / "verify.py"
SIZES = range(1, 41)
LEAVES = [leaf_hash(b"%d" % n) for n in range(40)]


@pytest.fixture(scope="module")
def verify() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_py", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def hashes(level: int, index: int, width: int) -> bytes:
    """The one tile of a tree below 256 leaves."""
    assert (level, index) == (0, 0)
    return b"".join(LEAVES[:width])


def root(size: int) -> bytes:
    edge = Edge()
    edge.append(b"".join(LEAVES[:size]))
    return edge.root()


def test_every_place_in_every_small_tree(verify: ModuleType) -> None:
    for size in SIZES:
        for index in range(size):
            path = inclusion_path(index, size, hashes)
            assert verify.root_of(LEAVES[index], index, size, path, "it") == root(size)
            wrongs = [[*path, bytes(32)], *([path[1:], [bytes(32), *path[1:]]] if path else [])]
            for wrong in wrongs:
                try:
                    found = verify.root_of(LEAVES[index], index, size, wrong, "it")
                except verify.Broken:
                    continue
                assert found != root(size)
        with pytest.raises(verify.Broken):
            verify.root_of(LEAVES[0], size, size, [], "it")


def test_every_growth_of_every_small_tree(verify: ModuleType) -> None:
    for new in SIZES:
        for old in range(new + 1):
            proof = consistency_path(old, new, hashes)
            before, after = (old, root(old)), (new, root(new))
            verify.check_growth(before, after, proof, "it")
            wrongs = [(before, (new, bytes(32)), proof), (before, after, [*proof, bytes(32)])] if old else []
            wrongs += [((old, bytes(32)), after, proof)] if old else []
            wrongs += [(before, after, proof[:-1]), (before, after, [bytes(32), *proof[1:]])] if proof else []
            for wrong in wrongs:
                with pytest.raises(verify.Broken):
                    verify.check_growth(*wrong, "it")


CANONICAL = [
    b"{}", b'{"a":1}', '{"\u20ac":"\U0001f600","\ufb33":"x"}'.encode(), b'{"a":"\\u0001\\n\\"\\\\"}',
    b'{"a":[true,null,-1]}', b'{"a":9007199254740991}', '{"\U0001f600":1,"\ufb33":2}'.encode(),
    '{"a":"\x7f\u2028"}'.encode(),
]  # fmt: skip
NOT = [
    b"", b"[]", b"1", b'{"a":1.0}', b'{"a":1e2}', b'{"a":-0}', b'{"a":01}', b'{"a":9007199254740992}', b'{"a":1,"a":1}',
    b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1}\n', b'\xef\xbb\xbf{"a":1}', b'{"a":"\\ud800"}', b'{"a":"\\u000a"}',
    b'{"a":NaN}', b'{"a":"\xff"}', b'{"a":"\\/"}', b'{"a":Infinity}', b'{"a":' + b"[" * 40 + b"]" * 40 + b"}",
    b'{"a":"\n"}', b"{'a':1}", '{"\ufb33":2,"\U0001f600":1}'.encode(), b'{"a":' + b"9" * 5000 + b"}",
]  # fmt: skip


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_json_is_read_by_both(verify: ModuleType, text: bytes) -> None:
    assert verify.parse(text, "it") == parse_canonical(text)


@pytest.mark.parametrize("text", NOT, ids=range(len(NOT)))
def test_anything_else_is_refused_by_both(verify: ModuleType, text: bytes) -> None:
    with pytest.raises(verify.Broken):
        verify.parse(text, "it")
    if text not in (b"[]", b"1"):  # canonical, but no object
        with pytest.raises(ParseError):
            parse_canonical(text)


def test_random_bytes_are_judged_alike(verify: ModuleType) -> None:
    chance = random.Random(7)
    for _ in range(3_000):
        text = bytearray(chance.choice(CANONICAL))
        text[chance.randrange(len(text))] = chance.randrange(256)
        ours = theirs = True
        try:
            value = parse_canonical(bytes(text))
        except ParseError:
            ours = False
        try:
            verify.parse(bytes(text), "it")
        except verify.Broken:
            theirs = False
        assert theirs == (ours and isinstance(value, dict)), bytes(text)


def test_the_words_of_a_fingerprint(verify: ModuleType) -> None:
    assert verify.words(bytes([127, 0, 0, 1] * 4)).startswith("lusab-babad-")
    for seed in range(50):
        digest = random.Random(seed).randbytes(32)
        assert verify.words(digest) == fingerprint_words(digest)
