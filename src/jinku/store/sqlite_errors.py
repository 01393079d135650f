"""What SQLite says, in the store's own errors."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from jinku.core import JinkuError, UnavailableError
from jinku.store.errors import DatabaseBusyError, DatabaseDamagedError, DiskFullError, ReadOnlyHomeError

__all__ = ["translate"]

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
