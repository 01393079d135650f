"""The verbs of the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jinku import _native
from jinku.core import JinkuError, Json, counted
from jinku.journal import notes
from jinku.journal.bundle import Extract
from jinku.journal.errors import EntryNotFoundError, TileDamagedError
from jinku.journal.following import PAUSE_SECONDS, follow
from jinku.journal.mending import catch_up, rebuild
from jinku.journal.paths import WIDTH
from jinku.journal.pinned import PinnedTrust
from jinku.journal.ports import LogRows, NoteVerifier, TileStore
from jinku.journal.sequencer import Sequencer
from jinku.journal.snapshot import Snapshot, take_snapshot
from jinku.journal.tiles import TileTree
from jinku.journal.types import Filter, Flushed, LogEntry, LogKeys, SignedCheckpoint, VerifyReport
from jinku.journal.verifying import Verifier
from jinku.store import Entry, current_owner

__all__ = ["Journal"]


class Journal:
    """One deployment's log."""

    def __init__(
        self,
        rows: LogRows,
        tiles: TileStore,
        verifier: NoteVerifier,
        keys: LogKeys,
        sequencer: Callable[[bool], Sequencer],
    ) -> None:
        """Hold the parts; ``sequencer`` is made when something is to be published (True: unverified)."""
        self._rows = rows
        self._tiles = tiles
        self._verifier = verifier
        self._sequencer = sequencer
        self.keys = keys
        self._held: tuple[SignedCheckpoint, TileTree] | None = None  # the head believed last, and its tiles

    def waiting(self) -> int:
        """How many entries no checkpoint covers yet."""
        now = self._rows.standing()
        return now.waiting + now.size - (now.head.size if now.head else 0)

    def flush(self, accept_unverified: bool = False) -> Flushed:
        """All that waits is under a published checkpoint, or the answer says why not."""
        return self._sequencer(accept_unverified).flush()

    def follow(self, over: Callable[[float], bool], tell: Callable[[Flushed], None], at_once: bool = True) -> None:
        """What waits is published about a second later, until ``over``; see ``journal.following``."""
        if at_once or not over(PAUSE_SECONDS):
            follow(self._sequencer(False), over, tell)

    def verify(self, trust: PinnedTrust | None = None) -> VerifyReport:
        """Every entry, tile, checkpoint and row holds, under the keys of the home; with ``trust`` under those alone."""
        if trust is not None:
            return Verifier(self._tiles, trust.keys, trust, self._rows, lambda note: trust.check(note)[1]).run()
        return Verifier(self._tiles, self.keys, self._verifier, self._rows).run()

    def checkpoint(self) -> SignedCheckpoint:
        """The published checkpoint, believed under the pinned keys."""
        note = self._tiles.published()
        if note is None:
            raise EntryNotFoundError(
                "no checkpoint is published yet",
                found=counted(self.waiting(), "entry waits", "entries wait"),
                advice="run `jinku journal flush` with the system keys open",
                code="journal.no_checkpoint",
            )
        return self._tree_under(note)[0]

    def _tree_under(self, note: bytes) -> tuple[SignedCheckpoint, TileTree]:
        """A head, the keys' signatures on it checked once, and its tree with the tiles that were read last."""
        held = self._held
        if held is None or held[0].note != note:
            head = self.believed(note)
            held = self._held = head, TileTree(self._tiles, head.size)
        return held

    def vkeys(self) -> tuple[str, ...]:
        """The verifier keys of the log."""
        return notes.vkeys(self.keys)

    def entries(self, wanted: Filter, after: int = -1, waiting: bool = True) -> Iterator[LogEntry]:
        """The entries that match, in their order; those that wait last."""
        return self._rows.find(wanted, after, waiting)

    def size(self) -> int:
        """How many entries have their place."""
        return self._rows.size()

    def last(self, wanted: Filter, count: int) -> list[LogEntry]:
        """The last entries that match and have their place, in order."""
        return self._rows.last(wanted, count)

    def named(self, name: str) -> Iterator[LogEntry]:
        """The entry of an index or of a leaf hash (64 hex digits); else the entries of a subject."""
        if name.isascii() and name.isdigit() and (name == "0" or name[0] != "0"):
            found = [LogEntry(*row) for row in self._rows.read(int(name), 1)]
        elif len(name) == 64 and all(char in "0123456789abcdef" for char in name):
            one = self._rows.by_digest(bytes.fromhex(name))
            found = [one] if one else []
        else:
            found = []
        anything = False
        for entry in found or self._rows.find(Filter(subject=name)):
            anything = True
            yield entry
        if not anything:
            raise EntryNotFoundError(
                "no entry has this index, leaf hash or subject", found=name[:80], advice="see `jinku journal show`"
            )

    def receipt(self, entry: LogEntry) -> bytes:
        """The receipt of an entry (``c2sp.org/tlog-proof@v1``, the entry itself as extra data), proven first."""
        head = self.checkpoint()
        if entry.index is None or entry.index >= head.size:
            raise EntryNotFoundError(
                "the entry waits for a checkpoint",
                found=f"leaf {entry.digest.hex()}",
                advice="run `jinku journal flush` with the system keys open, then ask again",
                code="journal.entry_waits",
            )
        path = self._proven(head, entry)
        return notes.receipt_text(notes.Receipt(entry.index, tuple(path), head, entry.content))

    def receipt_if_covered(self, entry: Entry) -> bytes | None:
        """The receipt of a stored entry; None while no checkpoint covers it."""
        head = self._tiles.published()
        if head is None or entry.leaf_index is None or entry.leaf_index >= notes.read_note(head).size:
            return None
        facts = (entry.kind, entry.subject, entry.actor, entry.created_at_ms, entry.digest, entry.content)
        return self.receipt(LogEntry(entry.leaf_index, *facts))

    def extract(self) -> Extract:
        """The published head with proofs under it: what is published meanwhile changes nothing."""
        head = self.checkpoint()
        return Extract(head, TileTree(self._tiles, head.size), self._proven)

    def believed(self, note: bytes) -> SignedCheckpoint:
        """A checkpoint of this log, or of an earlier origin of it, after the pinned keys' signatures on it held."""
        return notes.believed(self._verifier, note, self.keys)[0]

    def _proven(self, head: SignedCheckpoint, entry: LogEntry) -> list[bytes]:
        index = entry.index or 0
        path = self._tree_under(head.note)[1].inclusion(index)
        leaf = _native.leaf_hash(entry.content)
        try:
            _native.verify_inclusion(leaf, index, head.size, path, head.root)
        except JinkuError as error:
            raise TileDamagedError(
                f"entry {index} is not proven by the tiles",
                found=f"leaf {leaf.hex()}, tile {index // WIDTH}",
                expected=f"root {head.root.hex()}",
                advice="run `jinku journal verify`, which names what was changed",
                fields={"index": index},
            ) from error
        return path

    def snapshot(self, subject: str | None = None, size: int | None = None, at_ms: int | None = None) -> Snapshot:
        """What stood after ``size`` entries, or by a moment, from the tiles alone."""
        return take_snapshot(self._tiles, self.checkpoint(), self._head_by, subject, size, at_ms)

    def _head_by(self, size: int) -> SignedCheckpoint | None:
        """The last recorded checkpoint of at most this size, its signatures checked."""
        notes_by_size = {known: note for known, _, note in self._rows.checkpoints() if known <= size}
        return self.believed(notes_by_size[max(notes_by_size)]) if notes_by_size else None

    def note_export(self, digest: str, size: int, entries: int) -> None:
        """An entry stands that a bundle of so many entries under the tree of ``size`` leaves the house."""
        facts: dict[str, Json] = {"digest": digest, "size": str(size), "entries": str(entries)}
        self._rows.append("journal.exported", self.keys.name, facts)

    def rebuild(self) -> int:
        """Tiles and bundles that are missing are written anew from the database; how many. Others are compared."""
        return rebuild(self._rows, self._tiles, self.believed, self.keys.origin)

    def catch_up(self) -> int:
        """The database has the published entries that it lacked; how many were taken from the tiles."""
        return catch_up(self._rows, self._tiles, self.checkpoint(), current_owner())
