"""Chunks in bulk and back: the hot path goes to the driver with tuples, in the order of the row ids."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CursorResult, Row, insert, select, update

from jinku.accounts.adapters import bulk_postgres, bulk_sql
from jinku.accounts.adapters import tables as t
from jinku.accounts.adapters.job_rows import SqlJobRows
from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.types import Batch, Job, Made, StoredRows
from jinku.store import Unit

__all__ = ["SqlChunkRows", "as_bytes", "raw_rows"]

_ABSENT = -1  # no row id is negative


def raw_rows(result: CursorResult[Any]) -> list[Any]:
    """The rows as the driver's own tuples: half the time of SQLAlchemy's rows."""
    cursor = result.cursor
    rows = [] if cursor is None else cursor.fetchall()
    result.close()
    return list(rows)


def as_bytes(value: object) -> bytes:
    """The column's bytes. SQLite stores any type anywhere: what is none of ours is no bytes, and fails its proof."""
    return value if isinstance(value, bytes) else b""


def _batch(row: Row[Any]) -> Batch:
    numbers = (row.start, row._mapping["count"], row.number)
    if not all(isinstance(number, int) for number in numbers):
        raise AddressIntegrityError(
            f"row {row.id} of the table batch cannot be read",
            found=", ".join(repr(number)[:40] for number in numbers),
            expected="whole numbers as start, count and number",
            advice="it was changed from outside; compare the database with a backup",
            fields={"table": "batch", "row": row.id},
        )
    return Batch(
        row_id=row.id,
        job_row=row.job_id,
        start=row.start,
        count=row._mapping["count"],
        root=as_bytes(row.root),
        statement=as_bytes(row.statement),
        signature=as_bytes(row.signature),
        fingerprint=str(row.fingerprint),
    )


def _row_order(columns: list[list[str]]) -> list[str]:
    """The addresses account by account, from columns by form."""
    if len(columns) == 1:
        return columns[0]
    texts = [""] * sum(map(len, columns))
    for place, column in enumerate(columns):
        texts[place :: len(columns)] = column
    return texts


class SqlChunkRows(SqlJobRows):
    """The part of ``AccountRows`` that writes chunks and reads batches."""

    def insert_chunk(self, unit: Unit, job: Job, made: Made) -> Batch:
        """See the port."""
        chunk = made.chunk
        values = {
            "job_id": job.row_id,
            "number": chunk.number,
            "start": chunk.start,
            "count": chunk.count,
            "root": made.root,
            "statement": made.statement,
            "signature": made.signature,
            "fingerprint": made.fingerprint,
        }
        key = unit.connection.execute(insert(t.batch).values(**values)).inserted_primary_key
        form_ids = [form_id for form_id, _ in self.forms_of(unit, job.row_id)]
        if unit.connection.dialect.name == "sqlite":
            bulk_sql.insert_accounts(unit, job, chunk.start, made.account_ids)
            bulk_sql.insert_addresses(unit, job, chunk.start, form_ids, _row_order(made.columns))
        else:
            self._insert_plainly(unit, job, made, form_ids)
        self._insert_wallets(unit, made)
        unit.connection.execute(update(t.job).where(t.job.c.id == job.row_id).values(done=t.job.c.done + chunk.count))
        return Batch(
            row_id=int(key[0]) if key else _ABSENT,
            job_row=job.row_id,
            start=chunk.start,
            count=chunk.count,
            root=made.root,
            statement=made.statement,
            signature=made.signature,
            fingerprint=made.fingerprint,
        )

    def _insert_plainly(self, unit: Unit, job: Job, made: Made, form_ids: list[int]) -> None:
        """Rows go in by rising id as tuples: by COPY on PostgreSQL."""
        start, count, width = made.chunk.start, made.chunk.count, len(form_ids)
        first = job.account_base + start - job.start
        accounts = range(first, first + count)
        rows = zip(accounts, made.account_ids, [job.row_id] * count, range(start, start + count), strict=True)
        unit.insert_rows(t.account, ("id", "uuid", "job_id", "idx"), list(rows))
        first_address = job.address_base + (start - job.start) * width
        owners = [account for account in accounts for _ in range(width)]
        ids = range(first_address, first_address + count * width)
        lines = list(zip(ids, owners, form_ids * count, _row_order(made.columns), strict=True))
        unit.insert_rows(t.address, ("id", "account_id", "form_id", "address"), lines)

    def _insert_wallets(self, unit: Unit, made: Made) -> None:
        wallets = made.wallets
        unit.insert_rows(
            t.self_wallet,
            ("account_id", "fingerprint", "claimed_at_ms"),
            [(w.account_id, w.fingerprint, 0) for w in wallets],
        )
        unit.insert_rows(
            t.delivered_blob, ("account_id", "blob"), [(w.account_id, w.blob) for w in wallets if not w.lookup_id]
        )
        unit.insert_rows(
            t.claim_blob,
            ("lookup_id", "account_id", "blob"),
            [(w.lookup_id, w.account_id, w.blob) for w in wallets if w.lookup_id],
        )

    def batches(self, unit: Unit, job: Job) -> tuple[Batch, ...]:
        """See the port."""
        query = select(t.batch).where(t.batch.c.job_id == job.row_id).order_by(t.batch.c.number)
        return tuple(_batch(row) for row in unit.connection.execute(query))

    def batch_of(self, unit: Unit, job: Job, index: int) -> Batch | None:
        """See the port."""
        c = t.batch.c
        query = select(t.batch).where(c.job_id == job.row_id, c.number == (index - job.start) // job.chunk)
        row = unit.connection.execute(query).first()
        return None if row is None else _batch(row)

    def dense(self, unit: Unit, job: Job, batch: Batch) -> tuple[bytes, list[str]] | None:
        """See the port."""
        read = bulk_sql.read_dense if unit.connection.dialect.name == "sqlite" else bulk_postgres.read_dense
        return read(unit, job, batch, [form_id for form_id, _ in self.forms_of(unit, job.row_id)])

    def stored(self, unit: Unit, job: Job, batch: Batch) -> StoredRows:
        """See the port."""
        offset, width = batch.start - job.start, len(job.forms)
        first = job.account_base + offset
        first_address = job.address_base + offset * width
        a, d = t.account.c, t.address.c
        accounts = select(a.id, a.uuid, a.idx).where(a.id >= first, a.id < first + batch.count, a.job_id == job.row_id)
        last_address = first_address + batch.count * width
        addresses = select(d.id, d.account_id, d.form_id, d.address).where(d.id >= first_address, d.id < last_address)
        return StoredRows(
            raw_rows(unit.connection.execute(accounts.order_by(a.id))),
            raw_rows(unit.connection.execute(addresses.order_by(d.id))),
        )

    def fingerprints(self, unit: Unit, job: Job, batch: Batch) -> list[str]:
        """See the port."""
        first = job.account_base + batch.start - job.start
        c = t.self_wallet.c
        query = select(c.fingerprint).where(c.account_id >= first, c.account_id < first + batch.count)
        return [as_bytes(value).hex() for value in unit.connection.execute(query.order_by(c.account_id)).scalars()]
