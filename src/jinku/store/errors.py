"""How the store fails, and the one place that translates what SQLite and SQLAlchemy say."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from jinku.core import ConflictError, IntegrityError, JinkuError, NotFoundError, UnavailableError

__all__ = [
    "DatabaseBusyError",
    "DatabaseDamagedError",
    "DatabaseMissingError",
    "DiskFullError",
    "LeaseLostError",
    "ReadOnlyHomeError",
    "SchemaNewerError",
    "SchemaOlderError",
    "translate",
]


class DatabaseMissingError(NotFoundError):
    """There is no database in this home."""

    code = "store.missing"


class DatabaseDamagedError(IntegrityError):
    """The database file is not what SQLite wrote."""

    code = "store.damaged"


class SchemaOlderError(JinkuError):
    """The database was made by an older version and must be migrated first."""

    code = "store.schema_older"


class SchemaNewerError(JinkuError):
    """The database was made by a newer version; this one refuses to touch it."""

    code = "store.schema_newer"


class DiskFullError(UnavailableError):
    """The disk has no room; the transaction left no trace."""

    code = "store.disk_full"


class ReadOnlyHomeError(UnavailableError):
    """The home cannot be written."""

    code = "store.read_only"
    retryable = False


class DatabaseBusyError(UnavailableError):
    """Another process holds the write lock longer than the wait."""

    code = "store.busy"


class LeaseLostError(ConflictError):
    """The lease ran out and someone else may hold the task; the work must not be committed."""

    code = "store.lease_lost"
    retryable = True


_ADVICE_DAMAGED = (
    "stop every jinku process, keep a copy of the file and of its -wal file, and restore the database from a backup; "
    "keys are not in it and are not affected"
)
_RESERVE_BYTES = 1 << 20


def _sqlite_cause(error: BaseException) -> sqlite3.Error | None:
    if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.Error):
        return error.orig
    return error if isinstance(error, sqlite3.Error) else None


def _disk_is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _RESERVE_BYTES
    except OSError:
        return False


def translate(error: BaseException, path: Path) -> JinkuError | None:  # noqa: PLR0911  one return a kind of failure
    """The store's own error for what SQLite said about the database at ``path``; None when it is no such failure."""
    cause = _sqlite_cause(error)
    if cause is None:
        return None
    name = getattr(cause, "sqlite_errorname", "") or ""
    fields = {"path": str(path), "sqlite": name}
    if name.startswith("SQLITE_FULL") or (name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")) and _disk_is_full(path)):
        return DiskFullError(
            "the disk is full; the last transaction was not committed and nothing else is lost",
            advice=f"free some space on the disk of {path.parent} and run the same command again",
            fields=fields,
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return DatabaseDamagedError(
            "the database file is damaged", found=str(cause), advice=_ADVICE_DAMAGED, fields=fields
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return ReadOnlyHomeError(
            "the database cannot be written",
            found=str(cause),
            advice=f"make {path.parent} writable for this user, or choose another home",
            fields=fields,
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return DatabaseBusyError(
            "the database is locked by another process",
            advice="try again; see who runs with `jinku doctor`",
            fields=fields,
        )
    if str(cause).startswith("Could not decode"):
        return DatabaseDamagedError("the database holds a text that is none", advice=_ADVICE_DAMAGED, fields=fields)
    if name.startswith("SQLITE_IOERR"):
        return UnavailableError(
            "the disk did not read or write the database",
            found=str(cause),
            advice="check the disk",
            fields=fields,
            code="store.io",
        )
    return None
