"""The table of verbs is whole, and what it says of other tests is true."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from verb_table import TABLE, verbs

from jinku.ops.platform import Platform

TESTS = Path(__file__).parents[2]


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


def test_a_new_verb_without_a_line_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgotten(self: Platform) -> None:
        """A verb that nobody thought of."""

    monkeypatch.setattr(Platform, "forgotten", forgotten, raising=False)
    assert verbs() - TABLE.keys() == {"Platform.forgotten"}
