"""One bounded HTTP call: no redirect, no proxy, an end to its size and to its time."""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
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
        (parts.hostname or "").encode("idna")
    except ValueError:  # UnicodeError for a name with an empty part, or one that is too long
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
    until = time.monotonic() + seconds
    with contextlib.ExitStack() as stack:
        try:
            connection = _connection(parts, until, stack)
            connection.request("GET" if body is None else "POST", parts.path or "/", body, {**_LAST, **headers})
            answer = stack.enter_context(connection.getresponse())
            data = answer.read(limit + 1)
        except TimeoutError as error:
            raise AnchorTimeoutError(
                "a source of anchors does not answer in time", found=url, expected=f"an answer within {seconds:g} s"
            ) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise AnchorUnreachableError(
                "a source of anchors cannot be reached",
                found=f"{url}: {_reason(error)}",
                advice="check the URL and the network; the checkpoint is published all the same",
            ) from error
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


class _Socket:
    """What http.client needs of a socket. All waits together end at one time: a socket's own begins anew each time."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until = sock, until

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(_left(self._until))
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reading(self._sock, self._until))

    def close(self) -> None:
        """Nothing: the connection lets go before the answer is read; who opened the socket closes it."""


class _Reading(io.RawIOBase):
    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until = sock, until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(_left(self._until))
        return self._sock.recv_into(buffer)


def _connection(parts: SplitResult, until: float, stack: contextlib.ExitStack) -> http.client.HTTPConnection:
    """A connection that stands; ``stack`` closes it."""
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if parts.scheme == "http":
        connection = http.client.HTTPConnection(host, parts.port)
        sock = stack.enter_context(_connected(host, connection.port, until))
    else:
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, parts.port, context=context)
        plain = stack.enter_context(_connected(host, connection.port, until))
        plain.settimeout(_left(until))  # of the whole handshake
        sock = stack.enter_context(context.wrap_socket(plain, server_hostname=host))
    connection.sock = _Socket(sock, until)  # so it does not connect by itself
    return connection


def _connected(host: str, port: int, until: float) -> socket.socket:
    failed = OSError("the name has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(_left(until))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            failed = error
        else:
            return sock
    raise failed


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return ascii(text)[1:-1][:120]
