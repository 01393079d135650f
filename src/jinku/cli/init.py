"""`jinku init`: a new installation."""

from __future__ import annotations

from jinku.cli.command import CREATING, command, single
from jinku.cli.output import facts
from jinku.cli.progress import waiting
from jinku.cli.prompts import passphrase_of_home
from jinku.cli.session import SecretOptions, Session
from jinku.ops.setup import check_unused, initialise
from jinku.ops.tile_places import refuse_unfit_places

app = single("init")


@command(app, "init", secrets=(CREATING,))
def init(session: Session, secret: SecretOptions) -> None:
    """Make a new installation: home, database, signer and system keys.

    The system keys (the identity that signs batches, the actor, the log) are made by the signer and sealed under a
    passphrase of the home's own, or a key file. Interrupted, it carries on when run again.
    """
    settings = session.settings
    check_unused(settings)
    warnings = refuse_unfit_places(settings)
    with (
        session.secret(secret, passphrase_of_home(new=True), confirm=True) as given,
        waiting(session.out, "making keys"),
    ):
        made = initialise(settings, given)
    pin = made.deployment
    session.platform.journal.flush()
    document = {
        "home": str(settings.home),
        "deployment": pin.deployment,
        "identity": pin.identity_public,
        "profile": pin.profile,
        "resumed": made.resumed,
    }
    rows = [
        ("home", str(settings.home)),
        ("deployment", pin.deployment),
        ("profile", f"{pin.profile}: one admin, no outside witness"),
        ("identity key", pin.identity_public),
        ("signer", "running, system keys open"),
    ]
    session.out.result(document, lambda console: console.print(facts(rows)))
    for warning in warnings:
        session.out.note(warning)
    session.out.note("next: jinku vault create NAME --tier hot")
