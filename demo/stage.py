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

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

_JINKU = Path(sys.executable).with_name("jinku")


class ClaimError(Exception):
    """Something that the demo claims did not hold."""


@dataclass(frozen=True)
class Ran:
    """A command that ended: its exit code, what it printed (empty when it went to the terminal), and its seconds."""

    code: int
    out: str
    err: str
    seconds: float

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
    times: list[tuple[str, float]] = field(default_factory=list)

    # -- telling
    def opening(self, heading: str, text: str) -> None:
        """The first panel, or the last."""
        body = Text.from_markup(flowing(text))
        named = Text(f" {heading} ", style="bold")
        self.console.print(Panel(body, title=named, title_align="left", border_style="cyan", padding=(1, 2)))

    def act(self, number: int, title: str, text: str) -> None:
        """A new act begins."""
        self.console.print()
        self.console.print(Rule(Text(f"{number}  {title}", style="bold"), style="cyan", align="left"))
        self.say(text)

    def say(self, text: str) -> None:
        """A paragraph for the reader."""
        self.console.print()
        self.console.print(Padding(Text.from_markup(flowing(text)), (0, 4, 0, 4)))

    def show(self, thing: RenderableType) -> None:
        """A table or such."""
        self.console.print()
        self.console.print(thing)

    def claim(self, holds: bool, text: str) -> None:
        """The claim is shown with a check mark; the demo ends in failure if it does not hold."""
        mark, style = ("✓", "bold green") if holds else ("✗", "bold red")
        line = Text.assemble((f"{mark} ", style), (text, "" if holds else style))
        self.console.print(line)
        if not holds:
            raise ClaimError(text)
        self.checked.append(text)

    def _command_line(self, words: Sequence[str], note: str = "", into: Path | None = None) -> None:
        if note:
            self.console.print(Text(f"\n# {note}", style="dim"), end="")
        text = Text("\n$ ", style="bold green")
        text.append(_folded(words, self.console.width - 4, f"> {into.name}" if into else ""), style="bold")
        self.console.print(text)
        self.console.file.flush()

    # -- running
    def run(
        self,
        words: Sequence[str],
        secrets: Mapping[str, bytes] | None = None,
        *,
        expect: int | None = 0,
        quiet: bool = False,
        home: Path | None = None,
        note: str = "",
        watch: Watch | None = None,
        cwd: Path | None = None,
        into: Path | None = None,
    ) -> Ran:
        """One real command. ``secrets`` maps an option to the bytes that its descriptor yields.

        Its output goes to the reader's terminal; with ``quiet`` it is kept instead and no command line is shown; with
        ``into`` what it prints goes to that file.
        """
        line = list(words)
        with ExitStack() as stack:
            fds = []
            for option, secret in (secrets or {}).items():
                fds.append(_pipe_of(secret))
                stack.callback(os.close, fds[-1])
                line += [option, f"/dev/fd/{fds[-1]}" if option.endswith("-file") else str(fds[-1])]
            shown = list(line)
            if watch is not None:  # the demo's own ear, not part of the story
                fds.append(watch.open())
                line += ["--progress-fd", str(fds[-1])]
            if not quiet:
                self._command_line(["jinku", *shown], note, into)
            begin = time.perf_counter()
            pipe = subprocess.PIPE if quiet else None
            out_to = stack.enter_context(into.open("w")) if into else pipe
            environment = self.environment | {"JINKU_HOME": str(home or self.home)}
            child = subprocess.Popen(
                [_JINKU, *line],
                stdin=subprocess.DEVNULL,
                stdout=out_to,
                stderr=pipe,
                pass_fds=fds,
                env=environment,
                text=True,
                cwd=cwd,
            )
            if watch is not None:
                watch.follow(child)
            out, err = child.communicate()
        ran = Ran(child.returncode, out or "", err or "", time.perf_counter() - begin)
        return self._ended(["jinku", *words], ran, expect)

    def audit(self, words: Sequence[str], folder: Path, *, expect: int = 0, quiet: bool = False) -> Ran:
        """One real run of a Python program of the auditor's, in their folder, apart from everything of jinku's."""
        if not quiet:
            self._command_line(["python3", "-I", *words])
        begin = time.perf_counter()
        pipe = subprocess.PIPE if quiet else None
        done = subprocess.run(
            [sys.executable, "-I", *words], cwd=folder, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe,
            env=self.environment, text=True, check=False,
        )  # fmt: skip
        ran = Ran(done.returncode, done.stdout or "", done.stderr or "", time.perf_counter() - begin)
        return self._ended(["python3", *words], ran, expect)

    def _ended(self, words: Sequence[str], ran: Ran, expect: int | None) -> Ran:
        line = shlex.join(words)
        self.times.append((f"  {line.removeprefix('jinku ')[:70]}", ran.seconds))
        if expect is not None and ran.code != expect:
            told = ran.err.strip() or ran.out.strip()
            raise ClaimError(f"{line} ended with exit code {ran.code}, not {expect}. {told}")
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


def flowing(text: str) -> str:
    """Paragraphs without the source's line breaks; lines that begin with a mark-up or a prompt stay as they are."""
    paragraphs = []
    for paragraph in text.strip().split("\n\n"):
        kept = paragraph.lstrip().startswith(("[dim]", "[bold green]$"))
        lines = paragraph.split("\n")
        paragraphs.append("\n".join(lines) if kept else " ".join(line.strip() for line in lines))
    return "\n\n".join(paragraphs)


def _pipe_of(secret: bytes) -> int:
    """A descriptor that yields the bytes once. Short secrets fit a pipe's buffer."""
    reading, writing = os.pipe()
    os.write(writing, secret)
    os.close(writing)
    return reading


def _folded(words: Sequence[str], width: int, tail: str = "") -> str:
    """A command line, folded with backslashes as a person would: an option stays with its value."""
    pieces: list[str] = []
    for word in map(shlex.quote, words):
        if pieces and pieces[-1].startswith("-") and " " not in pieces[-1] and not word.startswith("-"):
            pieces[-1] += f" {word}"
        else:
            pieces.append(word)
    lines = [pieces[0]]
    for piece in [*pieces[1:], *([tail] if tail else [])]:
        if len(lines[-1]) + len(piece) + 3 > width:
            lines.append("    " + piece)
        else:
            lines[-1] += f" {piece}"
    return " \\\n".join(lines)
