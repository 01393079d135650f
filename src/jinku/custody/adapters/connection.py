"""Connections to the signer: who answers is checked before a descriptor leaves, and every way to fail has its error."""

from __future__ import annotations

import array
import os
import socket
import stat
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jinku.custody.adapters.refusals import refusal
from jinku.custody.adapters.wire import (
    ANSWER,
    ERROR,
    HEADER,
    PART,
    REPLY_LIMIT,
    REQUEST_LIMIT,
    VERSION,
    Reader,
    VerbNumber,
    Writer,
    request_frame,
)
from jinku.custody.errors import (
    SignerAbsentError,
    SignerError,
    SignerGoneError,
    SignerImpostorError,
    SignerInputError,
    SignerTimeoutError,
    SignerUnavailableError,
)
from jinku.custody.ports import SignerInfo

__all__ = ["Connections", "Pin"]

_UCRED = struct.Struct("3i")
_MOST_IDLE = 4
_STREAMING = 10  # an answer in parts may take so many time-outs in all

Answer = tuple[bytes, dict[int, bytes]]
Call = Callable[[VerbNumber, bytes, Writer], Answer]


@dataclass(frozen=True, slots=True)
class Pin:
    """Who the signer of this home is: ``deployment.json``'s deployment id and identity public key (hex)."""

    deployment: str
    identity_public: str


class _Connection:
    """One socket, its peer checked."""

    def __init__(self, path: Path, uid: int, timeout_seconds: float) -> None:
        self._timeout = timeout_seconds
        self._request = 0
        _check_socket(path, uid)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            self._socket.settimeout(timeout_seconds)
            self._socket.connect(os.fspath(path))
            peer = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        except OSError as error:
            self._socket.close()
            raise _unreached(path, error) from error
        self.pid, found, _ = _UCRED.unpack(peer)
        if found != uid:
            self._socket.close()
            raise SignerImpostorError(
                "another user's program answers at the signer's socket",
                found=f"uid {found}, pid {self.pid}",
                expected=f"uid {uid}",
                advice="give it no passphrase; find out who started it",
            )

    def alive(self) -> bool:
        """False when the signer closed this connection while it stood idle."""
        try:
            self._socket.setblocking(False)
            return self._socket.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            self._socket.settimeout(self._timeout)

    def close(self) -> None:
        self._socket.close()

    def call(self, verb: VerbNumber, token: bytes, body: Writer, parts_limit: int = 0) -> Answer:
        """The answer's body, and streamed data by label: in all at most ``parts_limit`` bytes.

        The whole answer has the time-out, whatever drips in; one that comes in parts has it for each, and ten for all.
        """
        now = time.monotonic()
        self._due = now + self._timeout
        self._last_due = now + self._timeout * (_STREAMING if parts_limit else 1)
        self._request = (self._request + 1) & 0xFFFFFFFF
        frame = request_frame(verb, self._request, token, bytes(body.body))
        if len(frame) - 4 > REQUEST_LIMIT:
            raise SignerInputError("the request is too large", found=len(frame), expected=f"at most {REQUEST_LIMIT}")
        try:
            try:
                self._send(frame, body.fds)
            except ConnectionError:
                return self._receive(verb, parts_limit)  # why the signer closed may stand there: busy, say
            return self._receive(verb, parts_limit)
        except TimeoutError as error:
            raise SignerTimeoutError(
                f"the signer does not answer within {self._timeout:g} s",
                found=f"pid {self.pid}",
                advice="wait and try again, or end it with `jinku signer stop`: its keys go with it, the next command "
                "starts a new one, and vaults are to be unlocked again",
            ) from error
        except (ConnectionError, EOFError) as error:
            raise SignerGoneError(
                "the signer ended in the middle of an answer",
                found=f"pid {self.pid}: {error}",
                advice="run the command again: it starts a new signer; see logs/signer.log in the home for the reason",
            ) from error

    def _send(self, frame: bytes, fds: list[int]) -> None:
        self._socket.settimeout(self._timeout)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        try:
            sent = self._socket.sendmsg([frame], rights)
            if sent < len(frame):
                self._socket.sendall(frame[sent:])
        except OSError as error:
            if isinstance(error, (TimeoutError, ConnectionError)):
                raise
            raise SignerInputError(
                "a descriptor cannot be passed to the signer", found=error.strerror, advice="pass one that is open"
            ) from error

    def _receive(self, verb: VerbNumber, parts_limit: int) -> Answer:
        parts: dict[int, bytearray] = {}
        left = parts_limit
        while True:
            rest, version, kind, request = HEADER.unpack(self._exactly(HEADER.size))
            length = rest - (HEADER.size - 4)
            if version != VERSION or not 0 <= length <= REPLY_LIMIT:
                raise _foreign(f"version {version}, {rest} bytes")
            body = self._exactly(length)
            if kind == ERROR:
                reader = Reader(body)
                raise refusal(reader.text(), reader.text(), reader.byte() == 1)
            if request != self._request or kind not in (verb | ANSWER, verb | PART):
                raise _foreign(f"kind {kind:#x} to request {request}")
            if kind == verb | ANSWER:
                return body, {label: bytes(data) for label, data in parts.items()}
            left -= len(body) + HEADER.size
            if left < 0:
                raise _foreign(f"parts of more than {parts_limit} bytes")
            self._due = min(time.monotonic() + self._timeout, self._last_due)
            parts.setdefault(Reader(body[:4]).number(), bytearray()).extend(body[4:])

    def _exactly(self, count: int) -> bytes:
        buffer = bytearray(count)
        view, filled = memoryview(buffer), 0
        while filled < count:
            left = self._due - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            got = self._socket.recv_into(view[filled:])
            if got == 0:
                raise EOFError("the connection was closed")
            filled += got
        return bytes(buffer)


class Connections:
    """As many connections as calls run at one time; each is greeted before its first use."""

    def __init__(self, path: Path, uid: int, timeout_seconds: float, greet: Callable[[Call], SignerInfo]) -> None:
        """Connect at the first call."""
        self._path, self._uid, self._timeout, self._greet = path, uid, timeout_seconds, greet
        self._idle: list[_Connection] = []
        self._guard = threading.Lock()
        self.peer_pid = 0

    def call(self, verb: VerbNumber, token: bytes, body: Writer, parts_limit: int = 0) -> Answer:
        """The answer to one call, with parts of at most so many bytes."""
        with self._borrowed() as connection:
            return connection.call(verb, token, body, parts_limit)

    def greet(self) -> SignerInfo:
        """A fresh answer to hello."""
        with self._borrowed() as connection:
            return self._greet(connection.call)

    def close(self) -> None:
        """No connection is left open."""
        with self._guard:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _borrowed(self) -> Iterator[_Connection]:
        connection = self._take()
        kept = False
        try:
            yield connection
            kept = True
        except SignerUnavailableError:
            raise  # its place in the stream is lost
        except SignerError:
            kept = connection.alive()  # it refused; after a malformed frame it has closed, too
            raise
        finally:
            with self._guard:
                kept = kept and len(self._idle) < _MOST_IDLE
                if kept:
                    self._idle.append(connection)
            if not kept:
                connection.close()

    def _take(self) -> _Connection:
        while True:
            with self._guard:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                break
            if connection.alive():
                return connection
            connection.close()
        connection = _Connection(self._path, self._uid, self._timeout)
        try:
            self._greet(connection.call)
        except BaseException:
            connection.close()
            raise
        self.peer_pid = connection.pid
        return connection


def _check_socket(path: Path, uid: int) -> None:
    """The socket and its folder belong to the signer's user, and no other user can put one there."""
    try:
        folder, own = path.parent.lstat(), path.lstat()
    except OSError as error:
        raise _unreached(path, error) from error
    bad = [p for p, s in ((path.parent, folder), (path, own)) if s.st_uid not in (uid, os.geteuid())]
    if bad or not stat.S_ISSOCK(own.st_mode) or folder.st_mode & 0o022:
        raise SignerImpostorError(
            "the signer's socket could be another user's",
            found=f"{path}: uid {own.st_uid}, folder uid {folder.st_uid} mode {stat.S_IMODE(folder.st_mode):04o}",
            expected=f"a socket of uid {uid} in a folder that only it can write",
            advice="stop what runs there, remove the folder, and start the signer again",
        )


def _unreached(path: Path, error: OSError) -> SignerUnavailableError:
    """SignerAbsentError only when nothing can be listening; a signer that is too busy or closed to us does run."""
    found = f"{path}: {error.strerror or error}"
    if isinstance(error, (FileNotFoundError, NotADirectoryError, ConnectionRefusedError)):
        return SignerAbsentError(
            "no signer runs here", found=found, advice="run `jinku signer start`; most commands start it, too"
        )
    if isinstance(error, (BlockingIOError, TimeoutError)):
        return SignerUnavailableError(
            "the signer has no time for another connection",
            found=found,
            advice="wait and try again",
            code="signer.busy",
        )
    return SignerUnavailableError(
        "the signer's socket cannot be reached",
        found=found,
        advice="check who owns the runtime folder, or run as the signer's user",
        retryable=False,
    )


def _foreign(found: str) -> SignerUnavailableError:
    return SignerUnavailableError(
        "what answers at the signer's socket does not speak its protocol",
        found=found,
        expected=f"version {VERSION}",
        advice="use the client and the signer of one installation",
        code="signer.protocol",
        retryable=False,
    )
