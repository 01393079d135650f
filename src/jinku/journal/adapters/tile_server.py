"""The log over HTTP: the static paths of C2SP tlog-tiles and nothing else, with the cache headers that fit each."""

from __future__ import annotations

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from jinku.journal.errors import TileStoreError
from jinku.journal.paths import is_log_path
from jinku.journal.ports import TileStore

__all__ = ["TileServer"]

_CONNECTIONS = 64
_SECONDS = 10.0  # how long a client may be silent
_IMMUTABLE = "public, max-age=31536000, immutable"


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    server: TileServer
    protocol_version = "HTTP/1.1"
    server_version = "jinku-journal"
    sys_version = ""
    timeout = _SECONDS

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
        self.end_headers()
        if with_body:
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name of the base class
        """Nothing is written: who read what is nobody's business."""


class TileServer(ThreadingHTTPServer):
    """Serves one store until it is shut down. At most 64 connections at a time; others wait."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, tiles: TileStore, host: str, port: int) -> None:
        """Listen; port 0 takes a free one."""
        self.tiles = tiles
        self._seats = threading.BoundedSemaphore(_CONNECTIONS)
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread of its own, once there is a seat."""
        self._seats.acquire()
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
        """A client that went away is no event."""
