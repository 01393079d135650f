"""Progress reaches people as a bar or lines, programs as JSON, and a descriptor always."""

from __future__ import annotations

import io
import json
import os

from jinku.cli.output import Output
from jinku.cli.progress import reporting


def test_a_program_gets_the_last_report_of_each_phase_and_a_descriptor_all() -> None:
    reading, writing = os.pipe()
    err = io.StringIO()
    with reporting(Output(as_json=True, out=io.StringIO(), err=err), writing) as report:
        for done in (1, 2, 3, 4):
            report("create", done, 4)
        report("verify", 1, 1)
    os.close(writing)
    with os.fdopen(reading) as lines:
        told = [json.loads(line) for line in lines]
    assert told == [{"phase": "create", "done": n, "total": 4} for n in (1, 2, 3, 4)] + [
        {"phase": "verify", "done": 1, "total": 1}
    ]
    shown = [json.loads(line)["progress"] for line in err.getvalue().splitlines()]
    assert [(line["phase"], line["done"]) for line in shown] == [("create", 1), ("create", 4), ("verify", 1)]


def test_a_log_gets_lines() -> None:
    err = io.StringIO()
    with reporting(Output(as_json=False, out=io.StringIO(), err=err)) as report:
        report("create", 2000, 2000)
    assert err.getvalue() == "create: 2,000 of 2,000\n"
