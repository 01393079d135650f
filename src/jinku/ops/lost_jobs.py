"""What doctor says of jobs that a restored database lost, beside what each vault's own rows show."""

from __future__ import annotations

from collections import defaultdict

from jinku.accounts import LostJob
from jinku.core import Id, counted
from jinku.ops.findings import Finding, Health
from jinku.ops.platform import Platform

__all__ = ["check_lost_jobs"]

_PAGE = "docs/operate/damaged-files.md"


def check_lost_jobs(platform: Platform) -> list[Finding]:
    """No lost job belongs to a vault without a row, which nothing else looks at; those written off are told."""
    known = {vault.vault for vault in platform.vault_rows()}
    lost = platform.accounts.lost_jobs()
    settled = [one for one in lost if one.written_off]
    orphans = defaultdict[Id, list[LostJob]](list)
    for one in lost:
        if not one.written_off and one.job.vault not in known:
            orphans[one.job.vault].append(one)
    found = [_orphaned(vault, some) for vault, some in orphans.items()]
    if settled:
        text = f"written off: {_told(settled)}, not looked at; their users keep their words"
        advice = f"nothing, unless a newer copy of the database is found: {_PAGE}"
        found.append(Finding("lost jobs", Health.WARN, text, advice))
    return found


def _orphaned(vault: Id, lost: list[LostJob]) -> Finding:
    text = f"a restored database lost {_told(lost)} of vault {vault}, and the vault's row: {lost[0].words}"
    advice = f"jinku doctor --mend adopts the vault; then {lost[0].remedy.advice(lost[0].job.job)}: {_PAGE}"
    return Finding("lost jobs", Health.BAD, text + (", and more" if len(lost) > 1 else ""), advice)


def _told(lost: list[LostJob]) -> str:
    return f"{counted(len(lost), 'job')} of {counted(sum(one.job.count for one in lost), 'account')}"
