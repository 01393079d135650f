"""How `journal catch-up` ends: each lost job, and what to do about it."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console, Group

from jinku.accounts import LostJob, Mode, Remedy
from jinku.cli.journal_lost import LostView, lost_of, shown
from jinku.core import Id

HERE, GONE, ONE, TWO, THREE, FOUR = (Id(bytes(6) + b"\x70\x00\x80" + bytes([0] * 6 + [n])) for n in range(6))


def lost(job: Id, remedy: Remedy, why_not: str = "", vault: Id = HERE, written_off: bool = False) -> LostJob:
    mode = Mode.SELF if remedy is Remedy.WRITE_OFF else Mode.CUSTODIAL
    made: Any = SimpleNamespace(job=job, vault=vault, start=10, count=3, mode=mode, created_at_ms=5)
    return LostJob(made, words=f"job {job}", remedy=remedy, why_not=why_not, written_off=written_off)


def views(*jobs: LostJob) -> tuple[LostView, ...]:
    platform = SimpleNamespace(
        vault_rows=lambda: (SimpleNamespace(vault=HERE, name="main"),),
        accounts=SimpleNamespace(lost_jobs=lambda: jobs),
    )
    session: Any = SimpleNamespace(platform=platform)
    return lost_of(session)


def text(*jobs: LostJob, width: int = 1000) -> str:
    screen = io.StringIO()
    Console(file=screen, width=width).print(Group(*shown("38 entries", views(*jobs))))
    return screen.getvalue()


ALL = (
    lost(ONE, Remedy.AGAIN),
    lost(TWO, Remedy.WRITE_OFF, "the words cannot be made a second time"),
    lost(THREE, Remedy.RESTORE, "its evidence was in the lost database alone", GONE),
    lost(FOUR, Remedy.WRITE_OFF, "the words", written_off=True),
)


def test_each_is_told_under_what_to_do_about_it_and_those_written_off_are_not() -> None:
    lines = [line.strip() for line in text(*ALL).splitlines()]
    assert lines[1] == "lost jobs   3: the log has them, the database has not"
    assert lines[2].startswith("next: repeat the command")
    assert lines[3] == f"vault main: job {ONE}"
    assert lines[4].endswith("else jinku jobs write-off ID")
    assert lines[5] == f"vault main: job {TWO}"
    assert lines[6] == "next: it cannot be made again: restore a newer copy of the database if one is left"
    assert lines[7].startswith(f"vault {GONE}, which has no row: job {THREE}; its evidence was in the lost database")
    assert lines[7].endswith("first jinku doctor --mend, which adopts the vault")
    assert lines[8].startswith("then: jinku accounts verify")
    assert len(lines) == 9


def test_programs_get_the_command_of_each() -> None:
    told = [one.as_document() for one in views(*ALL)]
    assert [one["job"] for one in told] == [str(ONE), str(TWO), str(THREE)]
    assert told[0]["vault_name"] == "main"
    assert [one["can_be_made_again"] for one in told] == [True, False, False]
    assert f"--again {ONE} beside it" in str(told[0]["next"])
    assert str(told[1]["next"]).endswith(f"jinku jobs write-off {TWO}")
    assert str(told[2]["next"]).startswith("first jinku doctor --mend")


def test_where_none_is_lost_nothing_is_to_do() -> None:
    assert text().split() == ["taken", "back", "38", "entries", "lost", "jobs", "none"]
    assert text(ALL[3]) == text()


@pytest.mark.parametrize("width", [80, 100])
def test_a_long_list_is_cut_for_people_and_fits(width: int) -> None:
    told = text(*([ALL[0]] * 45), width=width)
    assert told.count(f"job {ONE}") == 40
    assert "and 5 more: --json names all" in told
    assert max(map(len, told.splitlines())) <= width
