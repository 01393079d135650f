"""What doctor says of lost jobs that no vault's own rows show."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from jinku.accounts import LostJob, Remedy
from jinku.core import Id
from jinku.ops.findings import Health
from jinku.ops.lost_jobs import check_lost_jobs

HERE, GONE = (Id(bytes(6) + b"\x70\x00\x80" + bytes([0] * 6 + [n])) for n in range(2))


def lost(vault: Id, count: int, written_off: bool = False) -> LostJob:
    job: Any = SimpleNamespace(job=f"J{count}", vault=vault, count=count)
    return LostJob(job, words=f"the job of {count}", remedy=Remedy.WRITE_OFF, why_not="", written_off=written_off)


def findings(*jobs: LostJob) -> list[tuple[Health, str, str]]:
    platform: Any = SimpleNamespace(
        vault_rows=lambda: [SimpleNamespace(vault=HERE)], accounts=SimpleNamespace(lost_jobs=lambda: jobs)
    )
    return [(one.health, one.found, one.advice) for one in check_lost_jobs(platform)]


def test_lost_jobs_of_a_vault_without_a_row_are_bad() -> None:
    ((health, found, advice),) = findings(lost(GONE, 3), lost(GONE, 500), lost(HERE, 7))
    assert health is Health.BAD
    assert found.startswith(f"a restored database lost 2 jobs of 503 accounts of vault {GONE}, and the vault's row")
    assert found.endswith(": the job of 3, and more")
    assert advice.startswith("jinku doctor --mend adopts the vault; then nobody can make its words again")
    assert "else jinku jobs write-off J3: " in advice


def test_those_written_off_are_told_and_are_not_bad() -> None:
    ((health, found, _),) = findings(lost(GONE, 3, written_off=True), lost(HERE, 4, written_off=True))
    assert health is Health.WARN
    assert found.startswith("written off: 2 jobs of 7 accounts")


def test_of_a_vault_with_a_row_nothing_is_said_twice() -> None:
    assert findings(lost(HERE, 7)) == []
    assert findings() == []
