"""Doctor shows what is worst first, and what to do once for all that it helps."""

from __future__ import annotations

import io

from rich.console import Console

from jinku.cli.doctor import _show
from jinku.ops.findings import Finding, Health, worst_first
from jinku.ops.log_checks import behind

FINE, ALSO_FINE = Finding("home", Health.OK, "closed"), Finding("schema", Health.OK, "revision 5")
SLOW = Finding("waiting", Health.WARN, "3 entries", "flush")
LOST, PAGE = Finding("vaults", Health.BAD, "no file", "restore"), Finding("database", Health.BAD, "page 50", "back up")
GONE = Finding("vaults", Health.BAD, "none either", "restore")


def test_the_worst_stands_first_and_each_advice_once_below_all_that_it_helps() -> None:
    assert list(worst_first([FINE, SLOW, LOST, ALSO_FINE, PAGE, GONE])) == [
        (LOST, ""),
        (GONE, "restore"),
        (PAGE, "back up"),
        (SLOW, "flush"),
        (FINE, ""),
        (ALSO_FINE, ""),
    ]
    assert list(worst_first([])) == []


def test_a_warning_keeps_its_own_advice_beside_a_bad_finding_of_the_same() -> None:
    mild = Finding("heads", Health.WARN, "old", "restore")
    assert [advice for _, advice in worst_first([mild, LOST])] == ["restore", "restore"]


def test_three_who_know_more_are_told_and_one_page_is_named() -> None:
    three = [one for who in ("a file", "a bucket", "w1") for one in behind(who, 27, 19)]
    shown = io.StringIO()
    _show(Console(file=shown, width=300), (FINE, *three))
    lines = shown.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["bad", "bad", "bad", "do:", "ok"]
    assert lines[3].endswith("docs/operate/damaged-files.md")
