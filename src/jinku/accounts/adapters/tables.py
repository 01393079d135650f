"""The tables of accounts, laid out for bulk: integer keys given by us, ids as plain columns, look-ups filled last.

``account``, ``address`` and ``address_lookup`` have neither secondary index nor foreign key: their rows are held
together by ranges that the job reserved and by the signed root of their batch, which is proven at each reading.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from jinku.store import metadata
from jinku.store.tables import BigId

__all__ = [
    "account",
    "address",
    "address_lookup",
    "batch",
    "claim_blob",
    "delivered_blob",
    "evidence",
    "form",
    "job",
    "job_form",
    "recipient",
    "self_wallet",
]

form = Table(
    "form",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("chain", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("path", Text, nullable=False),
    UniqueConstraint("chain", "family", "kind", "path"),
)

job = Table(
    "job",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("uuid", LargeBinary(16), nullable=False),
    Column("job_key", Text, nullable=False),
    Column("spec_digest", LargeBinary(32), nullable=False),  # what the same key must ask for again
    Column("vault", LargeBinary(16), ForeignKey("vault.uuid"), nullable=False),
    Column("mode", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("chunk", Integer, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("rate", Integer, nullable=False),
    Column("verify", Text, nullable=False),
    Column("claim_codes", Integer, nullable=False),
    Column("words", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("account_base", BigInteger, nullable=False),  # account.id of index ``start``
    Column("address_base", BigInteger, nullable=False),  # address.id of its first form
    Column("created_at_ms", BigInteger, nullable=False),
    Column("finished_at_ms", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
    UniqueConstraint("uuid"),
    UniqueConstraint("job_key"),
    Index(None, "owner"),
    Index(None, "vault"),
)

job_form = Table(
    "job_form",
    metadata,
    Column("job_id", BigInteger, ForeignKey("job.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("form_id", BigInteger, ForeignKey("form.id"), nullable=False),
    sqlite_with_rowid=False,
)

batch = Table(
    "batch",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("job_id", BigInteger, ForeignKey("job.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("statement", LargeBinary, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
    Column("fingerprint", Text, nullable=False),
    UniqueConstraint("job_id", "number"),
)

account = Table(
    "account",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("uuid", LargeBinary(16), nullable=False),
    Column("job_id", BigInteger, nullable=False),
    Column("idx", BigInteger, nullable=False),
)

address = Table(
    "address",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("form_id", BigInteger, nullable=False),
    Column("address", Text, nullable=False),
)

address_lookup = Table(
    "address_lookup",
    metadata,
    Column("key", BigInteger, primary_key=True),  # first 8 bytes of SHA-256(address), big-endian, signed
    Column("address_id", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)

self_wallet = Table(
    "self_wallet",
    metadata,
    Column("account_id", BigId, primary_key=True),
    Column("fingerprint", LargeBinary(4), nullable=False),
    Column("claimed_at_ms", BigInteger, nullable=False),  # 0: not claimed, or delivered by age
)

delivered_blob = Table(
    "delivered_blob",
    metadata,
    Column("account_id", BigId, primary_key=True),
    Column("blob", LargeBinary, nullable=False),  # age file to the user's own recipient
)

# Unclaimed blobs stand alone so that backups leave the table out and a claim destroys its row.
claim_blob = Table(
    "claim_blob",
    metadata,
    Column("lookup_id", LargeBinary, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("blob", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

recipient = Table(
    "recipient",
    metadata,
    Column("job_id", BigInteger, ForeignKey("job.id"), primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("recipient", Text, nullable=False),
    sqlite_with_rowid=False,
)

evidence = Table(
    "evidence",
    metadata,
    Column("job_id", BigInteger, ForeignKey("job.id"), primary_key=True),
    Column("first", BigInteger, primary_key=True),  # first account of the job (0-based) that it speaks of
    Column("count", BigInteger, nullable=False),
    Column("subject", Text, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("sealed_key", LargeBinary, nullable=False),
    Column("commitment", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
