"""Where a database is: a file, or the URL of a PostgreSQL whose password stands in no text made from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from jinku.core import UsageError

__all__ = ["DatabaseUrl", "DatabaseUrlError", "Place"]

_EXPECTED = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
_ADVICE = "write special characters of user and password as %XX; or leave the password to ~/.pgpass"
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]*)(?::(?P<port>[0-9]+))?")
_SECRET = ("password", "sslpassword", "oauth_client_secret")
_NOT_DURABLE = "jinku_not_durable"  # our own: for tests that may lose what was committed


class DatabaseUrlError(UsageError):
    """The text is no URL of a PostgreSQL database (exit 2). It is never quoted: a password may stand in it."""

    code = "store.url"


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """One PostgreSQL database and how to reach it.

    >>> url = DatabaseUrl.parse("postgresql://jinku:s%40cret@db.internal:5433/wallets?sslmode=verify-full")
    >>> str(url), url
    ('postgresql://jinku@db.internal:5433/wallets', DatabaseUrl('postgresql://jinku@db.internal:5433/wallets'))
    >>> url.words["password"]
    's@cret'
    """

    shown: str
    words: dict[str, str] = field(repr=False)  # as libpq names them; the password among them
    allows_loss: bool = False  # commits need not be on disk: tests only

    @staticmethod
    def parse(text: str) -> DatabaseUrl:
        """The database of ``postgresql://…`` as libpq reads it, with a stricter grammar; DatabaseUrlError otherwise."""
        scheme, found, rest = text.strip().partition("://")
        if not found or scheme not in ("postgresql", "postgres"):
            raise _refuse("no postgresql:// in front")
        if "#" in rest or any(char.isspace() for char in rest):
            raise _refuse("a blank or a # in it")
        address, _, query = rest.partition("?")
        authority, _, database = address.partition("/")
        if "@" in database or "/" in database or authority.count("@") > 1:
            raise _refuse("a / or @ too many")
        account, _, hosts = authority.rpartition("@")
        user, _, password = account.partition(":")
        words = {**_hosts(hosts), "user": unquote(user), "password": unquote(password), "dbname": unquote(database)}
        words = {name: value for name, value in words.items() if value}
        options = _options(query)
        allows_loss = options.pop(_NOT_DURABLE, "") == "1"
        words |= options
        if "dbname" not in words and "service" not in words:
            raise _refuse("no database named")
        return DatabaseUrl(_shown(words), words, allows_loss)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must appear in no message, log or table."""
        return tuple(self.words[name] for name in _SECRET if name in self.words)

    def __str__(self) -> str:
        """User, host, port and database; no password, no options."""
        return self.shown

    def __repr__(self) -> str:
        """As ``str``."""
        return f"DatabaseUrl({self.shown!r})"


Place = Path | DatabaseUrl


def _refuse(found: str) -> DatabaseUrlError:
    return DatabaseUrlError(
        "the address of the database cannot be read", found=found, expected=_EXPECTED, advice=_ADVICE
    )


def _hosts(text: str) -> dict[str, str]:
    """The hosts and ports, in libpq's spelling: several are tried in turn."""
    hosts, ports = [], []
    for one in text.split(","):
        match = _HOST.fullmatch(one)
        if match is None:
            raise _refuse("a host or port that is none")
        hosts.append(match["host"].strip("[]"))
        ports.append(match["port"] or "")
    return {"host": ",".join(hosts).strip(","), "port": ",".join(ports) if any(ports) else ""}


def _options(query: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True)) if query else {}
    except ValueError as error:
        raise _refuse("options that are none") from error


def _shown(words: dict[str, str]) -> str:
    user = f"{words['user']}@" if "user" in words else ""
    hosts, ports = words.get("host", "").split(","), words.get("port", "").split(",")
    ports += [ports[-1]] * (len(hosts) - len(ports))
    named = ",".join(f"{host}:{port}" if port else host for host, port in zip(hosts, ports, strict=False))
    return f"postgresql://{user}{named}/{words.get('dbname', '')}"
