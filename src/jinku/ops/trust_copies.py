"""Copies of the trust root's versions, beside the checkpoints of the origin that the newest of them names.

No backup has that version yet, and without it neither database nor tiles go on. The next one follows it, and it those
before: one that was given up, or stands in no backup either, is lacked as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from jinku.core import UnavailableError
from jinku.journal import TileDamagedError
from jinku.journal.ports import TileStore
from jinku.ops.trust_folder import TrustRoot
from jinku.store.files import alone, replace_private, sync_folder

__all__ = ["copy_versions"]

_FOLDER = "trust"


def copy_versions(versions: Sequence[TrustRoot], tiles: TileStore, state: Path) -> None:
    """Each stands as ``trust/N.json`` in the folder ``state`` and among the tiles, durably, names of folders, too."""
    folder = state / _FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone(folder):
            for one in versions:
                replace_private(folder / f"{one.version}.json", one.data)
        for above in folder.parents[:3]:  # of the origin, of the deployment, of Jinku: their names are durable
            sync_folder(above)
        with suppress(PermissionError):  # the user's own, where that is Jinku's to read
            sync_folder(folder.parents[3])
    except OSError as error:
        raise UnavailableError(
            f"the trust root cannot be copied to the state folder: {error.strerror}",
            found=folder,
            advice="make the folder writable, or name another by XDG_STATE_HOME; then run this again",
            code="journal.outside_unwritable",
        ) from error
    try:
        tiles.write([(f"{_FOLDER}/{one.version}.json", one.data) for one in versions])
    except TileDamagedError as error:
        raise TileDamagedError(
            error.what,
            found=error.found,
            expected="the version that this home has",
            advice="another hand wrote that: keep it; jinku journal new-origin --anew opens another name",
        ) from error
