"""Making an installation: each step finds what an interrupted run left and carries on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from jinku.core import Clock, ConflictError, IdSource, JinkuError, SystemClock
from jinku.custody.ports import SecretFd
from jinku.ops.belonging import MADE, foreign, refuse_foreign
from jinku.ops.deployment import Deployment
from jinku.ops.journal import actor_of
from jinku.ops.platform import launcher
from jinku.ops.settings import Settings
from jinku.ops.trust import begin
from jinku.ops.trust_entries import note_versions
from jinku.store import Database

__all__ = ["Initialised", "check_unused", "initialise"]


class HomeError(JinkuError):
    """The folder cannot serve as a home (exit 1)."""

    code = "ops.home"


@dataclass(frozen=True, slots=True)
class Initialised:
    """What ``initialise`` made; ``resumed`` when an earlier run had left the system keys behind."""

    deployment: Deployment
    resumed: bool


def check_unused(settings: Settings) -> None:
    """No installation stands in this home; ConflictError otherwise, before anything is asked or written."""
    if settings.deployment.exists():
        raise ConflictError(
            "this home is initialised already",
            found=settings.deployment,
            advice="use it, or choose another --home; jinku doctor tells how it is",
            code="ops.initialised",
        )


def _make_folder(path: Path) -> None:
    """The folder stands with mode 0700 and is ours; an existing one with guests is refused, not changed."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = path.stat()
    except OSError as error:
        raise HomeError(
            "the home cannot be made", found=f"{path}: {error.strerror}", advice="choose another --home or free it"
        ) from error
    if state.st_uid != os.getuid():
        raise HomeError("the folder belongs to another user", found=f"{path}: uid {state.st_uid}", expected=os.getuid())
    if state.st_mode & 0o077:
        if any(path.iterdir()):
            mode = f"mode {state.st_mode & 0o777:04o}"
            raise HomeError(
                "others may enter the folder", found=f"{path}: {mode}", expected="0700", advice=f"chmod 700 {path}"
            )
        path.chmod(0o700)


def initialise(settings: Settings, secret: SecretFd, clock: Clock | None = None) -> Initialised:
    """A new installation stands: home, database, system keys under ``secret``, and last of all the pin."""
    check_unused(settings)
    own_clock = clock or SystemClock()
    for folder in (settings.home, settings.logs):
        _make_folder(folder)
    with Database.create(settings.place, own_clock) as database, database.read() as unit:
        others = unit.subjects(MADE)
    source = launcher(settings)
    signer = source.connect(start=True)
    try:
        # A run before may have died between the keys and the pin; the secret then proves that the keys are ours.
        resumed = signer.hello().system != "absent"
        if others and not resumed:
            if settings.signer_uid is None:
                source.stop()  # it has no keys, and this is no home to serve
            raise foreign(others)
        made = "" if resumed else str(IdSource(own_clock).new())
        keys = signer.init_system(made, secret) if made else signer.unlock_system(secret)
        deployment = Deployment.of(keys, own_clock.now_ms())
        trust = begin(settings.home, deployment, signer)
    finally:
        signer.close()
    with Database.open(settings.place, own_clock) as database:
        database.actor = actor_of(deployment.actor_public)
        with database.unit() as unit:
            unit.hold("deployment")
            refuse_foreign(unit, deployment.deployment)  # another init may have been quicker
            if not unit.has_entry(MADE, deployment.deployment):
                facts = {"identity": deployment.identity_public, "profile": deployment.profile}
                unit.append_entry(MADE, deployment.deployment, facts)
        note_versions(database, deployment, [trust])
    deployment.write(settings.deployment)
    return Initialised(deployment, resumed)
