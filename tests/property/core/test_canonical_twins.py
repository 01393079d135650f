"""Python's canonical bytes and those of Rust agree on what is JSON, what is refused, and on every byte."""

import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jinku import _native
from jinku.core import Json, ParseError, canonical_bytes, domain_digest, parse_canonical, parse_json

integers = st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | integers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)
spellings = st.sampled_from([{}, {"ensure_ascii": False}, {"indent": 1}, {"separators": (" ,\t", "\r\n: ")}])


def python_says(data: bytes) -> tuple[str, bytes | str]:
    try:
        return "ok", canonical_bytes(parse_json(data))
    except ParseError as error:
        return "refused", error.code


def rust_says(data: bytes) -> tuple[str, bytes | str]:
    try:
        return "ok", _native.canonical(data)
    except ParseError as error:
        return "refused", error.code


@given(values, spellings)
@settings(max_examples=400)
def test_any_spelling_gives_the_same_bytes(value: Json, spelling: dict[str, Any]) -> None:
    text = json.dumps(value, **spelling).encode()
    expected = canonical_bytes(value)
    assert _native.canonical(text) == expected
    assert parse_canonical(expected) == parse_json(text) == value
    _native.check_canonical(expected)


@given(values)
def test_another_spelling_is_not_canonical_for_both(value: Json) -> None:
    text = b" " + canonical_bytes(value)
    for check in (parse_canonical, _native.check_canonical):
        with pytest.raises(ParseError) as caught:
            check(text)
        assert caught.value.code == "json.not_canonical"


fragments = st.sampled_from(
    ["{", "}", "[", "]", ":", ",", '"', "\\", "\\u", "\\ud83d", "\\ude00", "0", "1", "-", "+", ".", "e", "E", "true",
     "null", "NaN", "Infinity", " ", "\n", "\t", "\x00", "\x7f", "\ufeff", "é",
     "\U0001f600", '"a"', '"a":', "-0", "1.5",
     "9007199254740992", "9007199254740991", "1e3", "01", "/", "\u2028", "'"]
)  # fmt: skip


@given(st.lists(fragments, max_size=14).map("".join))
@settings(max_examples=1500)
@example('{"a":1,"a":2}')
@example('{"a":{"b":1,"b":2}}x')
@example("[1.5,]")
@example('"\\ud83d\\u0041"')
@example('"\\ud83d')
@example("-")
@example("1.")
@example("- 1")
def test_random_text_is_judged_alike(text: str) -> None:
    data = text.encode()
    python, rust = python_says(data), rust_says(data)
    assert python[0] == rust[0], text
    if python[0] == "ok":
        assert python[1] == rust[1]


@given(st.binary(max_size=24) | st.binary(max_size=8).map(lambda raw: b'"' + raw + b'"'))
@settings(max_examples=800)
def test_random_bytes_are_judged_alike(data: bytes) -> None:
    assert python_says(data)[0] == rust_says(data)[0]


@given(values, st.data())
@settings(max_examples=400)
def test_one_changed_byte_is_judged_alike(value: Json, data: st.DataObject) -> None:
    text = bytearray(canonical_bytes(value))
    place = data.draw(st.integers(0, len(text) - 1))
    text[place] = data.draw(st.sampled_from(list(b'"\\{}[]:,0189-.eE+ tnu\x00\x1f\x80\xc3\xff')))
    python, rust = python_says(bytes(text)), rust_says(bytes(text))
    assert python[0] == rust[0]
    if python[0] == "ok":
        assert python[1] == rust[1]


@given(st.from_regex(re.compile("[a-z/0-9]{0,20}"), fullmatch=True), st.binary(max_size=64))
def test_digests_agree(tag: str, data: bytes) -> None:
    assert domain_digest(tag, data) == _native.domain_digest(tag, data)
