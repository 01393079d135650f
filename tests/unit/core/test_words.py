"""What the snapshots do not hold: amounts that people type, frozen documents, combining, clocks, the public surface."""

import dataclasses
import importlib
import json
import pkgutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import jinku.core
from jinku.core import (
    Amount,
    AssetId,
    Id,
    IdSource,
    Intent,
    ManualClock,
    Obligation,
    Outcome,
    ParseError,
    Plan,
    Reason,
    SystemClock,
    UsageError,
    Verdict,
    canonical_bytes,
    combine,
)

SNAPSHOTS = Path(__file__).parents[2] / "snapshots" / "words"
ETHER = AssetId.parse("eip155:1/slip44:60")
GAS = AssetId.parse("neo:860833102/nep17:0xd2a4cff31913016155e38e474a2c06d08be276cf")
TOKEN = AssetId.parse("eip155:1/erc20:0x6b175474e89094c44da98b954eedeac495271d0f")


def first(name: str) -> bytes:
    text = (SNAPSHOTS / f"{name}.json").read_text(encoding="ascii")
    return str(json.loads(text)["valid"][0]["canonical"]).encode()


@pytest.mark.parametrize(
    ("text", "asset", "value"),
    [
        ("1500000wei", ETHER, 1_500_000),
        ("1.5eth", ETHER, 15 * 10**17),
        ("0.000000000000000001eth", ETHER, 1),
        ("2gwei", ETHER, 2 * 10**9),
        ("7units", TOKEN, 7),
        ("0.5gas", GAS, 5 * 10**7),
        ("001.50eth", ETHER, 15 * 10**17),
    ],
)
def test_amounts_that_people_type(text: str, asset: AssetId, value: int) -> None:
    assert Amount.parse(text, asset).value == value


@pytest.mark.parametrize(
    ("text", "asset"),
    [
        ("1500000", ETHER),
        ("1.5", ETHER),
        ("1.5 eth", ETHER),
        ("1,5eth", ETHER),
        ("-1wei", ETHER),
        ("+1wei", ETHER),
        ("1e18wei", ETHER),
        (".5eth", ETHER),
        ("5.eth", ETHER),
        ("1.5wei", ETHER),
        ("0.0000000000000000001eth", ETHER),
        ("1btc", ETHER),
        ("1ETH", ETHER),
        ("1eth", TOKEN),
        ("", ETHER),
        ("\u0661wei", ETHER),
        ("9" * 78 + "eth", ETHER),
        (f"{2**256}wei", ETHER),
    ],
)
def test_amounts_are_refused(text: str, asset: AssetId) -> None:
    with pytest.raises(ParseError) as caught:
        Amount.parse(text, asset)
    assert caught.value.code == "amount.invalid"


def test_a_bare_number_is_refused_with_the_units() -> None:
    with pytest.raises(ParseError, match=r"one of the units units, wei, gwei, eth; write the unit right after"):
        Amount.parse("15", ETHER)


def test_amounts_are_written_exactly() -> None:
    assert Amount(ETHER, 15 * 10**17).format(18, "ETH") == "1.5 ETH"
    assert Amount(ETHER, 1).format(18) == "0.000000000000000001"
    assert Amount(ETHER, 10**18).format(18) == "1"
    assert Amount(ETHER, 5).format(0) == "5"
    assert Amount(ETHER, 2**256 - 1).figure == str(2**256 - 1)


def test_amounts_of_two_assets_never_mix() -> None:
    left, right = Amount(ETHER, 2), Amount(GAS, 1)
    for act in (left.__add__, left.__sub__, left.__lt__, left.__le__):
        with pytest.raises(ParseError, match="different assets"):
            act(right)
    assert Amount(ETHER, 1) < left <= Amount(ETHER, 2)
    assert not left < Amount(ETHER, 2)


@pytest.mark.parametrize("value", [-1, 2**256, True, 1.0, "1"])
def test_an_amount_holds_an_integer_in_range(value: object) -> None:
    with pytest.raises(ParseError):
        Amount(ETHER, value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), 2**53, -(2**53), b"x", {1: 2}, {"a": {1}}, "\ud800", {"\udfff": 1}]
)
def test_what_has_no_canonical_bytes_is_refused(value: object) -> None:
    with pytest.raises(ParseError) as caught:
        canonical_bytes(value)  # type: ignore[arg-type]
    assert caught.value.code.startswith("json.")


def test_too_deep_values_are_refused_even_in_a_loop() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(ParseError) as caught:
        canonical_bytes(loop)  # type: ignore[arg-type]
    assert caught.value.code == "json.too_deep"


def test_documents_cannot_change_and_a_change_changes_the_digest() -> None:
    intent = Intent.from_canonical(first("intent"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        intent.amount = 1  # type: ignore[misc]
    other = dataclasses.replace(intent, amount=intent.amount + 1)
    assert other.digest() != intent.digest()
    assert other.body_digest() != intent.body_digest()
    again = dataclasses.replace(intent, id=Id.from_parts(intent.id.time_ms, 1))
    assert again.digest() != intent.digest()
    assert again.body_digest() == intent.body_digest()


def test_documents_made_in_the_program_are_checked_too() -> None:
    intent = Intent.from_canonical(first("intent"))
    plan = Plan.from_canonical(first("plan"))
    with pytest.raises(ParseError, match=r"intent\.amount"):
        dataclasses.replace(intent, amount=-1)
    with pytest.raises(ParseError, match=r"intent\.initiator"):
        dataclasses.replace(intent, initiator="Alice Smith")
    with pytest.raises(ParseError, match=r"bounds\.max_fee"):
        dataclasses.replace(intent.bounds, max_fee=2**256)
    with pytest.raises(ParseError, match="at most 256"):
        dataclasses.replace(plan, payloads=plan.payloads * 257)
    with pytest.raises(ParseError, match="too large"):
        Verdict("r", Outcome.DENY, tuple(Reason("r", "x" * 1000) for _ in range(80))).to_canonical()


def test_the_strictest_verdict_wins_and_reasons_stay() -> None:
    two = Obligation("approvals", {"count": "2"})
    mild = Verdict("risk", Outcome.ALLOW)
    middle = Verdict("policy", Outcome.REQUIRE_APPROVAL, (Reason("policy.limit", "over it"),), (two,))
    strict = Verdict("shield", Outcome.DENY, (Reason("shield.drainer", "known drainer", {"list": "x"}),), (two,))
    for order in ([mild, middle, strict], [strict, mild, middle]):
        both = combine(order)
        assert both.outcome is Outcome.DENY
        assert {r.code for r in both.reasons} == {"policy.limit", "shield.drainer"}
        assert both.obligations == (two,)
    assert combine([mild]).outcome is Outcome.ALLOW
    with pytest.raises(UsageError, match="no verdict"):
        combine([])


def test_facts_are_frozen() -> None:
    facts = {"a": "1"}
    reason = Reason("r", "x", facts)
    facts["a"] = "2"
    assert reason.facts["a"] == "1"
    with pytest.raises(TypeError):
        reason.facts["a"] = "3"  # type: ignore[index]


def test_outcomes_stand_in_order() -> None:
    assert [o.strictness for o in Outcome] == [0, 1, 2, 3, 4]


def test_ids_of_one_source_rise_in_every_thread() -> None:
    source = IdSource()
    made: list[list[Id]] = [[] for _ in range(4)]
    threads = [
        threading.Thread(target=lambda rows=rows: rows.extend(source.new() for _ in range(500))) for rows in made
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(rows == sorted(rows) for rows in made)
    assert len({id_.bytes16 for rows in made for id_ in rows}) == 2000


def test_clocks() -> None:
    clock = ManualClock(5)
    clock.advance_ms(10)
    clock.set_now_ms(1)
    clock.sleep_seconds(-1)
    assert (clock.now_ms(), clock.monotonic_seconds()) == (1, 0.01)
    with pytest.raises(ValueError, match="0 ms or more"):
        clock.advance_ms(-1)
    system = SystemClock()
    before = system.monotonic_seconds()
    system.sleep_seconds(0.001)
    assert system.monotonic_seconds() > before
    assert system.now_ms() > 1_700_000_000_000


def test_all_is_the_truth() -> None:
    """Each public name of each module is shown by the room, or meant for the room alone."""
    forms = {"CODE", "DIGEST", "IDEMPOTENCY_KEY", "KEY_NAME", "MAX_DOCUMENT_BYTES", "MAX_MS"}
    room_only = forms | {"check_figure", "check_text", "document_bytes", "value_error"}
    shown = set(jinku.core.__all__)
    assert list(jinku.core.__all__) == sorted(jinku.core.__all__, key=lambda n: (not n.isupper(), n[0].islower(), n))
    for info in pkgutil.iter_modules(jinku.core.__path__):
        module = importlib.import_module(f"jinku.core.{info.name}")
        assert set(module.__all__) <= shown | room_only, info.name
        assert all(hasattr(module, name) for name in module.__all__)
    assert all(hasattr(jinku.core, name) for name in shown)


def test_import_brings_nothing_foreign() -> None:
    """What costs time at the start of every command is what is imported; benchmarks measure the time itself."""
    code = "import sys; old = set(sys.modules); import jinku.core; print(*set(sys.modules) - old)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    modules = done.stdout.split()
    assert {name.partition(".")[0] for name in modules} - sys.stdlib_module_names == {"jinku"}
    assert {name.split(".")[1] for name in modules if name.startswith("jinku.")} == {"core"}
    assert not {"asyncio", "http", "sqlite3", "ssl", "urllib"} & set(modules)
