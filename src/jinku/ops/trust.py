"""The trust root of an installation: whom its verifiers are told to believe, and how the next version comes to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinku import _native
from jinku.core import (
    ConflictError,
    IntegrityError,
    JinkuError,
    Json,
    NotFoundError,
    UsageError,
    canonical_bytes,
)
from jinku.custody.noting import noted
from jinku.custody.ports import SecretFd, Signer
from jinku.journal.adapters.witness_client import check_url
from jinku.ops.deployment import Deployment
from jinku.ops.trust_entries import named, note_versions, standing
from jinku.ops.trust_folder import LACKING, TrustFolder, TrustRoot

if TYPE_CHECKING:  # it takes a quarter of a second to load; the help of commands is spared it
    from jinku.ops.platform import Platform

__all__ = ["Proposed", "TrustRoot", "accept", "begin", "check_change", "in_force", "locate", "propose"]


@dataclass(frozen=True, slots=True)
class Proposed:
    """A next version: in force, or waiting for signatures over the 32 bytes in ``digest``."""

    root: TrustRoot
    in_force: bool
    lacks: str = ""
    digest: Path | None = None


def begin(home: Path, deployment: Deployment, signer: Signer) -> TrustRoot:
    """Version 1 stands in the home, signed by the signer, which believes it from now on."""
    folder = TrustFolder(home, deployment)
    first = folder.newest()
    if first is None:
        first = TrustRoot(signer.begin_trust(deployment.created_at_ms))
        if first.version != 1:
            raise _apart(folder, "none", f"version {first.version}")
        folder.keep(first)
        folder.newest()  # and it is of the keys that the home pins
    return first


def in_force(platform: Platform) -> TrustRoot:
    """The version that home and signer agree on, after what a command that died left between them was finished.

    Needs the system keys; without them ``TrustFolder.current`` says what the home has.
    """
    folder, signer = TrustFolder(platform.settings.home, platform.deployment), platform.signer
    begin(platform.settings.home, platform.deployment, signer)
    versions = folder.versions()
    believed = TrustRoot(signer.begin_trust(versions[0].created_at_ms))
    if believed.version == versions[-1].version + 1:  # it died between the signer's word and the file
        _native.check_next_trust_root(versions[-1].data, believed.data, believed.created_at_ms)
        folder.keep(believed)
        versions.append(believed)
    if len(versions) > believed.version:  # it takes no version back: not that of an origin that was lost since
        named(platform.log_rows, folder, platform.deployment)
    for later in versions[believed.version :]:  # the signer came back from an older backup: it walks all of them
        signer.accept_trust_root(later.data)
    if TrustRoot(signer.trust_root()).digest != versions[-1].digest:
        raise _apart(folder, f"version {versions[-1].version}", f"version {believed.version}")
    note_versions(platform.database, platform.deployment, versions)
    standing(platform.log_rows, folder, platform.deployment)  # else a second version of one number could be made
    return versions[-1]


def check_change(
    home: Path, deployment: Deployment, change: Callable[[dict[str, Any]], None], url: str | None = None
) -> None:
    """What no next version can have (a key that is none, a quorum of nobody) is refused, before anybody is asked for
    a passphrase. Whom the version names already is left to ``propose``: the home may lack what the signer believes.
    """
    if url is not None:
        check_url(url)
    now = TrustFolder(home, deployment).current()
    with suppress(ConflictError, NotFoundError):
        _changed(now, change, now.created_at_ms)


def _changed(now: TrustRoot, change: Callable[[dict[str, Any]], None], at_ms: int) -> bytes:
    root = deepcopy(now.root)
    root["version"] = now.version + 1
    root["created_at"] = str(max(at_ms, now.created_at_ms))
    change(root)
    text = canonical_bytes(root)
    _native.trust_root_digest(text)  # every rule between its fields
    return text


def propose(platform: Platform, secret: SecretFd, change: Callable[[dict[str, Any]], None]) -> Proposed:
    """The next version as ``change`` makes it of the one in force, signed by the actor if that is an admin's key."""
    now = in_force(platform)
    text = _changed(now, change, platform.clock.now_ms())
    signatures = []
    try:
        facts: dict[str, Json] = {"version": str(now.version + 1), "digest": _native.trust_root_digest(text).hex()}
        what = f"version {now.version + 1} of the trust root WAS signed"
        with noted(platform.database, "trust.sign", platform.deployment.deployment, facts, "signed", what):
            signatures.append(platform.signer.sign_trust_root(secret, text))
    except JinkuError as error:
        if error.code != "trust.no_admin":
            raise
    return _take(platform, now, TrustRoot(_native.make_trust_root(text, signatures)))


def accept(platform: Platform, name: str, signature: bytes) -> Proposed:
    """The proposed version has the signature of the admin ``name``, and is in force once enough have signed."""
    now, proposed = in_force(platform), TrustFolder(platform.settings.home, platform.deployment).proposed()
    if proposed is None:
        raise NotFoundError(
            "no version of the trust root is proposed", advice="jinku trust add, or rotate", code="trust.none_proposed"
        )
    admins = {
        key["name"]: bytes.fromhex(key["public"])
        for root in (now, proposed)
        for key in root.root["keys"]
        if "admin" in key["roles"]
    }
    if name not in admins:
        raise NotFoundError(
            "neither version has such an admin", found=name, expected=", ".join(sorted(admins)), code="trust.unknown"
        )
    if len(signature) != 64:
        raise UsageError("this is no Ed25519 signature", found=f"{len(signature)} bytes", expected="64 raw bytes")
    signatures = {**dict(proposed.signatures), admins[name]: signature}
    return _take(platform, now, TrustRoot(_native.make_trust_root(proposed.text, list(signatures.items()))))


def _take(platform: Platform, now: TrustRoot, root: TrustRoot) -> Proposed:
    folder = TrustFolder(platform.settings.home, platform.deployment)
    try:
        _native.check_next_trust_root(now.data, root.data, platform.clock.now_ms())
    except JinkuError as error:
        if error.code != "trust.unsigned":
            raise
        lacks = f"{error.what}: {error.found}, {error.expected}"
        return Proposed(root, in_force=False, lacks=lacks, digest=folder.propose(root))
    folder.propose(root)  # whole, should this process die before the signer's answer is kept
    platform.signer.accept_trust_root(root.data)
    folder.keep(root)
    note_versions(platform.database, platform.deployment, folder.versions())
    return Proposed(root, in_force=True)


def locate(home: Path, deployment: Deployment, name: str, url: str) -> None:
    """The witness is asked at this address from now on. NotFoundError when the trust root names no such witness."""
    folder = TrustFolder(home, deployment)
    roots = [root for root in (folder.newest(), folder.proposed()) if root is not None]
    names = {one["name"] for root in roots for one in root.root["witnesses"]}
    if name not in names:
        raise NotFoundError(
            "the trust root names no such witness", found=name, expected=", ".join(sorted(names)), code="trust.unknown"
        )
    urls: Mapping[str, str] = {key: value for key, value in folder.urls().items() if key in names}
    folder.locate({**urls, name: check_url(url)})


def _apart(folder: TrustFolder, here: str, there: str) -> IntegrityError:
    return IntegrityError(
        "home and signer do not have one trust root",
        found=f"{folder.folder} has {here}, the signer {there}",
        expected="the same versions",
        advice=f"{LACKING}; nothing is published until both agree",
        code="trust.home",
    )
