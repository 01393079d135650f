"""`jinku trust`: whom auditors and their verifiers are told to believe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jinku.cli.command import branch, command
from jinku.cli.output import facts
from jinku.cli.session import Session
from jinku.core import UsageError
from jinku.ops.deployment import Deployment
from jinku.ops.trust import TrustRoot, first_trust_root

app = branch("trust", "The trust root: whom an auditor's verifier believes.")


def _root(session: Session) -> TrustRoot:
    return first_trust_root(Deployment.read(session.settings.deployment))


@command(app, "show")
def show(session: Session) -> None:
    """Print the fingerprint of the trust root, to be compared by phone or on paper."""
    root = _root(session)
    document = {
        "version": root.version,
        "fingerprint": root.fingerprint,
        "words": root.words,
        "signatures": root.signatures,
        "needed": root.needed,
        "dev": root.dev,
    }
    rows = [
        ("version", str(root.version)),
        ("fingerprint", root.fingerprint),
        ("", root.words),
        ("signatures", f"{root.signatures} of {root.needed}: it is believed by its fingerprint alone"),
        ("profile", "dev: no witness from outside"),
    ]
    session.out.result(document, lambda console: console.print(facts(rows)))


@command(app, "export")
def export(
    session: Session,
    *,
    out: Annotated[Path | None, typer.Option(metavar="F", help="Write it to a new file.")] = None,
) -> None:
    """Print the trust root as a verifier takes it (--trust-root FILE), or write it to a file."""
    root = _root(session)
    if out is None:
        session.out.text(root.data.decode())
        return
    try:
        with out.open("xb") as file:
            file.write(root.data)
    except OSError as error:
        raise UsageError("--out cannot be written", found=f"{out}: {error.strerror}", expected="a new file") from error
    document = {"out": str(out), "version": root.version, "fingerprint": root.fingerprint, "words": root.words}
    rows = [("written", str(out)), ("fingerprint", root.fingerprint), ("", root.words)]
    session.out.result(document, lambda console: console.print(facts(rows)))
