"""A batch in and out of SQLite by one statement a table: rows are made and checked in C, with Python's lock released.

Measured on 400,000 rows against ``executemany`` with tuples: accounts 0.41 to 1.10 µs a row, addresses 0.29 to 0.68.
Another engine takes the plain way of ``chunk_rows``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from jinku.accounts.types import Batch, Job
from jinku.store import Unit

__all__ = ["count_lookups_in_place", "insert_accounts", "insert_addresses", "read_dense"]

_ACCOUNTS = """
WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)
INSERT INTO account (id, uuid, job_id, idx)
SELECT :first + i, substr(:ids, 1 + 16 * i, 16), :job, :start + i FROM n
"""
_ADDRESSES = """
INSERT INTO address (id, account_id, form_id, address)
SELECT :first + key, :account + key / :width, {form}, value FROM json_each(:texts)
"""
_READ_ACCOUNTS = """
SELECT group_concat(hex(uuid), ''), count(*),
  sum(job_id = :job AND idx = :start + id - :first AND typeof(uuid) = 'blob' AND length(uuid) = 16)
FROM (SELECT id, uuid, job_id, idx FROM account WHERE id >= :first AND id < :first + :count ORDER BY id)
"""
_READ_ADDRESSES = """
SELECT group_concat(address, char(10)), count(*),
  sum(account_id = :account + (id - :first) / :width AND form_id = {form} AND typeof(address) = 'text')
FROM (SELECT id, account_id, form_id, address FROM address WHERE id >= :first AND id < :last ORDER BY id)
"""
_COUNT_LOOKUPS = """
SELECT count(*) FROM json_each(:keys) k
JOIN address_lookup l ON l.key = k.value AND l.address_id = :first + k.key
"""


def _form_of(place: str, form_ids: Sequence[int]) -> str:
    """The SQL that gives the form's row id for a row's place in its batch; whole numbers only stand in it."""
    if len(form_ids) == 1:
        return str(int(form_ids[0]))
    cases = " ".join(f"WHEN {position} THEN {int(form_id)}" for position, form_id in enumerate(form_ids))
    return f"CASE ({place}) % {len(form_ids)} {cases} END"


def insert_accounts(unit: Unit, job: Job, start: int, ids: Sequence[bytes]) -> None:
    """The accounts of a chunk from index ``start`` stand."""
    values = {
        "count": len(ids),
        "first": job.account_base + start - job.start,
        "ids": b"".join(ids),
        "job": job.row_id,
        "start": start,
    }
    unit.connection.exec_driver_sql(_ACCOUNTS, values)


def insert_addresses(unit: Unit, job: Job, start: int, form_ids: Sequence[int], texts: list[str]) -> None:
    """The addresses of a chunk stand; ``texts`` go account by account, its forms in order."""
    offset, width = start - job.start, len(form_ids)
    values = {
        "first": job.address_base + offset * width,
        "account": job.account_base + offset,
        "width": width,
        "texts": json.dumps(texts, separators=(",", ":")),
    }
    unit.connection.exec_driver_sql(_ADDRESSES.format(form=_form_of("key", form_ids)), values)


def read_dense(unit: Unit, job: Job, batch: Batch, form_ids: Sequence[int]) -> tuple[bytes, list[str]] | None:
    """The joined account ids and the addresses of a batch; None unless every row stands in its place, as it should."""
    offset, width = batch.start - job.start, len(form_ids)
    first, count = job.account_base + offset, batch.count
    values = {"job": job.row_id, "start": batch.start, "first": first, "count": count}
    ids, rows, right = unit.connection.exec_driver_sql(_READ_ACCOUNTS, values).one()
    if (rows, right) != (count, count):
        return None
    first_address, total = job.address_base + offset * width, count * width
    values = {"first": first_address, "last": first_address + total, "account": first, "width": width}
    statement = _READ_ADDRESSES.format(form=_form_of("id - :first", form_ids))
    joined, rows, right = unit.connection.exec_driver_sql(statement, values).one()
    if (rows, right) != (total, total):
        return None
    texts = str(joined).split("\n")
    return (bytes.fromhex(ids), texts) if len(texts) == total else None


def count_lookups_in_place(unit: Unit, first: int, keys: Sequence[int]) -> int:
    """How many of the keys stand in the look-up with the ids from ``first`` on, in order."""
    values = {"keys": json.dumps(keys, separators=(",", ":")), "first": first}
    return int(unit.connection.exec_driver_sql(_COUNT_LOOKUPS, values).scalar_one())
