"""How far a long command is: a bar with rate and time left for people, JSON lines for programs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bars
from rich.table import Column, Table
from rich.text import Text

from jinku.cli.output import Output, dump

__all__ = ["Reporter", "reporting", "waiting"]

_EVERY_SECONDS = 1.0  # how often a log file or a program hears of it
_KEPT_FREE = 4  # columns: an echoed ^C must not fold the line, or the bar would be drawn a second time below
_MINUTE_SECONDS, _HOUR_SECONDS = 60, 3600
_WORDS = {"index": "look-up"}  # the phase that makes addresses findable; accounts have indexes, too


class Reporter(Protocol):
    """Takes one report: the phase, how much of it is done, and the whole."""

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Take it."""


class _Figures(ProgressColumn):
    """How many of how many, how many a second, how long it took and about how long it will take; never folded."""

    def get_table_column(self) -> Column:
        """The bar gives way."""
        return Column(no_wrap=True)

    def render(self, task: Task) -> Text:
        parts = [f"{task.completed:,.0f}/{task.total or 0:,.0f}"]
        speed = task.finished_speed or task.speed
        if not speed and task.elapsed:
            speed = task.completed / task.elapsed
        if speed:
            parts.append(f"{speed:,.0f}/s")
        took = _seconds(task.finished_time if task.finished_time is not None else task.elapsed or 0)
        if task.finished:
            parts.append(f"took {took}")
        else:
            parts.append(took)
            if task.time_remaining is not None:
                parts.append(f"about {_seconds(task.time_remaining)} left")
        return Text(", ".join(parts), style="cyan")


def _seconds(seconds: float) -> str:
    """A length of time in the two units that matter.

    >>> _seconds(9.4), _seconds(75), _seconds(7300)
    ('9 s', '1 min 15 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < _MINUTE_SECONDS:
        return f"{whole} s"
    if whole < _HOUR_SECONDS:
        return f"{whole // _MINUTE_SECONDS} min {whole % _MINUTE_SECONDS} s"
    return f"{whole // _HOUR_SECONDS} h {whole % _HOUR_SECONDS // _MINUTE_SECONDS} min"


def _columns() -> tuple[ProgressColumn, ...]:
    return TextColumn("{task.description:<7}"), BarColumn(bar_width=None), _Figures()


class _Bars(Bars):
    """Bars that leave the end of the line free."""

    def __init__(self, *columns: ProgressColumn, console: Console) -> None:
        self._screen = console  # the base class draws once before it has a console
        super().__init__(*columns, console=console, speed_estimate_period=10.0, expand=True)

    def make_tasks_table(self, tasks: Iterable[Task]) -> Table:
        """One line a phase."""
        made = super().make_tasks_table(tasks)
        made.width = max(self._screen.width - _KEPT_FREE, 1)
        return made


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
            output.errors.print(f"{_WORDS.get(phase, phase)}: {done:,} of {total:,}")
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
    with _Bars(*_columns(), console=output.errors) as bars:
        tasks: dict[str, int] = {}

        def show(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = int(bars.add_task(_WORDS.get(phase, phase), total=total))
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
