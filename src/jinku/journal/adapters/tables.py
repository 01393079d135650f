"""The tables of the journal. Its entries are the store's."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, Table, Text

from jinku.store import metadata
from jinku.store.tables import BigId

__all__ = ["journal_anchor", "journal_checkpoint"]

journal_checkpoint = Table(
    "journal_checkpoint",
    metadata,
    Column("size", BigId, primary_key=True),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", LargeBinary, nullable=False),  # the signed note, as it was published
    Column("published_at_ms", BigInteger, nullable=False),
)

journal_anchor = Table(
    "journal_anchor",
    metadata,
    Column("size", BigInteger, nullable=False),  # of the anchored checkpoint, with its root
    Column("kind", Text, nullable=False),
    Column("place", Text, nullable=False),  # the URL of the source
    Column("root", LargeBinary(32), nullable=False),
    Column("state", Text, nullable=False),  # pending, complete
    Column("proof", LargeBinary, nullable=False),  # as a file of its kind has it
    Column("extra", LargeBinary, nullable=False),  # what came later: a block's header
    Column("created_at_ms", BigInteger, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("size", "kind", "place"),
)
