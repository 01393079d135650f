"""Before anything is signed: what others know of this log is compared with what the database knows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread

from jinku.core import JinkuError, UnavailableError, counted
from jinku.journal.errors import (
    CheckpointDamagedError,
    JournalBehindError,
    JournalForkedError,
    OriginLaterError,
    OutsideSilentError,
    WitnessQuorumError,
)
from jinku.journal.notes import read_note
from jinku.journal.ports import LogRows, NoteVerifier, Outside, TileStore
from jinku.journal.types import LogKeys

__all__ = ["SILENCE_SECONDS", "UNVERIFIED", "Guard", "Known", "check_silence"]

SILENCE_SECONDS = 30.0
UNVERIFIED = "journal.accepted_unverified"


@dataclass(frozen=True, slots=True)
class Known:
    """A head that somebody knows: who, size and root, and the note where there is one."""

    who: str
    size: int
    root: bytes
    note: bytes = b""
    later: str = ""  # the origin, where that is a later one of this log than was asked about


@dataclass(frozen=True, slots=True)
class _Answer:
    number: int
    note: bytes | None
    error: Exception | None = None


def _ask(source: Outside, number: int, answers: SimpleQueue[_Answer]) -> None:
    try:
        answers.put(_Answer(number, source.last()))
    except Exception as error:  # noqa: BLE001  of a thread: raised again where it was asked for
        answers.put(_Answer(number, None, error))


def _said(answer: _Answer | None, silent: str) -> tuple[bytes | None, str]:
    if answer is None:
        return None, silent
    if isinstance(answer.error, OSError | UnavailableError) and not isinstance(answer.error, WitnessQuorumError):
        return None, str(answer.error) or type(answer.error).__name__
    if answer.error is not None:
        raise answer.error
    return answer.note, ""


def check_silence(silent: Sequence[str], accept_unverified: bool) -> None:
    """Every place answered, or it was said that one may be silent."""
    if silent and not accept_unverified:
        raise OutsideSilentError(
            "the last checkpoint known outside cannot be compared",
            found="; ".join(silent),
            expected="an answer of every configured place",
            advice="mend it, or go on without it by --accept-unverified, which is written into the journal",
        )


class Guard:
    """Refuses to go on when a head known elsewhere is ahead of the database or belongs to another tree."""

    def __init__(  # noqa: PLR0917  one part each
        self,
        rows: LogRows,
        tiles: TileStore,
        verifier: NoteVerifier,
        keys: LogKeys,
        outside: Sequence[Outside],
        accept_unverified: bool = False,
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        """Hold the parts; nothing is asked yet."""
        self._rows = rows
        self._tiles = tiles
        self._verifier = verifier
        self._keys = keys
        self._outside = outside
        self._accept_unverified = accept_unverified
        self._silence_seconds = silence_seconds

    def ask(self) -> list[Known]:
        """What the tile store and every place outside know of this origin.

        OutsideSilentError when one does not answer, OriginLaterError when one knows a later origin.
        """
        found, silent = self.look()
        self._refuse_later(found)
        if silent:
            check_silence(silent, self._accept_unverified)
            self._rows.append(UNVERIFIED, self._keys.name, {"silent": list(silent)})
        return found

    def look(self) -> tuple[list[Known], list[str]]:
        """What each place knows of this origin or later ones, and those that are silent. Nothing is written."""
        found = []
        published = self._tiles.published()
        if published is not None:
            found.append(self._read("the published checkpoint", published))
        silent = []
        for source, note, why in self._answers(self._outside):
            if why:
                silent.append(f"{source.name}: {why}")
            elif note is not None:
                found.append(self._read(source.name, note))
        return found, silent

    def remembered(self, note: bytes) -> bool:
        """Each place nearby that answers knows this note; one that is silent is no work for a run without entries."""
        near = [source for source in self._outside if source.near]
        return all(why or known == note for _, known, why in self._answers(near))

    def _answers(self, sources: Sequence[Outside]) -> list[tuple[Outside, bytes | None, str]]:
        """What each knows, or why it does not say; all have the same moment by which to answer.

        Asked from daemon threads: a place that never answers holds neither this call nor the end of the process.
        """
        answers: SimpleQueue[_Answer] = SimpleQueue()
        for number, source in enumerate(sources):
            Thread(target=_ask, args=(source, number, answers), name=f"ask {source.name}", daemon=True).start()
        found: dict[int, _Answer] = {}
        deadline = time.monotonic() + self._silence_seconds
        with suppress(Empty):
            while len(found) < len(sources):
                answer = answers.get(timeout=max(0.0, deadline - time.monotonic()))
                found[answer.number] = answer
        silent = f"no answer in {self._silence_seconds:g} s"
        return [(source, *_said(found.get(number), silent)) for number, source in enumerate(sources)]

    def _read(self, who: str, note: bytes) -> Known:
        try:
            signed = read_note(note)
            later = self._keys.later(signed.checkpoint.origin)
            if signed.checkpoint.origin != self._keys.origin and later is None:
                raise CheckpointDamagedError(
                    "it belongs to another log", found=signed.checkpoint.origin, expected=self._keys.origin
                )
            self._verifier.verify(note, later or self._keys)
        except JinkuError as error:
            raise CheckpointDamagedError(
                f"{who} cannot be believed: {error.what}",
                found=error.found,
                expected=error.expected,
                advice="find out who changed it; when its place is known to be sound again, move it away and go on",
                fields={"source": who},
            ) from error
        return Known(who, signed.size, signed.root, note, later.origin if later else "")

    def _refuse_later(self, known: Sequence[Known]) -> None:
        one = max((one for one in known if one.later), key=lambda one: one.later, default=None)
        if one is not None:
            raise OriginLaterError(
                f"this log went on under a later origin, which {one.who} and not this home has; nothing is signed",
                found=f"{one.later}: {counted(one.size, 'entry', 'entries')}, root {one.root.hex()}",
                expected=f"{self._keys.origin} to be the newest",
                advice="restore the home that has it; if that is lost, go on by `jinku journal new-origin`",
                fields={"source": one.who, "origin": one.later, "size": one.size},
            )

    def check_ahead(self, known: Sequence[Known], size: int) -> None:
        """Nobody knows more entries than the database has given a place."""
        ahead = max(known, key=lambda one: one.size, default=None)
        if ahead is not None and ahead.size > size:
            raise JournalBehindError(
                f"the database is older than what {ahead.who} knows; nothing is signed",
                found=f"{counted(size, 'entry', 'entries')} in the database",
                expected=f"{counted(ahead.size, 'entry', 'entries')}, root {ahead.root.hex()}",
                advice="run `jinku journal catch-up`, which takes the missing entries back from the tiles; if the "
                "tiles are lost, too, restore a newer backup, or go on by `jinku journal new-origin`: under its name "
                "this log must never sign another tree",
                fields={"source": ahead.who, "size": ahead.size},
            )

    def check_roots(self, known: Sequence[Known], size: int, root_of: Callable[[int], bytes]) -> None:
        """Each head of at most ``size`` leaves that somebody knows is one of this tree."""
        for one in known:
            if not 0 < one.size <= size:
                continue
            own = root_of(one.size)
            if own != one.root:
                raise self._forked(one, own)

    def _forked(self, one: Known, own: bytes) -> JournalForkedError:
        record = f"{one.who}\nsize {one.size}\ntheirs {one.root.hex()}\nours   {own.hex()}\n\n".encode() + one.note
        kept = self._tiles.keep_evidence(f"fork-{one.size}-{one.root.hex()[:16]}", record)
        self._rows.append(
            "journal.fork_found",
            self._keys.name,
            {"source": one.who, "size": str(one.size), "theirs": one.root.hex(), "ours": own.hex()},
        )
        return JournalForkedError(
            f"TWO TREES OF ONE LOG: {one.who} knows another history than this database; nothing is signed",
            found=f"root {own.hex()} at size {one.size} here",
            expected=f"root {one.root.hex()}",
            advice=f"both are kept in {kept}; stop everything, believe neither, and compare with the witnesses; "
            "where that place is right, `jinku journal new-origin --reason fork` goes on with the tree here under "
            "another name",
            fields={"source": one.who, "size": one.size, "evidence": kept},
        )
