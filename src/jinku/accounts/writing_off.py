"""A lost job of self mode is settled: an entry says its range, its wallets, and that nobody makes it again."""

from __future__ import annotations

from dataclasses import replace

from jinku.accounts.batch_entries import COMPARE, NOT_SETTLED
from jinku.accounts.errors import JobLostError, JobNotFoundError, JobStateError
from jinku.accounts.kinds import CREATED, WRITTEN_OFF
from jinku.accounts.lost import Judge, lost_jobs, signed_batches
from jinku.accounts.types import LostJob, Remedy
from jinku.accounts.works import Works
from jinku.core import Id, Json, ParseError
from jinku.store import Unit

__all__ = ["write_off"]


def write_off(works: Works, name: str) -> LostJob:
    """The job is written off, by an entry about it; one that was written off before is left as it is.

    JobLostError of a custodial job, JobStateError of one that has its row, JobNotFoundError of one that no entry that
    was taken back speaks of, AddressIntegrityError of one that somebody inserted.
    """
    works.refuse_behind()
    with works.database.unit() as unit:
        unit.hold("accounts/jobs")  # nobody makes it again, or writes it off, meanwhile
        lost = next((one for one in lost_jobs(unit, works) if str(one.job.job) == name), None)
        if lost is None:
            raise _not_lost(unit, works, name)
        view = Judge(unit, works).view(lost)
        if view.written_off:
            return view
        if view.remedy is not Remedy.WRITE_OFF:
            raise JobLostError(
                "only a job of self mode is written off",
                found=view.words + (f": {view.why_not}" if view.why_not else ""),
                expected="a job of self mode, whose words nobody can make a second time",
                advice=view.remedy.advice(lost.job.job),
                fields={"job": str(lost.job.job)},
            )
        wallets = sum(facts.count for facts in signed_batches(unit, works, lost))
        job = lost.job
        said: dict[str, Json] = {"count": job.count, "start": job.start, "vault": str(job.vault), "wallets": wallets}
        unit.append_entry(WRITTEN_OFF, str(job.job), said)
        return replace(view, written_off=True)


def _not_lost(unit: Unit, works: Works, name: str) -> JobNotFoundError | JobStateError:
    try:
        row = works.rows.job_by_id(unit, Id.parse(name))
    except ParseError:
        row = None
    if row is not None:
        return JobStateError(
            f"job {row.job} was not lost: it has its row",
            found=row.state.value,
            expected="a job that the log has and the database has not",
            advice=f"see `jinku jobs show {row.job}`",
            fields={"job": str(row.job)},
        )
    spoken_of = unit.has_entry(CREATED, name)
    return JobNotFoundError(
        "no such job was lost",
        found=f"an entry speaks of {name}, {NOT_SETTLED}" if spoken_of else name[:80],
        expected="the id of a job that the log has and the database has not",
        advice=COMPARE
        if spoken_of
        else "`jinku accounts verify` and `jinku doctor` name the jobs that were lost, by their ids",
    )
