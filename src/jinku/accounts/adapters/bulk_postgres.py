"""A batch out of PostgreSQL by one statement a table, its rows checked by the server. Into it rows go by COPY."""

from __future__ import annotations

from collections.abc import Sequence

from jinku.accounts.types import Batch, Job
from jinku.store import Unit

__all__ = ["count_lookups_in_place", "read_dense"]

_READ_ACCOUNTS = """
SELECT string_agg(uuid, ''::bytea ORDER BY id), count(*),
  count(*) FILTER (WHERE job_id = %(job)s AND idx = %(start)s + id - %(first)s AND length(uuid) = 16)
FROM account WHERE id >= %(first)s AND id < %(first)s + %(count)s
"""
_READ_ADDRESSES = """
SELECT string_agg(address, E'\\n' ORDER BY id), count(*),
  count(*) FILTER (WHERE account_id = %(account)s + (id - %(first)s) / %(width)s
    AND form_id = (%(forms)s::bigint[])[1 + (id - %(first)s) %% %(width)s])
FROM address WHERE id >= %(first)s AND id < %(last)s
"""
_COUNT_LOOKUPS = """
SELECT count(*) FROM unnest(%(keys)s::bigint[]) WITH ORDINALITY AS k (key, n)
JOIN address_lookup l ON l.key = k.key AND l.address_id = %(first)s + k.n - 1
"""


def read_dense(unit: Unit, job: Job, batch: Batch, form_ids: Sequence[int]) -> tuple[bytes, list[str]] | None:
    """The joined account ids and the addresses of a batch; None unless every row stands in its place, as it should."""
    offset, width = batch.start - job.start, len(form_ids)
    first, count = job.account_base + offset, batch.count
    values: dict[str, object] = {"job": job.row_id, "start": batch.start, "first": first, "count": count}
    ids, rows, right = unit.connection.exec_driver_sql(_READ_ACCOUNTS, values).one()
    if (rows, right) != (count, count):
        return None
    first_address, total = job.address_base + offset * width, count * width
    values = {"first": first_address, "last": first_address + total, "account": first, "width": width}
    values["forms"] = list(form_ids)
    joined, rows, right = unit.connection.exec_driver_sql(_READ_ADDRESSES, values).one()
    if (rows, right) != (total, total):
        return None
    texts = str(joined).split("\n")
    return (bytes(ids), texts) if len(texts) == total else None


def count_lookups_in_place(unit: Unit, first: int, keys: Sequence[int]) -> int:
    """How many of the keys stand in the look-up with the ids from ``first`` on, in order."""
    values = {"keys": list(keys), "first": first}
    return int(unit.connection.exec_driver_sql(_COUNT_LOOKUPS, values).scalar_one())
