"""Frames: what is malformed gets an error and the connection ends; nothing ends the signer."""

from __future__ import annotations

import array
import os
import random
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from signer_house import House, create, unlock

from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.adapters.wire import ERROR, HEADER, NO_TOKEN, Reader, VerbNumber, request_frame


@contextmanager
def _raw(house: House) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(30)
        connection.connect(str(house.runtime / "signer.sock"))
        yield connection


def _reply(connection: socket.socket) -> tuple[int, int, bytes]:
    """(kind, request id, body); kind 0 when the connection was closed."""
    head = b""
    while len(head) < HEADER.size:
        try:
            piece = connection.recv(HEADER.size - len(head))
        except ConnectionResetError:
            return 0, 0, b""
        if not piece:
            return 0, 0, b""
        head += piece
    rest, version, kind, request = HEADER.unpack(head)
    assert version == 1
    body = b""
    while len(body) < rest - 6:
        body += connection.recv(rest - 6 - len(body))
    return kind, request, body


def _error(connection: socket.socket) -> str:
    kind, _, body = _reply(connection)
    assert kind == ERROR
    return Reader(body).text()


def _ended(connection: socket.socket) -> bool:
    return _reply(connection)[0] == 0


def test_unknown_versions_and_verbs_are_answered_and_the_connection_lives(house: House, signer: SocketSigner) -> None:
    with _raw(house) as connection:
        frame = bytearray(request_frame(VerbNumber.LIST_VAULTS, 5, NO_TOKEN, b""))
        frame[4] = 9
        connection.sendall(frame)
        kind, request, body = _reply(connection)
        assert (kind, request, Reader(body).text()) == (ERROR, 5, "wire.version")
        for verb in (0x00, 0x06, 0x3E, 0x7F, 0x80, 0xFF):
            connection.sendall(request_frame(verb, 6, NO_TOKEN, b""))
            assert _error(connection) == "wire.unknown_verb"
        connection.sendall(request_frame(VerbNumber.LIST_VAULTS, 7, NO_TOKEN, b""))
        assert _reply(connection) == (VerbNumber.LIST_VAULTS | 0x80, 7, b"\0\0\0\0")


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">I", 0),
        struct.pack(">I", 37) + bytes(37),
        struct.pack(">I", (1 << 20) + 1),
        struct.pack(">I", 0xFFFFFFFF),
        b"GET / HTTP/1.1\r\n\r\n",
        request_frame(VerbNumber.DESCRIBE, 1, NO_TOKEN, b"\xff\xff\xff\xff"),
        request_frame(VerbNumber.LIST_VAULTS, 1, NO_TOKEN, b"left over"),
        request_frame(VerbNumber.RECHECK, 1, NO_TOKEN, b"\0\0\0\x24" + b"x" * 36),
        request_frame(VerbNumber.HELLO, 1, NO_TOKEN, bytes(31)),
        request_frame(VerbNumber.LOCK, 1, NO_TOKEN, b"\2"),
    ],
)
def test_malformed_frames_get_an_error_and_a_closed_connection(house: House, signer: SocketSigner, data: bytes) -> None:
    with _raw(house) as connection:
        connection.sendall(data)
        assert _error(connection) in {"wire.malformed", "usage.id"}
        if data[5:6] != bytes([VerbNumber.RECHECK]):
            assert _ended(connection)
    assert signer.hello().system == "unlocked"


def test_a_secret_in_the_request_has_no_way_in(house: House, signer: SocketSigner) -> None:
    """A request that names a descriptor and brings none is refused, so a passphrase cannot be sent in line."""
    with _raw(house) as connection:
        connection.sendall(request_frame(VerbNumber.UNLOCK_SYSTEM, 1, NO_TOKEN, b"\0\0"))
        assert _error(connection) == "wire.missing_fd"


def test_more_descriptors_than_the_limit_are_refused_and_closed(house: House, signer: SocketSigner) -> None:
    before = _descriptors(house)
    with _raw(house) as connection:
        pipe = os.pipe()
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [pipe[0]] * 9))]
        connection.sendmsg([request_frame(VerbNumber.LIST_VAULTS, 1, NO_TOKEN, b"")], rights)
        assert _error(connection) == "wire.malformed"
        assert _ended(connection)
        for fd in pipe:
            os.close(fd)
    deadline = time.monotonic() + 60
    while _descriptors(house) > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _descriptors(house) <= before


def _descriptors(house: House) -> int:
    return len(os.listdir(f"/proc/{house.pid}/fd"))  # noqa: PTH208


def test_unused_descriptors_are_closed_with_the_call(house: House, signer: SocketSigner) -> None:
    before = _descriptors(house)
    with _raw(house) as connection:
        pipe = os.pipe()
        for number in range(20):
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [pipe[0]] * 8))]
            connection.sendmsg([request_frame(VerbNumber.LIST_VAULTS, number, NO_TOKEN, b"")], rights)
            assert _reply(connection)[1] == number
        for fd in pipe:
            os.close(fd)
        assert _descriptors(house) <= before + 2  # the connection, and the handle by which a crowd may close it


def test_a_frame_in_single_bytes_is_read(house: House, signer: SocketSigner) -> None:
    with _raw(house) as connection:
        for byte in request_frame(VerbNumber.HELLO, 3, NO_TOKEN, bytes(32)):
            connection.sendall(bytes([byte]))
        assert _reply(connection)[:2] == (VerbNumber.HELLO | 0x80, 3)


def test_garbage_by_the_thousand_leaves_the_signer_as_it_was(house: House, signer: SocketSigner) -> None:
    vault = create(signer).vault
    unlock(signer, vault)
    source = random.Random(20261121)
    verbs = [verb for verb in VerbNumber if verb not in (VerbNumber.SHUTDOWN, VerbNumber.LOCK)]
    for _ in range(400):
        with _raw(house) as connection:
            body = source.randbytes(source.choice([0, 1, 4, 8, 40, 300]))
            if source.random() < 0.5:
                body = b"\0\0\0\x24" + vault.encode() + body
            frame = bytearray(request_frame(source.choice(verbs), source.getrandbits(32), source.randbytes(32), body))
            if source.random() < 0.3:
                frame[source.randrange(len(frame))] ^= 1 << source.randrange(8)
            if source.random() < 0.2:
                frame = frame[: source.randrange(len(frame))]
            connection.sendall(frame)
            connection.shutdown(socket.SHUT_WR)
            while _reply(connection)[0]:
                pass
    assert signer.hello().unlocked_vaults == (vault,)
    assert "event=panic" not in house.log


def test_idle_connections_over_the_limit_make_room(house: House, signer: SocketSigner) -> None:
    open_ones: list[socket.socket] = []
    try:
        for _ in range(70):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(60)
            connection.connect(str(house.runtime / "signer.sock"))
            open_ones.append(connection)
        newest = open_ones[-1]
        newest.sendall(request_frame(VerbNumber.LIST_VAULTS, 1, NO_TOKEN, b""))
        assert _reply(newest)[0] == VerbNumber.LIST_VAULTS | 0x80
        assert _reply(open_ones[0])[0] == 0  # the longest idle was closed
    finally:
        for connection in open_ones:
            connection.close()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with _raw(house) as connection:
            connection.sendall(request_frame(VerbNumber.LIST_VAULTS, 1, NO_TOKEN, b""))
            if _reply(connection)[0] == VerbNumber.LIST_VAULTS | 0x80:
                return
    pytest.fail("the signer did not recover")
