"""The verbs of anchors. No checkpoint ever waits for one: they are made afterwards, of what is published."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import count

from jinku.core import Clock, JinkuError, Json, counted
from jinku.journal.anchors.errors import (
    AnchorMissingError,
    AnchorRewrittenError,
    AnchorSourceUnknownError,
    AnchorTimeoutError,
    AnchorUnreachableError,
)
from jinku.journal.anchors.ports import AnchorRows, AnchorSources
from jinku.journal.anchors.types import Anchor, AnchorKind, AnchorState, Looked, Proof, Said, SourceFacts, anchored
from jinku.journal.bundle import Extract
from jinku.journal.errors import CheckpointDamagedError
from jinku.journal.notes import read_note
from jinku.journal.types import Checkpoint, SignedCheckpoint, log_name

__all__ = ["Anchoring", "Tried"]

_ENDINGS = {AnchorKind.RFC3161: "tsr", AnchorKind.OTS: "ots", AnchorKind.EVM: "evm"}
Tried = tuple[SourceFacts, list[Anchor], list[JinkuError]]  # a source, what is new there, what failed


class Anchoring:
    """The anchors of one log."""

    def __init__(
        self, origin: str, rows: AnchorRows, sources: AnchorSources, extract: Callable[[], Extract], clock: Clock
    ) -> None:
        """Hold the parts; ``extract`` gives the published head and proofs under it."""
        self._origin = origin
        self._subject = f"{log_name(origin)}/anchors"  # of all entries here
        self._rows = rows
        self._sources = sources
        self._extract = extract
        self._clock = clock

    def sources(self) -> list[SourceFacts]:
        """The sources in force."""
        return [one for one in self._rows.sources(self._subject) if one.active]

    def add_source(self, facts: SourceFacts) -> None:
        """The source is used from now on, with these pins; what was pinned for this place before counts no more."""
        self._sources.open(facts)
        said: dict[str, Json] = {"source": facts.kind.value, "place": facts.place, "pins": dict(facts.pins)}
        self._rows.say("journal.anchor_source_added", self._subject, said)

    def remove_source(self, kind: AnchorKind, place: str) -> None:
        """The source is used no more; its anchors stay."""
        if not any((one.kind, one.place) == (kind, place) for one in self.sources()):
            raise AnchorSourceUnknownError(
                "there is no such source of anchors",
                found=f"{kind.value} {place}",
                advice="jinku journal anchors shows them",
            )
        self._rows.say("journal.anchor_source_removed", self._subject, {"source": kind.value, "place": place})

    def run(self, kinds: Collection[AnchorKind] = ()) -> Iterator[Tried]:
        """The published checkpoint is anchored at each source, and what was pending is asked for, source by source.

        What fails at one source stops no other, and is handed back.
        """
        chosen = [one for one in self.sources() if not kinds or one.kind in kinds]
        if not chosen:
            raise AnchorSourceUnknownError(
                "no source of anchors is configured",
                found=", ".join(kind.value for kind in kinds) or None,
                advice="add one by `jinku journal anchor-add`; see the guide on anchors",
            )
        head = self._extract().head.checkpoint
        for facts in chosen:
            yield self._at(facts, head)

    def _at(self, facts: SourceFacts, head: Checkpoint) -> Tried:
        fresh: list[Anchor] = []
        failed: list[JinkuError] = []
        try:
            own = self._rows.unfinished(facts.kind, facts.place, head.size)
            source = self._sources.open(facts)
        except JinkuError as error:
            return facts, fresh, [error]
        try:
            if not any(one.size == head.size for one in own):
                fresh += self._added(facts, head, source.submit(anchored(head)))
        except JinkuError as error:
            failed.append(error)
            if isinstance(error, AnchorUnreachableError | AnchorTimeoutError):  # who is not there is not asked again
                own = []
        for one in [*own, *fresh]:
            if one.proof.state is AnchorState.COMPLETE:
                continue  # one that was superseded is asked for, too: two answers of a node may have been two nodes'
            try:
                proof = source.upgrade(anchored(self._head(one)), one.proof)
            except JinkuError as error:
                failed.append(error)
                continue
            fresh += self._changed(one, proof)
        return facts, fresh, failed

    def _added(self, facts: SourceFacts, head: Checkpoint, proof: Proof | None) -> list[Anchor]:
        if proof is None:
            return []
        now = self._clock.now_ms()
        anchor = Anchor(head.size, head.root, facts.kind, facts.place, proof, now, now)
        return [anchor] if self._rows.add(anchor, self._subject, _entry(anchor, proof)) else []  # somebody was faster

    def _head(self, anchor: Anchor) -> Checkpoint:
        """What was anchored, under the origin that the log had then."""
        note = self._rows.note(anchor.size)
        origin = self._origin if note is None else read_note(note).checkpoint.origin
        return Checkpoint(origin, anchor.size, anchor.root)

    def _changed(self, one: Anchor, proof: Proof) -> list[Anchor]:
        if proof == one.proof:
            return []
        done = proof.state is AnchorState.COMPLETE
        if not self._rows.complete(one, proof, self._subject, _entry(one, proof) if done else None):
            return []  # another process was faster
        stamp = (one.created_at_ms, self._clock.now_ms())
        return [Anchor(one.size, one.root, one.kind, one.place, proof, *stamp)]

    def look(self) -> Iterator[Looked]:
        """Each anchor with what its proof shows, or with the reason why it does not hold. Reads no network.

        A proof is checked against what is pinned for its place now; of a removed source, against what was pinned last.
        """
        anchors, told = self._rows.anchors(), self._rows.told(self._subject)
        here = {(one.size, one.kind, one.place) for one in anchors}
        for one in told:
            if (one.size, one.kind, one.place) not in here:
                yield Looked(one, None, _missing(one))
        if not anchors:
            return
        extract = self._extract()
        known = {(one.kind, one.place): one for one in self._rows.sources(self._subject)}
        for anchor in anchors:
            facts = known.get((anchor.kind, anchor.place), SourceFacts(anchor.kind, anchor.place))
            try:
                yield Looked(anchor, self._said(anchor, facts, extract))
            except JinkuError as error:
                yield Looked(anchor, None, error)

    def files(self, extract: Extract, last: int) -> Iterator[tuple[str, bytes]]:
        """What a bundle holds of anchors: of each source the first after entry ``last``, else the newest that holds.

        Each with the note of its checkpoint and the proof that the tree of ``extract`` begins with that one. What an
        earlier origin of the log published is left out: who believes the new one has no keys of that name.
        """
        chosen: dict[tuple[AnchorKind, str], Anchor] = {}
        for looked in self.look():
            one = looked.anchor
            before = chosen.get((one.kind, one.place))
            if looked.said is None or looked.said.state is AnchorState.SUPERSEDED:
                continue
            if self._head(one).origin != extract.head.checkpoint.origin:
                continue
            if one.size <= extract.head.size and (before is None or before.size <= last):
                chosen[one.kind, one.place] = one
        notes = {one.size: self._rows.note(one.size) for one in chosen.values()}
        for size, note in sorted(notes.items()):
            if note is not None:
                yield f"anchors/{size}.checkpoint", note
                yield f"anchors/{size}.consistency", extract.growth(read_note(note))
        numbers = count(1)
        for one in chosen.values():
            if notes[one.size] is None:
                continue
            name = f"anchors/{one.size}-{next(numbers)}"
            yield f"{name}.{_ENDINGS[one.kind]}", one.proof.data
            if one.proof.extra:
                yield f"{name}.{'block' if one.kind is AnchorKind.EVM else 'header'}", one.proof.extra

    def _said(self, anchor: Anchor, facts: SourceFacts, extract: Extract) -> Said:
        checkpoint = self._head(anchor)
        said = self._sources.open(facts).verify(anchored(checkpoint), anchor.proof)
        try:
            extract.growth(SignedCheckpoint(checkpoint, b""))
        except CheckpointDamagedError as error:
            raise AnchorRewrittenError(
                "the log does not extend a checkpoint that was anchored",
                found=error.found,
                expected=error.expected,
                advice="keep this anchor: it shows that the log was another one then",
            ) from error
        return said


def _missing(one: Anchor) -> AnchorMissingError:
    return AnchorMissingError(
        "an anchor that an entry speaks of is not in the database",
        found=f"checkpoint of {counted(one.size, 'entry', 'entries')}, {one.kind.value} {one.place}",
        advice="take the table journal_anchor from a backup, or a bundle that holds the proof",
    )


def _entry(anchor: Anchor, proof: Proof) -> Mapping[str, Json]:
    return {
        "place": anchor.place,
        "proof": proof.digest,
        "root": anchor.root.hex(),
        "size": str(anchor.size),
        "source": anchor.kind.value,
        "state": proof.state.value,
    }
