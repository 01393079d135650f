"""The table of verbs is whole, and what it says of other tests is true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from verb_table import KEYED, TABLE, verbs

import jinku.cli
from jinku.ops.platform import Platform

TESTS = Path(__file__).parents[2]
CLI = Path(jinku.cli.__file__).parent


def calls(at: str, verb: str) -> bool:
    """The function that is named stands there, and calls this verb, or the command that does."""
    where, _, command = at.partition(" ")
    file, _, function = where.partition("::")
    tree = ast.parse((TESTS / file).read_text())
    (found,) = (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name == function)
    for call in (one for one in ast.walk(found) if isinstance(one, ast.Call)):
        if not command and isinstance(call.func, ast.Attribute) and call.func.attr == verb.partition(".")[2]:
            return True
        words = [one.value for one in call.args if isinstance(one, ast.Constant)]
        if command and words[: len(command.split())] == command.split():
            return True
    return False


def test_the_table_has_a_line_for_each_verb_and_a_reason_for_each_that_leaves_no_entry() -> None:
    unknown = verbs() - TABLE.keys()
    assert not unknown, f"say in verb_table.py which entries these leave, or why none: {sorted(unknown)}"
    assert all(bool(line.kinds) != bool(line.why) for line in TABLE.values())
    for verb, line in TABLE.items():
        assert not line.at or calls(line.at, verb), f"{line.at} does not call {verb}"


def test_a_line_that_names_a_test_which_calls_something_else_is_noticed() -> None:
    for verb, line in TABLE.items():
        if line.at:
            assert not calls(line.at.replace(" db copy", " db migrate"), "Journal.rebuild"), verb
    with pytest.raises(ValueError, match="not enough values"):
        calls(f"{TABLE['Journal.follow'].at}_else", "Journal.follow")


def asked_directly(source: str) -> set[str]:
    """The verbs of the signer's port that a source calls itself, on what it calls a signer or a launcher."""
    calls = [one.func for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Call)]
    named = [one for one in calls if isinstance(one, ast.Attribute) and one.attr in KEYED]
    return {one.attr for one in named if re.search("signer|launcher", _last_name(one.value))}


def _last_name(value: ast.expr) -> str:
    """Of ``a.b`` and ``a.b(…)``: b."""
    while isinstance(value, ast.Call):
        value = value.func
    return ast.unparse(value).rpartition(".")[2]


def test_no_command_has_the_signer_use_a_key_itself() -> None:
    found = {path.name: asked_directly(path.read_text()) for path in CLI.glob("*.py")}
    assert len(found) > 30
    assert not any(found.values()), f"a verb of a service does that, with an entry: {found}"


@pytest.mark.parametrize(
    "source",
    ["platform.signer.create_evidence_key(given)", "launcher(session.settings).stop()", "signer.open_evidence(a, b)"],
)
def test_a_command_that_would_is_noticed(source: str) -> None:
    assert asked_directly(source)
    assert not asked_directly("platform.signer.hello(); launcher(s).connect(); session.out.stop(); custody.lock(v)")


def test_a_new_verb_without_a_line_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgotten(self: Platform) -> None:
        """A verb that nobody thought of."""

    monkeypatch.setattr(Platform, "forgotten", forgotten, raising=False)
    assert verbs() - TABLE.keys() == {"Platform.forgotten"}
