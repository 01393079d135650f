"""What stands at a place already, in a folder or a bucket: never overwritten by other bytes, never by an older head."""

from __future__ import annotations

from jinku.journal.errors import JournalForkedError, NoteError, TileDamagedError
from jinku.journal.notes import read_note
from jinku.journal.types import SignedCheckpoint
from jinku.store.files import alone

__all__ = ["CHECKPOINT", "alone", "differs", "may_replace", "read_standing"]

CHECKPOINT = "checkpoint"


def may_replace(standing: SignedCheckpoint, signed: SignedCheckpoint) -> bool:
    """A greater checkpoint does, and the same head under other signatures; another tree of this size is an alarm."""
    if standing.size == signed.size and standing.root != signed.root:
        raise JournalForkedError(
            "TWO TREES OF ONE LOG: another root of this size is published already",
            found=signed.root.hex(),
            expected=standing.root.hex(),
            advice="stop everything, believe neither, and compare with the witnesses",
            fields={"size": signed.size},
        )
    return standing.size < signed.size or (standing.size == signed.size and standing.note != signed.note)


def read_standing(note: bytes, where: str) -> SignedCheckpoint:
    """The checkpoint that stands at ``where``; TileDamagedError when it is none."""
    try:
        return read_note(note)
    except NoteError as error:
        raise TileDamagedError(
            f"the published checkpoint was changed: {error.what}",
            found=error.found,
            expected=error.expected,
            advice=f"keep a copy of {where}, then move it away: the last one is written anew",
            fields={"path": CHECKPOINT},
        ) from error


def differs(what: str, path: str, found: bytes, data: bytes) -> TileDamagedError:
    """The error of a file that has other bytes than those to be written."""
    at = next((n for n, (a, b) in enumerate(zip(found, data, strict=False)) if a != b), min(len(found), len(data)))
    return TileDamagedError(
        what,
        found=f"{len(found)} bytes that differ at offset {at}",
        expected="the bytes that the database's order gives",
        advice="run `jinku journal verify`: it says whether the file or the database was changed",
        fields={"path": path},
    )
