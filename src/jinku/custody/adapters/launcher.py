"""Starts the signer of a home when none answers, finds the one that runs, and lets it ask people for secrets."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from jinku.custody.adapters.ending import holder, runs, terminate
from jinku.custody.adapters.signer_socket import Pin, SocketSigner
from jinku.custody.errors import (
    SignerAbsentError,
    SignerGoneError,
    SignerInputError,
    SignerUnavailableError,
    VaultIntegrityError,
)
from jinku.custody.ports import SecretFd

__all__ = ["BINARY_VARIABLE", "Launcher", "binary", "signer_environment"]

BINARY_VARIABLE = "JINKU_SIGNER_BIN"
# What the signer is started with: it lives for days, and nothing else that the shell held shall live as long.
# By exact name: no loader's variable (LD_PRELOAD, LD_LIBRARY_PATH) brings other code into the process that holds the
# keys, no path of a secret and no password stays in its memory. The last two are heard by test builds alone.
_FOR_THE_SIGNER = frozenset(
    {
        "PATH",
        "HOME",
        "LANG",
        "LC_ALL",
        "TZ",
        "TMPDIR",
        "XDG_RUNTIME_DIR",
        "JINKU_SIGNER_FAULT",
        "JINKU_SIGNER_ALLOW_CORE",
    }
)
_PROGRAM = "jinku-signer"
_COMM = 15  # as many characters of a program's name the kernel keeps
_START_SECONDS = 20.0
_STOP_SECONDS = 10.0
_SETTLE_SECONDS = 1.0
_ALREADY_RUNNING = 6
_INTERRUPTED = 130


def binary() -> Path:
    """The signer that this installation carries, or the one that ``JINKU_SIGNER_BIN`` names."""
    named = os.environ.get(BINARY_VARIABLE)
    path = Path(named) if named else Path(__file__).parents[2] / "_bin" / _PROGRAM
    if not os.access(path, os.X_OK):
        raise SignerUnavailableError(
            "the signer binary is missing", found=f"no {path}", advice="reinstall jinku", retryable=False
        )
    return path


def signer_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What of an environment the signer is started with.

    >>> signer_environment({"HOME": "/h", "API_KEY": "k", "LD_PRELOAD": "x.so", "JINKU_PASSPHRASE_FILE": "/p"})
    {'HOME': '/h'}
    """
    return {name: value for name, value in environment.items() if name in _FOR_THE_SIGNER}


class Launcher:
    """Implements ``SignerLauncher``."""

    def __init__(
        self,
        home: Path,
        runtime: Path,
        *,
        owner_uid: int | None = None,
        timeout_seconds: float = 180.0,
    ) -> None:
        """Serve ``home`` at ``runtime``. ``owner_uid`` is the user of a signer that a service manager starts."""
        self._home, self._runtime = home, runtime
        self._owner_uid, self._timeout = owner_uid, timeout_seconds

    def connect(self, start: bool = True) -> SocketSigner:
        """A signer that answers and is the pinned one; started when none does, unless ``start`` is False."""
        try:
            return self._reached()
        except SignerAbsentError:
            if not start or self._owner_uid is not None:
                raise
        started = self._start()
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                return self._greeted()
            except SignerGoneError as error:
                if time.monotonic() > end:
                    raise
                if not started and isinstance(error, SignerAbsentError):
                    started = self._start()  # the one that held the lock may have been dying
                time.sleep(0.02)

    def stop(self) -> None:
        """No signer of this home runs; it wiped its keys. Does nothing when none ran.

        One that does not answer, or was stopped (SIGSTOP), is ended by signals: its keys go with the process, unwiped.
        """
        try:
            signer = self._reached()
        except SignerAbsentError:
            self._ended(0)  # its socket may be gone, and it not
            return
        except (SignerUnavailableError, VaultIntegrityError):
            pid = holder(self._runtime / "signer.pid")
            if not pid:
                raise
            self._terminate(pid)
            return
        pid = signer.peer_pid
        try:
            signer.shutdown()
        except SignerUnavailableError:
            self._terminate(pid)
        finally:
            signer.close()
        self._ended(pid)

    def _terminate(self, pid: int) -> None:
        names = [_PROGRAM]
        if named := os.environ.get(BINARY_VARIABLE):
            names += [Path(named).name, Path(named).name[:_COMM]]
        terminate(pid, self._locks, names)
        self._ended(pid)

    @property
    def _locks(self) -> tuple[Path, Path]:
        """What a signer of this home and runtime folder holds."""
        return self._runtime / "signer.pid", self._home / "signer" / "lock"

    def _ended(self, pid: int) -> None:
        """Process ``pid`` is gone and nobody holds the signer's locks on the home and the runtime folder."""
        end = time.monotonic() + _STOP_SECONDS
        while True:
            holders = map(holder, self._locks)
            running = pid if pid and runs(pid) else next((one for one in holders if one is not None), None)
            if running is None:
                return
            left = running or "unknown"
            if time.monotonic() > end:
                raise SignerUnavailableError(
                    "the signer still runs and may hold keys",
                    found=f"pid {left}",
                    advice=f"see that it is it, and kill it: ps -fp {left}; kill -9 {left}",
                )
            time.sleep(0.01)

    def ask(self, prompt: str, confirm: bool = False) -> Iterator[SecretFd]:
        """Yields a descriptor with what a person typed at the terminal; the bytes never enter this process."""
        read_end, write_end = os.pipe2(os.O_CLOEXEC)
        try:
            arguments = [os.fspath(binary()), "ask", "--out-fd", str(write_end)]
            arguments += ["--confirm"] if confirm else []
            with _terminal_kept():
                done = subprocess.run(
                    [*arguments, prompt],
                    pass_fds=(write_end,),
                    stderr=subprocess.PIPE,
                    text=True,
                    check=False,
                    env=signer_environment(os.environ),
                )
            os.close(write_end)
            write_end = -1
            if done.returncode == _INTERRUPTED:
                raise KeyboardInterrupt
            if done.returncode != 0:
                raise SignerInputError(
                    _said(done.stderr),
                    advice="run the command again, or give it by a descriptor",
                    code="secret.not_given",
                )
            yield SecretFd(read_end)
        finally:
            for fd in (read_end, write_end):
                if fd >= 0:
                    os.close(fd)

    def _reached(self) -> SocketSigner:
        """As ``_greeted``; a signer that is just ending is waited for, so that it answers or is absent."""
        end = time.monotonic() + _SETTLE_SECONDS
        while True:
            try:
                return self._greeted()
            except SignerAbsentError:
                raise
            except SignerGoneError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def _greeted(self) -> SocketSigner:
        signer = SocketSigner(
            self._runtime / "signer.sock",
            pin=self._pin(),
            owner_uid=self._owner_uid,
            timeout_seconds=self._timeout,
        )
        try:
            signer.hello()
        except BaseException:
            signer.close()
            raise
        return signer

    def _pin(self) -> Pin | None:
        """What init pinned; None before init. A damaged pin is for the platform to report."""
        try:
            document = json.loads((self._home / "deployment.json").read_text(encoding="utf-8"))
            return Pin(str(document["deployment"]), str(document["identity_public"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def _start(self) -> bool:
        """True when this call started the signer; False when another holds the lock, and serves soon or is dying."""
        command = [os.fspath(binary()), "serve", "--home", os.fspath(self._home), "--runtime", os.fspath(self._runtime)]
        try:
            self._runtime.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_START_SECONDS,
                check=False,
                env=signer_environment(os.environ),
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SignerUnavailableError(
                "the signer does not start", found=str(error), advice="see logs/signer.log in the home"
            ) from error
        if done.returncode not in (0, _ALREADY_RUNNING):
            raise SignerUnavailableError(
                "the signer does not start",
                found=_said(done.stderr),
                advice="run `jinku doctor`; see logs/signer.log in the home",
                retryable=False,
            )
        return done.returncode == 0


def _said(text: str) -> str:
    return text.strip().removeprefix("jinku-signer: ") or "no reason given"


@contextlib.contextmanager
def _terminal_kept() -> Iterator[None]:
    """The terminal's settings are afterwards what they were, even when the asking process was killed."""
    try:
        fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        before = termios.tcgetattr(fd)
        handler = signal.getsignal(signal.SIGINT)
        main = threading.current_thread() is threading.main_thread()
        if main:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the asking process's to handle
        try:
            yield
        finally:
            if main:
                signal.signal(signal.SIGINT, handler)
            termios.tcsetattr(fd, termios.TCSADRAIN, before)
    finally:
        os.close(fd)
