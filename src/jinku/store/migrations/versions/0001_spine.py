"""The first schema: entries, outbox, queue, vaults, jobs, accounts and their addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# By bytes on both engines: a server's new C library then changes no order under an index.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Every table of the first release stands."""
    _store()
    _custody()
    _jobs()
    _accounts()
    _self_mode()


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_{table}_{column}")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _blob(name: str, length: int | None = None) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(length), nullable=False)


def _row_id(name: str = "id") -> sa.Column[int]:
    return sa.Column(name, BIG_ID, nullable=False)


def _store() -> None:
    op.create_table(
        "entries",
        _row_id(), _text("kind"), _text("subject"), _blob("digest"), _blob("content"), _big("created_at_ms"),
        _key("entries", "id"),
    )  # fmt: skip
    _append_only()
    op.create_table(
        "outbox",
        _row_id(), _text("topic"), _blob("payload"), _big("created_at_ms"),
        _key("outbox", "id"),
    )  # fmt: skip
    op.create_table(
        "queue",
        _row_id(), _text("topic"), _text("key"), _blob("payload"), _big("run_at_ms"), _int("attempts"), _big("fence"),
        _text("owner"), _big("lease_until_ms"), _text("error"),
        _key("queue", "id"),
        _unique("queue", "topic", "key"),
    )  # fmt: skip
    op.create_index("ix_queue_topic_run_at_ms_id", "queue", ["topic", "run_at_ms", "id"])


def _append_only() -> None:
    """No entry is changed or removed by any statement."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER entries_no_{verb.lower()} BEFORE {verb} ON entries "
                "BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION entries_are_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'entries are append-only'; END $$"
    )
    for verb in ("UPDATE", "DELETE", "TRUNCATE"):
        op.execute(
            f"CREATE TRIGGER entries_no_{verb.lower()} BEFORE {verb} ON entries "
            "FOR EACH STATEMENT EXECUTE FUNCTION entries_are_append_only()"
        )


def _custody() -> None:
    op.create_table(
        "vault",
        _row_id(), _blob("uuid", 16), _text("name"), _text("tier"), _text("custody"), _text("state"), _text("forms"),
        _text("secret_kind"), _int("hardened_accounts"), _int("exportable"), _text("fingerprint"), _int("key_version"),
        _text("limits"), _big("next_index"), _big("created_at_ms"),
        _key("vault", "id"),
        _unique("vault", "uuid"),
        _unique("vault", "name"),
    )  # fmt: skip


def _jobs() -> None:
    op.create_table(
        "form",
        _row_id(), _text("chain"), _text("family"), _text("kind"), _text("path"),
        _key("form", "id"),
        _unique("form", "chain", "family", "kind", "path"),
    )  # fmt: skip
    op.create_table(
        "job",
        _row_id(), _blob("uuid", 16), _text("job_key"), _blob("spec_digest", 32), _blob("vault", 16), _text("mode"),
        _text("state"), _text("owner"), _big("start"), _big("count"), _int("chunk"), _big("done"), _int("rate"),
        _text("verify"), _int("claim_codes"), _int("words"), _text("language"), _big("account_base"),
        _big("address_base"), _big("created_at_ms"), _big("finished_at_ms"), _text("error"),
        _key("job", "id"),
        _unique("job", "uuid"),
        _unique("job", "job_key"),
        _refers("job", "vault", "vault.uuid"),
    )  # fmt: skip
    op.create_index("ix_job_owner", "job", ["owner"])
    op.create_index("ix_job_vault", "job", ["vault"])
    op.create_table(
        "job_form",
        _big("job_id"), _int("position"), _big("form_id"),
        _key("job_form", "job_id", "position"),
        _refers("job_form", "job_id", "job.id"),
        _refers("job_form", "form_id", "form.id"),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "batch",
        _row_id(), _big("job_id"), _int("number"), _big("start"), _int("count"), _blob("root", 32), _blob("statement"),
        _blob("signature", 64), _text("fingerprint"),
        _key("batch", "id"),
        _unique("batch", "job_id", "number"),
        _refers("batch", "job_id", "job.id"),
    )  # fmt: skip
    op.create_table(
        "evidence",
        _big("job_id"), _big("first"), _big("count"), _text("subject"), _blob("ciphertext"), _blob("sealed_key"),
        _blob("commitment"),
        _key("evidence", "job_id", "first"),
        _refers("evidence", "job_id", "job.id"),
        sqlite_with_rowid=False,
    )  # fmt: skip


def _accounts() -> None:
    op.create_table(
        "account",
        _row_id(), _blob("uuid", 16), _big("job_id"), _big("idx"),
        _key("account", "id"),
    )  # fmt: skip
    op.create_table(
        "address",
        _row_id(), _big("account_id"), _big("form_id"), _text("address"),
        _key("address", "id"),
    )  # fmt: skip
    op.create_table(
        "address_lookup",
        _big("key"), _big("address_id"),
        _key("address_lookup", "key", "address_id"),
        sqlite_with_rowid=False,
    )  # fmt: skip


def _self_mode() -> None:
    op.create_table(
        "self_wallet",
        _row_id("account_id"), _blob("fingerprint", 4), _big("claimed_at_ms"),
        _key("self_wallet", "account_id"),
    )  # fmt: skip
    op.create_table(
        "delivered_blob",
        _row_id("account_id"), _blob("blob"),
        _key("delivered_blob", "account_id"),
    )  # fmt: skip
    op.create_table(
        "claim_blob",
        _blob("lookup_id"), _big("account_id"), _blob("blob"),
        _key("claim_blob", "lookup_id"),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "recipient",
        _big("job_id"), _big("position"), _text("recipient"),
        _key("recipient", "job_id", "position"),
        _refers("recipient", "job_id", "job.id"),
        sqlite_with_rowid=False,
    )  # fmt: skip
