"""What ANALYZE keeps of a table's values: a copy of names and keys in the server's catalog, beside the table's files.

ANALYZE passes over a column whose target is 0. A row that it made before goes only with a change of the column's type,
which may be the same type again; the catalog's own file forgets it when it is written anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import NotSupportedError

__all__ = ["drop_statistics", "rewrite_statistics"]

_COLUMNS = """
SELECT quote_ident(c.relname), quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
  COALESCE('COLLATE ' || quote_ident(m.nspname) || '.' || quote_ident(k.collname), ''),
  COALESCE(a.attstattarget, -1) <> 0,
  EXISTS (SELECT FROM pg_stats s WHERE (s.schemaname, s.tablename, s.attname) = (n.nspname, c.relname, a.attname))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_collation k ON k.oid = a.attcollation LEFT JOIN pg_namespace m ON m.oid = k.collnamespace
WHERE n.nspname = current_schema() AND c.relname = ANY(%(tables)s) AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid IN ('text'::regtype, 'bytea'::regtype) ORDER BY c.relname, a.attnum
"""
_OWNS = "SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()"
_FOREIGN = (
    "the server's statistics hold values of these tables, and only the database's owner can remove them: make Jinku's "
    "user its owner (ALTER DATABASE … OWNER TO …)"
)
_VIEWED = "the server's statistics hold values of these tables, and a view or rule upon them keeps them: drop it"


def drop_statistics(connection: Connection, tables: Sequence[str]) -> tuple[bool, str]:
    """No statistics of the texts and bytes of these tables stand or come; whether some went, or why they stay."""
    for table, column, _, _, wanted, _ in _columns(connection, tables):
        if wanted:  # waits for an ANALYZE that runs, so that what it wrote is seen below
            connection.exec_driver_sql(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
    known = [column for column in _columns(connection, tables) if column[-1]]
    if known and not _owns(connection):
        return False, _FOREIGN
    try:
        for table, column, type_, collation, *_ in known:
            connection.exec_driver_sql(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {type_} {collation}")
    except NotSupportedError:
        return True, _VIEWED
    return bool(known), ""


def rewrite_statistics(connection: Connection) -> None:
    """The catalog's file holds what lives; for the database's owner alone, without whom nothing was removed."""
    if _owns(connection):
        connection.exec_driver_sql("VACUUM (FULL) pg_catalog.pg_statistic")


def _columns(connection: Connection, tables: Sequence[str]) -> Sequence[tuple[str, str, str, str, bool, bool]]:
    return [tuple(row) for row in connection.exec_driver_sql(_COLUMNS, {"tables": list(tables)})]


def _owns(connection: Connection) -> bool:
    return bool(connection.exec_driver_sql(_OWNS).scalar_one())
