"""Starts commands from a process that has loaded jinku already: the same program in a process of its own, sooner.

Half of a short command's time goes into importing; a suite of some hundred commands spends minutes on it. So a server
imports once and forks for each command: arguments, environment, folder and descriptors are the command's, it leads a
session of its own, it can be killed, and it ends through ``jinku.app.main.main`` as the installed script does.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import functools
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_LIMIT = 1 << 18  # bytes of a request
_SPARE = 300  # descriptors are put above all numbers that a command may be given, then into their places


class Child:
    """What a test does with a started command, as ``subprocess.Popen`` with text pipes offers it."""

    def __init__(self, pid: int, status: int, stdout: int, stderr: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdout, self.stderr = os.fdopen(stdout), os.fdopen(stderr)
        self._status = os.fdopen(status)
        self._parts: list[list[str]] = [[], []]
        self._threads: list[threading.Thread] = []

    def poll(self) -> int | None:
        """The exit code when it has ended; minus the signal that killed it."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.returncode = int(self._status.readline())
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Everything it still says on stdout and stderr, when it has ended."""
        if not self._threads:
            for file, parts in zip((self.stdout, self.stderr), self._parts, strict=True):
                self._threads.append(threading.Thread(target=_drain, args=(file, parts), daemon=True))
                self._threads[-1].start()
        for thread in self._threads:
            thread.join(timeout)
            if thread.is_alive():
                raise subprocess.TimeoutExpired(f"pid {self.pid}", timeout or 0)
        if self.returncode is None:
            self.returncode = int(self._status.readline())
        self._status.close()
        return "".join(self._parts[0]), "".join(self._parts[1])


def _drain(file: Any, parts: list[str]) -> None:
    with file:
        parts.append(file.read())


def start(line: Sequence[str], environment: Mapping[str, str], fds: Sequence[int]) -> Child:
    """The command's arguments without the program's name, its whole environment, and what it inherits besides."""
    out, out_end = os.pipe()
    err, err_end = os.pipe()
    status, status_end = os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    request: dict[str, Any] = {
        "line": list(line),
        "environment": dict(environment),
        "folder": str(Path.cwd()),
        "places": [0, 1, 2, *fds],
    }
    given = [status_end, nothing, out_end, err_end, *fds]
    try:
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", given))
        _server().sendmsg([json.dumps(request).encode()], [rights])
    finally:
        for fd in given[:4]:
            os.close(fd)
    pid = b""
    while not pid.endswith(b"\n"):
        part = os.read(status, 1)
        assert part, "the server of commands died"
        pid += part
    return Child(int(pid), status, out, err)


@functools.cache
def _server() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LIMIT)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
        )
    atexit.register(_end, ours, process)
    return ours


def _end(server: socket.socket, process: subprocess.Popen[bytes]) -> None:
    server.close()
    process.wait(30)


def serve(server: socket.socket) -> None:
    """Answers until the other side is gone; returns in the child that is to be the command."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait for the commands
    while True:
        message, rights, _, _ = server.recvmsg(_LIMIT, socket.CMSG_SPACE(4 * 64))
        if not message:
            sys.exit(0)
        fds = array.array("i")
        for _, _, data in rights:
            fds.frombytes(data[: len(data) // 4 * 4])
        if os.fork() == 0:
            server.close()
            _watch(json.loads(message), fds.tolist())
            return
        for fd in fds:
            os.close(fd)


def _watch(request: dict[str, Any], fds: list[int]) -> None:
    """Forks once more; the elder tells the pid and how it ended, the younger returns as the command."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    status, given = fds[0], fds[1:]
    pid = os.fork()
    if pid:
        for fd in given:
            os.close(fd)
        os.write(status, f"{pid}\n".encode())
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        code = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
        with contextlib.suppress(BrokenPipeError):
            os.write(status, f"{code}\n".encode())
            watching = select.poll()
            watching.register(status, 0)
            watching.poll()  # the pid is nobody else's until the test has seen the end
        os._exit(0)
    os.setsid()
    spare = [os.dup2(fd, _SPARE + number) for number, fd in enumerate(given)]
    os.closerange(3, _SPARE)
    for fd, place in zip(spare, request["places"], strict=True):
        os.dup2(fd, place)
    os.closerange(_SPARE, _SPARE + len(spare))
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["jinku", *request["line"]]
    sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115  streams of the whole process
    # as the interpreter's own, which a program may replace without the descriptor being closed
    sys.stderr = open(2, "w", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115


def main() -> None:
    """Be the server, then a command."""
    from importlib import import_module  # noqa: PLC0415

    from jinku.app.main import main as jinku  # noqa: PLC0415
    from jinku.cli.root import BRANCHES  # noqa: PLC0415

    for module, _ in BRANCHES.values():
        import_module(module)
    import_module("jinku.ops.platform")
    import_module("typer._coercion")
    gc.freeze()  # what is loaded stays in pages that all commands share
    serve(socket.socket(fileno=int(sys.argv[1])))
    jinku()


if __name__ == "__main__":
    main()
