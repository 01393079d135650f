"""What a source of anchors may do to a call: be silent, drip, be away. The call ends, and in time."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stamping import Server, certify, serving

from jinku.core import JinkuError
from jinku.journal.adapters.anchor_http import call


def yes(_method: str, _path: str, _body: bytes) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, b"yes"


def refused(code: str, url: str, seconds: float) -> JinkuError:
    with pytest.raises(JinkuError) as caught:
        call(url, b"?", {}, 10_000, seconds)
    assert caught.value.code == code, caught.value
    return caught.value


@pytest.fixture
def silent() -> Iterator[Server]:
    """Takes requests and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield Server(f"http://127.0.0.1:{listener.getsockname()[1]}", [], lambda *_: (200, {}, b""))


def test_a_source_that_is_silent(silent: Server) -> None:
    refused("anchor.timeout", silent.url, 0.3)


@pytest.mark.parametrize(
    ("scheme", "head"),
    [
        ("http", b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"),
        ("http", b"HTTP/1.0 200 OK\r\n\r\n"),
        ("http", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n"),
        ("http", b""),
        ("https", b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"),
    ],
)
def test_a_source_that_drips(scheme: str, head: bytes) -> None:
    """Each byte comes in time, the answer never does."""
    stop = threading.Event()

    def drip(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # who asked went away
            connection, _ = listener.accept()
            with connection:
                connection.sendall(head)
                for _ in range(1200):
                    if stop.wait(0.05):
                        return
                    connection.sendall(b"x")

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(60)
        thread = threading.Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        try:
            url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
            refused("anchor.timeout", url, 0.5)
        finally:
            stop.set()
            thread.join(120)
    assert not thread.is_alive()


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    """The network's fault, not the source's: else half of a proof would look like a lie."""

    def half(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + bytes(50))

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(60)
        thread = threading.Thread(target=half, args=(listener,), daemon=True)
        thread.start()
        told = refused("anchor.unreachable", f"http://127.0.0.1:{listener.getsockname()[1]}", 60)
        thread.join(60)
    assert "IncompleteRead" in str(told)


def test_time_that_went_by_before_a_connection_stood_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo

    def slow(*args: Any, **kinds: Any) -> Any:
        time.sleep(0.4)
        return look_up(*args, **kinds)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with serving(yes) as server:
        refused("anchor.timeout", server.url, 0.2)
        assert server.asked == []
        monkeypatch.undo()
        assert call(server.url, b"?", {}, 100, 60) == b"yes"
        assert len(server.asked) == 1


def test_a_name_whose_first_address_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo
    with serving(yes) as server, socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))
        there = look_up("127.0.0.1", dead.getsockname()[1], type=socket.SOCK_STREAM)
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kinds: there + look_up(*args, **kinds))
        assert call(server.url, b"?", {}, 100, 60) == b"yes"
        assert len(server.asked) == 1


def test_a_name_whose_first_address_swallows_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up, plain = socket.getaddrinfo, socket.socket.connect
    waits: list[float] = []

    def connect(sock: socket.socket, address: tuple[str, int]) -> None:
        waits.append(sock.gettimeout() or 0.0)
        if address[0] != "127.0.0.1":
            raise TimeoutError
        plain(sock, address)

    with serving(yes) as server:
        there = look_up("127.0.0.2", 9, type=socket.SOCK_STREAM)
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kinds: there * 2 + look_up(*args, **kinds))
        monkeypatch.setattr(socket.socket, "connect", connect)
        assert call(server.url, b"?", {}, 100, 600) == b"yes"
    first, second, third = waits
    assert first <= 200
    assert second <= 300
    assert 300 < third <= 600
    waits.clear()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kinds: there)
    refused("anchor.timeout", "http://swallowing.example", 60)
    assert len(waits) == 1


def test_over_tls_under_a_certificate_that_this_machine_believes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = certify("127.0.0.1", address="127.0.0.1")
    (tmp_path / "tls.pem").write_bytes(own.pem.encode() + own.key_pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "tls.pem")
    with serving(yes, context) as server:
        assert "CERTIFICATE_VERIFY_FAILED" in str(refused("anchor.unreachable", server.url, 60))
        assert server.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "tls.pem"))
        assert call(server.url, b"?", {}, 100, 60) == b"yes"


def test_nobody_there() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        refused("anchor.unreachable", url, 60)
