"""The one supervisor of the command line: every failure leaves as a sentence and an exit code, never as a traceback."""

from __future__ import annotations

import os
import sys

from typer.exceptions import Abort, Exit, TyperException

from jinku.app.streams import fill_gaps, reader_left, silence
from jinku.cli.root import app
from jinku.core import JinkuError, UsageError

__all__ = ["main"]

_STDOUT, _STDERR = 1, 2
_INTERRUPTED = 130  # as a shell reports a death by SIGINT


class _InterruptedError(JinkuError):
    """The user interrupted the command (exit 130)."""

    code = "interrupted"
    exit_code = _INTERRUPTED


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code; 2 for usage, 130 when interrupted."""
    given = sys.argv[1:] if arguments is None else arguments
    if "_JINKU_COMPLETE" in os.environ:
        _learn_shells()
    fill_gaps()
    sys.exit(_ended(_supervised(given)))


def _learn_shells() -> None:
    """The shells whose completion scripts call us are known to typer."""
    from typer.completion import completion_init  # type: ignore[attr-defined]  # noqa: PLC0415  only completion needs it

    completion_init()


def _check_text(given: list[str]) -> None:
    """Each argument is text: one that is not could be neither looked up nor shown."""
    for argument in given:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise UsageError(
                "an argument is no UTF-8 text", found=ascii(argument), advice="check the terminal's locale and encoding"
            ) from error


def _supervised(given: list[str]) -> int:
    try:
        _check_text(given)
        code = app(given, prog_name="jinku", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except Exit as end:
        return end.exit_code
    except (Abort, KeyboardInterrupt):
        return _interrupted(given)
    except SystemExit as end:  # so click answers a broken pipe, whichever it was; that of stdout (| head) is no fault
        return 0 if isinstance(end.__context__, OSError) and reader_left(_STDOUT) else _code_of(end)
    except BrokenPipeError as error:
        return 0 if reader_left(_STDOUT) else _report(error, given)
    except Exception as error:  # the one broad except of this process
        if os.environ.get("JINKU_DEBUG") and not isinstance(error, TyperException):
            raise
        return _report(error, given)


def _interrupted(given: list[str]) -> int:
    if "--json" in given:
        return _report(_InterruptedError("interrupted", advice="what was committed stands"), given)
    sys.stderr.write("\ninterrupted; what was committed stands\n")
    return _INTERRUPTED


def _report(error: Exception, given: list[str]) -> int:
    from jinku.app.failures import report  # noqa: PLC0415  only a failure pays for it

    try:
        return report(error, "--json" in given)
    except BrokenPipeError:  # nobody reads stderr; the exit code still says it
        return int(getattr(error, "exit_code", 1))


def _code_of(end: SystemExit) -> int:
    return end.code if isinstance(end.code, int) else 1


def _ended(code: int) -> int:
    """The streams are flushed; one whose reader went away swallows the rest."""
    for stream, fd in ((sys.stdout, _STDOUT), (sys.stderr, _STDERR)):
        try:
            stream.flush()
        except BrokenPipeError:
            silence(fd)
    return code
