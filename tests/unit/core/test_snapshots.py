"""The words against ``tests/snapshots/words``, the same files that the Rust tests read."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jinku.core import (
    AccountId,
    Amount,
    Approval,
    AssetId,
    ChainId,
    Id,
    IdSource,
    Intent,
    ManualClock,
    ParseError,
    Plan,
    Verdict,
    account_id,
    canonical_bytes,
    domain_digest,
    parse_canonical,
    parse_figure,
    parse_json,
)

SNAPSHOTS = Path(__file__).parents[2] / "snapshots" / "words"


def snapshot(name: str) -> Any:
    return json.loads((SNAPSHOTS / f"{name}.json").read_text(encoding="ascii"))


def padded(text: str) -> bytes:
    return re.sub("@PAD:([0-9]+)@", lambda match: "x" * int(match[1]), text).encode()


def cases(name: str, part: str) -> list[Any]:
    rows = snapshot(name)[part]
    assert rows
    return list(rows)


@pytest.mark.parametrize("row", cases("canonical", "valid"), ids=lambda row: row["text"][:20])
def test_canonical_bytes(row: dict[str, str]) -> None:
    value = parse_json(row["text"].encode())
    assert canonical_bytes(value).decode() == row["canonical"]
    assert parse_canonical(row["canonical"].encode()) == value
    if row["text"] != row["canonical"]:
        with pytest.raises(ParseError) as caught:
            parse_canonical(row["text"].encode())
        assert caught.value.code == "json.not_canonical"


@pytest.mark.parametrize("row", cases("canonical", "invalid"), ids=lambda row: row["text"][:20])
def test_json_is_refused(row: dict[str, str]) -> None:
    with pytest.raises(ParseError) as caught:
        parse_json(padded(row["text"]))
    assert caught.value.code == row["code"]


@pytest.mark.parametrize("row", cases("canonical", "invalid_hex"), ids=lambda row: row["hex"])
def test_bytes_that_are_no_text_are_refused(row: dict[str, str]) -> None:
    with pytest.raises(ParseError) as caught:
        parse_json(bytes.fromhex(row["hex"]))
    assert caught.value.code == row["code"]


@pytest.mark.parametrize("row", cases("ids", "valid"), ids=lambda row: row["text"])
def test_ids(row: dict[str, Any]) -> None:
    made = Id.parse(row["text"])
    assert (str(made), made.bytes16.hex(), made.time_ms) == (row["text"], row["hex"], row["time_ms"])
    assert Id(bytes.fromhex(row["hex"])) == Id.from_parts(made.time_ms, made.tail) == made


@pytest.mark.parametrize("text", cases("ids", "invalid"))
def test_ids_are_refused(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        Id.parse(text)
    assert caught.value.code == "id.invalid"


@pytest.mark.parametrize("row", cases("ids", "account_ids"), ids=lambda row: row["id"])
def test_account_ids(row: dict[str, Any]) -> None:
    assert str(account_id(Id.parse(row["job"]), row["ts_ms"], int(row["index"]))) == row["id"]


def test_id_source() -> None:
    rows = cases("ids", "source")
    clock = ManualClock()
    random = iter([bytes.fromhex(row["random"]) for row in rows])
    source = IdSource(clock, lambda size: next(random))
    made = []
    for row in rows:
        clock.set_now_ms(row["now_ms"])
        made.append(str(source.new()))
    assert made == [row["id"] for row in rows]
    assert made == sorted(set(made))


@pytest.mark.parametrize("row", cases("amounts", "figures"), ids=lambda row: row["text"])
def test_figures(row: dict[str, str]) -> None:
    assert parse_figure(row["text"]) == int(row["hex"], 16)


@pytest.mark.parametrize("text", cases("amounts", "invalid"))
def test_figures_are_refused(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_figure(text)
    assert caught.value.code == "amount.invalid"


@pytest.mark.parametrize("row", cases("amounts", "arithmetic"), ids=lambda row: f"{row['a'][:9]}~{row['b'][:9]}")
def test_arithmetic(row: dict[str, str | None]) -> None:
    asset = AssetId.parse("eip155:1/slip44:60")
    left, right = (Amount.from_figure(asset, str(row[name])) for name in ("a", "b"))
    for expected, act in ((row["sum"], left.__add__), (row["difference"], left.__sub__)):
        if expected is None:
            with pytest.raises(ParseError, match="out of range"):
                act(right)
        else:
            assert act(right).figure == expected


NAMES: dict[str, tuple[Callable[[str], Any], Callable[[str], Any]]] = {
    "chains": (ChainId.parse, ChainId.exact),
    "accounts": (AccountId.parse, AccountId.exact),
    "assets": (AssetId.parse, AssetId.exact),
}


@pytest.mark.parametrize(
    ("kind", "row"), [(kind, row) for kind in NAMES for row in snapshot("caip")[kind]["valid"]], ids=str
)
def test_names(kind: str, row: dict[str, str]) -> None:
    parse, exact = NAMES[kind]
    assert str(parse(row["text"])) == str(exact(row["parsed"])) == row["parsed"]
    if row["text"] != row["parsed"]:
        with pytest.raises(ParseError):
            exact(row["text"])


@pytest.mark.parametrize(
    ("kind", "row"), [(kind, row) for kind in NAMES for row in snapshot("caip")[kind]["invalid"]], ids=str
)
def test_names_are_refused(kind: str, row: dict[str, str]) -> None:
    for read in NAMES[kind]:
        with pytest.raises(ParseError) as caught:
            read(row["text"])
        if read is NAMES[kind][0]:
            assert caught.value.code == row["code"]


@pytest.mark.parametrize("row", snapshot("digests"), ids=lambda row: row["tag"])
def test_digests(row: dict[str, str]) -> None:
    assert domain_digest(row["tag"], row["text"].encode()).hex() == row["digest"]


DOCUMENTS: dict[str, type[Intent | Plan | Verdict | Approval]] = {
    "intent": Intent,
    "plan": Plan,
    "verdict": Verdict,
    "approval": Approval,
}


@pytest.mark.parametrize(("name", "row"), [(n, r) for n in DOCUMENTS for r in cases(n, "valid")])
def test_documents(name: str, row: dict[str, str]) -> None:
    document = DOCUMENTS[name].from_canonical(row["canonical"].encode())
    assert document.to_canonical().decode() == row["canonical"]
    assert document.digest().hex() == row["digest"]
    if isinstance(document, Intent):
        assert document.body_digest().hex() == row["body_digest"]


@pytest.mark.parametrize(
    ("name", "row"),
    [pytest.param(n, r, id=f"{n}-{r['why']}") for n in DOCUMENTS for r in cases(n, "invalid")],
)
def test_documents_are_refused(name: str, row: dict[str, str]) -> None:
    with pytest.raises(ParseError) as caught:
        DOCUMENTS[name].from_canonical(padded(row["text"]))
    assert (caught.value.code, caught.value.fields.get("field", "")) == (row["code"], row["field"])
