"""How the demo is told: panels, the real command lines, and the real program under them."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

_JINKU = Path(sys.executable).with_name("jinku")
_WIDEST = 100


class ClaimError(Exception):
    """Something that the demo claims did not hold."""


@dataclass(frozen=True)
class Ran:
    """A command that ended: its exit code, what it printed (empty when it went to the terminal), and its seconds."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def document(self) -> dict[str, object]:
        """Its answer as JSON."""
        return dict(json.loads(self.out))

    def lines(self) -> Iterator[dict[str, object]]:
        """Its answer as JSON lines."""
        return (dict(json.loads(line)) for line in self.out.splitlines())


@dataclass
class Stage:
    """The console, the home that is shown, and the claims that were checked."""

    console: Console
    home: Path
    environment: dict[str, str]
    checked: list[str] = field(default_factory=list)

    # -- telling
    def act(self, number: int, title: str, text: str) -> None:
        """A new act begins."""
        self.console.print()
        self.console.print(Rule(Text(f" {number}  {title} ", style="bold"), style="cyan", align="left"))
        self.say(text)

    def say(self, text: str) -> None:
        """A paragraph for the reader."""
        self.console.print(Padding(Text.from_markup(" ".join(text.split())), (1, 2, 0, 2)))

    def show(self, thing: object) -> None:
        """A table or such, indented."""
        self.console.print(Padding(thing, (1, 2, 0, 4)))  # type: ignore[arg-type]

    def claim(self, holds: bool, text: str) -> None:
        """The claim is shown with a check mark; the demo ends in failure if it does not hold."""
        if not holds:
            self.console.print(Padding(Text(f"✗ {text}", style="bold red"), (0, 2, 0, 2)))
            raise ClaimError(text)
        self.checked.append(text)
        self.console.print(Padding(Text.assemble(("✓ ", "bold green"), text), (0, 2, 0, 2)))

    def _command_line(self, words: Sequence[str], note: str) -> None:
        text = Text("$ ", style="bold green")
        text.append(_folded(["jinku", *words], min(self.console.width, _WIDEST) - 6), style="bold")
        if note:
            text.append(f"   # {note}", style="dim")
        self.console.print()
        self.console.print(Padding(text, (0, 2, 0, 2)))

    # -- running
    def run(
        self,
        words: Sequence[str],
        secrets: Mapping[str, bytes] | None = None,
        *,
        expect: int = 0,
        quiet: bool = False,
        home: Path | None = None,
        note: str = "",
        watch: Watch | None = None,
    ) -> Ran:
        """One real command. ``secrets`` maps an option to the bytes that its descriptor yields.

        Its output goes to the reader's terminal; with ``quiet`` it is kept instead and no command line is shown.
        """
        line = list(words)
        with ExitStack() as stack:
            fds = []
            for option, secret in (secrets or {}).items():
                fd = _pipe_of(secret)
                stack.callback(os.close, fd)
                fds.append(fd)
                line += [option, f"/dev/fd/{fd}" if option.endswith("-file") else str(fd)]
            if watch is not None:
                fds.append(watch.open())
                line += ["--progress-fd", str(fds[-1])]
            if not quiet:
                self._command_line(line, note)
            begin = time.perf_counter()
            pipe = subprocess.PIPE if quiet else None
            environment = self.environment | {"JINKU_HOME": str(home or self.home)}
            child = subprocess.Popen(
                [_JINKU, *line],
                stdin=subprocess.DEVNULL,
                stdout=pipe,
                stderr=pipe,
                pass_fds=fds,
                env=environment,
                text=True,
            )
            if watch is not None:
                watch.follow(child)
            out, err = child.communicate()
        ran = Ran(child.returncode, out or "", err or "", time.perf_counter() - begin)
        if ran.code != expect:
            told = ran.err.strip() or ran.out.strip()
            raise ClaimError(f"jinku {shlex.join(words)} ended with exit code {ran.code}, not {expect}. {told}")
        if not quiet and expect:
            self.console.print(Padding(Text(f"exit code {ran.code}", style="dim"), (0, 2, 0, 2)))
        return ran

    def quietly(self, words: Sequence[str]) -> None:
        """A command that may fail, unseen: for tidying up."""
        environment = self.environment | {"JINKU_HOME": str(self.home)}
        subprocess.run([_JINKU, *words], env=environment, capture_output=True, check=False)

    def steady(self) -> None:
        """The terminal after a command was killed in the middle of drawing: cursor shown, on a line of its own."""
        if self.console.is_terminal:
            self.console.file.write("\x1b[?25h\n")
            self.console.file.flush()


class Watch:
    """Follows a job's progress lines and kills its process without warning once so many accounts are committed."""

    def __init__(self, kill_at: int) -> None:
        self.kill_at = kill_at
        self.killed_at = 0
        self._read = self._write = -1

    def open(self) -> int:
        """The descriptor that the job reports to."""
        self._read, self._write = os.pipe()
        return self._write

    def follow(self, child: subprocess.Popen[str]) -> None:
        """Until the job ends or is killed."""
        os.close(self._write)
        with os.fdopen(self._read) as lines:
            for line in lines:
                told = json.loads(line)
                if told["phase"] == "create" and told["done"] >= self.kill_at:
                    self.killed_at = told["done"]
                    os.kill(child.pid, signal.SIGKILL)
                    break


def _pipe_of(secret: bytes) -> int:
    """A descriptor that yields the bytes once. Short secrets fit a pipe's buffer."""
    reading, writing = os.pipe()
    os.write(writing, secret)
    os.close(writing)
    return reading


def _folded(words: Sequence[str], width: int) -> str:
    """A command line, folded with backslashes as a person would."""
    lines = [""]
    for word in map(shlex.quote, words):
        # an option stays with its value
        if len(lines[-1]) + len(word) + 3 > width and word.startswith("-"):
            lines.append("     " + word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip() if len(lines) == 1 else f"{lines[-1]} {word}"
    return " \\\n  ".join(lines)


def title(console: Console, heading: str, text: str) -> None:
    """The first panel."""
    body = Text.from_markup(text)
    console.print(
        Panel(body, title=Text(heading, style="bold"), title_align="left", border_style="cyan", padding=(1, 2))
    )
