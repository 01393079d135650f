"""The tables that store itself owns: entries, outbox, lease queue."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from jinku.store.metadata import metadata

__all__ = ["BigId", "entries", "outbox", "queue"]

# INTEGER on SQLite, so that the column is the rowid; BIGINT elsewhere.
BigId = BigInteger().with_variant(Integer(), "sqlite")

entries = Table(
    "entries",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # SHA256(00 || content), the leaf of RFC 6962
    Column("content", LargeBinary, nullable=False),  # canonical JSON, at most 65,535 bytes
    Column("created_at_ms", BigInteger, nullable=False),
    Column("leaf_index", BigInteger, nullable=True),  # the place in the journal's tree; NULL until it is sequenced
    Column("actor", Text, nullable=False, server_default=""),  # the key by which it was done; empty before 0002
    Index("ix_entries_subject_id", "subject", "id"),
    Index("uq_entries_leaf_index", "leaf_index", unique=True),
)
_PENDING = entries.c.leaf_index.is_(None)
Index("ix_entries_pending", entries.c.id, sqlite_where=_PENDING, postgresql_where=_PENDING)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
)

queue = Table(
    "queue",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("run_at_ms", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("fence", BigInteger, nullable=False),  # grows with every lease of this task
    Column("owner", Text, nullable=False),  # empty: not leased
    Column("lease_until_ms", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
    UniqueConstraint("topic", "key"),
    Index(None, "topic", "run_at_ms", "id"),
)
