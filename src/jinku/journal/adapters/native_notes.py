"""Signatures of notes, checked by the crate that the signer itself uses."""

from __future__ import annotations

from jinku import _native
from jinku.core import JinkuError
from jinku.journal import notes
from jinku.journal.errors import CheckpointDamagedError
from jinku.journal.types import LogKeys

__all__ = ["NativeNotes"]

_NAMES = ("ed25519", "ml-dsa-44")  # in the order of the verifier keys


class NativeNotes:
    """Implements the port ``NoteVerifier``."""

    def verify(self, note: bytes, keys: LogKeys) -> tuple[str, ...]:
        """Every key of the log signed; a line by one of them that does not hold is refused."""
        wanted = list(notes.vkeys(keys))
        try:
            _, signed = _native.verify_note(note, wanted)
        except JinkuError as error:
            raise CheckpointDamagedError(error.what, found=error.found, expected=error.expected) from error
        by = {number for number, _ in signed}
        if by != set(range(len(wanted))):
            missing = [_NAMES[number] for number in range(len(wanted)) if number not in by]
            raise CheckpointDamagedError(
                "a key of the log did not sign", found=f"no line by {', '.join(missing)}", expected="a line by each"
            )
        return _NAMES[: len(wanted)]
