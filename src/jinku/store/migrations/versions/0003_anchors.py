"""Anchors of checkpoints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # by bytes, as in 0001


def upgrade() -> None:
    """A table for proofs that a checkpoint stood; it is empty at first."""
    op.create_table(
        "journal_anchor",
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("place", TEXT, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.Column("extra", sa.LargeBinary(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", "kind", "place", name="pk_journal_anchor"),
    )
