"""The log over HTTP: the static paths of C2SP tlog-tiles and nothing else, with the cache headers that fit each."""

from __future__ import annotations

import io
import socket
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from jinku.journal.errors import TileStoreError
from jinku.journal.paths import is_log_path
from jinku.journal.ports import TileStore

__all__ = ["TileServer"]

_CONNECTIONS = 64
_SECONDS = 30.0  # from waiting for a request to the last byte of its answer
_POLL_SECONDS = 0.5
_IMMUTABLE = "public, max-age=31536000, immutable"


class _Request(io.RawIOBase):
    """What a client sends, until the request's moment is over: one that sends byte by byte wins no time."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._deadline = 0.0

    def begin(self, seconds: float) -> None:
        """A new request has so long."""
        self._deadline = time.monotonic() + seconds

    def hurry(self) -> None:
        """What is done next on the connection ends when the request's moment is over. TimeoutError when it is."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.hurry()
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    server: TileServer
    protocol_version = "HTTP/1.1"
    server_version = "jinku-journal"
    sys_version = ""

    def setup(self) -> None:
        """Reading goes through the request's deadline."""
        super().setup()
        self.rfile.close()
        self._request = _Request(self.connection)
        self.rfile = io.BufferedReader(self._request)

    def handle_one_request(self) -> None:
        """One request, within its time."""
        self._request.begin(self.server.seconds)
        super().handle_one_request()

    def do_GET(self) -> None:
        """The file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """The headers of the file."""
        self._answer(with_body=False)

    def _answer(self, with_body: bool) -> None:
        path = self.path.partition("?")[0].removeprefix("/")
        if not is_log_path(path):
            self._refuse(HTTPStatus.NOT_FOUND, "no such path in this log\n", with_body)
            return
        try:
            data = self.server.tiles.read(path)
        except TileStoreError:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "the tiles cannot be read now\n", with_body)
            return
        if data is None:
            self._refuse(HTTPStatus.NOT_FOUND, "not there yet, or pruned in favour of the full tile\n", with_body)
            return
        checkpoint = path == "checkpoint"
        kind = "text/plain; charset=utf-8" if checkpoint else "application/octet-stream"
        self._send(HTTPStatus.OK, kind, "no-cache" if checkpoint else _IMMUTABLE, data, with_body)

    def _refuse(self, status: HTTPStatus, text: str, with_body: bool) -> None:
        self._send(status, "text/plain; charset=utf-8", "no-store", text.encode(), with_body)

    def _send(self, status: HTTPStatus, kind: str, cache: str, data: bytes, with_body: bool) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(data))),
            ("Cache-Control", cache),
            ("X-Content-Type-Options", "nosniff"),
            ("Access-Control-Allow-Origin", "*"),
        ):
            self.send_header(name, value)
        self._request.hurry()  # the time-out of a socket is that of a whole sendall
        self.end_headers()
        if with_body:
            self._request.hurry()
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name of the base class
        """Nothing is written: who read what is nobody's business."""


class TileServer(ThreadingHTTPServer):
    """Serves one store until it is shut down. At most 64 connections at a time; others wait."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, tiles: TileStore, host: str, port: int, seconds: float = _SECONDS, connections: int = _CONNECTIONS
    ) -> None:
        """Listen; port 0 takes a free one."""
        self.tiles = tiles
        self.seconds = seconds
        self._seats = threading.BoundedSemaphore(connections)
        self._stopping = False
        super().__init__((host, port), _Handler)

    def shutdown(self) -> None:
        """``serve_forever`` has returned, whether or not clients hold all seats."""
        self._stopping = True
        super().shutdown()

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread of its own, once there is a seat."""
        while not self._seats.acquire(timeout=_POLL_SECONDS):
            if self._stopping:
                self.shutdown_request(request)
                return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._seats.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """The thread's work; the seat is free afterwards."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._seats.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no event; anything else is a defect, and told."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)
