"""Results go to stdout, all else to stderr; errors keep their parts in both forms."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console
from rich.text import Text

from jinku.cli.output import Hanging, Output, facts, table
from jinku.core import NotFoundError

ERROR = NotFoundError("no vault has this name", found="mian", expected="main", advice="jinku vault list names them")


def outputs(as_json: bool) -> tuple[Output, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Output(as_json, out, err), out, err


def test_json_is_one_line_with_every_part() -> None:
    output, out, err = outputs(as_json=True)
    output.result({"name": "金库", "n": 1}, lambda console: console.print("never"))
    output.note("never")
    output.warn("careful")
    output.error(ERROR)
    assert out.getvalue() == '{"name":"金库","n":1}\n'
    warning, error = map(json.loads, err.getvalue().splitlines())
    assert warning == {"warning": "careful"}
    assert error["error"] == {
        "code": "not_found",
        "message": str(ERROR),
        "retryable": False,
        "fields": {},
        "found": "mian",
        "expected": "main",
        "advice": "jinku vault list names them",
        "exit": 4,
    }


def test_text_is_for_people() -> None:
    output, out, err = outputs(as_json=False)
    output.result({"n": 1}, lambda console: console.print(facts([("name", "[b]no markup[/b]")])))
    output.warn("careful")
    output.error(ERROR)
    assert out.getvalue() == "name  [b]no markup[/b]\n"
    assert err.getvalue().splitlines() == [  # in a file no line ends in spaces
        "warning: careful",
        "error not_found: no vault has this name",
        "  found     mian",
        "  expected  main",
        "  do        jinku vault list names them",
    ]


def test_a_table_holds_text_as_it_is() -> None:
    output, out, _ = outputs(as_json=False)
    output.console.print(table(("a", "n"), [("[red]x", "10"), ("y", "9")], frozenset({1})))
    assert [line.rstrip() for line in out.getvalue().splitlines()] == ["a        n", "[red]x  10", "y        9"]


@pytest.mark.parametrize("width", [40, 80, 100, 140])
def test_a_long_line_hangs_and_breaks_no_word(width: int) -> None:
    screen = io.StringIO()
    words = "the database and the entries differ in job 01a20056-1c49 of 50,000 accounts from index 1000; " * 3
    Console(file=screen, width=width).print(Hanging(Text(f"bad  accounts  {words}"), 15))
    lines = screen.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) > 1
    assert [line[:15] for line in lines] == ["bad  accounts  ", *[" " * 15] * (len(lines) - 1)]
    assert " ".join(line[15:].strip() for line in lines).split() == words.split()


def test_a_warning_and_an_error_hang_likewise_and_a_narrow_screen_has_no_indent() -> None:
    output, _, err = outputs(as_json=False)
    output.errors.width = 30
    output.warn("a prompt or a descriptor leaves no copy")
    output.note("none of it is left in the folder of the home")
    output.error(NotFoundError("none of the vaults that you have is so named"))
    assert err.getvalue().splitlines() == [
        "warning: a prompt or a",
        "         descriptor leaves no",
        "         copy",
        "none of it is left in the",
        "  folder of the home",
        "error not_found: none of the",
        "  vaults that you have is so",
        "  named",
    ]
    output.errors.width = 12
    output.warn("a prompt")
    assert err.getvalue().splitlines()[8:] == ["warning: a", "prompt"]
