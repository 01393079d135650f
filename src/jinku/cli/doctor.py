"""`jinku doctor`: what is wrong with this installation, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from jinku.cli.command import command, single
from jinku.cli.output import Hanging, printable
from jinku.cli.progress import waiting
from jinku.cli.session import Session
from jinku.core import JinkuError
from jinku.ops.claims import drop_unseen
from jinku.ops.doctor import examine
from jinku.ops.findings import Finding, Health, worst_first

app = single("doctor")

_DO = "do: "
_STYLE = {Health.OK: "green", Health.WARN: "yellow", Health.BAD: "bold red"}


class UnhealthyError(JinkuError):
    """Doctor found something bad (exit 1)."""

    code = "ops.unhealthy"


def _show(console: Console, findings: tuple[Finding, ...]) -> None:
    width = max(len(finding.check) for finding in findings)
    for finding, advice in worst_first(findings):
        mark = (f"{finding.health.value:<5}", _STYLE[finding.health])
        head = Text.assemble(mark, (f"{finding.check:<{width}}  ", "bold"))
        console.print(Hanging(head + printable(finding.found), len(head)))
        if advice:
            do = Text.assemble(" " * len(head), (_DO, "dim"))
            console.print(Hanging(do + printable(advice), len(do)))


@command(app, "doctor")
def doctor(
    session: Session,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Do not read the whole database.")] = False,
    mend: Annotated[
        bool,
        typer.Option(
            "--mend",
            help="Finish or drop what a killed vault command left; accept a vault file older than its record; "
            "give up what processes elsewhere hold for over an hour.",
        ),
    ] = False,
    check_key_file: Annotated[Path | None, typer.Option(metavar="F", help="Also check this key file's rules.")] = None,
) -> None:
    """Say what is wrong with this installation and what to do.

    Exit code 0 when nothing is bad (a warning is not), 1 otherwise.
    """
    if mend:
        _mend(session)
    with waiting(session.out, "looking at everything"):
        findings = examine(session.settings, not quick, check_key_file)
    rows = [{"check": f.check, "status": f.health.value, "found": f.found, "advice": f.advice} for f in findings]
    worst = max((f.health for f in findings), key=lambda health: health.weight)
    session.out.result({"status": worst.value, "checks": rows}, lambda console: _show(console, findings))
    if worst is Health.BAD:
        count = sum(f.health is Health.BAD for f in findings)
        raise UnhealthyError(
            "this installation is not well",
            found=f"{count} bad",
            advice="what stands beside each bad finding, the first one first",
        )


def _mend(session: Session) -> None:
    for claim in drop_unseen(session.platform.database):
        session.out.note(f"{claim}: given up")
    done = session.platform.custody.reconcile(accept_older=True)
    for what in ("finished", "adopted", "dropped", "missing", "rekeyed", "ended", "conflicts"):
        for vault in getattr(done, what):
            session.out.note(f"vault {vault}: {what}")
