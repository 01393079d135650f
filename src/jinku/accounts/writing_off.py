"""A lost job of self mode is settled: nobody can make its words a second time, and an entry says that one knows."""

from __future__ import annotations

from dataclasses import replace

from jinku.accounts.errors import JobLostError, JobNotFoundError, JobStateError
from jinku.accounts.kinds import CREATED, WRITTEN_OFF
from jinku.accounts.lost import Judge, lost_jobs, signed_batches
from jinku.accounts.types import LostJob, Mode
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
        told = Judge(unit, works).told(lost)
        if told.written_off:
            return told
        if lost.job.mode is not Mode.SELF:
            raise JobLostError(
                "only a job of self mode is written off",
                found=told.words + (f": {told.why_not}" if told.why_not else ""),
                expected="a job of self mode, whose words nobody can make a second time",
                advice="restore a later copy of the database if there is one: its accounts follow from its vault's key"
                if told.why_not
                else f"make it again: repeat the command that made it, with --again {lost.job.job} beside it",
                fields={"job": str(lost.job.job)},
            )
        wallets = sum(facts.count for facts in signed_batches(unit, works, lost))
        job = lost.job
        said: dict[str, Json] = {"count": job.count, "start": job.start, "vault": str(job.vault), "wallets": wallets}
        unit.append_entry(WRITTEN_OFF, str(job.job), said)
        return replace(told, written_off=True)


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
    inserted = unit.has_entry(CREATED, name)
    return JobNotFoundError(
        "no such job was lost",
        found=f"an entry that `jinku journal catch-up` did not take back speaks of {name}" if inserted else name[:80],
        expected="the id of a job that the log has and the database has not",
        advice="rows were deleted from outside: compare the database with a backup"
        if inserted
        else "`jinku accounts verify` and `jinku doctor` name the jobs that were lost, by their ids",
    )
