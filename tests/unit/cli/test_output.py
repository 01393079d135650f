"""Results go to stdout, all else to stderr; errors keep their parts in both forms."""

from __future__ import annotations

import io
import json

from jinku.cli.output import Output, facts, table
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
