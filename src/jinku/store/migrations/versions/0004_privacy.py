"""Subjects of personal data, their keys, and what is left of one that was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # by bytes, as in 0001


def _mark() -> sa.Column[bytes]:
    return sa.Column("mark", sa.LargeBinary(32), nullable=False)


def _at(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False)


def upgrade() -> None:
    """No subject stands yet: what was made before has none."""
    op.create_table(
        "subject",
        _mark(), _text("kind"), _text("name"), _at("created_at_ms"), _text("hold"), _at("held_at_ms"),
        sa.PrimaryKeyConstraint("mark", name="pk_subject"),
        sa.UniqueConstraint("kind", "name", name="uq_subject_kind_name"),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "subject_key",
        _mark(), sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_subject_key"),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "erasure",
        _mark(), _at("asked_at_ms"), _at("done_at_ms"),
        sa.PrimaryKeyConstraint("mark", name="pk_erasure"),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "erasure_wait",
        _mark(), _text("store"), _text("why"),
        sa.PrimaryKeyConstraint("mark", "store", name="pk_erasure_wait"),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "subject_bundle",
        _text("path"), _at("exported_at_ms"),
        sa.PrimaryKeyConstraint("path", name="pk_subject_bundle"),
        sqlite_with_rowid=False,
    )  # fmt: skip
