"""The journal: entries get a place in its tree and an actor; its checkpoints stand in a table of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # by bytes, as in 0001
_FIXED = ("id", "kind", "subject", "digest", "content", "created_at_ms", "actor")
_SAYS = "entries are append-only"


def upgrade() -> None:
    """What was appended before has no actor and waits to be sequenced."""
    op.add_column("entries", sa.Column("leaf_index", sa.BigInteger(), nullable=True))
    op.add_column("entries", sa.Column("actor", TEXT, nullable=False, server_default=""))
    op.create_index("ix_entries_subject_id", "entries", ["subject", "id"])
    op.create_index("uq_entries_leaf_index", "entries", ["leaf_index"], unique=True)
    pending = sa.text("leaf_index IS NULL")
    op.create_index("ix_entries_pending", "entries", ["id"], sqlite_where=pending, postgresql_where=pending)
    _allow_sequencing()
    op.create_table(
        "journal_checkpoint",
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("published_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_journal_checkpoint"),
    )


def _allow_sequencing() -> None:
    """A row changes once, from no place to a place in the tree, and in nothing else."""
    if op.get_bind().dialect.name == "sqlite":
        same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in _FIXED)
        op.execute("DROP TRIGGER entries_no_update")
        op.execute(
            "CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries "
            f"WHEN NOT (OLD.leaf_index IS NULL AND NEW.leaf_index IS NOT NULL AND {same}) "
            f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
        )
        return
    same = " AND ".join(f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in _FIXED)
    op.execute("DROP TRIGGER IF EXISTS entries_no_update ON entries")
    op.execute(
        "CREATE OR REPLACE FUNCTION entries_only_sequenced() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF OLD.leaf_index IS NULL AND NEW.leaf_index IS NOT NULL AND {same} THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{_SAYS}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries "
        "FOR EACH ROW EXECUTE FUNCTION entries_only_sequenced()"
    )
