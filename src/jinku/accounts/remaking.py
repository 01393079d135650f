"""Jobs that the log knows and a restored database lost: each is made again as it was, or not at all.

========================================  =================  ========================================================
the entries of a lost job                 its indexes        what a request gets
========================================  =================  ========================================================
custodial, no sealed evidence             free               its own: that job, with its id, time, range and chunks, and
                                                             its batches have to be those of the entries. Any other for
                                                             the vault: refused until then
the same, and cancelled                   free               likewise; only its batches that have entries are made
self mode, or sealed evidence             free               its own: refused. Any other: a new job, behind the range
                                                             if a batch of it was signed
any                                       another job's now  its own: refused. Any other: a new job
a batch that the signer did not sign      any                its own, and any other for the vault: refused, for somebody
                                                             inserted an entry
two entries that differ                   any                any for any vault: refused likewise
========================================  =================  ========================================================

A request is a lost job's own if it names its id (``--again``), or if its key and owner are those that the first entry
commits to. Where the key of that commitment was lost as well, only the id tells: ``accounts.job_remade`` then commits
anew. A job that was erased is made again without names. Where the row stands and batches are missing, the job's run
makes them again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from jinku.accounts.created import commits_to
from jinku.accounts.erasing import erased_parts
from jinku.accounts.errors import AddressIntegrityError, JobConflictError, JobLostError, JobNotFoundError
from jinku.accounts.lost import Judge, Lost, lost_jobs, signed_batches
from jinku.accounts.rules import differing
from jinku.accounts.said import entry_name
from jinku.accounts.specification import recipients_digest
from jinku.accounts.types import Job, JobRequest, Remedy
from jinku.accounts.works import Works
from jinku.core import counted
from jinku.custody.ports import Form
from jinku.custody.types import Vault
from jinku.store import Unit

__all__ = ["Again", "LostJobs", "Names"]

_SHOWN = 5  # lost jobs that a refusal names
_EVERY = "`jinku journal catch-up` lists again, all of them with --json"


class Names(Enum):
    """Whether key and owner of a request are those that the first entry of a lost job commits to."""

    SAME = "same"
    OTHER = "other"
    UNKNOWN = "unknown"  # the key of the commitment was lost as well


@dataclass(frozen=True, slots=True)
class Again:
    """A lost job as it is asked for now: names and rate are the request's, all else is the entry's.

    Where its names are UNKNOWN to the first entry, another entry commits to these.
    """

    job: Job
    names: Names


class LostJobs:
    """The lost jobs of a home, in the unit that makes a job."""

    def __init__(self, works: Works, unit: Unit) -> None:
        """Read which there are."""
        self._works = works
        self._unit = unit
        self._lost = tuple(lost_jobs(unit, works))
        self._judge = Judge(unit, works)

    def asked_for(self, request: JobRequest, vault: Vault, forms: tuple[Form, ...]) -> Again | None:
        """The lost job that the request is; None when it is a new one.

        JobConflictError when the request differs from it, JobLostError when it cannot be made again.
        """
        recipients = recipients_digest(request.recipients)
        if request.again:
            lost = next((one for one in self._lost if str(one.job.job) == request.again), None)
            if lost is None:
                raise JobNotFoundError(
                    "no such job was lost",
                    found=request.again[:80],
                    expected="the id of a job that the log has and the database has not",
                    advice="leave out --again; `jinku accounts verify` names a job that was lost",
                )
            job, names = self._asked(lost, request, recipients)
            if names is Names.UNKNOWN:
                self._check_owner(lost, request, recipients)
                names = Names.OTHER if self._names_another(lost, request, recipients) else names
        elif request.key:
            known = ((lost, *self._asked(lost, request, recipients)) for lost in self._lost)
            same = next((one for one in known if one[2] is Names.SAME), None)
            if same is None:
                return None
            lost, job, names = same
        else:
            return None
        self._check(lost, job, names, request, vault, forms)
        return Again(job, names)

    def behind(self, vault: Vault, next_index: int, request: JobRequest) -> int:
        """The first index of a new job: ``next_index``, or the one behind those that lost jobs had.

        JobLostError while some of the vault can be made again; it says which of them the request may be.
        """
        end, waiting = next_index, list[Lost]()
        for lost in self._lost:
            if lost.job.vault != vault.vault:
                continue
            if self._judge.remedy(lost) is Remedy.AGAIN:
                waiting.append(lost)
            elif lost.end > end and signed_batches(self._unit, self._works, lost):
                end = lost.end
        if waiting:
            raise self._first_again(waiting, vault, request)
        return end

    def _first_again(self, waiting: list[Lost], vault: Vault, request: JobRequest) -> JobLostError:
        """No new job before those that wait; which of them the request may be, by its count, mode and names."""
        fitting = [lost for lost in waiting if self._may_be(lost, request)]
        if not fitting:
            advice = "repeat the commands that made them first, each with its own --owner and --job-key, or --again ID"
        else:
            which = (
                f"with --again {fitting[0].job.job} beside it"
                if len(fitting) == 1
                else f"with --again ID: {len(fitting)} lost jobs fit, so find in your own books which of them it was"
            )
            advice = (
                "should this command have made a lost job, check --owner and --job-key for typing errors first, "
                f"then repeat it {which}"
            )
        shown = fitting or waiting
        more = f"; and {len(shown) - _SHOWN} more, which {_EVERY}" if len(shown) > _SHOWN else ""
        fields: dict[str, str | int] = {"fitting": len(fitting)}
        if len(fitting) == 1:  # else none of them is the one that was asked for
            one = fitting[0].job
            fields |= {"job": str(one.job), "start": one.start, "count": one.count}
        return JobLostError(
            f"a restored database lost {counted(len(waiting), 'job')} of vault {vault.name} that the log has",
            found=("" if fitting else "none like this request: ")
            + "; ".join(lost.words for lost in shown[:_SHOWN])
            + more,
            expected="each of them made again first",
            advice=f"{advice}: docs/operate/damaged-files.md",
            fields=fields,
        )

    def _may_be(self, lost: Lost, request: JobRequest) -> bool:
        """Count and mode are those of the lost job, and its names are not, for certain, others."""
        if (lost.job.count, lost.job.mode) != (request.count, request.mode):
            return False
        named = replace(request, key=request.key or str(lost.job.job))
        _, names = self._asked(lost, named, "")  # a job that can be made again is custodial: it has no recipients
        return names is not Names.OTHER

    def _asked(self, lost: Lost, request: JobRequest, recipients: str) -> tuple[Job, Names]:
        """The lost job under the names of the request, and whether those are its own."""
        job = replace(lost.job, key=request.key, owner=request.owner, rate=request.rate)
        held = lost.created.commitments(self._unit, job)
        if not held:
            return job, _names(lost.created.binds(job, recipients))
        if "" in erased_parts(self._unit, job.job):
            return job, _names(not job.names_somebody)
        known = self._works.known_subject(self._unit, job)
        if known is None:
            return job, Names.UNKNOWN
        subject, key = known
        if commits_to(job, key, held, recipients):
            return job, Names.SAME
        if subject.created_at_ms > job.created_at_ms or request.key == str(job.job):
            return job, Names.UNKNOWN  # a younger key was not used then; the id stands for a key that nobody knows
        return job, Names.OTHER

    def _check_owner(self, lost: Lost, request: JobRequest, recipients: str) -> None:
        """No owner whose key stands fits the entry: JobConflictError where one does, for the request names another."""
        held = lost.created.commitments(self._unit, lost.job)
        keys = {request.key, str(lost.job.job)}
        for owner, key in self._works.owners_before(self._unit, lost.job.created_at_ms):
            for job in (replace(lost.job, owner=owner, key=name) for name in keys):
                if commits_to(job, key, held, recipients):
                    raise JobConflictError(
                        "the request names another owner than that of its entry",
                        found=f"owner {request.owner or 'none'}",
                        expected=f"an owner that this database knows, as the log has {lost.words}",
                        advice="check --owner for typing errors: `jinku privacy list` names those that are known",
                        fields={"job": str(lost.job.job)},
                    )

    def _names_another(self, asked: Lost, request: JobRequest, recipients: str) -> bool:
        """Key and owner are, for certain, those of another lost job."""
        if not replace(asked.job, key=request.key, owner=request.owner).names_somebody:
            return False
        others = (lost for lost in self._lost if lost is not asked)
        return any(self._asked(lost, request, recipients)[1] is Names.SAME for lost in others)

    def _check(  # noqa: PLR0917  one request
        self, lost: Lost, job: Job, names: Names, request: JobRequest, vault: Vault, forms: tuple[Form, ...]
    ) -> None:
        """The request is this job, and it can be made again."""
        parts = differing(request, vault.vault, forms, job)
        if names is Names.OTHER:
            parts.append(("another key or owner", "those that its entry commits to"))
        if request.evidence is not None and not lost.created.evidence:
            parts.append(("evidence", "none"))
        if parts:
            raise JobConflictError(
                "the request is another than that of the lost job",
                found="; ".join(asks for asks, _ in parts),
                expected="; ".join(stood for _, stood in parts) + f", as the log has {lost.words}",
                advice="repeat the first request word for word, or choose a new --job-key",
                fields={"job": str(job.job)},
            )
        remedy = self._judge.remedy(lost)
        if remedy is not Remedy.AGAIN:
            raise JobLostError(
                "a job that a restored database lost cannot be made again",
                found=f"{lost.words}: {self._judge.why_not(lost)}",
                expected="a custodial job without evidence, its indexes free",
                advice=f"{remedy.advice(job.job)}; a new job needs another key",
                fields={"job": str(job.job)},
            )
        if not lost.created.binds(job, ""):
            raise AddressIntegrityError(
                f"the entry of job {job.job} does not have the digest of what it says",
                found=entry_name(lost.entry),
                expected="a digest over it and its time",
                advice="nothing is made of this job: find out who wrote to the database before it was lost",
                fields={"job": str(job.job), "entry": lost.entry.row_id},
            )
        signed_batches(self._unit, self._works, lost)


def _names(same: bool) -> Names:
    return Names.SAME if same else Names.OTHER
