"""Checks of a log or of what was exported from it, under a trust root alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jinku.core import Clock, NotFoundError, UsageError
from jinku.journal import BundleReport, LogKeys, PinnedTrust, Verifier, VerifyReport, check_bundle, is_bundle
from jinku.journal.adapters.local_tiles import LocalTiles
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.errors import NoteError
from jinku.journal.notes import read_note
from jinku.ops.trust_entries import Standing, foreign, standing
from jinku.ops.trust_folder import TrustFolder

if TYPE_CHECKING:  # a folder is verified without a home, and spared the quarter second that it takes to load
    from jinku.ops.platform import Platform

__all__ = ["audit_bundle", "audit_tiles", "audit_trust", "pinned_trust"]

_MAX_TRUST_ROOT = 65_535


def pinned_trust(path: Path, clock: Clock, fingerprint: str = "") -> PinnedTrust:
    """The trust root of a file that somebody was handed. UsageError when it cannot be read; IntegrityError."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_TRUST_ROOT + 1)
    except OSError as error:
        raise UsageError(
            "--trust-root cannot be read", found=f"{path}: {error.strerror}", expected="a trust root"
        ) from error
    if len(data) > _MAX_TRUST_ROOT:
        raise UsageError("--trust-root is too large", found=path, expected=f"at most {_MAX_TRUST_ROOT} bytes")
    return PinnedTrust.open(data, clock.now_ms(), fingerprint)


def audit_tiles(folder: Path, believed: PinnedTrust | LogKeys) -> VerifyReport:
    """A folder of tiles holds, without any database."""
    _check_there(folder)
    if isinstance(believed, LogKeys):
        return Verifier(LocalTiles(folder), _under(folder, believed), NativeNotes()).run()
    return Verifier(LocalTiles(folder), believed.keys, believed, None, lambda note: believed.check(note)[1]).run()


def _under(folder: Path, keys: LogKeys) -> LogKeys:
    """The keys under the origin of the folder's own checkpoint, where that is an earlier one of the same log."""
    try:
        published = LocalTiles(folder).published()
        return keys if published is None else keys.of(read_note(published).checkpoint.origin) or keys
    except NoteError:
        return keys  # what is wrong with it is told by the reading


def audit_bundle(folder: Path, trust: PinnedTrust | None) -> BundleReport | None:
    """The bundle holds under the trust root; None when the folder is none."""
    _check_there(folder)
    if not is_bundle(folder):
        return None
    if trust is None:
        raise UsageError("a bundle is verified against a trust root", found=folder, expected="--trust-root FILE")
    return check_bundle(folder, trust)


def audit_trust(platform: Platform) -> Standing:
    """Each version of the home's trust root has its entry, and no entry speaks of another or of another subject."""
    folder = TrustFolder(platform.settings.home, platform.deployment)
    said = standing(platform.log_rows, folder, platform.deployment)
    return replace(said, strange=(*said.strange, *foreign(platform.log_rows, platform.deployment)))


def _check_there(folder: Path) -> None:
    if folder.is_symlink() or not folder.is_dir():
        raise NotFoundError(
            "there is no such folder", found=folder, expected="a folder of tiles, or a bundle", code="journal.no_folder"
        )
