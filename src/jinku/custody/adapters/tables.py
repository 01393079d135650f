"""The tables of custody. No column holds a key or anything derived from one but fingerprints."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text, UniqueConstraint

from jinku.store import metadata
from jinku.store.tables import BigId

__all__ = ["vault"]

vault = Table(
    "vault",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("uuid", LargeBinary(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("custody", Text, nullable=False),
    Column("state", Text, nullable=False),  # creating | ready | missing
    Column("forms", Text, nullable=False),  # canonical JSON: [{chain, family, kind, path}, ...]
    Column("secret_kind", Text, nullable=False),
    Column("hardened_accounts", Integer, nullable=False),
    Column("exportable", Integer, nullable=False),
    Column("fingerprint", Text, nullable=False),  # master fingerprint, 8 hex digits
    Column("key_version", Integer, nullable=False),
    Column("limits", Text, nullable=False),  # canonical JSON; the signer holds the authenticated copy
    Column("next_index", BigInteger, nullable=False),  # first account index that nobody reserved
    Column("created_at_ms", BigInteger, nullable=False),
    UniqueConstraint("uuid"),
    UniqueConstraint("name"),
)
