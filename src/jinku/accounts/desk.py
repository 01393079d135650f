"""Jobs as rows: made, paused, continued, cancelled. Nothing here talks to a chain or derives an address."""

from __future__ import annotations

from dataclasses import replace

from jinku.accounts.created import commitment_to_names, created_facts, remade_facts
from jinku.accounts.errors import AddressIntegrityError, JobConflictError, JobStateError, OwnerCapError
from jinku.accounts.kinds import CANCELLED, CONTINUED, CREATED, PAUSED, REMADE
from jinku.accounts.remaking import Again, LostJobs, Names
from jinku.accounts.rules import (
    check_request,
    choose_chunk,
    choose_forms,
    chunks_of,
    differing,
    evidence_parts,
    request_digest,
)
from jinku.accounts.skipped import first_index
from jinku.accounts.specification import bound, evidence_digest, recipients_digest
from jinku.accounts.types import EvidenceRow, Job, JobRequest, JobState, Mode
from jinku.accounts.works import FINISH, Works
from jinku.core import Id
from jinku.custody.ports import Form
from jinku.custody.types import Vault
from jinku.store import Unit

__all__ = ["Desk"]

_Asked = tuple[bytes, Id, tuple[Form, ...]]  # digest of a request, its vault and its forms

_LIVE = (JobState.PENDING, JobState.RUNNING, JobState.PAUSED, JobState.VERIFYING, JobState.FAILED)


class Desk:
    """The verbs that change a job's row."""

    def __init__(self, works: Works) -> None:
        """Take what the room works with."""
        self._works = works

    def create(self, request: JobRequest) -> Job:
        """The job stands: range reserved, chunks queued, evidence sealed. The same key answers with the same job."""
        works = self._works
        check_request(request)
        works.refuse_behind()
        if request.again and not request.key:
            request = replace(request, key=request.again)
        vault = works.custody.find(request.vault)
        forms = choose_forms(vault.forms, request.forms)
        digest = request_digest(request, vault.vault, forms)
        asked = (digest, vault.vault, forms)
        known = self._known(request)
        if known is not None:
            with works.database.read() as unit:
                return self._same(unit, request, known, asked)
        job_id = works.ids.new()
        sealed = self._seal(job_id, request, choose_chunk(request, len(forms)))
        with works.database.unit() as unit:
            unit.hold("accounts/jobs")  # keys, caps of owners and ranges of row ids are over all jobs
            known = works.rows.job_by_key(unit, request.key) if request.key else None
            if known is not None:  # another process was faster
                return self._same(unit, request, known, asked)
            self._check_owner(unit, request)
            lost = LostJobs(works, unit)
            again = lost.asked_for(request, vault, forms)
            if again is not None:
                return self._make_again(unit, again, digest)
            job = self._draft(unit, request, vault, forms, job_id, lost)
            job = works.rows.insert_job(unit, job, digest, request.recipients)
            works.rows.insert_evidence(unit, job, sealed)
            works.queue(job).enqueue(unit, ((str(chunk.number), {}) for chunk in chunks_of(job)))
            key = works.made_key(unit, job, bool(request.recipients))
            facts = created_facts(job, recipients_digest(request.recipients), evidence_digest(sealed), key)
            unit.append_entry(CREATED, str(job.job), facts)
        return job

    def _make_again(self, unit: Unit, again: Again, digest: bytes) -> Job:
        """The lost job stands as its first entry binds it, not yet run; no second entry says that it was created."""
        works, asked = self._works, again.job
        works.custody.reserve_to(unit, asked.vault, asked.start + asked.count, asked.forms)
        job = works.rows.insert_job(unit, asked, digest, ())
        works.queue(job).enqueue(unit, ((str(chunk.number), {}) for chunk in chunks_of(job)))
        key = works.made_key(unit, job, recipients=False)
        named = commitment_to_names(job, key) if again.names is Names.UNKNOWN else None
        unit.append_entry(REMADE, str(job.job), remade_facts(job, named))
        bound(unit, works, job)
        return job

    def _known(self, request: JobRequest) -> tuple[Job, bytes] | None:
        if not request.key:
            return None
        with self._works.database.read() as unit:
            return self._works.rows.job_by_key(unit, request.key)

    def _same(self, unit: Unit, request: JobRequest, known: tuple[Job, bytes], asked: _Asked) -> Job:
        job, stands = known
        digest, vault, forms = asked
        if request.again and str(job.job) != request.again:
            raise JobConflictError(
                f"job key {request.key} stands for another job",
                found=str(job.job),
                expected=request.again,
                advice="leave out --again to carry on with that job, or choose a new --job-key",
                fields={"job": str(job.job)},
            )
        bound(unit, self._works, job)  # what the rows say is what was asked for then
        if stands != digest:
            parts = differing(request, vault, forms, job)
            by_age = request.recipients and job.mode is Mode.SELF and not job.claim_codes
            if by_age and self._works.rows.recipients(unit, job, 0, job.count) != list(request.recipients):
                parts.append(("other recipients", "the recipients of its first request"))
            raise JobConflictError(
                f"job key {request.key} stands for another job",
                found="; ".join(asks for asks, _ in parts),
                expected="; ".join(stood for _, stood in parts) + f", as job {job.job} has it",
                advice="repeat the first request word for word, or choose a new --job-key",
                fields={"job": str(job.job)},
            )
        return job

    def _check_owner(self, unit: Unit, request: JobRequest) -> None:
        cap = self._works.owner_cap
        if not cap:
            return
        have = self._works.rows.owner_total(unit, request.owner)
        if have + request.count > cap:
            raise OwnerCapError(
                "this owner would have too many accounts",
                found=f"{have} and {request.count} more",
                expected=f"at most {cap}",
                advice="ask for fewer, or raise the cap: JINKU_OWNER_CAP",
                fields={"have": have, "asked": request.count, "cap": cap},
            )

    def _next_index(self, unit: Unit, vault: Vault) -> int:
        """The first index that no job has. AddressIntegrityError where the vault's row would give one a second time."""
        found, end = self._works.custody.next_index(unit, vault.vault), self._works.rows.end(unit, vault.vault)
        if found < end:
            raise AddressIntegrityError(
                f"the next index of vault {vault.name} belongs to a job that stands",
                found=found,
                expected=f"{end} or more",
                advice="its row was changed: make no account before you compared the database with a backup",
                fields={"vault": str(vault.vault)},
            )
        return found

    def _draft(  # noqa: PLR0917  one request
        self, unit: Unit, request: JobRequest, vault: Vault, forms: tuple[Form, ...], job_id: Id, lost: LostJobs
    ) -> Job:
        behind = lost.behind(vault, self._next_index(unit, vault), request)
        start = first_index(unit, self._works, vault, behind, request)
        wallets = request.mode is Mode.SELF
        self._works.custody.reserve_to(unit, vault.vault, start + request.count, forms, wallets)
        return Job(
            row_id=0,
            job=job_id,
            key=request.key or str(job_id),
            vault=vault.vault,
            mode=request.mode,
            state=JobState.PENDING,
            owner=request.owner,
            forms=forms,
            start=start,
            count=request.count,
            chunk=choose_chunk(request, len(forms)),
            done=0,
            rate=request.rate,
            verify=request.verify,
            claim_codes=request.mode is Mode.SELF and not request.recipients,
            words=request.words,
            language=request.language,
            account_base=0,
            address_base=0,
            created_at_ms=unit.now_ms,
            finished_at_ms=0,
            error="",
        )

    def _seal(self, job_id: Id, request: JobRequest, chunk: int) -> list[EvidenceRow]:
        """The evidence as only the auditor can read it; sealed before the transaction, which so stays short."""
        rows: list[EvidenceRow] = []
        if request.evidence is None:
            return rows
        for first, count, subject, text in evidence_parts(job_id, request.count, chunk, request.evidence):
            sealed = self._works.signer.seal_evidence(subject, text.encode())
            rows.append(EvidenceRow(first, count, subject, sealed.ciphertext, sealed.sealed_key, sealed.commitment))
        return rows

    def pause(self, name: str) -> Job:
        """Runners stop after the chunk they work on."""
        return self._move(name, (JobState.PENDING, JobState.RUNNING), JobState.PAUSED, PAUSED)

    def resume(self, name: str) -> Job:
        """A paused or failed job may be run again; one that may already is left as it is."""
        self._works.refuse_behind()
        with self._works.database.read() as unit:
            job = self._works.find_job(unit, name)
        if job.state in (JobState.PENDING, JobState.RUNNING, JobState.VERIFYING):
            return job
        with self._works.database.read() as unit:
            bound(unit, self._works, job)
        return self._move(name, (JobState.PAUSED, JobState.FAILED), JobState.PENDING, CONTINUED)

    def cancel(self, name: str) -> Job:
        """No further chunk is made; the rest of the range is never used."""
        return self._move(name, _LIVE, JobState.CANCELLED, CANCELLED)

    def _move(self, name: str, allowed: tuple[JobState, ...], to: JobState, entry: str) -> Job:
        works = self._works
        with works.database.read() as unit:
            queue = works.queue(works.find_job(unit, name))
        with works.database.unit() as unit:
            if to is JobState.CANCELLED:  # tasks before the job's row, in the order in which runners take them
                queue.clear(unit)
            job = works.find_job(unit, name)
            if job.state is to:
                return job
            if job.state not in allowed:
                raise JobStateError(
                    f"job {job.key} cannot become {to.value}",
                    found=job.state.value,
                    expected=" or ".join(state.value for state in allowed),
                    fields={"job": str(job.job), "state": job.state.value},
                )
            if to is JobState.PENDING and job.done == job.count and queue.size(unit) == 0:
                queue.enqueue(unit, [(FINISH, {})])
            works.rows.set_state(unit, job, to)
            unit.append_entry(entry, str(job.job), {"done": job.done})
            return works.reload(unit, job)
