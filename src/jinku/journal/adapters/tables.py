"""The one table of the journal. Its entries are the store's."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, Table

from jinku.store import metadata
from jinku.store.tables import BigId

__all__ = ["journal_checkpoint"]

journal_checkpoint = Table(
    "journal_checkpoint",
    metadata,
    Column("size", BigId, primary_key=True),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", LargeBinary, nullable=False),  # the signed note, as it was published
    Column("published_at_ms", BigInteger, nullable=False),
)
