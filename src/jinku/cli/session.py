"""What one run of the command line holds: settings, output, the platform when it is needed, and secret entry."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinku.cli.output import Output
from jinku.core import IntegrityError, JinkuError, UsageError, counted
from jinku.custody.ports import SecretFd
from jinku.ops.keyfile import make_key_file, open_key_file
from jinku.ops.settings import Settings

if TYPE_CHECKING:  # the platform takes a quarter of a second to load; commands that need none are spared it
    from jinku.journal import Journal
    from jinku.ops.platform import Platform

__all__ = ["SecretOptions", "Session", "open_for_signer"]

PASSPHRASE_VARIABLE = "JINKU_PASSPHRASE_FILE"  # noqa: S105  the name of a variable


@dataclass(frozen=True, slots=True)
class SecretOptions:
    """Where one secret comes from: an option, else the variable, else a prompt. ``given`` names the options set."""

    fd: int | None = None
    file: Path | None = None
    key_file: Path | None = None
    new_key_file: Path | None = None
    given: tuple[str, ...] = ()
    stem: str = "--passphrase"
    variable: str = PASSPHRASE_VARIABLE


def open_for_signer(path: Path, what: str, advice: str | None = None) -> int:
    """A descriptor of the file for the signer to read; its bytes never enter this process."""
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(
            f"{what} cannot be opened",
            found=f"{path}: {error.strerror}",
            expected="a file that you can read",
            advice=advice,
        ) from error


def _follow(journal: Journal, over: threading.Event) -> None:
    with suppress(JinkuError):  # met again by ``publish`` when the command ends, and told there
        journal.follow(over.wait, lambda _done: None, at_once=False)


def _waiting(count: Callable[[], int]) -> int | None:
    """The number; the command was done, whatever becomes of the database by now."""
    try:
        return count()
    except JinkuError:
        return None


def _held(waits: int | None, held: str) -> str:
    """The line that says how many entries wait for a checkpoint, and for what."""
    what = "some journal entries" if waits is None else counted(waits, "journal entry", "journal entries")
    return f"{what} {'waits' if waits == 1 else 'wait'} for a checkpoint: {held} (jinku journal flush)"


class Session:
    """One run of a command."""

    def __init__(self, settings: Settings, output: Output, environment: Mapping[str, str] = os.environ) -> None:
        """Hold them; nothing is opened yet."""
        self.settings = settings
        self.out = output
        self._environment = environment
        self._platform: Platform | None = None
        self._used_fds: set[int] = set()
        self._held = False

    @property
    def platform(self) -> Platform:
        """The installation, opened and checked on first use."""
        if self._platform is None:
            from jinku.ops.platform import Platform  # noqa: PLC0415

            self._platform = Platform.open(self.settings)
        return self._platform

    def hold_publishing(self) -> None:
        """What this command writes is published by itself, or by a later one."""
        self._held = True

    def publish(self) -> None:
        """What this command wrote into the journal is under a checkpoint, or one line says why not.

        Reading commands pay nothing. What contradicts itself is raised: the command was done, its home is not sound.
        """
        if self._held or self._platform is None or not self._platform.database.appended:
            return
        journal = self._platform.journal
        waits: int | None
        try:
            done = journal.flush()
            held, waits = done.held, done.waiting
        except IntegrityError:
            raise
        except JinkuError as error:
            held, waits = error.what, _waiting(journal.waiting)
        if held:
            self.out.note(_held(waits, held))

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """What is written meanwhile is under a checkpoint about a second later; ``publish`` tells what was not."""
        over = threading.Event()
        publisher = threading.Thread(target=_follow, args=(self.platform.journal, over), name="publish", daemon=True)
        publisher.start()
        try:
            yield
        finally:
            over.set()
            publisher.join()

    def close(self) -> None:
        """What was opened is closed."""
        if self._platform is not None:
            self._platform.close()
            self._platform = None

    def has_secret(self, options: SecretOptions) -> bool:
        """True when a source other than the prompt is named."""
        return bool(options.given or self._environment.get(options.variable))

    @contextmanager
    def secret(self, options: SecretOptions, prompt: str, confirm: bool = False) -> Iterator[SecretFd]:
        """A descriptor from which the signer reads the secret: of an option, of the variable, or of a prompt."""
        given = options.given
        if len(given) > 1:
            raise UsageError("a secret has more than one source", found=" and ".join(given), expected="one of them")
        if options.new_key_file is not None:
            yield from self._key_file(options.new_key_file, make=True)
        elif options.key_file is not None:
            yield from self._key_file(options.key_file, make=False)
        elif options.fd is not None:
            yield self._descriptor(options.fd, given[0])
        elif options.file is not None:
            yield from self._passphrase_file(options.file)
        elif named := self._environment.get(options.variable):
            yield from self._passphrase_file(Path(named), options.variable)
        else:
            yield from self._prompt(prompt, confirm, options)

    def _key_file(self, path: Path, make: bool) -> Iterator[SecretFd]:
        if make:
            make_key_file(path, self.settings.home)
            self.out.note(f"key file made: {path} (whoever reads it opens what it locks; keep a copy elsewhere)")
        fd = open_key_file(path, self.settings.home)
        try:
            yield SecretFd(fd, "keyfile")
        finally:
            os.close(fd)

    def _descriptor(self, fd: int, option: str) -> SecretFd:
        try:
            os.fstat(fd)
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"{option} names no open descriptor", found=fd, advice=f"open it in the shell: {option} 3 3<FILE"
            ) from error
        if fd <= 2 and os.isatty(fd):
            raise UsageError(
                f"{option} names a terminal, which would echo", found=fd, advice="leave it out for a prompt"
            )
        if fd in self._used_fds:
            raise UsageError("one descriptor cannot hold two secrets", found=fd, advice="open one for each")
        self._used_fds.add(fd)
        return SecretFd(fd)

    def _passphrase_file(self, path: Path, variable: str = "") -> Iterator[SecretFd]:
        advice = f"unset {variable}, or let it name a file" if variable else None
        fd = open_for_signer(path, f"the passphrase file{' that ' + variable + ' names' if variable else ''}", advice)
        try:
            state = os.fstat(fd)
            if stat.S_ISREG(state.st_mode):
                others = " and others may read it" if state.st_mode & 0o077 else ""
                self.out.warn(f"this secret lies on disk in {path}{others}; a prompt or a descriptor leaves no copy")
            yield SecretFd(fd)
        finally:
            os.close(fd)

    def _prompt(self, prompt: str, confirm: bool, options: SecretOptions) -> Iterator[SecretFd]:
        try:
            os.close(os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY))
        except OSError as error:
            raise UsageError(
                f"{prompt} is needed and there is no terminal to ask at",
                expected=f"{options.stem}-fd N, {options.stem}-file F or {options.variable}",
                code="usage.secret_needed",
            ) from error
        from jinku.ops.platform import launcher  # noqa: PLC0415

        yield from launcher(self.settings).ask(f"{prompt}: ", confirm)
