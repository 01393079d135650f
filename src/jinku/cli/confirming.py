"""What a command asks before it does what nothing undoes."""

from __future__ import annotations

import sys

from jinku.cli.session import Session
from jinku.core import RefusedError, UsageError

__all__ = ["answer", "check_terminal", "say_yes"]


def check_terminal(session: Session, what: str, expected: str) -> None:
    """There is somebody to ask; else the options ``expected`` have to say it."""
    if not (sys.stdin.isatty() and session.out.errors.is_terminal):
        raise UsageError(
            "this must be confirmed and there is no terminal to ask at",
            found=what,
            expected=expected,
            code="usage.confirmation_needed",
        )


def say_yes(session: Session, prompt: str) -> None:
    """The caller typed yes at the prompt; a RefusedError otherwise."""
    if answer(session, f"{prompt} Type yes: ").lower() != "yes":
        raise RefusedError(
            "this was not confirmed: nothing was done",
            found="no yes at the prompt",
            expected="the word yes",
            code="usage.not_confirmed",
        )


def answer(session: Session, prompt: str) -> str:
    """What was typed at the prompt, on a line."""
    session.out.errors.print(prompt, end="")
    return sys.stdin.readline().strip()
