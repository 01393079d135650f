"""Endpoints over HTTP: one bounded exchange a question."""

from __future__ import annotations

from http import HTTPStatus

from jinku.chains.ports import NoAnswer
from jinku.net import FAILED, check_address, exchange, reason

__all__ = ["HttpWire"]

_HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "jinku"}


class HttpWire:
    """Implements the port ``Wire``. It holds no connection."""

    def post(self, url: str, body: bytes, limit: int, seconds: float) -> bytes | NoAnswer:
        """The body of a 200 answer, or why there is none, without the URL."""
        try:
            answer = exchange(check_address(url), body, _HEADERS, limit, seconds)
        except FAILED as error:
            return NoAnswer(reason(error))
        if answer.status != HTTPStatus.OK:
            return NoAnswer(f"HTTP status {answer.status}")
        if len(answer.body) > limit:
            return NoAnswer(f"more than {limit} bytes")
        return answer.body
