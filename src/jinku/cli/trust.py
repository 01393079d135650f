"""`jinku trust`: whom auditors and their verifiers are told to believe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from jinku.cli.command import HOME, branch, command
from jinku.cli.moments import moment
from jinku.cli.opening import ensure_system
from jinku.cli.output import facts
from jinku.cli.prompts import passphrase_of_home
from jinku.cli.session import SecretOptions, Session
from jinku.cli.trust_sheet import trust_sheet
from jinku.core import ConflictError, NotFoundError, SystemClock, UsageError
from jinku.ops.deployment import Deployment
from jinku.ops.trust import Proposed, TrustRoot, accept, check_change, in_force, locate, propose
from jinku.ops.trust_folder import TrustFolder

app = branch("trust", "The trust root: whom an auditor's verifier believes.")

_ROLES = ("admin", "approver", "initiator", "source")
_PROFILES = {"dev": "dev: no witness from outside"}


def _deployment(session: Session) -> Deployment:
    return Deployment.read(session.settings.deployment)


def _root(session: Session, proposed: bool = False) -> TrustRoot:
    if not proposed:
        return TrustFolder(session.settings.home, _deployment(session)).current()
    found = TrustFolder(session.settings.home, _deployment(session)).proposed()
    if found is None:
        raise NotFoundError(
            "no version of the trust root is proposed", advice="jinku trust add, or rotate", code="trust.none_proposed"
        )
    return found


def _document(root: TrustRoot) -> dict[str, Any]:
    return {
        "version": root.version,
        "fingerprint": root.fingerprint,
        "words": root.words,
        "signatures": len(root.signatures),
        "needed": root.needed,
        "dev": root.profile == "dev",
        "profile": root.profile,
        "quorum": root.quorum,
        "witnesses": [one["name"] for one in root.root["witnesses"]],
        "admins": [one["name"] for one in root.root["keys"] if "admin" in one["roles"]],
    }


def _rows(root: TrustRoot) -> list[tuple[str, str]]:
    signed = f"{len(root.signatures)} of {root.needed}"
    witnesses = ", ".join(one["name"] for one in root.root["witnesses"]) or "none"
    return [
        ("version", str(root.version)),
        ("fingerprint", root.fingerprint),
        ("", root.words),
        ("signatures", signed if root.signatures else f"{signed}: jinku trust check signs it"),
        ("admins", ", ".join(_document(root)["admins"])),
        ("witnesses", f"{witnesses} ({root.quorum} have to cosign)"),
        ("profile", _PROFILES.get(root.profile, root.profile)),
    ]


_Next = Annotated[bool, typer.Option("--next", help="The proposed version that still lacks signatures.")]


@command(app, "show")
def show(
    session: Session,
    *,
    sheet: Annotated[
        Path | None, typer.Option(metavar="F", help="Write it as one page to print (HTML) to a new file.")
    ] = None,
    next_version: _Next = False,
) -> None:
    """Print the fingerprint of the trust root, to be compared by phone or on paper."""
    if sheet is not None and next_version:
        raise UsageError("--sheet is of the version in force", found="--next", expected="one of the two")
    root = _root(session, next_version)
    if sheet is not None:
        _write(sheet, trust_sheet(root, SystemClock().now_ms()).encode(), "--sheet")
    document = _document(root) | ({} if sheet is None else {"sheet": str(sheet)})
    rows = _rows(root) + ([] if sheet is None else [("to print", str(sheet))])
    session.out.result(document, lambda console: console.print(facts(rows)))


def _write(path: Path, data: bytes, option: str) -> None:
    """The new file has the bytes."""
    try:
        with path.open("xb") as file:
            file.write(data)
    except OSError as error:
        found, expected = f"{path}: {error.strerror}", "a new file"
        raise UsageError(f"{option} cannot be written", found=found, expected=expected) from error


@command(app, "export")
def export(
    session: Session,
    *,
    out: Annotated[Path | None, typer.Option(metavar="F", help="Write it to a new file.")] = None,
    version: Annotated[int | None, typer.Option(metavar="N", help="An earlier version.")] = None,
    next_version: _Next = False,
) -> None:
    """Print the trust root as a verifier takes it (--trust-root FILE), or write it to a file."""
    root = _root(session, next_version)
    if version is not None:
        versions = TrustFolder(session.settings.home, _deployment(session)).versions()
        if not 1 <= version <= len(versions):
            raise NotFoundError("there is no such version", found=version, expected=f"1 to {len(versions)}")
        root = versions[version - 1]
    if out is None:
        session.out.text(root.data.decode())
        return
    _write(out, root.data, "--out")
    document = {"out": str(out), "version": root.version, "fingerprint": root.fingerprint, "words": root.words}
    rows = [("written", str(out)), ("fingerprint", root.fingerprint), ("", root.words)]
    session.out.result(document, lambda console: console.print(facts(rows)))


@command(app, "check", secrets=(HOME,))
def check(session: Session, *, home_secret: SecretOptions) -> None:
    """Bring home and signer to one trust root: finish what was cut short; sign version 1 of homes made before."""
    ensure_system(session, home_secret)
    root = in_force(session.platform)
    session.out.result(_document(root), lambda console: console.print(facts(_rows(root))))


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many of them it takes."""

    quorum: Annotated[int | None, typer.Option(metavar="K", help="How many outside witnesses have to cosign.")] = None
    threshold: Annotated[int | None, typer.Option(metavar="N", help="How many admins have to sign a version.")] = None

    def put(self, root: dict[str, Any]) -> None:
        """The document has those that were given."""
        if self.quorum is not None:
            root["quorum"] = self.quorum
        if self.threshold is not None:
            root["admin_threshold"] = self.threshold


def _proposed(
    session: Session, secret: SecretOptions, change: Callable[[dict[str, Any]], None], url: str | None = None
) -> None:
    check_change(session.settings.home, _deployment(session), change, url)
    # a descriptor yields the secret once, and the signature needs it
    ensure_system(
        session, SecretOptions(stem=secret.stem, variable=secret.variable) if secret.fd is not None else secret
    )
    in_force(session.platform)
    with session.secret(secret, passphrase_of_home()) as given:
        _tell(session, propose(session.platform, given, change))


def _tell(session: Session, done: Proposed) -> None:
    document = {**_document(done.root), "in_force": done.in_force, "lacks": done.lacks, "sign": str(done.digest or "")}
    rows = _rows(done.root)
    rows += [("state", "in force" if done.in_force else f"proposed. {done.lacks}")]
    rows += [] if done.digest is None else [("to be signed", f"the 32 bytes of {done.digest}; then jinku trust accept")]
    session.out.result(document, lambda console: console.print(facts(rows)))


@command(app, "add", secrets=(HOME,))
def add(
    session: Session,
    *,
    home_secret: SecretOptions,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the trust root calls the party.")],
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", help="A person's key, or the vkeys of one witness.")],
    role: Annotated[list[str] | None, typer.Option(metavar="R", help="admin, approver, initiator, source.")] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Where the witness answers.")] = None,
    own: Annotated[bool, typer.Option("--own", help="A witness that we run ourselves: it does not count.")] = False,
    numbers: Numbers,
) -> None:
    """Make the next version, with one party more: a person (Ed25519 key, 64 hex digits) or a witness (its vkeys).

    It is in force at once when the signer's own key is enough; else other admins sign it, see `jinku trust accept`.
    """
    witness = all("+" in key for key in keys)
    if not witness and (len(keys) > 1 or url is not None or own):
        raise UsageError("these are keys of no one party", expected="one Ed25519 key, or vkeys of one witness")
    if witness and role:
        raise UsageError("a witness has no role", found=", ".join(role), expected="--quorum")

    def change(root: dict[str, Any]) -> None:
        party = "witnesses" if witness else "keys"
        if any(one["name"] == name for one in root[party]):
            raise ConflictError(
                "the trust root has this name already", found=name, advice="choose another name", code="trust.name"
            )
        made = {"name": name, "keys": sorted(keys), "outside": not own} if witness else _person(name, keys[0], role)
        root[party] = sorted([*root[party], made], key=lambda one: str(one["name"]))
        numbers.put(root)

    _proposed(session, home_secret, change, url)
    if url is not None:
        locate(session.settings.home, _deployment(session), name, url)


def _person(name: str, key: str, roles: list[str] | None) -> dict[str, Any]:
    wanted = sorted(set(roles or ["approver", "initiator"]))
    if not set(wanted) <= set(_ROLES):
        raise UsageError("there is no such role", found=", ".join(wanted), expected=", ".join(_ROLES))
    return {"algorithm": "ed25519", "name": name, "not_after": None, "passkey": None, "public": key, "roles": wanted}


@command(app, "rotate", secrets=(HOME,))
def rotate(
    session: Session,
    *,
    home_secret: SecretOptions,
    remove: Annotated[list[str] | None, typer.Option(metavar="NAME", help="A person or witness to take out.")] = None,
    not_after: Annotated[str | None, typer.Option(metavar="T", help="When this version ends.")] = None,
    numbers: Numbers,
) -> None:
    """Make the next version: without some parties, with other numbers, or the same anew."""
    end = moment(not_after, "--not-after")

    def change(root: dict[str, Any]) -> None:
        for name in remove or ():
            parties = next((root[party] for party in ("keys", "witnesses") if _has(root[party], name)), None)
            if parties is None:
                raise NotFoundError(
                    "the trust root has no such party", found=name, advice="see jinku trust show", code="trust.unknown"
                )
            parties[:] = [one for one in parties if one["name"] != name]
        root["not_after"] = None if end is None else str(end)
        numbers.put(root)

    _proposed(session, home_secret, change)


def _has(parties: list[dict[str, Any]], name: str) -> bool:
    return any(one["name"] == name for one in parties)


@command(app, "accept", secrets=(HOME,))
def accept_(
    session: Session,
    *,
    home_secret: SecretOptions,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which admin signed.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The signature: 64 raw bytes, as openssl writes them.")],
) -> None:
    """Add an admin's signature to the proposed version; with enough of them it is in force."""
    try:
        with file.open("rb") as opened:
            signature = opened.read(65)
    except OSError as error:
        raise UsageError(
            "the signature cannot be read", found=f"{file}: {error.strerror}", expected="a file of 64 bytes"
        ) from error
    ensure_system(session, home_secret)
    _tell(session, accept(session.platform, name, signature))


@command(app, "url")
def url_(
    session: Session,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The witness's name in the trust root.")],
    where: Annotated[str, typer.Argument(metavar="URL", help="Where it answers now.")],
) -> None:
    """Say where a witness answers. No version is made: an address is not believed, cosignatures are."""
    locate(session.settings.home, _deployment(session), name, where)
    session.out.result({"witness": name, "url": where}, lambda console: console.print(facts([(name, where)])))
