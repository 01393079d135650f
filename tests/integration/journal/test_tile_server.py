"""The tile server among slow, silent and broken clients: each has its time, none holds the others or the end."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from log_world import MemoryTiles

from jinku.journal.adapters import tile_server
from jinku.journal.adapters.tile_server import TileServer

PATIENCE = 60.0


class Watched(TileServer):
    """Tells when so many connections came."""

    def __init__(self, tiles: MemoryTiles, **how: Any) -> None:
        super().__init__(tiles, "127.0.0.1", 0, **how)
        self.came = threading.Semaphore(0)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.came.release()
        super().process_request(request, client_address)


@contextmanager
def serving(tiles: MemoryTiles, **how: Any) -> Iterator[Watched]:
    with Watched(tiles, **how) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(PATIENCE)
            assert not thread.is_alive()


def address(server: Watched) -> tuple[str, int]:
    host, port = server.server_address[:2]
    return str(host), int(port)


@contextmanager
def client(server: Watched) -> Iterator[socket.socket]:
    with socket.create_connection(address(server), PATIENCE) as found:
        assert server.came.acquire(timeout=PATIENCE)
        yield found


@pytest.fixture
def tiles() -> MemoryTiles:
    found = MemoryTiles()
    found.files |= {"tile/0/000": b"t" * 8192, "checkpoint": b"c"}
    return found


def closed(found: socket.socket) -> bool:
    try:
        return found.recv(1) == b""
    except ConnectionError:
        return True


def test_a_client_that_drips_is_closed(tiles: MemoryTiles) -> None:
    with serving(tiles, seconds=0.5) as server, client(server) as dripping:
        dripping.setblocking(False)
        end = time.monotonic() + PATIENCE
        while True:
            assert time.monotonic() < end, "each byte won more time"
            try:
                dripping.send(b"G")
                if dripping.recv(1) == b"":
                    break
            except BlockingIOError:
                time.sleep(0.02)
            except ConnectionError:
                break


@pytest.mark.parametrize("sent", [b"", b"GET /check"])
def test_a_silent_client_is_closed(tiles: MemoryTiles, sent: bytes) -> None:
    with serving(tiles, seconds=0.2) as server, client(server) as silent:
        silent.sendall(sent)
        assert closed(silent)


def test_a_client_that_does_not_read_frees_its_seat(tiles: MemoryTiles, monkeypatch: pytest.MonkeyPatch) -> None:
    tiles.files["tile/0/001"] = b"x" * (64 << 20)  # more than the buffers of both ends hold
    plain, asked, begin = tiles.read, threading.Event(), tile_server._Request.begin
    begun: list[tile_server._Request] = []

    def remembered(request: tile_server._Request, seconds: float) -> None:
        begun.append(request)
        begin(request, seconds)

    def read(path: str) -> bytes | None:
        if not asked.is_set():
            begin(begun[0], 0.5)  # what is left for the answer, however long the request was under way
        asked.set()
        return plain(path)

    tiles.read = read  # type: ignore[method-assign]
    monkeypatch.setattr(tile_server._Request, "begin", remembered)
    with serving(tiles, seconds=PATIENCE, connections=1) as server, client(server) as deaf:
        deaf.sendall(b"GET /tile/0/001 HTTP/1.1\r\n\r\n")
        assert asked.wait(PATIENCE)
        other = http.client.HTTPConnection(*address(server), timeout=PATIENCE)
        other.request("GET", "/checkpoint")  # the one seat is taken: it waits
        assert other.getresponse().read() == b"c"
        other.close()


def test_each_request_of_a_connection_has_its_own_time(tiles: MemoryTiles) -> None:
    with serving(tiles, seconds=PATIENCE) as server:
        one = http.client.HTTPConnection(*address(server), timeout=PATIENCE)
        for _ in range(3):
            one.request("GET", "/tile/0/000")
            assert one.getresponse().read() == b"t" * 8192
        one.close()
        assert server.came.acquire(timeout=PATIENCE)
        assert not server.came.acquire(blocking=False), "they came on one connection"


def test_it_ends_while_clients_hold_all_seats(tiles: MemoryTiles) -> None:
    with serving(tiles, seconds=3600, connections=1) as server:
        first, second = (socket.create_connection(address(server), PATIENCE) for _ in range(2))
        for _ in range(2):
            assert server.came.acquire(timeout=PATIENCE)
        server.shutdown()
        assert closed(second), "it was not served"
        first.close()
        second.close()


def test_a_defect_is_told_and_a_lost_client_is_not(tiles: MemoryTiles, capfd: pytest.CaptureFixture[str]) -> None:
    def fail(_path: str) -> bytes:
        raise ZeroDivisionError("a defect of ours")

    with serving(tiles) as server:
        with client(server) as lost:
            lost.sendall(b"GET /check")
            lost.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        tiles.read = fail  # type: ignore[method-assign]
        with client(server) as one:
            one.sendall(b"GET /checkpoint HTTP/1.1\r\n\r\n")
            assert closed(one)
    told = capfd.readouterr().err
    assert told.count("Traceback") == 1
    assert "a defect of ours" in told
