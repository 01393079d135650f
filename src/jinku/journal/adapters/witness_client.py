"""One exchange with a witness over HTTP (C2SP tlog-witness)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from jinku.core import UnavailableError, UsageError
from jinku.net import FAILED, check_address, exchange, reason

__all__ = ["Answer", "Place", "WitnessClient", "check_url"]

_MAX_ANSWER = 256 << 10  # a checkpoint with the lines of log and witness is 8 KB
_SIZE = "text/x.tlog.size"
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}


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
        check_address(url)
    except ValueError as error:
        raise UsageError(
            "this is no address of a witness", found=url[:200], expected="https://HOST[:PORT][/PATH]"
        ) from error
    return url.rstrip("/")


class WitnessClient:
    """Speaks with one witness. What it answers is not believed here."""

    def __init__(self, place: Place, seconds: float) -> None:
        """``seconds`` bound all of an exchange: one that drips is cut off."""
        self.place = place
        self._seconds = seconds

    def add_checkpoint(self, body: bytes) -> Answer:
        """The answer to a submission."""
        return self._ask(body, "/add-checkpoint")

    def latest(self, origin: str) -> bytes | None:
        """The last note that it cosigned for this log; None when it knows none."""
        answer = self._ask(None, f"/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint")
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise UnavailableError(
                f"the witness {self.place.name} did not answer", found=answer.brief, expected="200 or 404"
            )
        return answer.body

    def _ask(self, body: bytes | None, path: str) -> Answer:
        if not self.place.url:
            raise UnavailableError(
                f"nobody knows where the witness {self.place.name} answers", advice="jinku trust url NAME URL"
            )
        try:  # the address comes from a file that somebody may have written to
            parts = check_address(self.place.url)
            where = parts._replace(path=parts.path + path)
            answer = exchange(where, body, _TEXT, _MAX_ANSWER, self._seconds)
        except FAILED as error:
            raise UnavailableError(
                f"the witness {self.place.name} does not answer",
                found=f"{ascii(self.place.url)[1:-1][:200]}: {reason(error)}",
                advice="look after it; where it moved, jinku trust url NAME URL",
            ) from error
        if len(answer.body) > _MAX_ANSWER:
            raise UnavailableError(
                f"the witness {self.place.name} answers without end", found="more", expected="at most 256 KiB"
            )
        return Answer(answer.status, answer.headers.get("Content-Type", ""), answer.body)
