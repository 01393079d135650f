"""`jinku journal new-origin`: going on with a log whose newest entries are lost."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from jinku.cli.command import HOME, branch, command
from jinku.cli.opening import ensure_system
from jinku.cli.output import facts
from jinku.cli.prompts import passphrase_of_home
from jinku.cli.session import SecretOptions, Session
from jinku.core import JinkuError, RefusedError
from jinku.journal.errors import WitnessQuorumError
from jinku.journal.notes import vkeys
from jinku.ops.new_origin import REASONS, Opened, Prospect, check_reason, open_origin, prospect
from jinku.ops.trust_folder import log_keys

app = branch("beginning", "")


@command(app, "new-origin", secrets=(HOME,))
def new_origin(
    session: Session,
    *,
    home_secret: SecretOptions,
    reason: Annotated[str, typer.Option(metavar="WORD", help=f"Why, for the log: {', '.join(REASONS)}.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; a later run has its own name.")
    ] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Choose another name than the one that is proposed or half opened.")
    ] = False,
    give_up_tiles: Annotated[
        bool,
        typer.Option("--give-up-tiles", help="Leave a whole log out that the tiles hold; see journal.other_branch."),
    ] = False,
    accept_unverified: Annotated[
        bool, typer.Option("--accept-unverified", help="Go on although a place outside does not answer; journaled.")
    ] = False,
) -> None:
    """Go on under a later name of the log, after entries were lost that somebody knows were published.

    Refused while the tiles still have them (`jinku journal catch-up`), and when nothing is lost. The old name is never
    signed for again; a new version of the trust root names the new one, which other admins may have to sign first
    (`jinku trust accept`): then run this again. Give auditors that version, and witnesses the keys that are printed.
    """
    check_reason(reason)
    # a descriptor yields the secret once, and the signer needs it
    keep = SecretOptions(stem=home_secret.stem, variable=home_secret.variable)
    try:
        ensure_system(session, keep if home_secret.fd is not None else home_secret)
    except JinkuError as error:
        if error.code != "signer.system_locked" or home_secret.fd is None:
            raise
        raise RefusedError(
            "the signer's system keys are locked, and what came along is read once, for the opening",
            expected="them open",
            advice="jinku signer unlock, then run this again",
            code=error.code,
        ) from error
    session.hold_publishing()  # as long as entries are missing it can only fail
    found = prospect(session.platform, accept_unverified, anew, give_up_tiles, fork=reason == "fork")
    document, rows = _prospect(session, found)
    if dry_run:
        session.out.result(document, lambda console: console.print(facts(rows)))
        return
    with session.secret(home_secret, passphrase_of_home()) as given:
        done = open_origin(session.platform, found, given, reason)
    more = _done(session, done, accept_unverified)
    if done.handover is not None:
        session.out.warn(
            "the entries that are lost may have given out indexes of every vault: the next job of each "
            "wants --first-index, behind all that were given out"
        )
        session.out.warn(
            "copy the folders trust and signer of this home now: no backup has the version that names this origin; and "
            "look at `jinku trust show`: whom a lost version of the trust root had removed is in it again"
        )
    rows += [(name, str(value)) for name, value in more.items() if value not in ("", None)]
    session.out.result({**document, **more}, lambda console: console.print(facts(rows)))


def _prospect(session: Session, found: Prospect) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    keys = log_keys(session.platform.deployment, found.number)
    document = {
        "before": found.trust.origin,
        "origin": keys.origin,
        "size": found.size,
        "root": found.root.hex(),
        "lost": found.lost,
        "known": [
            {"who": one.who, "origin": one.later or found.trust.origin, "size": one.size, "root": one.root.hex()}
            for one in found.known
        ],
        "silent": list(found.silent),
        "dropped": log_keys(session.platform.deployment, found.dropped).origin if found.dropped else "",
        "vkeys": list(vkeys(keys)),
    }
    rows = [
        ("goes on with", f"{found.size:,} entries, root {found.root.hex()}"),
        *[
            ("known", " ".join([f"{one.size:,} entries, root {one.root.hex()}: {one.who}", one.later]).rstrip())
            for one in found.known
        ],
        *[("silent", one) for one in found.silent],
        ("lost", f"{found.lost:,} entries"),
        ("new name", keys.origin),
        *([("given up", f"{document['dropped']}: chosen before, and it may have been used")] if found.dropped else []),
        *[("key", vkey) for vkey in vkeys(keys)],
    ]
    return document, rows


def _done(session: Session, done: Opened, accept_unverified: bool) -> dict[str, Any]:
    root = done.proposed.root
    document = {
        "version": root.version,
        "fingerprint": root.fingerprint,
        "words": root.words,
        "opened": done.handover is not None,
        "lacks": done.proposed.lacks,
        "sign": str(done.proposed.digest or ""),
        "published": 0,
        "held": "",
    }
    if done.handover is not None:
        session.platform.reopen_journal()
        try:
            flushed = session.platform.journal.flush(accept_unverified)
        except WitnessQuorumError as error:  # none of them knows the new name yet
            return {**document, "held": error.what}
        document |= {"published": flushed.head.size if flushed.head else 0, "held": flushed.held}
    return document
