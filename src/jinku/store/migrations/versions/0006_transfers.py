"""Transfers, their plans and slots, approvals, and freezes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # by bytes, as in 0001
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _flag(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _bytes(name: str, length: int | None = None) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(length), nullable=False)


def upgrade() -> None:
    """No transfer stands yet."""
    op.create_table(
        "transfer",
        sa.Column("id", KEY, primary_key=True),
        _bytes("uuid", 16), _bytes("intent"), _bytes("signature"), _text("initiator"), _text("idempotency_key"),
        _bytes("body_digest", 32), _bytes("vault", 16), _text("source"), _text("destination"), _text("chain"),
        _text("state"), _flag("ended"), _number("since_ms"), _number("deadline_ms"), _number("not_before_ms"),
        _text("outcome"), _text("basis"), _bytes("verdict"), _number("hold_until_ms"), _flag("cancelling"),
        _flag("frozen"), _text("code"),
        sa.PrimaryKeyConstraint("id", name="pk_transfer"),
        sa.UniqueConstraint("uuid", name="uq_transfer_uuid"),
        sa.UniqueConstraint("initiator", "idempotency_key", name="uq_transfer_initiator_idempotency_key"),
    )  # fmt: skip
    op.create_index("ix_transfer_source_ended", "transfer", ["source", "ended"])
    op.create_index("ix_transfer_vault_ended", "transfer", ["vault", "ended"])
    op.create_index("ix_transfer_ended_deadline_ms", "transfer", ["ended", "deadline_ms"])
    op.create_table(
        "transfer_plan",
        _bytes("uuid", 16), _bytes("transfer", 16), _flag("number"), _bytes("content"), _text("digest"),
        _text("slots"), _text("stage"), _text("tx"), _bytes("raw"), _flag("sent"),
        sa.PrimaryKeyConstraint("uuid", name="pk_transfer_plan"),
        sa.UniqueConstraint("transfer", "number", name="uq_transfer_plan_transfer_number"),
    )  # fmt: skip
    op.create_table(
        "transfer_slot",
        _text("account"), _text("slot"), _number("number"), _bytes("holder"), _flag("signed"),
        sa.PrimaryKeyConstraint("account", "slot", name="pk_transfer_slot"),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_index("ix_transfer_slot_account_signed_number", "transfer_slot", ["account", "signed", "number"])
    op.create_index("ix_transfer_slot_holder", "transfer_slot", ["holder"])
    op.create_table(
        "transfer_approval",
        sa.Column("id", KEY, primary_key=True),
        _bytes("transfer", 16), _bytes("digest", 32), _bytes("content"), _bytes("signature"), _number("received_at_ms"),
        sa.PrimaryKeyConstraint("id", name="pk_transfer_approval"),
        sa.UniqueConstraint("transfer", "digest", name="uq_transfer_approval_transfer_digest"),
    )  # fmt: skip
    op.create_table(
        "transfer_freeze",
        _text("scope"), _text("value"), _number("since_ms"),
        sa.PrimaryKeyConstraint("scope", "value", name="pk_transfer_freeze"),
        sqlite_with_rowid=False,
    )  # fmt: skip
