"""The one supervisor of the command line: every failure leaves as a sentence and an exit code, never as a traceback."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from typer.exceptions import Abort, Exit, TyperException

from jinku.cli.root import app
from jinku.core import JinkuError, UsageError

__all__ = ["main"]

_INTERRUPTED = 130  # as a shell reports a death by SIGINT


class _InternalError(JinkuError):
    """A defect of jinku itself, or a condition of the machine that no room translated (exit 1)."""

    code = "internal"


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code; 2 for usage, 130 when interrupted."""
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(_supervised(given))


def _supervised(given: list[str]) -> int:
    try:
        code = app(given, prog_name="jinku", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except Exit as end:
        return end.exit_code
    except (Abort, KeyboardInterrupt):
        sys.stderr.write("\ninterrupted: what was committed stands, the same command carries on\n")
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader went away (| head): nothing is wrong. Keep the interpreter from flushing into the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except TyperException as error:
        return _usage(error, given)
    except Exception as error:  # the one broad except of this process
        if os.environ.get("JINKU_DEBUG"):
            raise
        return _report(error if isinstance(error, JinkuError) else _translated(error), given)


def _usage(error: TyperException, given: list[str]) -> int:
    """A misuse of the command line; a bare group prints its help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(error.format_message() + "\n")
        return 2
    path = getattr(getattr(error, "ctx", None), "command_path", "jinku")
    return _report(UsageError(error.format_message().rstrip("."), advice=f"{path} --help tells how"), given)


def _translated(error: Exception) -> JinkuError:
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return _InternalError("the system refused", found=f"{error.strerror}{where}", advice="see jinku doctor")
    return _InternalError(
        "jinku failed in a way it did not foresee",
        found=f"{type(error).__name__}: {error}",
        advice="JINKU_DEBUG=1 shows where; please report it with that output",
    )


def _report(error: JinkuError, given: list[str]) -> int:
    import_module("jinku.cli.output").Output("--json" in given).error(error)
    return error.exit_code
