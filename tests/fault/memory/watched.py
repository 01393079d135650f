"""A command of the installed jinku that is stopped in the middle and at its end, and its memory taken each time."""

from __future__ import annotations

import fcntl
import itertools
import os
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from cli_home import JINKU, CliHome

MARKER = b"marker-of-the-heap-5f1c02"  # stands in each watched command's environment
_UNREADABLE = ("[vvar]", "[vsyscall]", "[vvar_vclock]")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LIMIT_SECONDS = 60
_STILL_SECONDS = 0.3


def _resident(pagemap: IO[bytes], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretches of the range whose pages exist: pages never touched read as zeros, a reserve of them as gigabytes.

    Source: Linux, Documentation/admin-guide/mm/pagemap.rst; bits 63 and 62 say present and swapped.
    """
    pagemap.seek(start // _PAGE * 8)
    pages = array("Q", pagemap.read((end - start) // _PAGE * 8))
    for exists, run in itertools.groupby(enumerate(pages), lambda page: page[1] >> 62 > 0):
        if exists:
            numbers = [number for number, _ in run]
            yield start + numbers[0] * _PAGE, start + (numbers[-1] + 1) * _PAGE


def image(pid: int, path: Path) -> Path:
    """Every page of the process that exists and can be read, in one file."""
    folder = Path(f"/proc/{pid}")
    with (
        (folder / "mem").open("rb", buffering=0) as memory,
        (folder / "pagemap").open("rb", buffering=0) as pagemap,
        path.open("wb") as file,
    ):
        for line in (folder / "maps").read_text().splitlines():
            place, rights, *_, name = line.split()
            if not rights.startswith("r") or name in _UNREADABLE:
                continue
            start, end = (int(text, 16) for text in place.split("-"))
            for first, last in _resident(pagemap, start, end):
                memory.seek(first)
                file.write(memory.read(last - first))
    assert path.stat().st_size > 1 << 20, "the memory of a Python process is larger"
    return path


def waiting_in(fd: int) -> int:
    """Bytes that were written to the pipe and not read yet."""
    return int(struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))[0])


def until(holds: Callable[[], bool], what: str) -> None:
    """Calls it until it holds."""
    end = time.monotonic() + _LIMIT_SECONDS
    while not holds():
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.02)


class Pipe:
    """A pipe of one page. What was put in is gone from it when the other side has read it."""

    def __init__(self, content: bytes = b"") -> None:
        self.reading, self.writing = os.pipe()
        fcntl.fcntl(self.reading, fcntl.F_SETPIPE_SZ, 4096)
        os.write(self.writing, content)

    @property
    def left(self) -> int:
        """Bytes that nobody has read yet."""
        return waiting_in(self.reading)

    def fill(self) -> None:
        """Not one more byte goes in until somebody reads."""
        os.write(self.writing, b" " * (4096 - self.left))

    def follow(self) -> Callable[[], list[bytes]]:
        """Everything that comes is read from now on, by a thread; the call waits for the end and gives it."""
        parts: list[bytes] = []

        def read() -> None:
            while part := os.read(self.reading, 65536):
                parts.append(part)
            self.close()

        thread = threading.Thread(target=read)
        thread.start()

        def rest() -> list[bytes]:
            thread.join(_LIMIT_SECONDS)
            return parts

        return rest

    def end(self) -> None:
        """Nothing more comes; the reader goes on."""
        os.close(self.writing)
        self.writing = -1

    def close(self) -> None:
        for fd in (self.reading, self.writing):
            if fd >= 0:
                os.close(fd)
        self.reading = self.writing = -1


class Watched:
    """The command, started; stdout is a pipe of one page, and each secret's pipe stays open at its end."""

    def __init__(
        self, home: CliHome, folder: Path, words: Sequence[str], secrets: Mapping[str, bytes], passed: Sequence[int]
    ) -> None:
        self.images: dict[str, Path] = {}
        self.said = b""
        self._folder = folder
        self.out, self.given = Pipe(), {option: Pipe(content) for option, content in secrets.items()}
        self._held, self._go = Pipe(), Pipe()
        fds = [pipe.reading for pipe in self.given.values()] + [self._held.writing, self._go.reading, *passed]
        line = [str(JINKU), *words]
        for option, pipe in self.given.items():
            line += [option, str(pipe.reading) if option.endswith("-fd") else f"/dev/fd/{pipe.reading}"]
        environment = home.environment | {
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).with_name("at_exit")), os.environ.get("PYTHONPATH", "")]),
            "JINKU_TEST_HELD": f"{self._held.writing},{self._go.reading}",
            "JINKU_TEST_MARKER": MARKER.decode(),
        }
        self._errors = (folder / "stderr").open("w+b")
        self.child = subprocess.Popen(
            line, stdin=subprocess.DEVNULL, stdout=self.out.writing, stderr=self._errors, pass_fds=fds,
            env=environment, start_new_session=True,
        )  # fmt: skip

    def _taken(self, stage: str) -> None:
        self.images[stage] = image(self.child.pid, self._folder / stage)

    def _runs(self) -> bool:
        assert self.child.poll() is None, self.errors
        assert not self._held.left, f"it is at its end already: {self.errors}"
        return True

    @property
    def errors(self) -> str:
        """What it said on stderr."""
        return Path(self._errors.name).read_text()

    def drained(self) -> None:
        """The signer has read every secret, and waits for the end of the last one alone."""

        def all_read() -> bool:
            seen = [(pipe, pipe.left) for pipe in self.given.values()]  # looked at once: one of them must stay open
            waits = any(left for _, left in seen)
            for pipe, left in seen:
                if waits and not left and pipe.writing >= 0:
                    pipe.end()
            return self._runs() and not waits

        until(all_read, "a reader of the secrets")

    def until_full(self, pipe: Pipe) -> None:
        """So much was written to the pipe that the writer waits."""
        until(lambda: self._runs() and pipe.left > 4096 - 512, "a full pipe")

    def middle(self) -> None:
        """It waits for the signer, which stands before a pipe: its memory is taken."""

        def ticks() -> tuple[str, ...]:
            fields = Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()
            return (fields[0], *fields[11:13])

        def still() -> bool:
            before = ticks()
            time.sleep(_STILL_SECONDS)
            return self._runs() and before[0] == "S" and ticks() == before

        until(still, "the middle of the verb")
        self._taken("middle")

    def stopped(self) -> None:
        """It is stopped wherever it stands, its memory is taken, and it goes on."""
        os.kill(self.child.pid, signal.SIGSTOP)
        self._taken("middle")
        os.kill(self.child.pid, signal.SIGCONT)

    def finish(self) -> None:
        """Nothing holds it back any more; its memory is taken just before it exits with 0."""
        for pipe in self.given.values():
            if pipe.writing >= 0:
                pipe.end()
        end = time.monotonic() + _LIMIT_SECONDS
        while not self._held.left:
            assert self.child.poll() is None, self.errors
            assert time.monotonic() < end, f"it never ended: {self.errors}"
            self.read()
        self.read()
        self._taken("end")
        self._go.end()
        assert self.child.wait(_LIMIT_SECONDS) == 0, self.errors

    def read(self) -> None:
        """What stands in its stdout now is read."""
        while select.select([self.out.reading], [], [], 0.02)[0]:
            self.said += os.read(self.out.reading, 65536)

    def close(self) -> None:
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        self._errors.close()
        for pipe in (self.out, self._held, self._go, *self.given.values()):
            pipe.close()


@contextmanager
def watched(
    home: CliHome, folder: Path, *words: str, secrets: Mapping[str, bytes] | None = None, passed: Sequence[int] = ()
) -> Iterator[Watched]:
    """A watched command for the block."""
    with ExitStack() as stack:
        command = Watched(home, folder, words, secrets or {}, passed)
        stack.callback(command.close)
        yield command
