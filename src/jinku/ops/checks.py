"""What doctor looks at on disk. Each check answers with a finding; none changes anything."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from jinku.core import JinkuError
from jinku.ops.deployment import Deployment
from jinku.ops.findings import Finding, Health, bad
from jinku.ops.settings import Settings
from jinku.ops.trust_folder import LACKING, TrustFolder, TrustRoot

__all__ = ["check_believed", "check_deployment", "check_disk", "check_environment", "check_home", "check_runtime"]

_BAD_FREE_BYTES = 64 << 20
_LOW_FREE_BYTES = 1 << 30


def check_home(settings: Settings) -> list[Finding]:
    """The home and what lies in it belong to this user and to nobody else."""
    try:
        home = settings.home.stat()
    except OSError as error:
        return [Finding("home", Health.BAD, f"{settings.home}: {error.strerror}", "run jinku init, or check --home")]
    found = []
    if home.st_uid != os.getuid():
        found.append(
            Finding("home", Health.BAD, f"owned by uid {home.st_uid}", f"chown -R {os.getuid()} {settings.home}")
        )
    folders = (settings.home, settings.signer_home, settings.signer_home / "vaults", settings.logs)
    files = (settings.deployment, settings.database)
    for path in (*folders, *files):
        if path.exists() and path.stat().st_mode & 0o077:
            mode = stat.S_IMODE(path.stat().st_mode)
            right = 0o700 if path.is_dir() else 0o600
            advice = f"chmod {right:o} {path}; think of who may have read it meanwhile"
            found.append(Finding("home", Health.BAD, f"{path} has mode {mode:04o}", advice))
    if not os.access(settings.home, os.W_OK):
        found.append(
            Finding("home", Health.BAD, f"{settings.home} cannot be written", "mount it writable, or fix its owner")
        )
    return found or [Finding("home", Health.OK, f"{settings.home}, closed to others")]


def check_runtime(settings: Settings) -> Finding:
    """The runtime folder, which holds socket and tokens, is this user's alone."""
    path = settings.runtime
    if settings.signer_uid is not None:
        return _shared_runtime(path, settings.signer_uid)
    for folder in (path.parent, path):
        if not folder.exists():
            continue
        state = folder.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o077:
            advice = f"stop the signer, remove {folder}, start it again"
            return Finding("runtime", Health.BAD, f"{folder} is not a folder of ours alone", advice)
    return Finding("runtime", Health.OK, str(path) if path.exists() else f"{path}, made when the signer starts")


def _shared_runtime(path: Path, signer_uid: int) -> Finding:
    """The runtime folder of a signer under its own user is that user's, and closed to all but the platform's group."""
    if not path.exists():
        return Finding("runtime", Health.BAD, f"no {path}", "start the signer's service")
    state = path.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != signer_uid or state.st_mode & 0o067:
        advice = f"chown {signer_uid} {path}; chmod 0710 {path}"
        return Finding("runtime", Health.BAD, f"{path} is not a folder of uid {signer_uid}, mode 0710", advice)
    return Finding("runtime", Health.OK, f"{path}, of the signer's user {signer_uid}")


def check_deployment(settings: Settings) -> list[Finding]:
    """The pin is there and whole; a deployment with one admin and no outside witness is named so."""
    try:
        pin = Deployment.read(settings.deployment)
    except JinkuError as error:
        return [bad("deployment", error)]
    found = [Finding("deployment", Health.OK, pin.deployment)]
    try:
        trust = TrustFolder(settings.home, pin).current()
    except JinkuError as error:
        return [*found, bad("trust root", error)]
    text = f"version {trust.version}, {trust.words}"
    if trust.signatures:
        found.append(Finding("trust root", Health.OK, text))
    else:
        found.append(Finding("trust root", Health.WARN, f"{text}: nobody signed it yet", "jinku trust check"))
    if trust.profile == "dev":
        text = "marked dev: no outside witness has to cosign"
        found.append(
            Finding("profile", Health.WARN, text, "fit for trials and a careful start: see docs/operate/witness.md")
        )
    return found


def check_believed(settings: Settings, believed: bytes) -> list[Finding]:
    """The home has the trust root that the signer believes; one version may be under way between them."""
    try:
        newest = TrustFolder(settings.home, Deployment.read(settings.deployment)).newest()
    except JinkuError:
        return []  # told by who looks at the home alone
    own, theirs = newest.version if newest else 0, TrustRoot(believed).version if believed else 0
    if theirs <= own + 1:
        return []
    text = f"version {own} in the home, {theirs} in the signer, and those between are nowhere: nothing is published"
    return [Finding("trust root", Health.BAD, text, LACKING)]


def check_disk(settings: Settings) -> Finding:
    """The disk of the home has room."""
    try:
        free = shutil.disk_usage(settings.home).free
    except OSError as error:
        return Finding("disk", Health.BAD, str(error.strerror), "check the disk of the home")
    text = f"{free / (1 << 30):,.1f} GiB free"
    if free < _BAD_FREE_BYTES:
        return Finding("disk", Health.BAD, text, "free some space: nothing can be written soon")
    if free < _LOW_FREE_BYTES:
        return Finding("disk", Health.WARN, text, "a million accounts with seven addresses take about 0.8 GiB")
    return Finding("disk", Health.OK, text)


def check_environment(environment: dict[str, str]) -> list[Finding]:
    """Nothing in the environment weakens the installation unseen."""
    found = []
    for name in sorted(environment):
        if environment[name] and name.startswith("JINKU_") and name.endswith("_FILE"):
            advice = "a prompt or a descriptor leaves no copy on disk"
            found.append(
                Finding("secrets", Health.WARN, f"{name} points to a secret on disk: {environment[name]}", advice)
            )
    if "JINKU_DEBUG" in environment:
        found.append(
            Finding("debug", Health.WARN, "JINKU_DEBUG is set", "unset it in production: errors show tracebacks")
        )
    return found
