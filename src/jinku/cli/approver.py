"""`jinku approver`: deciding on intents of others. It needs no installation, and belongs on a machine of its own."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from jinku.cli.command import single
from jinku.ops.approver_binary import approver_binary

app = single("approver")


@app.command("approver", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def approver(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="init|key|pin|show|approve|reject ...", help="What jinku-approver does."),
    ] = None,
) -> None:
    """Run the shipped jinku-approver, which shows what an intent asks for and signs what its owner decides.

    init --name NAME makes the key of a new device; key prints the line for an admin again. pin FILE believes a trust
    root. show FILE decodes a request; approve FILE and reject FILE sign the answer, to --out FILE or stdout, good --for
    24h. Each takes --dir DIR and --json.

    --passphrase-fd N or --passphrase-file FILE brings the passphrase; else it is asked for. A script that is sure gives
    --yes with --digest HEX. A page tells of it step by step: docs/guides/approve-elsewhere.md.
    """
    program = approver_binary()
    os.execv(program, ["jinku-approver", *(words or ())])  # noqa: S606  no shell, no search path: the binary inside the package
