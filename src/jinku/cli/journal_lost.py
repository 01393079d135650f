"""Which jobs a restored database lost, and what to do next: how `jinku journal catch-up` ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.text import Text

from jinku.accounts import LostJob, Remedy
from jinku.cli.output import Hanging, facts, printable
from jinku.cli.session import Session

__all__ = ["LostView", "lost_of", "shown"]

_MEND = "first jinku doctor --mend, which adopts the vault"
_PAGE = "docs/operate/damaged-files.md"
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class LostView:
    """A lost job that nobody settled, and the name of its vault; empty where the vault has no row either."""

    lost: LostJob
    vault_name: str

    @property
    def words(self) -> str:
        """Its vault, the job, and what else to know before anything is done about it."""
        why = f"; {self.lost.why_not}" if self.lost.remedy is Remedy.RESTORE else ""
        vault = f"vault {self.vault_name}" if self.vault_name else f"vault {self.lost.job.vault}, which has no row"
        return f"{vault}: {self.lost.words}{why}{'' if self.vault_name else f'; {_MEND}'}"

    def as_document(self) -> dict[str, object]:
        """The line of it that --json prints."""
        job, first = self.lost.job, "" if self.vault_name else f"{_MEND}; "
        return {
            "job": str(job.job),
            "vault": str(job.vault),
            "vault_name": self.vault_name,
            "start": job.start,
            "count": job.count,
            "mode": job.mode.value,
            "made_at_ms": job.created_at_ms,
            "can_be_made_again": self.lost.remedy is Remedy.AGAIN,
            "next": first + self.lost.remedy.advice(job.job),
        }


def lost_of(session: Session) -> tuple[LostView, ...]:
    """The lost jobs of the home, oldest first, without those that were written off."""
    platform = session.platform
    names = {vault.vault: vault.name for vault in platform.vault_rows()}
    lost = (one for one in platform.accounts.lost_jobs() if not one.written_off)
    return tuple(LostView(one, names.get(one.job.vault, "")) for one in lost)


def shown(taken: str, lost: Sequence[LostView]) -> Iterator[RenderableType]:
    """For people: how many, and under each thing to do the jobs that want it."""
    count = f"{len(lost):,}: the log has them, the database has not" if lost else "none"
    yield facts([("taken back", taken), ("lost jobs", count)])
    for remedy in Remedy:
        these = [one for one in lost if one.lost.remedy is remedy]
        if these:
            yield Hanging(Text(f"next: {remedy.advice('ID')}", style="bold"), 6)
        for one in these[:_SHOWN]:
            yield Hanging(Text(f"  {printable(one.words)}"), 4)
        if len(these) > _SHOWN:
            yield Text(f"  and {len(these) - _SHOWN:,} more: --json names all")
    if lost:
        yield Hanging(Text(f"then: jinku accounts verify and jinku doctor; see {_PAGE}"), 6)
