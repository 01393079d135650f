"""A call to a source of anchors, in the errors of anchors."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import SplitResult

from jinku.journal.anchors.errors import (
    AnchorAnswerTooLargeError,
    AnchorRedirectedError,
    AnchorSourceError,
    AnchorStatusError,
    AnchorTimeoutError,
    AnchorUnreachableError,
)
from jinku.net import FAILED, check_address, exchange, reason

__all__ = ["SECONDS", "call", "check_url"]

SECONDS = 20.0


def check_url(url: str) -> SplitResult:
    """The parts of a URL that may be called; AnchorSourceError otherwise."""
    try:
        return check_address(url)
    except ValueError as error:
        raise AnchorSourceError(
            "the place of an anchor is no URL that can be called",
            found=ascii(url)[:80],
            expected="http:// or https://, a host and a path; no user, query or fragment",
        ) from error


def call(
    url: str, body: bytes | None, headers: Mapping[str, str], limit: int, seconds: float = SECONDS
) -> bytes | None:
    """The body of the answer with status 200; None for 404 to a GET. POST where there is a body, else GET."""
    parts = check_url(url)
    try:
        answer = exchange(parts, body, headers, limit, seconds)
    except TimeoutError as error:
        raise AnchorTimeoutError(
            "a source of anchors does not answer in time", found=url, expected=f"an answer within {seconds:g} s"
        ) from error
    except FAILED as error:
        raise AnchorUnreachableError(
            "a source of anchors cannot be reached",
            found=f"{url}: {reason(error)}",
            advice="check the URL and the network; the checkpoint is published all the same",
        ) from error
    if body is None and answer.status == HTTPStatus.NOT_FOUND:
        return None
    if 300 <= answer.status < 400:
        raise AnchorRedirectedError(
            "a source of anchors sends us elsewhere",
            found=f"{url}: {answer.status} {ascii(answer.headers.get('Location'))[:80]}",
            expected="an answer; redirects are not followed",
            advice="configure the place itself",
        )
    if answer.status != HTTPStatus.OK:
        raise AnchorStatusError(
            "a source of anchors refuses", found=f"{url}: HTTP status {answer.status}", expected="200"
        )
    if len(answer.body) > limit:
        raise AnchorAnswerTooLargeError(
            "the answer of a source of anchors is too large", found=url, expected=f"at most {limit} bytes"
        )
    return answer.body
