"""The one supervisor of the command line: every failure leaves as a sentence and an exit code, never as a traceback."""

from __future__ import annotations

import os
import sys

from typer.exceptions import Abort, Exit, TyperException

from jinku.cli.root import app

__all__ = ["main"]

_INTERRUPTED = 130  # as a shell reports a death by SIGINT


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code; 2 for usage, 130 when interrupted."""
    given = sys.argv[1:] if arguments is None else arguments
    if "_JINKU_COMPLETE" in os.environ:
        _learn_shells()
    sys.exit(_supervised(given))


def _learn_shells() -> None:
    """The shells whose completion scripts call us are known to typer."""
    from typer.completion import completion_init  # type: ignore[attr-defined]  # noqa: PLC0415  only completion needs it

    completion_init()


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
        return _report(error, given)
    except Exception as error:  # the one broad except of this process
        if os.environ.get("JINKU_DEBUG"):
            raise
        return _report(error, given)


def _report(error: Exception, given: list[str]) -> int:
    from jinku.app.failures import report  # noqa: PLC0415  only a failure pays for it

    return report(error, "--json" in given)
