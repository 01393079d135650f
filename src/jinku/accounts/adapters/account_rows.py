"""Look-ups, scans and blobs; with the jobs and chunks of the other two files the whole of ``AccountRows``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import delete, func, select, update

from jinku.accounts.adapters import bulk_postgres, bulk_sql
from jinku.accounts.adapters import tables as t
from jinku.accounts.adapters.chunk_rows import SqlChunkRows, as_bytes, raw_rows
from jinku.accounts.types import Job
from jinku.store import Unit

__all__ = ["SqlAccountRows"]

_PAIRS_A_QUERY = 400


class SqlAccountRows(SqlChunkRows):
    """Implements ``AccountRows``."""

    def insert_lookups(self, unit: Unit, pairs: list[tuple[int, int]]) -> None:
        """See the port."""
        unit.insert_rows(t.address_lookup, ("key", "address_id"), list(pairs), skip_known=True)

    def looked_up(self, unit: Unit, key: int) -> list[int]:
        """See the port."""
        c = t.address_lookup.c
        query = select(c.address_id).where(c.key == key).order_by(c.address_id)
        return [int(found) for found in unit.connection.execute(query).scalars()]

    def count_lookups(self, unit: Unit, ranges: Sequence[tuple[int, int]]) -> int:
        """See the port. Ranges that touch are read at once: the look-up has no index by address."""
        joined: list[tuple[int, int]] = []
        for first, last in sorted(ranges):
            touches = bool(joined) and joined[-1][1] == first
            begin = joined.pop()[0] if touches else first
            joined.append((begin, last))
        c, total = t.address_lookup.c, 0
        for first, last in joined:
            inside = (c.address_id >= first, c.address_id < last)
            query = select(func.count()).select_from(t.address_lookup).where(*inside)
            total += int(unit.connection.execute(query).scalar_one())
        return total

    def count_in_place(self, unit: Unit, first: int, keys: Sequence[int]) -> int:
        """See the port."""
        if unit.connection.dialect.name == "sqlite":
            return bulk_sql.count_lookups_in_place(unit, first, keys)
        return bulk_postgres.count_lookups_in_place(unit, first, keys)

    def known_pairs(self, unit: Unit, pairs: Sequence[tuple[int, int]]) -> set[int]:
        """See the port."""
        c = t.address_lookup.c
        known: set[int] = set()
        for begin in range(0, len(pairs), _PAIRS_A_QUERY):
            some = pairs[begin : begin + _PAIRS_A_QUERY]
            wanted = set(some)
            query = select(c.key, c.address_id).where(c.key.in_([key for key, _ in some]))
            known |= {row.address_id for row in unit.connection.execute(query) if (row.key, row.address_id) in wanted}
        return known

    def shared_keys(self, unit: Unit) -> Iterator[tuple[int, int]]:
        """See the port."""
        c = t.address_lookup.c
        shared = select(c.key).group_by(c.key).having(func.count() > 1)
        query = select(c.key, c.address_id).where(c.key.in_(shared)).order_by(c.key, c.address_id)
        for row in unit.connection.execute(query):
            yield row.key, row.address_id

    def address_rows(self, unit: Unit, address_ids: Sequence[int]) -> list[tuple[int, int, int, str]]:
        """See the port."""
        c = t.address.c
        rows: list[tuple[int, int, int, str]] = []
        for begin in range(0, len(address_ids), _PAIRS_A_QUERY):
            query = select(t.address).where(c.id.in_(address_ids[begin : begin + _PAIRS_A_QUERY])).order_by(c.id)
            rows += [(r.id, r.account_id, r.form_id, r.address) for r in unit.connection.execute(query)]
        return rows

    def job_of_account(self, unit: Unit, account_id: int) -> Job | None:
        """See the port."""
        c = t.job.c
        query = select(t.job).where(c.account_base <= account_id, c.account_base + c.count > account_id)
        return self.job_from(unit, unit.connection.execute(query).first())

    def scan_address(self, unit: Unit, job: Job, address: str) -> int | None:
        """See the port."""
        last = job.address_base + job.count * len(job.forms)
        c = t.address.c
        query = select(c.id).where(c.id >= job.address_base, c.id < last, c.address == address).limit(1)
        return unit.connection.execute(query).scalar_one_or_none()

    def scan_account(self, unit: Unit, job: Job, account: bytes) -> int | None:
        """See the port."""
        c = t.account.c
        inside = (c.id >= job.account_base, c.id < job.account_base + job.count)
        return unit.connection.execute(select(c.idx).where(*inside, c.uuid == account).limit(1)).scalar_one_or_none()

    def claim_blob(self, unit: Unit, lookup_id: bytes) -> tuple[int, bytes] | None:
        """See the port."""
        c = t.claim_blob.c
        query = select(c.account_id, c.blob).where(c.lookup_id == lookup_id)
        row = unit.connection.execute(unit.locked(query)).first()
        return None if row is None else (row.account_id, row.blob)

    def destroy_claim(self, unit: Unit, lookup_id: bytes, account_id: int) -> None:
        """See the port."""
        unit.connection.execute(delete(t.claim_blob).where(t.claim_blob.c.lookup_id == lookup_id))
        wallet = t.self_wallet
        unit.connection.execute(
            update(wallet).where(wallet.c.account_id == account_id).values(claimed_at_ms=unit.now_ms)
        )

    def delivered_blobs(self, unit: Unit, first: int, count: int) -> dict[int, bytes]:
        """See the port."""
        c = t.delivered_blob.c
        query = select(c.account_id, c.blob).where(c.account_id >= first, c.account_id < first + count)
        rows = raw_rows(unit.connection.execute(query.order_by(c.account_id)))
        return {account: as_bytes(blob) for account, blob in rows}

    def claim_blobs(self, unit: Unit, first: int, count: int) -> dict[int, tuple[bytes, bytes]]:
        """See the port."""
        c = t.claim_blob.c
        query = select(c.account_id, c.lookup_id, c.blob).where(c.account_id >= first, c.account_id < first + count)
        rows = raw_rows(unit.connection.execute(query))
        return {account: (as_bytes(lookup_id), as_bytes(blob)) for account, lookup_id, blob in rows}
