"""One exchange with a witness over HTTP (C2SP tlog-witness): bounded in time and size, no redirect, no proxy."""

from __future__ import annotations

import hashlib
import http.client
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

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
    parts = urlsplit(url)
    try:
        plain = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        plain = False
    if not plain or parts.query or parts.fragment or parts.username is not None or not url.isascii():
        raise UsageError("this is no address of a witness", found=url[:200], expected="https://HOST[:PORT][/PATH]")
    return url.rstrip("/")


class WitnessClient:
    """Speaks with one witness. What it answers is not believed here."""

    def __init__(self, place: Place, seconds: float) -> None:
        """``seconds`` bound each wait for the network; who asks bounds the whole."""
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
        parts = urlsplit(self.place.url)
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=self._seconds, context=context
            )
        else:
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=self._seconds)
        try:
            connection.request(method, parts.path + path, body, {"Content-Type": "text/plain; charset=utf-8"})
            answer = connection.getresponse()
            data = answer.read(_MAX_ANSWER + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UnavailableError(
                f"the witness {self.place.name} does not answer",
                found=f"{self.place.url}: {error or type(error).__name__}",
                advice="look after it; where it moved, jinku trust url NAME URL",
            ) from error
        finally:
            connection.close()
        if len(data) > _MAX_ANSWER:
            raise UnavailableError(
                f"the witness {self.place.name} answers without end", found=f"{len(data)} bytes", expected="256 KiB"
            )
        return Answer(answer.status, answer.headers.get("Content-Type", ""), data)
