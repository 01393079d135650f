"""Names, figures, ids and documents: Python and Rust take the same ones, and give the same text and digest."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jinku import _native
from jinku.core import (
    AccountId,
    Approval,
    AssetId,
    ChainId,
    Id,
    IdSource,
    Intent,
    Json,
    ManualClock,
    ParseError,
    Plan,
    Verdict,
    account_id,
    canonical_bytes,
    parse_figure,
)

SNAPSHOTS = Path(__file__).parents[2] / "snapshots" / "words"


def rows(name: str) -> Any:
    return json.loads((SNAPSHOTS / f"{name}.json").read_text(encoding="ascii"))


PARSERS: dict[str, Callable[[str], object]] = {
    "id": Id.parse,
    "figure": parse_figure,
    "chain": ChainId.parse,
    "account": AccountId.parse,
    "asset": AssetId.parse,
}
CAIP = rows("caip")
SEEDS = {
    "id": [row["text"] for row in rows("ids")["valid"]],
    "figure": [row["text"] for row in rows("amounts")["figures"]],
    "chain": [row["text"] for row in CAIP["chains"]["valid"]],
    "account": [row["text"] for row in CAIP["accounts"]["valid"]],
    "asset": [row["text"] for row in CAIP["assets"]["valid"]],
}
LETTERS = "0129aAbBfFgGlLnNoOIxXzZtT:/-_.% \n\u0661é"


@st.composite
def mutated(draw: st.DrawFn, kind: str) -> str:
    """A good word with some characters replaced, dropped, doubled, or joined with a piece of another."""
    text = draw(st.sampled_from(SEEDS[kind]))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(0, len(text) - 1)))
        new = draw(st.sampled_from([*LETTERS, "", text[at : at + 7] * 2, draw(st.sampled_from(SEEDS[kind]))[:12]]))
        text = text[:at] + new + text[at + draw(st.integers(0, 2)) :]
    return text


def agree(kind: str, text: str) -> None:
    try:
        python: tuple[bool, str] = (True, str(PARSERS[kind](text)))
    except ParseError as error:
        python = (False, error.code)
    try:
        rust: tuple[bool, str] = (True, _native.word(kind, text))
    except ParseError as error:
        rust = (False, error.code)
    assert python == rust, text


@pytest.mark.parametrize("kind", PARSERS)
def test_changed_words_are_judged_alike(kind: str) -> None:
    @given(mutated(kind))
    @settings(max_examples=600)
    def run(text: str) -> None:
        agree(kind, text)

    run()


@pytest.mark.parametrize("kind", PARSERS)
def test_random_words_are_judged_alike(kind: str) -> None:
    @given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
    def run(text: str) -> None:
        agree(kind, text)

    run()


@given(st.integers(0, 2**256 + 3) | st.integers(2**255, 2**256 + 3))
def test_figures_agree(number: int) -> None:
    agree("figure", str(number))


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**74 - 1), st.integers(0, 2**48 - 1), st.integers(0, 2**64 - 1))
def test_account_ids_agree(time_ms: int, tail: int, ts_ms: int, index: int) -> None:
    job = Id.from_parts(time_ms, tail)
    assert (job.time_ms, job.tail, Id.parse(str(job))) == (time_ms, tail, job)
    assert account_id(job, ts_ms, index).bytes16 == _native.account_id(job.bytes16, ts_ms, index)


@given(st.lists(st.tuples(st.integers(0, 50), st.binary(min_size=10, max_size=10)), min_size=1, max_size=30))
def test_ids_of_a_source_rise_whatever_the_clock_does(steps: list[tuple[int, bytes]]) -> None:
    clock = ManualClock()
    random = iter([raw for _, raw in steps])
    source = IdSource(clock, lambda _: next(random))
    made = []
    for now_ms, _ in steps:
        clock.set_now_ms(now_ms)
        made.append(source.new())
    assert made == sorted(set(made))


DOCUMENTS: dict[str, Callable[[bytes], Intent | Plan | Verdict | Approval]] = {
    "intent": Intent.from_canonical,
    "plan": Plan.from_canonical,
    "verdict": Verdict.from_canonical,
    "approval": Approval.from_canonical,
}
GOOD: dict[str, list[Any]] = {name: [json.loads(row["canonical"]) for row in rows(name)["valid"]] for name in DOCUMENTS}
leaves: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, 1, -1, 2**53 - 1, "", "0", "7", "-7", "007", "x", "é", "a" * 200, "ab" * 32, "AB" * 32,
     [], {}, [{}], {"a": "b"}, "eip155:1", "eip155:1/slip44:60", "1700000000000", str(2**53), str(2**64), str(2**256),
     "deny", "transfer", "018bcfe5-6801-7abc-8def-0123456789ab", "m/0", "m/2147483648'", "approve", "a.b.c.d",
     "a.b.c.d.e"]
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*path, key))
    if isinstance(value, list):
        for key, inner in enumerate(value):
            found += places(inner, (*path, key))
    return found


@st.composite
def changed(draw: st.DrawFn, name: str) -> Json:
    """A good document with a few places replaced, removed, or joined by a field that nobody knows."""
    document = copy.deepcopy(draw(st.sampled_from(GOOD[name])))
    for _ in range(draw(st.integers(0, 2))):
        *path, last = draw(st.sampled_from(places(document)))
        parent = document
        for key in path:
            parent = parent[key]
        act = draw(st.sampled_from(["replace", "replace", "remove", "add"]))
        if act == "replace":
            parent[last] = copy.deepcopy(draw(leaves))
        elif act == "remove":
            del parent[last]
        elif isinstance(parent, dict):
            parent[draw(st.sampled_from(["zz", "A", "v", "id", "fee"]))] = copy.deepcopy(draw(leaves))
    return document  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_changed_documents_are_judged_alike(name: str) -> None:
    @given(changed(name))
    @settings(max_examples=500)
    def run(document: Json) -> None:
        data = canonical_bytes(document)
        try:
            read = DOCUMENTS[name](data)
        except ParseError:
            with pytest.raises(ParseError):
                _native.document_digest(name, data)
            return
        assert read.to_canonical() == data
        assert read.digest() == _native.document_digest(name, data)
        if isinstance(read, Intent):
            assert read.body_digest() == _native.document_digest("intent-body", data)

    run()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_one_fault_has_one_code_and_field(name: str) -> None:
    for row in rows(name)["invalid"]:
        if "@PAD" in row["text"]:
            continue
        with pytest.raises(ParseError) as caught:
            _native.document_digest(name, row["text"].encode())
        assert (caught.value.code, caught.value.fields.get("field", "")) == (row["code"], row["field"])


def test_every_code_of_the_words_is_one_of_rust() -> None:
    from jinku.core import WordCode  # noqa: PLC0415

    assert set(WordCode) <= set(_native.ERROR_CODES)
    assert len(set(_native.ERROR_CODES)) == len(_native.ERROR_CODES)
