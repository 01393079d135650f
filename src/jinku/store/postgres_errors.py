"""What PostgreSQL and psycopg say, in the store's own errors. No password passes, wherever the text came from."""

from __future__ import annotations

from urllib.parse import quote

import psycopg
from sqlalchemy.exc import DBAPIError

from jinku.core import JinkuError, ParseError, UnavailableError
from jinku.store.errors import (
    ConcurrentChangeError,
    DatabaseAccessError,
    DatabaseBusyError,
    DatabaseDamagedError,
    DatabaseMissingError,
    DatabaseUnreachableError,
    DiskFullError,
    ReadOnlyHomeError,
)
from jinku.store.place import DatabaseUrl

__all__ = ["translate"]

_Named = tuple[type[JinkuError], str, str]

_UNREACHABLE: _Named = (
    DatabaseUnreachableError,
    "the database server does not answer, or went away; what was not committed left no trace",
    "see that it runs and that JINKU_DATABASE_URL names it, then run the same command again",
)
_ACCESS: _Named = (
    DatabaseAccessError,
    "the database server does not let this user in",
    "check user and password of JINKU_DATABASE_URL, and the server's pg_hba.conf",
)
_MISSING: _Named = (
    DatabaseMissingError,
    "the server has no such database",
    "make it (createdb, owned by the user of JINKU_DATABASE_URL), then run `jinku init`",
)
_CROWDED: _Named = (
    DatabaseBusyError,
    "the database server has no connection left",
    "try again; end what is not needed, or raise max_connections",
)
_CONFLICT: _Named = (
    ConcurrentChangeError,
    "two transactions were in each other's way; this one left no trace",
    "run the same command again",
)
_BUSY: _Named = (
    DatabaseBusyError,
    "another process holds what this one needs",
    "try again; see who runs with `jinku doctor`",
)
_DAMAGED: _Named = (
    DatabaseDamagedError,
    "the database server found damaged data",
    "stop every jinku process and restore the database from a backup; keys are not in it and are not affected",
)

# By SQLSTATE, the longest prefix first (PostgreSQL manual, appendix A).
_STATES: dict[str, _Named] = {
    "08": _UNREACHABLE,
    "25006": (
        ReadOnlyHomeError,
        "the database server takes no writing: it is a replica, or set to read only",
        "name the primary in JINKU_DATABASE_URL (target_session_attrs=read-write finds it among several hosts)",
    ),
    "25P03": _BUSY,
    "28": _ACCESS,
    "3D000": _MISSING,
    "40": _CONFLICT,
    "42501": (
        DatabaseAccessError,
        "the database user may not do this",
        "make it the owner of the database: ALTER DATABASE … OWNER TO …",
    ),
    "53100": (
        DiskFullError,
        "the disk of the database server is full; the last transaction was not committed and nothing else is lost",
        "free some space there and run the same command again",
    ),
    "53300": _CROWDED,
    "53": (UnavailableError, "the database server lacks memory or another resource", "see the server's log"),
    "55P03": _BUSY,
    "57014": _BUSY,
    "57P": _UNREACHABLE,
    "58": (UnavailableError, "the disk of the database server did not read or write", "see the server's log"),
    "58P01": _DAMAGED,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}

# A refused connection carries no SQLSTATE; libpq has only the server's words, which are English unless set otherwise.
_WORDS: tuple[tuple[tuple[str, ...], _Named], ...] = (
    (("password authentication failed", "no password supplied", "no pg_hba.conf entry", 'role "'), _ACCESS),
    (("authentication failed", "permission denied for database", "not permitted to log in"), _ACCESS),
    (('database "',), _MISSING),
    (("too many connections", "too many clients", "remaining connection slots"), _CROWDED),
)


def _cause(error: BaseException) -> psycopg.Error | None:
    if isinstance(error, DBAPIError) and isinstance(error.orig, psycopg.Error):
        return error.orig
    return error if isinstance(error, psycopg.Error) else None


def _named(cause: psycopg.Error) -> _Named | None:
    state = cause.sqlstate or ""
    for length in (5, 3, 2):
        if len(state) == 5 and state[:length] in _STATES:
            return _STATES[state[:length]]
    if state or not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return None
    text = str(cause)
    return next((named for words, named in _WORDS if any(word in text for word in words)), _UNREACHABLE)


def _without(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        for spelling in (secret, quote(secret, safe="")):
            text = text.replace(spelling, "…")
    return text


def translate(error: BaseException, url: DatabaseUrl) -> JinkuError | None:
    """The store's own error for what the server at ``url`` said; None when it is no failure of the database."""
    cause = _cause(error)
    if cause is None:
        return None
    found = _without(" ".join(str(cause).split()), url.secrets)[:300]
    if isinstance(cause, psycopg.DataError) and cause.sqlstate in (None, "22021"):
        return ParseError("a text cannot stand in the database", found=found, expected="UTF-8 without a zero character")
    named = _named(cause)
    if named is None:
        return None
    kind, what, advice = named
    fields = {"database": str(url), "sqlstate": cause.sqlstate or ""}
    own = "store.io" if kind is UnavailableError else None
    return kind(what, found=found, advice=advice, fields=fields, code=own)
