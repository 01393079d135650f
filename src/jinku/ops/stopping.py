"""The signer's end, with an entry before and after; whatever the database says, the signer is stopped."""

from __future__ import annotations

from jinku.core import JinkuError, Json, SystemClock, UnavailableError
from jinku.custody.errors import SignerAbsentError
from jinku.ops.belonging import refuse_foreign
from jinku.ops.deployment import Deployment
from jinku.ops.journal import actor_of
from jinku.ops.platform import READ_SECONDS, launcher
from jinku.ops.settings import Settings
from jinku.store import Database

__all__ = ["stop_signer"]

_ASK_SECONDS = 1.0  # whether anything listens; one that is slower than this runs all the same
_NOTE_SECONDS = 1.0  # longer than this no stop waits for another writer


def stop_signer(settings: Settings) -> JinkuError | None:
    """No signer runs on the home; what kept the journal from having it is returned, never raised.

    Where none ran nothing is done and nothing noted. Its entries wait for the next checkpoint: who signs it is gone.
    """
    source = launcher(settings, READ_SECONDS)
    if not _runs(settings):
        source.stop()  # its socket may be gone, and it not
        return None
    unwritten = _note(settings, "begun", {})
    try:
        source.stop()
    except JinkuError as error:
        if unwritten is None:
            _note(settings, "ended", {"outcome": error.code})
        raise
    return unwritten or _note(settings, "ended", {"outcome": "stopped"})


def _runs(settings: Settings) -> bool:
    try:
        launcher(settings, _ASK_SECONDS).connect(start=False).close()
    except SignerAbsentError:
        return False
    except JinkuError:
        return True  # it hangs, it is another: stopping says which
    return True


def _note(settings: Settings, end: str, facts: dict[str, Json]) -> JinkuError | None:
    """The entry stands, or what was in its way is returned."""
    try:
        deployment = Deployment.read(settings.deployment)
        with Database.open(settings.place, SystemClock(), _NOTE_SECONDS) as database:
            database.actor = actor_of(deployment.actor_public)
            with database.unit() as unit:
                refuse_foreign(unit, deployment.deployment)
                unit.append_entry(f"system.stop_{end}", deployment.deployment, facts)
    except JinkuError as error:
        return error
    except Exception as error:  # noqa: BLE001  whatever a database does, the keys go
        return UnavailableError(
            "the journal could not be written",
            found=f"{type(error).__name__}: {str(error)[:200]}",
            advice="find out who wrote to the home (`jinku doctor`); report it if nobody did",
        )
    return None
