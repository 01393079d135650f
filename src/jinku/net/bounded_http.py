"""One bounded HTTP exchange: no redirect, no proxy, an end in bytes, and one to all waits together."""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

__all__ = ["FAILED", "HttpAnswer", "check_address", "exchange", "reason"]

_MAX_URL = 500
_LAST = {"Connection": "close"}
FAILED = (OSError, http.client.HTTPException, ValueError)  # what an exchange may raise; TimeoutError: not in time


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back, whatever its status. A body longer than the limit was cut one byte behind it."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def check_address(url: str) -> SplitResult:
    """The parts of an address that may be asked: http or https, a host, maybe a path. ValueError otherwise."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("neither http:// nor https://, or no host")
    parts.hostname.encode("idna")  # UnicodeError is a ValueError: a part that is empty or too long
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > _MAX_URL:
        raise ValueError(f"more than {_MAX_URL} characters, or others than those of an address")
    if "@" in url or "?" in url or "#" in url:
        raise ValueError("a user, a query or a fragment")
    return parts


def exchange(
    parts: SplitResult, body: bytes | None, headers: Mapping[str, str], limit: int, seconds: float
) -> HttpAnswer:
    """The answer to a POST of ``body``, or to a GET where there is none; of it at most ``limit`` bytes and one.

    All waits together end after so many seconds; only the looking up of the name has the end that the machine gives
    it. Raises what is in ``FAILED``.
    """
    until = time.monotonic() + seconds
    with contextlib.ExitStack() as stack:
        connection = _connection(parts, until, stack)
        method = "GET" if body is None else "POST"
        connection.request(method, parts.path or "/", body, {**_LAST, **headers})
        answer = stack.enter_context(connection.getresponse())
        data = answer.read(limit + 1)
        if len(data) <= limit and answer.length:
            raise http.client.IncompleteRead(data, answer.length)
    return HttpAnswer(answer.status, answer.headers, data)


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
    host = parts.hostname or ""  # with its port each time: http.client would look for one in an IPv6 address
    connection: http.client.HTTPConnection
    if parts.scheme == "http":
        connection = http.client.HTTPConnection(host, parts.port or http.client.HTTP_PORT)
        sock = stack.enter_context(_connected(host, connection.port, until))
    else:
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, parts.port or http.client.HTTPS_PORT, context=context)
        plain = stack.enter_context(_connected(host, connection.port, until))
        plain.settimeout(_left(until))  # of the whole handshake
        sock = stack.enter_context(context.wrap_socket(plain, server_hostname=host))
    connection.sock = _Socket(sock, until)  # so it does not connect by itself
    return connection


def _connected(host: str, port: int, until: float) -> socket.socket:
    failed = OSError("the name has no address")
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for others, (family, kind, protocol, _, address) in zip(range(len(found) - 1, -1, -1), found, strict=True):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(_left(until) / (1 + others))  # one that swallows packets leaves them their time
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


def reason(error: Exception) -> str:
    """One of ``FAILED`` in a few plain characters."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    if isinstance(error, ValueError):
        text = str(error)
    return "no whole answer in time" if isinstance(error, TimeoutError) else ascii(text)[1:-1][:120]
