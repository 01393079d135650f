"""How far a long command is: a bar with rate and time left for people, JSON lines for programs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.text import Text

from jinku.cli.output import Output, dump

__all__ = ["Reporter", "reporting", "waiting"]

_EVERY_SECONDS = 1.0  # how often a log file or a program hears of it


class Reporter(Protocol):
    """Takes one report: the phase, how much of it is done, and the whole."""

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Take it."""


class _Rate(ProgressColumn):
    """Things a second since the phase began."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        if not speed and task.elapsed:
            speed = task.completed / task.elapsed
        return Text(f"{speed:,.0f}/s" if speed else "", style="cyan")


class _Lines:
    """Reports as lines of JSON, at most one a second and always the last of a phase."""

    def __init__(self, write: Reporter, every_seconds: float) -> None:
        self._write = write
        self._every = every_seconds
        self._last = float("-inf")

    def __call__(self, phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done >= total or now - self._last >= self._every:
            self._last = now
            self._write(phase, done, total)


def _descriptor_writer(fd: int) -> Reporter:
    def write(phase: str, done: int, total: int) -> None:
        os.write(fd, (dump({"phase": phase, "done": done, "total": total}) + "\n").encode())

    return write


def _text_writer(output: Output) -> Reporter:
    def write(phase: str, done: int, total: int) -> None:
        if output.as_json:
            output.errors.file.write(dump({"progress": {"phase": phase, "done": done, "total": total}}) + "\n")
        else:
            output.errors.print(f"{phase}: {done:,} of {total:,}")
        output.errors.file.flush()

    return write


@contextmanager
def reporting(output: Output, fd: int | None = None) -> Iterator[Reporter]:
    """A reporter for the block: a bar on a terminal, lines elsewhere; each report also goes to ``fd`` when given."""
    also = _Lines(_descriptor_writer(fd), 0.0) if fd is not None else None
    if output.as_json or not output.errors.is_terminal:
        main: Reporter = _Lines(_text_writer(output), _EVERY_SECONDS)
        yield _both(main, also)
        return
    columns = (
        TextColumn("{task.description:<7}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TextColumn("left", style="dim"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=output.errors, speed_estimate_period=10.0, expand=True) as bars:
        tasks: dict[str, int] = {}

        def show(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = int(bars.add_task(phase, total=total))
            bars.update(tasks[phase], completed=done, total=total)  # type: ignore[arg-type]  # TaskID is an int

        yield _both(show, also)


def _both(main: Reporter, also: Reporter | None) -> Reporter:
    if also is None:
        return main
    second = also

    def report(phase: str, done: int, total: int) -> None:
        main(phase, done, total)
        second(phase, done, total)

    return report


@contextmanager
def waiting(output: Output, text: str) -> Iterator[None]:
    """A spinner on a terminal while the block runs, for work that cannot say how far it is."""
    if output.as_json or not output.errors.is_terminal:
        yield
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bars(*columns, console=output.errors, transient=True) as bars:
        bars.add_task(text, total=None)
        yield
