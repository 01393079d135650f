"""One bounded HTTP call: no redirect, no proxy, an end to its size and to its time."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import SplitResult, urlsplit

from jinku.journal.anchors.errors import (
    AnchorAnswerTooLargeError,
    AnchorRedirectedError,
    AnchorSourceError,
    AnchorStatusError,
    AnchorTimeoutError,
    AnchorUnreachableError,
)

__all__ = ["call", "check_url"]

SECONDS = 20.0
_MAX_URL = 500
_LAST = {"Connection": "close"}


def check_url(url: str) -> SplitResult:
    """The parts of a URL that may be called; AnchorSourceError otherwise."""
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= _MAX_URL
    if not right or not plain or "@" in url or "#" in url or "?" in url:
        raise AnchorSourceError(
            "the place of an anchor is no URL that can be called",
            found=ascii(url)[:80],
            expected="http:// or https://, a host and a path; no user, query or fragment",
        )
    return parts


def call(
    url: str, body: bytes | None, headers: Mapping[str, str], limit: int, seconds: float = SECONDS
) -> bytes | None:
    """The body of the answer with status 200; None for 404 to a GET. POST where there is a body, else GET."""
    parts = check_url(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    late, socks = threading.Event(), list[socket.socket]()
    watch = threading.Timer(seconds, _cut, (connection, socks, late))  # a socket's own begins anew with each byte
    watch.daemon = True
    watch.start()
    with contextlib.ExitStack() as stack:
        stack.callback(connection.close)
        stack.callback(watch.cancel)
        try:
            connection.connect()
            socks.append(connection.sock)  # the connection forgets it when the answer says that it is the last
            connection.request("GET" if body is None else "POST", parts.path or "/", body, {**_LAST, **headers})
            answer = stack.enter_context(connection.getresponse())
            data = answer.read(limit + 1)
        except (OSError, http.client.HTTPException) as error:
            if late.is_set() or isinstance(error, TimeoutError):
                raise _timeout(url, seconds) from error
            raise AnchorUnreachableError(
                "a source of anchors cannot be reached",
                found=f"{url}: {_reason(error)}",
                advice="check the URL and the network; the checkpoint is published all the same",
            ) from error
    if late.is_set():
        raise _timeout(url, seconds)
    if body is None and answer.status == HTTPStatus.NOT_FOUND:
        return None
    if 300 <= answer.status < 400:
        raise AnchorRedirectedError(
            "a source of anchors sends us elsewhere",
            found=f"{url}: {answer.status} {ascii(answer.getheader('Location'))[:80]}",
            expected="an answer; redirects are not followed",
            advice="configure the place itself",
        )
    if answer.status != HTTPStatus.OK:
        raise AnchorStatusError(
            "a source of anchors refuses", found=f"{url}: HTTP status {answer.status}", expected="200"
        )
    if len(data) > limit:
        raise AnchorAnswerTooLargeError(
            "the answer of a source of anchors is too large", found=url, expected=f"at most {limit} bytes"
        )
    return data


def _cut(connection: http.client.HTTPConnection, socks: list[socket.socket], late: threading.Event) -> None:
    late.set()
    for sock in (connection.sock, *socks):
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):  # it is closed
                sock.shutdown(socket.SHUT_RDWR)


def _timeout(url: str, seconds: float) -> AnchorTimeoutError:
    return AnchorTimeoutError(
        "a source of anchors does not answer in time", found=url, expected=f"an answer within {seconds:g} s"
    )


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return ascii(text)[1:-1][:120]
