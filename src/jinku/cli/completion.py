"""`jinku completion`: the script that a shell sources."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from typer.completion import get_completion_script  # type: ignore[attr-defined]  # public, not re-exported

from jinku.cli.command import command, single
from jinku.cli.session import Session

app = single("completion")


class Shell(StrEnum):
    """The shells whose scripts can be printed."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@command(app, "completion")
def completion(session: Session, shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="Your shell.")]) -> None:
    """Print the completion script of your shell.

    Put its output where your shell looks; bash looks in ~/.local/share/bash-completion/completions/jinku.
    """
    session.out.text(get_completion_script(prog_name="jinku", complete_var="_JINKU_COMPLETE", shell=shell.value))
