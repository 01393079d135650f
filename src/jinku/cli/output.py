"""What a command says: results to stdout, everything else to stderr, as text for people or as JSON for programs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any, cast
from unicodedata import category

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from jinku.core import JinkuError

__all__ = ["Hanging", "Output", "dump", "error_document", "facts", "printable", "table"]

_UNFOLDED = 1000
_BREAK = "\n"
_INDENT = 2
_PADDING = re.compile(r" +(?=\n)")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # controls, direction marks, breaks of lines


def dump(document: object) -> str:
    """One line of JSON; text beyond ASCII stands as itself, and bytes of a changed row as Python writes them."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=repr)


def printable(text: str, kept: str = "") -> str:
    r"""The text with control and direction characters escaped: no row and no peer writes to the terminal itself.

    >>> printable("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    if text.isprintable():
        return text
    return "".join(one if one in kept or category(one) not in _UNSEEN else ascii(one)[1:-1] for one in text)


def error_document(error: JinkuError) -> dict[str, object]:
    """The one JSON form of an error: its code, its sentence, the parts of it, and the exit code that follows."""
    document = error.as_document()
    document |= {"found": error.found, "expected": error.expected, "advice": error.advice, "exit": error.exit_code}
    if notes := getattr(error, "__notes__", None):
        document["notes"] = list(notes)
    return {"error": document}


class Output:
    """Where a command writes. ``json`` chooses the form; colours follow the terminal and ``NO_COLOR``."""

    def __init__(self, as_json: bool, out: IO[str] | None = None, err: IO[str] | None = None) -> None:
        """Write to the process's own streams unless others are handed in."""
        self.as_json = as_json
        self._out = out or sys.stdout
        self.console = _console(self._out)
        self.errors = _console(err or sys.stderr)

    def result(self, document: Mapping[str, object], show: Callable[[Console], None]) -> None:
        """The answer of the command: one JSON document, or what ``show`` prints."""
        if self.as_json:
            self.line(document)
        else:
            show(self.console)

    def line(self, document: Mapping[str, object]) -> None:
        """One JSON line on stdout."""
        self._out.write(dump(document) + "\n")

    def text(self, text: str) -> None:
        """One plain line on stdout, whatever the form: for what is no JSON by nature, such as a script."""
        self._out.write(text + "\n")

    def note(self, text: str) -> None:
        """A remark on stderr; programs are spared it."""
        if not self.as_json:
            self.errors.print(Hanging(Text(printable(text, _BREAK), style="dim"), _INDENT))

    def warn(self, text: str) -> None:
        """A warning on stderr, for people and programs."""
        if self.as_json:
            self.errors.file.write(dump({"warning": text}) + "\n")
        else:
            head = "warning: "
            self.errors.print(Hanging(Text.assemble((head, "bold yellow"), printable(text, _BREAK)), len(head)))

    def error(self, error: JinkuError) -> None:
        """The failure on stderr: what was found, what was expected, what to do."""
        if self.as_json:
            self.errors.file.write(dump(error_document(error)) + "\n")
            return
        head = Text.assemble(("error ", "bold red"), (error.code, "red"), f": {printable(error.what, _BREAK)}")
        self.errors.print(Hanging(head, _INDENT))
        notes = [("also", note) for note in getattr(error, "__notes__", ())]
        parts = (("found", error.found), ("expected", error.expected), *notes, ("do", error.advice))
        rows = [(f"  {word}", value) for word, value in parts if value is not None]
        if rows:
            self.errors.print(facts(rows))


class Hanging:
    """A text whose lines after the first are indented. Only a word that is longer than a line is broken."""

    def __init__(self, text: Text, indent: int) -> None:
        """``indent``: cells, the first of which the first line fills with text of its own."""
        self._text = text
        self._indent = indent

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Folded at the width of the console."""
        indent = self._indent if self._indent * 2 <= options.max_width else 0
        head, body = self._text.divide([indent]) if indent else (Text(), self._text)
        for number, line in enumerate(body.wrap(console, options.max_width - indent)):
            yield Text.assemble(head if number == 0 else " " * indent, line)


class _Console(Console):
    """A console that leaves a pipe without a reader to the supervisor, which knows whose pipe it was."""

    def on_broken_pipe(self) -> None:
        """The error goes on; rich would end the process here."""
        raise BrokenPipeError from sys.exc_info()[1]


class _Trimmed:
    """A file or pipe whose lines end with their last word: rich fills the cells of a table up with spaces."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Written without the filling."""
        return self._file.write(_PADDING.sub("", text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _console(file: IO[str]) -> Console:
    """A console that folds at a terminal's width, and neither folds nor fills lines in a file or pipe."""
    made = _Console(file=file, highlight=False)
    if made.is_terminal:
        return made
    return _Console(file=cast(IO[str], _Trimmed(file)), highlight=False, width=_UNFOLDED)


def table(headings: Iterable[str], rows: Iterable[Iterable[str]], right: frozenset[int] = frozenset()) -> Table:
    """A borderless table; the columns numbered in ``right`` are set flush right."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(headings):
        made.add_column(heading, justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(printable(cell)) for cell in row))
    return made


def facts(pairs: Iterable[tuple[str, str]]) -> Table:
    """Names and values, one pair a line."""
    made = Table(box=None, show_header=False, pad_edge=False)
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in pairs:
        made.add_row(name, Text(printable(value, _BREAK)))
    return made
