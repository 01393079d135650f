"""Jobs, their forms, recipients and evidence by SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, insert, select, update

from jinku.accounts.adapters import tables as t
from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.types import EvidenceRow, Job, JobState, Mode, VerifyMode
from jinku.core import Id, ParseError
from jinku.custody.ports import Form
from jinku.store import Unit

__all__ = ["SqlJobRows"]

_ENDS = (JobState.DONE, JobState.CANCELLED)
_ABSENT = -1  # no row id is negative
_EVIDENCE_A_QUERY = 1_000
_IDS_A_QUERY = 500


class SqlJobRows:
    """The part of ``AccountRows`` that speaks of jobs."""

    def insert_job(self, unit: Unit, job: Job, request_digest: bytes, recipients: Sequence[str]) -> Job:
        """See the port."""
        account_base, address_base = self._bases(unit)
        job = replace(job, account_base=account_base, address_base=address_base)
        values = {**_job_values(job), "spec_digest": request_digest}
        key = unit.connection.execute(insert(t.job).values(**values)).inserted_primary_key
        job = replace(job, row_id=int(key[0]) if key else _ABSENT)
        for position, form in enumerate(job.forms):
            row = {"job_id": job.row_id, "position": position, "form_id": self._form_id(unit, form)}
            unit.connection.execute(insert(t.job_form).values(**row))
        lines: list[tuple[object, ...]] = [(job.row_id, place, text) for place, text in enumerate(recipients)]
        unit.insert_rows(t.recipient, ("job_id", "position", "recipient"), lines)
        return job

    def _bases(self, unit: Unit) -> tuple[int, int]:
        """The first account and address row ids that no job has reserved."""
        width = select(func.count()).select_from(t.job_form).where(t.job_form.c.job_id == t.job.c.id).scalar_subquery()
        row = unit.connection.execute(
            select(
                func.max(t.job.c.account_base + t.job.c.count), func.max(t.job.c.address_base + t.job.c.count * width)
            )
        ).one()
        return int(row[0] or 1), int(row[1] or 1)

    def _form_id(self, unit: Unit, form: Form) -> int:
        c = t.form.c
        same = (c.chain == form.chain, c.family == form.family, c.kind == form.kind, c.path == form.path)
        found = unit.connection.execute(select(c.id).where(*same)).scalar_one_or_none()
        if found is None:
            values = {"chain": form.chain, "family": form.family, "kind": form.kind, "path": form.path}
            unit.connection.execute(insert(t.form).values(**values))
            found = unit.connection.execute(select(c.id).where(*same)).scalar_one()
        return int(found)

    def forms_of(self, unit: Unit, job_row: int) -> list[tuple[int, Form]]:
        """The forms of a job in its order, with their row ids."""
        c = t.form.c
        query = (
            select(c.id, c.chain, c.family, c.kind, c.path)
            .join(t.job_form, t.job_form.c.form_id == c.id)
            .where(t.job_form.c.job_id == job_row)
            .order_by(t.job_form.c.position)
        )
        return [(r.id, Form(r.chain, r.family, r.kind, r.path)) for r in unit.connection.execute(query)]

    def job_from(self, unit: Unit, row: Row[Any] | None) -> Job | None:
        """The job of a row of its table."""
        if row is None:
            return None
        try:
            return self._decoded(unit, row)
        except (ValueError, TypeError, AttributeError, ParseError) as error:
            raise AddressIntegrityError(
                f"row {row.id} of the table job cannot be read",
                found=str(error)[:200],
                advice="it was changed from outside; compare the database with a backup",
            ) from error

    def _decoded(self, unit: Unit, row: Row[Any]) -> Job:
        numbers = (row.start, row._mapping["count"], row.chunk, row.done, row.account_base, row.address_base)
        if not all(isinstance(number, int) for number in (*numbers, row.created_at_ms)):
            raise ValueError("text where a number belongs")
        return Job(
            row_id=row.id,
            job=Id(row.uuid),
            key=row.job_key,
            vault=Id(row.vault),
            mode=Mode(row.mode),
            state=JobState(row.state),
            owner=row.owner,
            forms=tuple(form for _, form in self.forms_of(unit, row.id)),
            start=row.start,
            count=row._mapping["count"],
            chunk=row.chunk,
            done=row.done,
            rate=row.rate,
            verify=VerifyMode(row.verify),
            claim_codes=bool(row.claim_codes),
            words=row.words,
            language=row.language,
            account_base=row.account_base,
            address_base=row.address_base,
            created_at_ms=row.created_at_ms,
            finished_at_ms=row.finished_at_ms,
            error=row.error,
        )

    def job_by_id(self, unit: Unit, job: Id) -> Job | None:
        """See the port."""
        return self.job_from(unit, self._row(unit, t.job.c.uuid == job.bytes16))

    def job_by_key(self, unit: Unit, key: str) -> tuple[Job, bytes] | None:
        """See the port."""
        row = self._row(unit, t.job.c.job_key == key)
        job = self.job_from(unit, row)
        return None if job is None or row is None else (job, row.spec_digest)

    def job_by_row(self, unit: Unit, row_id: int) -> Job | None:
        """See the port."""
        return self.job_from(unit, self._row(unit, t.job.c.id == row_id))

    def known_jobs(self, unit: Unit, jobs: Sequence[Id]) -> set[Id]:
        """See the port."""
        found: set[Id] = set()
        for at in range(0, len(jobs), _IDS_A_QUERY):
            some = t.job.c.uuid.in_([job.bytes16 for job in jobs[at : at + _IDS_A_QUERY]])
            found.update(map(Id, unit.connection.execute(select(t.job.c.uuid).where(some)).scalars()))
        return found

    def _row(self, unit: Unit, same: ColumnElement[bool]) -> Row[Any] | None:
        """One job's row; in a unit that writes nobody else changes the job until it ends."""
        return unit.connection.execute(unit.locked(select(t.job).where(same))).first()

    def jobs(self, unit: Unit, vault: Id | None = None) -> tuple[Job, ...]:
        """See the port."""
        query = select(t.job).order_by(t.job.c.id)
        if vault is not None:
            query = query.where(t.job.c.vault == vault.bytes16)
        found = (self.job_from(unit, row) for row in unit.connection.execute(query).all())
        return tuple(job for job in found if job is not None)

    def set_state(self, unit: Unit, job: Job, state: JobState, error: str = "") -> None:
        """See the port."""
        values: dict[str, object] = {"state": state.value, "error": error}
        if state in _ENDS:
            values["finished_at_ms"] = unit.now_ms
        unit.connection.execute(update(t.job).where(t.job.c.id == job.row_id).values(**values))

    def owner_total(self, unit: Unit, owner: str) -> int:
        """See the port."""
        c = t.job.c
        cancelled = select(func.coalesce(func.sum(c.done), 0)).where(c.owner == owner, c.state == "cancelled")
        others = select(func.coalesce(func.sum(c.count), 0)).where(c.owner == owner, c.state != "cancelled")
        return int(unit.connection.execute(cancelled).scalar_one() + unit.connection.execute(others).scalar_one())

    def end(self, unit: Unit, vault: Id) -> int:
        """See the port."""
        c = t.job.c
        last = select(func.coalesce(func.max(c.start + c.count), 0)).where(c.vault == vault.bytes16)
        return int(unit.connection.execute(last).scalar_one())

    def recipients(self, unit: Unit, job: Job, first: int, count: int) -> list[str]:
        """See the port."""
        c = t.recipient.c
        inside = (c.job_id == job.row_id, c.position >= first, c.position < first + count)
        rows = unit.connection.execute(select(c.position, c.recipient).where(*inside).order_by(c.position)).all()
        places = [row.position for row in rows]
        if places != list(range(first, first + count)):
            wrong = next((n for n, place in enumerate(places) if place != first + n), len(places))
            raise _unreadable("recipient", job, f"no recipient of account {first + wrong}, or more than one")
        return [str(row.recipient) for row in rows]

    def insert_evidence(self, unit: Unit, job: Job, rows: Iterable[EvidenceRow]) -> None:
        """See the port."""
        columns = ("job_id", "first", "count", "subject", "ciphertext", "sealed_key", "commitment")
        lines: list[tuple[object, ...]] = [
            (job.row_id, row.first, row.count, row.subject, row.ciphertext, row.sealed_key, row.commitment)
            for row in rows
        ]
        unit.insert_rows(t.evidence, columns, lines)

    def evidence(self, unit: Unit, job: Job, first: int, count: int) -> list[EvidenceRow]:
        """See the port."""
        c = t.evidence.c
        query = select(t.evidence).where(c.job_id == job.row_id, c.first < first + count, c.first + c.count > first)
        return self._evidence_rows(unit, job, query.order_by(c.first))

    def all_evidence(self, unit: Unit, job: Job) -> Iterator[EvidenceRow]:
        """See the port."""
        c = t.evidence.c
        query = select(t.evidence).where(c.job_id == job.row_id).order_by(c.first).limit(_EVIDENCE_A_QUERY)
        rows = self._evidence_rows(unit, job, query)
        while rows:
            yield from rows
            rows = self._evidence_rows(unit, job, query.where(c.first > rows[-1].first))

    def _evidence_rows(self, unit: Unit, job: Job, query: Select[Any]) -> list[EvidenceRow]:
        try:
            rows = unit.connection.execute(query).all()
        except (TypeError, ValueError) as error:  # SQLite holds any type anywhere
            raise _unreadable("evidence", job, str(error)[:200]) from error
        found = [EvidenceRow(r.first, r._mapping["count"], r.subject, *r[-3:]) for r in rows]
        for row in found:
            blobs = (row.ciphertext, row.sealed_key, row.commitment)
            right = isinstance(row.first, int) and isinstance(row.count, int) and isinstance(row.subject, str)
            if not right or not all(isinstance(blob, bytes) for blob in blobs):
                raise _unreadable("evidence", job, f"another type in the row of account {row.first}")
        return found


def _unreadable(table: str, job: Job, found: str) -> AddressIntegrityError:
    return AddressIntegrityError(
        f"the rows of job {job.job} in the table {table} cannot be believed",
        found=found,
        advice="they were changed from outside; compare the database with a backup",
        fields={"job": str(job.job), "table": table, "row": job.row_id},
    )


def _job_values(job: Job) -> dict[str, object]:
    return {
        "uuid": job.job.bytes16,
        "job_key": job.key,
        "vault": job.vault.bytes16,
        "mode": job.mode.value,
        "state": job.state.value,
        "owner": job.owner,
        "start": job.start,
        "count": job.count,
        "chunk": job.chunk,
        "done": job.done,
        "rate": job.rate,
        "verify": job.verify.value,
        "claim_codes": int(job.claim_codes),
        "words": job.words,
        "language": job.language,
        "account_base": job.account_base,
        "address_base": job.address_base,
        "created_at_ms": job.created_at_ms,
        "finished_at_ms": job.finished_at_ms,
        "error": job.error,
    }
