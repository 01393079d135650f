"""What accounts hold of people, by SQLAlchemy Core."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select, update

from jinku.accounts.adapters import tables as t
from jinku.accounts.erasing import JobTraces
from jinku.accounts.types import EvidenceRow, JobState
from jinku.core import Id, IntegrityError, ParseError
from jinku.store import Unit

__all__ = ["SqlErasableRows"]

_DIGEST_BYTES = 32
_COLUMNS = (t.job.c.id, t.job.c.uuid, t.job.c.job_key, t.job.c.owner, t.job.c.state)
_EVIDENCE = (
    t.evidence.c.first,
    t.evidence.c.count,
    t.evidence.c.subject,
    t.evidence.c.ciphertext,
    t.evidence.c.sealed_key,
    t.evidence.c.commitment,
)


class SqlErasableRows:
    """Implements the port ``ErasableRows``."""

    def of_owner(self, unit: Unit, owner: str) -> list[JobTraces]:
        """See the port."""
        return self._traces(unit, t.job.c.owner == owner)

    def of_job(self, unit: Unit, name: str) -> JobTraces | None:
        """See the port."""
        found = self._traces(unit, t.job.c.job_key == name)
        if not found:
            try:
                found = self._traces(unit, t.job.c.uuid == Id.parse(name).bytes16)
            except ParseError:
                return None
        return found[0] if found else None

    def _traces(self, unit: Unit, same: ColumnElement[bool]) -> list[JobTraces]:
        query = unit.locked(select(*_COLUMNS).where(same).order_by(t.job.c.id))
        try:
            return [self._of_row(unit, row) for row in unit.connection.execute(query).all()]
        except (ValueError, TypeError, ParseError) as error:
            raise IntegrityError(
                "a row of the table job cannot be read",
                found=str(error)[:200],
                advice="it was changed from outside; compare the database with a backup",
                code="privacy.row",
            ) from error

    def _of_row(self, unit: Unit, row: Row[Any]) -> JobTraces:
        recipients = select(func.count()).select_from(t.recipient).where(t.recipient.c.job_id == row.id)
        evidence = select(func.count()).select_from(t.evidence)
        evidence = evidence.where(t.evidence.c.job_id == row.id, func.length(t.evidence.c.ciphertext) > 0)
        counts = [int(unit.connection.execute(query).scalar_one()) for query in (recipients, evidence)]
        return JobTraces(row.id, Id(row.uuid), row.job_key, row.owner, JobState(row.state), *counts)

    def evidence_at(self, unit: Unit, job_row: int, first: int) -> EvidenceRow | None:
        """See the port."""
        c = t.evidence.c
        query = select(*_EVIDENCE).where(c.job_id == job_row, c.first <= first, c.first + c.count > first)
        row = unit.connection.execute(query).first()
        return None if row is None else EvidenceRow(*row)

    def clear_job(self, unit: Unit, traces: JobTraces) -> None:
        """See the port. The digest that a second request is compared with could be guessed: it is replaced."""
        unit.connection.execute(delete(t.recipient).where(t.recipient.c.job_id == traces.row_id))
        values = {
            "owner": "",
            "job_key": str(traces.job),
            "error": "",
            "spec_digest": secrets.token_bytes(_DIGEST_BYTES),
        }
        unit.connection.execute(update(t.job).where(t.job.c.id == traces.row_id).values(**values))

    def all_evidence(self, unit: Unit, job_row: int) -> list[EvidenceRow]:
        """See the port."""
        query = select(*_EVIDENCE).where(t.evidence.c.job_id == job_row).order_by(t.evidence.c.first)
        return [EvidenceRow(*row) for row in unit.connection.execute(query)]

    def set_evidence(self, unit: Unit, job_row: int, row: EvidenceRow) -> None:
        """See the port."""
        c = t.evidence.c
        values = {"ciphertext": row.ciphertext, "sealed_key": row.sealed_key}
        unit.connection.execute(update(t.evidence).where(c.job_id == job_row, c.first == row.first).values(**values))
