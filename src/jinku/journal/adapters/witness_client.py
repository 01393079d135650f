"""One exchange with a witness over HTTP (C2SP tlog-witness): bounded in time and size, no redirect, no proxy."""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Timer
from urllib.parse import SplitResult, urlsplit

from jinku.core import UnavailableError, UsageError

__all__ = ["Answer", "Place", "WitnessClient", "check_url"]

_MAX_ANSWER = 256 << 10  # a checkpoint with the lines of log and witness is 8 KB
_SIZE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Place:
    """A witness: its name and keys in the trust root, and where it answers (empty: nobody knows)."""

    name: str
    keys: tuple[str, ...]
    url: str
    outside: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, kind and body of an answer."""

    status: int
    kind: str
    body: bytes

    @property
    def brief(self) -> str:
        """One line for people."""
        said = self.body[:200].decode("utf-8", "replace").strip().splitlines()
        text = "".join(char if char.isprintable() else "?" for char in (said[0] if said else ""))
        return f"{self.status} {text}".strip()

    def size(self) -> int | None:
        """The size that a 409 names."""
        text = self.body.strip()
        plain = self.status == 409 and self.kind == _SIZE and text.isdigit() and len(text) < 20
        return int(text) if plain else None


def check_url(url: str) -> str:
    """The submission prefix without a slash at its end; UsageError when it is no plain http or https address."""
    try:
        parts = urlsplit(url)
        plain = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        plain = plain and not parts.query and not parts.fragment and parts.username is None
    except ValueError:
        plain = False
    if not plain or not url.isascii():
        raise UsageError("this is no address of a witness", found=url[:200], expected="https://HOST[:PORT][/PATH]")
    return url.rstrip("/")


class WitnessClient:
    """Speaks with one witness. What it answers is not believed here."""

    def __init__(self, place: Place, seconds: float) -> None:
        """``seconds`` bound the connecting, and then all of the exchange: one that drips is cut off."""
        self.place = place
        self._seconds = seconds

    def add_checkpoint(self, body: bytes) -> Answer:
        """The answer to a submission."""
        return self._ask("POST", "/add-checkpoint", body)

    def latest(self, origin: str) -> bytes | None:
        """The last note that it cosigned for this log; None when it knows none."""
        answer = self._ask("GET", f"/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint")
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise UnavailableError(
                f"the witness {self.place.name} did not answer", found=answer.brief, expected="200 or 404"
            )
        return answer.body

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        if not self.place.url:
            raise UnavailableError(
                f"nobody knows where the witness {self.place.name} answers", advice="jinku trust url NAME URL"
            )
        try:
            parts = urlsplit(self.place.url)
            with closing(self._connection(parts)) as connection, _cut_off(connection, self._seconds):
                connection.request(method, parts.path + path, body, {"Content-Type": "text/plain; charset=utf-8"})
                with connection.getresponse() as answer:
                    data = answer.read(_MAX_ANSWER + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UnavailableError(
                f"the witness {self.place.name} does not answer",
                found=f"{self.place.url}: {error or type(error).__name__}",
                advice="look after it; where it moved, jinku trust url NAME URL",
            ) from error
        if len(data) > _MAX_ANSWER:
            raise UnavailableError(
                f"the witness {self.place.name} answers without end", found=f"{len(data)} bytes", expected="256 KiB"
            )
        return Answer(answer.status, answer.headers.get("Content-Type", ""), data)

    def _connection(self, parts: SplitResult) -> http.client.HTTPConnection:
        host = parts.hostname or ""
        if parts.scheme != "https":
            return http.client.HTTPConnection(host, parts.port, timeout=self._seconds)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=self._seconds, context=context)


@contextmanager
def _cut_off(connection: http.client.HTTPConnection, seconds: float) -> Iterator[None]:
    """The connection stands, and ends after so long whatever comes: its own limit begins anew with each byte."""
    connection.connect()
    sock, late = connection.sock, Event()

    def end() -> None:
        late.set()
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # not the one of TLS: another thread reads from it

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if late.is_set():  # what came may lack its end
        raise http.client.HTTPException(f"no whole answer within {seconds:g} s")
