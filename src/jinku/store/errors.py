"""How the store fails. ``sqlite_errors`` and ``postgres_errors`` translate what their drivers say into these."""

from __future__ import annotations

from jinku.core import ConflictError, IntegrityError, JinkuError, NotFoundError, RefusedError, UnavailableError

__all__ = [
    "ConcurrentChangeError",
    "DatabaseAccessError",
    "DatabaseBusyError",
    "DatabaseDamagedError",
    "DatabaseMissingError",
    "DatabaseUnreachableError",
    "DiskFullError",
    "EntryChangedError",
    "LeaseLostError",
    "NotDurableError",
    "ReadOnlyHomeError",
    "SchemaNewerError",
    "SchemaOlderError",
]


class DatabaseMissingError(NotFoundError):
    """There is no database where this home has its own."""

    code = "store.missing"


class DatabaseDamagedError(IntegrityError):
    """The database is not what its engine wrote."""

    code = "store.damaged"


class EntryChangedError(IntegrityError):
    """An entry's row is not what was appended."""

    code = "store.entry_changed"


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
    """The home, or the server, takes no writing."""

    code = "store.read_only"
    retryable = False


class DatabaseBusyError(UnavailableError):
    """Another process holds what this one needs for longer than the wait, or the server has no connection left."""

    code = "store.busy"


class LeaseLostError(ConflictError):
    """The lease ran out and someone else may hold the task; the work must not be committed."""

    code = "store.lease_lost"
    retryable = True


class DatabaseUnreachableError(UnavailableError):
    """The server does not answer, or went away; what was not committed left no trace."""

    code = "store.unreachable"


class DatabaseAccessError(RefusedError):
    """The server does not let this user in, or not do this."""

    code = "store.access"


class ConcurrentChangeError(ConflictError):
    """Two transactions were in each other's way and the server ended this one; the same request may succeed now."""

    code = "store.conflict"
    retryable = True


class NotDurableError(JinkuError):
    """The server may lose what it reported as committed."""

    code = "store.not_durable"
