"""Subjects apart from their keys, so that a copy of the records can leave the keys out."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text, UniqueConstraint

from jinku.store import metadata

__all__ = ["bundle", "erasure", "erasure_wait", "subject", "subject_key"]

subject = Table(
    "subject",
    metadata,
    Column("mark", LargeBinary(32), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("hold", Text, nullable=False),  # why it is kept; empty: it may be erased
    Column("held_at_ms", BigInteger, nullable=False),
    UniqueConstraint("kind", "name"),
    sqlite_with_rowid=False,
)

subject_key = Table(
    "subject_key",
    metadata,
    Column("mark", LargeBinary(32), primary_key=True),
    Column("key", LargeBinary(32), nullable=False),
    sqlite_with_rowid=False,
)

# What is left of a subject that was erased: a random number, and when.
erasure = Table(
    "erasure",
    metadata,
    Column("mark", LargeBinary(32), primary_key=True),
    Column("asked_at_ms", BigInteger, nullable=False),
    Column("done_at_ms", BigInteger, nullable=False),  # 0: pending
    sqlite_with_rowid=False,
)

erasure_wait = Table(
    "erasure_wait",
    metadata,
    Column("mark", LargeBinary(32), primary_key=True),
    Column("store", Text, primary_key=True),
    Column("why", Text, nullable=False),
    sqlite_with_rowid=False,
)

bundle = Table(
    "subject_bundle",
    metadata,
    Column("path", Text, primary_key=True),
    Column("exported_at_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
