"""`jinku journal verify`: the log, a copy of it, or what was exported from it, read again from end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jinku.cli.command import branch, command
from jinku.cli.output import facts
from jinku.cli.progress import waiting
from jinku.cli.session import Session
from jinku.core import SystemClock, UsageError, counted
from jinku.journal import BundleReport, PinnedTrust, VerifyReport
from jinku.ops.auditing import audit_bundle, audit_tiles, audit_trust, pinned_trust
from jinku.ops.deployment import Deployment
from jinku.ops.trust_folder import log_in_force

app = branch("verifying", "")


@command(app, "verify")
def verify(
    session: Session,
    *,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="A copied folder of tiles, or a bundle.")
    ] = None,
    trust_root: Annotated[
        Path | None, typer.Option("--trust-root", metavar="F", help="Believe this trust root alone, not the home.")
    ] = None,
    fingerprint: Annotated[
        str, typer.Option(metavar="X", help="The trust root's fingerprint as you were told it: hex or eight words.")
    ] = "",
) -> None:
    """Read every entry, tile and checkpoint again; exit code 5 names the first thing that does not hold.

    With DIR only that folder is read, without a database: a copy of the tiles, or a bundle of `journal export`. With
    --trust-root only that file is believed, and with both no home is needed. A trust root without its admins'
    signatures is believed by its fingerprint. Without either, each trust root of the home has to have its entry.
    """
    if fingerprint and trust_root is None:
        raise UsageError("--fingerprint is that of a trust root", expected="--trust-root F")
    trust = None if trust_root is None else pinned_trust(trust_root, SystemClock(), fingerprint)
    if trust is not None and trust.expired:
        session.out.note("the trust root expired; what it stood behind before still holds")
    with waiting(session.out, "reading everything again"):
        bundle = None if folder is None else audit_bundle(folder, trust)
        report = None if bundle else _verified(session, folder, trust)
        strange = audit_trust(session.platform).strange if folder is None and trust is None else ()
    if bundle is not None and trust is not None:
        _tell_bundle(session, bundle, trust)
    elif report is not None:
        _tell(session, report, trust, strange if folder is None else None)


def _verified(session: Session, folder: Path | None, trust: PinnedTrust | None) -> VerifyReport:
    if folder is None:
        return session.platform.journal.verify(trust)
    own = trust or log_in_force(session.settings.home, Deployment.read(session.settings.deployment))
    return audit_tiles(folder, own)


def _tell(session: Session, report: VerifyReport, trust: PinnedTrust | None, strange: tuple[str, ...] | None) -> None:
    profile = report.profile if trust is None or not trust.quorum else counted(trust.quorum, "witness", "witnesses")
    if trust is None and strange is not None and session.platform.profile != profile:
        profile = f"{session.platform.profile}; cosignatures are judged under --trust-root"
    if trust is None and strange is None:  # a folder does not say whom to believe
        profile = "not judged: pass --trust-root F"
    document = {
        "ok": True,
        "size": report.size,
        "root": report.root.hex(),
        "tiles": report.tiles,
        "bundles": report.bundles,
        "checkpoints": report.checkpoints,
        "rows": report.rows,
        "waiting": report.waiting,
        "signatures": dict(report.signatures),
        "profile": profile,
        "trust_root": None if trust is None else trust.digest.hex(),
        "warnings": list(report.warnings),
    }
    for warning in report.warnings:
        session.out.warn(warning)
    rows = [
        ("entries", f"{report.size:,}, each under the signed root"),
        ("root", report.root.hex()),
        ("tiles", f"{report.tiles:,}, and {counted(report.bundles, 'bundle')}"),
        ("checkpoints", f"{report.checkpoints:,}, signed by {report.signatures.get('log') or 'nobody'}"),
        *_witnesses(report.signatures.get("witnesses", "")),
        ("profile", profile),
    ]
    if strange is not None:  # the home's own log
        document["strange_trust_entries"] = list(strange)
        rows.append(("database", f"{report.rows:,} rows, {report.waiting:,} more wait"))
        rows += [("not ours", f"trust.version in no form of its kind: {', '.join(strange)}")] if strange else []
    if trust is not None:
        rows += [("believed", f"trust root {trust.digest.hex()}, version {trust.root['version']}")]
    session.out.result(document, lambda console: console.print(facts(rows)))


def _tell_bundle(session: Session, report: BundleReport, trust: PinnedTrust) -> None:
    document = {
        "ok": True,
        "entries": report.entries,
        "batches": report.batches,
        "addresses": report.addresses,
        "size": report.head.size,
        "root": report.head.root.hex(),
        "earlier": report.earlier,
        "signatures": {"witnesses": ", ".join(report.witnesses)},
        "profile": counted(trust.quorum, "witness", "witnesses") if trust.quorum else "dev",
        "trust_root": trust.digest.hex(),
    }
    rows = [
        ("entries", f"{report.entries:,} selected, each proven"),
        ("batches", f"{report.batches:,}, signed by the identity key that entry 0 names"),
        ("addresses", f"{report.addresses:,}"),
        ("log", f"{counted(report.head.size, 'entry', 'entries')}, root {report.head.root.hex()}"),
        *(
            [("extends", f"the tree of {counted(report.earlier, 'entry', 'entries')}")]
            if report.earlier is not None
            else []
        ),
        *_witnesses(", ".join(report.witnesses)),
        ("profile", str(document["profile"])),
        ("believed", f"trust root {trust.digest.hex()}, version {trust.root['version']}"),
    ]
    session.out.result(document, lambda console: console.print(facts(rows)))


def _witnesses(names: str) -> list[tuple[str, str]]:
    return [("witnesses", names)] if names else []
