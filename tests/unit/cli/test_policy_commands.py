"""`jinku policy`, in this process: what it answers, as JSON and for people, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.exceptions import TyperException
from typer.main import get_command

from jinku.cli.root import app
from jinku.core import AssetId, ParseError, UsageError, parse_json
from jinku.policy import Case, CasesFailedError, hot
from jinku.policy.cases import facts_of

ETHER, OWN = "eip155:1/slip44:60", "eip155:1:0x" + "22" * 20
VAULT = "018bcfe5-6800-7000-8000-000000000003"
WHO = ["--initiator", "app", "--vault", VAULT, "--asset", ETHER]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The hot preset with two cases, as a person would keep it."""
    asset = AssetId.exact(ETHER)
    policy = hot(vault=VAULT, initiators=["app"], asset=asset, per_transfer=10, per_day=50, team="ops")
    case = {"name": "small", "initiator": "app", "vault": VAULT, "asset": ETHER, "amount": "10", "expect": "allow"}
    cases = [
        case,
        case | {"name": "spent", "spent": ["41"], "expect": "deny"},
        case | {"told": {"risk": "80"}, "expect": "deny"},
    ]
    path = tmp_path / "hot.json"
    path.write_text(json.dumps({"policy": parse_json(policy.canonical), "tests": cases, "v": 1}, indent=2))
    return path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    get_command(app).main(["policy", *words, "--json"], prog_name="jinku", standalone_mode=False)
    return json.loads(capsys.readouterr().out)


def test_check_and_test_run_the_cases_of_a_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "check", str(file))
    assert (found["cases"], found["failed"], found["findings"]) == (3, [], [])
    assert said(capsys, "test", str(file)) == {"cases": 3, "failed": []}
    file.write_text(file.read_text().replace('"expect": "allow"', '"expect": "hold"'))
    for verb in ("check", "test"):
        with pytest.raises(CasesFailedError, match="1 of 3") as caught:
            said(capsys, verb, str(file))
        assert caught.value.exit_code == 3
        assert json.loads(capsys.readouterr().out)["failed"] == [
            {"name": "small", "expected": "hold", "found": "allow"}
        ]


def test_explain_says_why(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "explain", str(file), *WHO, "--amount", "20wei")
    assert found["outcome"] == "require_approval"
    assert found["obligations"] == [{"code": "policy.approvals", "facts": {"teams": "ops=1"}}]
    assert said(capsys, "explain", str(file), *WHO, "--amount", "20wei", "--told", "risk=99")["outcome"] == "deny"
    get_command(app).main(["policy", "explain", str(file), *WHO, "--amount", "10wei"], "jinku", standalone_mode=False)
    assert "policy.permitted" in capsys.readouterr().out
    with pytest.raises(ParseError):
        said(capsys, "explain", str(file), *WHO, "--amount", "20wei", "--told", "risk=high")
    narrow = file.read_text().replace('"kind": [', f'"source": ["{OWN}"], "kind": [', 1)
    file.write_text(narrow)
    assert said(capsys, "explain", str(file), *WHO, "--amount", "20wei")["outcome"] == "deny"
    found = said(capsys, "explain", str(file), *WHO, "--amount", "20wei", "--from", OWN, "--at", "2024-01-01T00:00:00Z")
    assert found["outcome"] == "require_approval"


def test_reach_answers_yes_with_the_steps_and_no(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "reach", str(file), *WHO, "--amount", "49wei")
    assert (found["answer"], len(found["steps"])) == ("yes", 5)
    assert said(capsys, "reach", str(file), *WHO, "--amount", "50wei")["answer"] == "no"


def test_simulate_and_diff(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history, other = tmp_path / "history.jsonl", tmp_path / "new.json"
    intents = [facts_of(Case(str(n), "app", VAULT, AssetId.exact(ETHER), n)).intent for n in (10, 45, 51)]
    history.write_bytes(b"\n".join(intent.to_canonical() for intent in intents))
    found = said(capsys, "simulate", str(file), "--against", str(history))
    assert found["outcomes"] == {"allow": 1, "deny": 2}
    other.write_text(file.read_text().replace('"most": "10"', '"most": "12"'))
    found = said(capsys, "diff", str(file), str(other))
    assert (found["added"], found["removed"], found["changed"]) == ([], [], ["small"])
    assert said(capsys, "diff", str(file), str(file))["changes"] == []


def test_who_moves_what_has_to_be_said(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [*WHO, "--amount", "20wei"]
    for verb in ("explain", "reach"):
        for at in range(0, len(words), 2):
            with pytest.raises(TyperException, match=words[at].removeprefix("--")):
                said(capsys, verb, str(file), *words[:at], *words[at + 2 :])


def test_what_cannot_be_read_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        said(capsys, "check", str(tmp_path / "none.json"))
    (tmp_path / "bad.json").write_text('{"v": 1}')
    with pytest.raises(ParseError, match=r"policy\.name"):
        said(capsys, "check", str(tmp_path / "bad.json"))
