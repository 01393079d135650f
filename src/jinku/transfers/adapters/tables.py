"""The tables of transfers. What a row says is explained by its entries: played again, they give it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from jinku.store import metadata
from jinku.store.tables import BigId

__all__ = ["approval", "freeze", "plan", "slot", "transfer"]

transfer = Table(
    "transfer",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("uuid", LargeBinary(16), nullable=False),  # the intent's id
    Column("intent", LargeBinary, nullable=False),  # canonical JSON
    Column("signature", LargeBinary, nullable=False),  # its initiator's
    Column("initiator", Text, nullable=False),
    Column("idempotency_key", Text, nullable=False),
    Column("body_digest", LargeBinary(32), nullable=False),  # what the same key must ask for again
    Column("vault", LargeBinary(16), nullable=False),
    Column("source", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("chain", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("ended", Integer, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("deadline_ms", BigInteger, nullable=False),
    Column("not_before_ms", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),  # of the last verdict; empty when it is to be judged
    Column("basis", Text, nullable=False),
    Column("verdict", LargeBinary, nullable=False),  # canonical JSON, or empty
    Column("hold_until_ms", BigInteger, nullable=False),
    Column("cancelling", Integer, nullable=False),
    Column("frozen", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Unique("uuid"),
    Unique("initiator", "idempotency_key"),
    Index(None, "source", "ended"),
    Index(None, "vault", "ended"),
    Index(None, "ended", "deadline_ms"),
)

plan = Table(
    "transfer_plan",
    metadata,
    Column("uuid", LargeBinary(16), nullable=False),
    Column("transfer", LargeBinary(16), nullable=False),
    Column("number", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),  # canonical JSON
    Column("digest", Text, nullable=False),
    Column("slots", Text, nullable=False),  # separated by blanks
    Column("stage", Text, nullable=False),
    Column("tx", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),  # signed bytes; empty before
    Column("sent", Integer, nullable=False),
    PrimaryKeyConstraint("uuid"),
    Unique("transfer", "number"),
)

slot = Table(
    "transfer_slot",
    metadata,
    Column("account", Text, nullable=False),
    Column("slot", Text, nullable=False),
    Column("number", BigInteger, nullable=False),  # a nonce; -1 for an outpoint
    Column("holder", LargeBinary, nullable=False),  # the transfer; empty: free, and to be taken before higher ones
    Column("signed", Integer, nullable=False),
    PrimaryKeyConstraint("account", "slot"),
    Index(None, "account", "signed", "number"),
    Index(None, "holder"),
    sqlite_with_rowid=False,
)

approval = Table(
    "transfer_approval",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("transfer", LargeBinary(16), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("content", LargeBinary, nullable=False),  # canonical JSON
    Column("signature", LargeBinary, nullable=False),
    Column("received_at_ms", BigInteger, nullable=False),
    Unique("transfer", "digest"),
)

freeze = Table(
    "transfer_freeze",
    metadata,
    Column("scope", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("scope", "value"),
    sqlite_with_rowid=False,
)
