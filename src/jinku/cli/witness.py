"""`jinku witness`: cosigning logs of others. It needs no installation, and belongs on another machine than the log."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from jinku.cli.command import single
from jinku.ops.witness_binary import witness_binary

app = single("witness")


@app.command("witness", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def witness(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="init|add-log|keys|serve ...", help="What jinku-witness does.")
    ] = None,
) -> None:
    """Run the shipped jinku-witness, which cosigns the checkpoints of logs that it has seen grow.

    init --dir DIR --name NAME UNLOCK makes the keys of a new witness and prints its vkeys; keys --dir DIR prints them
    again. add-log --dir DIR VKEY... takes up a log, while no witness runs. serve --dir DIR --listen ADDR:PORT
    [--prefix /PATH] UNLOCK runs it.

    UNLOCK is one of --passphrase-fd N, --passphrase-file FILE and --key-file FILE (init makes it when it is not there).
    A page tells of it step by step: docs/operate/witness.md.
    """
    program = witness_binary()
    os.execv(program, ["jinku-witness", *(words or ())])  # noqa: S606  no shell, no search path: the binary inside the package
