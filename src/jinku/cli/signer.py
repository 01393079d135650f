"""`jinku signer`: the process that holds the keys."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from jinku.cli.command import OPENING, branch, command
from jinku.cli.output import facts
from jinku.cli.progress import waiting
from jinku.cli.prompts import passphrase_of_home
from jinku.cli.session import SecretOptions, Session
from jinku.custody import SignerUnavailableError
from jinku.custody.ports import SignerInfo
from jinku.ops.deployment import Deployment
from jinku.ops.platform import READ_SECONDS, launcher
from jinku.ops.signer_binary import signer_binary, signer_environment
from jinku.ops.stopping import stop_signer

app = branch("signer", "Start, stop and unlock the process that holds the keys.")


def _show(session: Session, info: SignerInfo) -> None:
    document = {
        "running": True,
        "pid": info.pid,
        "version": info.version,
        "protocol": info.protocol,
        "socket": str(session.settings.socket),
        "deployment": info.deployment,
        "system": info.system,
        "unlocked_vaults": list(info.unlocked_vaults),
        "memory_locked": info.memory_locked,
    }
    rows = [
        ("signer", f"running, pid {info.pid}, version {info.version}, protocol {info.protocol}"),
        ("socket", str(session.settings.socket)),
        ("system keys", info.system),
        ("open vaults", ", ".join(info.unlocked_vaults) or "none"),
        ("key memory", "locked: never swapped" if info.memory_locked else "not locked: see jinku doctor"),
    ]
    session.out.result(document, lambda console: console.print(facts(rows)))


def _hello(session: Session, start: bool) -> SignerInfo:
    Deployment.read(session.settings.deployment)
    signer = launcher(session.settings, READ_SECONDS).connect(start=start)
    try:
        return signer.hello()
    finally:
        signer.close()


@command(app, "start")
def start(session: Session) -> None:
    """Start the signer if it does not run. Its keys are locked until `signer unlock` and `vault unlock`."""
    _show(session, _hello(session, start=True))


@command(app, "status")
def status(session: Session) -> None:
    """Print whether the signer runs, and what is open in it. Exit code 1 when it does not run."""
    try:
        _show(session, _hello(session, start=False))
    except SignerUnavailableError:
        if session.out.as_json:
            session.out.line({"running": False, "socket": str(session.settings.socket)})
        raise


@command(app, "stop")
def stop(session: Session) -> None:
    """Stop the signer: its keys are wiped, or go with the process, and every token is void.

    Nothing else of the home need be sound. One that hangs is killed after some seconds, if it is certainly the signer.
    The journal has it, before and after; where it cannot be written, a warning says so and the signer is stopped.
    """
    unwritten = stop_signer(session.settings)
    if unwritten is not None:
        session.out.warn(f"the signer is stopped, and the journal has no entry of it: {unwritten}")
    session.out.result({"running": False}, lambda console: console.print("signer: stopped"))


@command(app, "unlock", secrets=(OPENING,))
def unlock(session: Session, *, secret: SecretOptions) -> None:
    """Unlock the system keys with the home's own passphrase: batches can be signed again."""
    with session.secret(secret, passphrase_of_home()) as given, waiting(session.out, "opening the system keys"):
        session.platform.unlock_system(given)
    _show(session, session.platform.hello())


@command(app, "run")
def run(
    session: Session,
    *,
    allow_uid: Annotated[int | None, typer.Option(metavar="UID", help="Also serve this user (the platform's).")] = None,
) -> None:
    """Run the signer in the foreground, for a service manager. This process becomes it."""
    settings = session.settings
    Deployment.read(settings.deployment)
    words = ["jinku-signer", "serve", "--foreground", "--home", str(settings.home), "--runtime", str(settings.runtime)]
    if allow_uid is not None:
        words += ["--allow-uid", str(allow_uid)]
    os.execve(signer_binary(), words, signer_environment(os.environ))  # noqa: S606  no shell, no search path: the binary inside the package
