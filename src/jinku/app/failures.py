"""How a failure of a command is told, whatever raised it."""

from __future__ import annotations

import sys

from typer.exceptions import TyperException

from jinku.cli.output import Output
from jinku.core import JinkuError, UsageError

__all__ = ["report"]


class _InternalError(JinkuError):
    """A defect of jinku itself, or a condition of the machine that no room translated (exit 1)."""

    code = "internal"


def report(error: Exception, as_json: bool) -> int:
    """The failure stands on stderr, as text or JSON; the exit code of its class."""
    if type(error).__name__ == "NoArgsIsHelpError":  # a group without a command: its help says more than an error
        sys.stderr.write(f"{error}\n")
        return UsageError.exit_code
    own = _translated(error)
    Output(as_json).error(own)
    return own.exit_code


def _translated(error: Exception) -> JinkuError:
    if isinstance(error, JinkuError):
        return error
    if isinstance(error, TyperException):
        path = getattr(getattr(error, "ctx", None), "command_path", "jinku")
        what = " ".join(error.format_message().split())  # typer sets choices on lines of their own
        return UsageError(what.rstrip("."), advice=f"{path} --help tells how")
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return _InternalError("the system refused", found=f"{error.strerror}{where}", advice="see jinku doctor")
    return _InternalError(
        "jinku failed in a way it did not foresee",
        found=f"{type(error).__name__}: {error}",
        advice="JINKU_DEBUG=1 shows where; please report it with that output",
    )
