"""`jinku version`: what runs here."""

from __future__ import annotations

import platform
from importlib.metadata import version as installed

from jinku.cli.command import command, single
from jinku.cli.output import facts
from jinku.cli.session import Session
from jinku.ops.signer_binary import signer_binary, signer_version

app = single("version")


@command(app, "version")
def version(session: Session) -> None:
    """Print the versions of jinku and of its signer."""
    document = {
        "jinku": installed("jinku"),
        "signer": signer_version(),
        "signer_path": str(signer_binary()),
        "python": platform.python_version(),
    }
    session.out.result(
        document,
        lambda console: console.print(facts((name.replace("_", " "), text) for name, text in document.items())),
    )
