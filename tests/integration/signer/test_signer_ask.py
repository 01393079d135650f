"""`jinku-signer ask`: what is typed reaches the descriptor and nothing else; the terminal is as it was."""

from __future__ import annotations

import os
import pty
import select
import signal
import termios
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest
from signer_house import plain_binary

SECONDS = 60


@dataclass
class Asked:
    secret: bytes
    screen: bytes
    status: int
    echo_kept: bool


def _ask(typed: list[bytes], *flags: str) -> Asked:
    with ExitStack() as left:
        read_end, write_end = os.pipe()
        left.callback(os.close, read_end)
        go_read, go_write = os.pipe()
        left.callback(os.close, go_read)
        pid, terminal = pty.fork()
        if pid == 0:
            os.read(go_read, 1)  # the terminal is looked at before it is asked on
            os.set_inheritable(write_end, True)
            os.execv(plain_binary(), ["jinku-signer", "ask", "--out-fd", str(write_end), *flags, "Passphrase: "])
        os.close(write_end)
        left.callback(os.close, terminal)
        child = left.enter_context(_child(pid))
        before, screen = termios.tcgetattr(terminal), b""
        os.write(go_write, b"g")
        os.close(go_write)
        for piece in typed:
            screen += _until_prompted(terminal)
            os.write(terminal, piece)
        end = time.monotonic() + SECONDS
        while child.status() is None:
            assert time.monotonic() < end, f"it does not end; on the screen: {screen!r}"
            screen += _available(terminal)
            time.sleep(0.01)
        after = termios.tcgetattr(terminal)
        screen += _available(terminal)
        secret = b""
        while piece := os.read(read_end, 4096):
            secret += piece
    status = child.status()
    assert status is not None
    return Asked(secret, screen, status, before == after and bool(after[3] & termios.ECHO))


class _Child:
    """A process that this test forked."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._status: int | None = None

    def status(self, options: int = os.WNOHANG) -> int | None:
        """What it ended with, once it did."""
        if self._status is None:
            done, code = os.waitpid(self.pid, options)
            self._status = os.waitstatus_to_exitcode(code) if done else None
        return self._status


@contextmanager
def _child(pid: int) -> Iterator[_Child]:
    """The process, which does not outlive the test."""
    child = _Child(pid)
    try:
        yield child
    finally:
        if child.status() is None:
            os.kill(pid, signal.SIGKILL)
            child.status(0)


def _available(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096) if select.select([terminal], [], [], 0)[0] else b""
    except OSError:
        return b""


def _until_prompted(terminal: int) -> bytes:
    """What the asking process wrote before it wanted to be typed to: a prompt, with echo off."""
    screen, end = b"", time.monotonic() + SECONDS
    while b": " not in screen or termios.tcgetattr(terminal)[3] & termios.ECHO:
        assert time.monotonic() < end, f"it does not ask; on the screen: {screen!r}"
        screen += _available(terminal)
        time.sleep(0.01)
    return screen


def test_what_is_typed_arrives_and_is_not_shown() -> None:
    asked = _ask(["correct horse 金库\r".encode()])
    assert (asked.secret.decode(), asked.status, asked.echo_kept) == ("correct horse 金库", 0, True)
    assert asked.screen.startswith(b"Passphrase: ")
    assert b"horse" not in asked.screen


def test_keys_of_correction() -> None:
    assert _ask(["wrong\x15ab库\x7fc\n".encode()]).secret == b"abc"


def test_confirmation() -> None:
    assert _ask([b"same thing\r", b"same thing\r"], "--confirm").secret == b"same thing"
    differing = _ask([b"one thing\r", b"another\r"], "--confirm")
    assert (differing.secret, differing.status, differing.echo_kept) == (b"", 1, True)
    assert b"differ" in differing.screen


@pytest.mark.parametrize(("typed", "status"), [(b"half\x03", 130), (b"\x04", 130), (b"half\x1c", 130), (b"\r", 1)])
def test_interruption_passes_nothing_on_and_restores_the_terminal(typed: bytes, status: int) -> None:
    asked = _ask([typed])
    assert (asked.secret, asked.status, asked.echo_kept) == (b"", status, True)


def test_without_a_terminal_it_says_what_to_do() -> None:
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.set_inheritable(write_end, True)
        error = os.open(os.devnull, os.O_WRONLY)
        os.dup2(error, 2)
        os.execv(plain_binary(), ["jinku-signer", "ask", "--out-fd", str(write_end), "Passphrase: "])
    os.close(write_end)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    assert os.read(read_end, 10) == b""
    os.close(read_end)
    assert signal.SIGINT
