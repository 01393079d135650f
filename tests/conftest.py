"""In CI nothing passes by being skipped: there a skipped test, or a skipped file, is a failure that gives its why."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

# A copy of this file elsewhere (tests/meta/test_ci_skips.py makes one) goes without them.
_FIXTURES = ("anvil_fixture", "cli_fixtures", "postgres_fixture", "s3_fixture")
# The servers of the tests are on this machine, whatever proxy it uses for others.
for _name in ("NO_PROXY", "no_proxy"):
    os.environ[_name] = ",".join(filter(None, [os.environ.get(_name, ""), "127.0.0.1", "localhost"]))
pytest_plugins = [name for name in _FIXTURES if Path(__file__).with_name(f"{name}.py").exists()]


_RECURSION_LIMIT = 1000


def pytest_runtest_setup() -> None:
    """Python's own limit of recursion: py_ecc, which some oracles import, lifts it to where the stack ends first."""
    sys.setrecursionlimit(_RECURSION_LIMIT)


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """A skip in CI becomes a failure; an expected failure (xfail) stays what it is."""
    if os.environ.get("CI") != "true" or report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid}: in CI a skipped test is a failure. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Covers pytest.skip, skip and skipif marks, and skipping fixtures."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, Any]:
    """Covers importorskip and skips at a file's top."""
    report = yield
    _refuse_skip(report)
    return report
