"""A proxy before an object store that fails as it is told: it hangs, lies, answers late, garbles, or knows less."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from jinku.journal.adapters.s3_place import BucketUrl

_ERROR = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>quoted {said}</Message></Error>'
_CONDITIONS = ("if-match", "if-none-match")


class FaultyS3(ThreadingHTTPServer):
    """``fault(method, path)`` says what becomes of a request; empty: it is passed on.

    500, 503 …  answered so, not passed on (``403 AccessDenied``: with this code)
    drop        the connection ends, nothing was passed on
    late        passed on, and the connection ends instead of the answer
    hang        nothing happens until the proxy is closed
    lie         told as done, not passed on
    wrong       passed on; one byte of the answer is another
    short       passed on; half of the answer comes
    ignore      passed on without its conditions
    unknown     a request with a condition is answered 501, others are passed on
    unlocked    passed on without what asks for object lock
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, endpoint: str) -> None:
        self.behind = urlsplit(endpoint)
        self.fault: Callable[[str, str], str] = lambda _method, _path: ""
        self.asked: list[tuple[str, str]] = []
        self.closed = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,))

    def place(self, real: BucketUrl) -> BucketUrl:
        """The same bucket, by way of this proxy."""
        return BucketUrl(real.bucket, real.prefix, f"http://127.0.0.1:{self.server_port}", real.region)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: FaultyS3
    protocol_version = "HTTP/1.1"

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        self.server.asked.append((self.command, path))
        fault = self.server.fault(self.command, path)
        headers = dict(self.headers.items())
        conditional = any(name.lower() in _CONDITIONS for name in headers)
        if fault == "ignore":
            headers = {name: value for name, value in headers.items() if name.lower() not in _CONDITIONS}
        if fault == "unlocked":
            headers = {name: value for name, value in headers.items() if "object-lock" not in name.lower()}
        if fault == "hang":
            self.server.closed.wait()
        if fault in ("drop", "hang"):
            self._hang_up()
        elif fault == "lie":
            self._answer(200, {"ETag": '"0"'}, b"")
        elif fault == "unknown" and conditional:
            self._refuse(501, "NotImplemented")
        elif fault[:1].isdigit():
            self._refuse(int(fault[:3]), fault[4:] or "InternalError")
        else:
            status, answered, data = self._ask(body, headers)
            if fault == "late":
                self._hang_up()
                return
            if fault == "wrong" and data and status == 200:
                data = bytes([data[0] ^ 1]) + data[1:]
            self._answer(status, answered, data, len(data) // 2 if fault == "short" else len(data))

    do_GET = do_PUT = do_DELETE = do_HEAD = do_POST = _pass  # noqa: N815

    def _ask(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        behind = http.client.HTTPConnection(self.server.behind.hostname or "", self.server.behind.port, timeout=60)
        try:
            behind.request(self.command, self.path, body, {**headers, "Connection": "close"})
            answer = behind.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            behind.close()

    def _refuse(self, status: int, code: str) -> None:
        quoted = self.headers.get("Authorization", "")
        self._answer(status, {"Content-Type": "application/xml"}, _ERROR.format(code=code, said=quoted).encode())

    def _answer(self, status: int, headers: dict[str, str], data: bytes, sent: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD" and status not in (204, 304):
            self.wfile.write(data[:sent])
        if sent is not None and sent < len(data):
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silent."""
