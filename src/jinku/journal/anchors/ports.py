"""What anchors need from below and from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from jinku.core import Json
from jinku.journal.anchors.types import Anchor, AnchorKind, Proof, Said, SourceFacts

__all__ = ["AnchorKey", "AnchorRows", "AnchorSource", "AnchorSources"]


class AnchorSource(Protocol):
    """One place that shows a digest to the world. Its verbs raise errors of ``anchors.errors``."""

    def submit(self, digest: bytes) -> Proof | None:
        """The place took the digest (32 bytes), or will by ``upgrade``; the proof, checked as far as it goes.

        None where an earlier one has to be done first.
        """

    def upgrade(self, digest: bytes, proof: Proof) -> Proof:
        """The proof as it stands now: the same where nothing new is known."""

    def verify(self, digest: bytes, proof: Proof) -> Said:
        """What the proof shows, offline. IntegrityError when it does not hold."""


class AnchorKey(Protocol):
    """The key that pays for anchors on EVM chains."""

    def anchor_address(self) -> bytes:
        """Its account (20 bytes)."""

    def sign_anchor(
        self, chain_id: int, nonce: int, gas: int, max_fee_wei: int, priority_fee_wei: int
    ) -> tuple[int, bytes, bytes]:
        """Size and root of the last head signed, and the transaction that carries its digest: nobody hands it one."""


class AnchorSources(Protocol):
    """Makes sources; knows which kinds there are."""

    def open(self, facts: SourceFacts) -> AnchorSource:
        """The source that is described; AnchorSourceError when that cannot be meant."""


class AnchorRows(Protocol):
    """Anchors and sources, as the database has them. Each method is one transaction, with its entry."""

    def sources(self, subject: str) -> list[SourceFacts]:
        """Every source that the entries of this subject speak of, as the last of them leaves it."""

    def told(self, subject: str) -> list[Anchor]:
        """The anchors that the entries of this subject speak of, without their proofs, by size."""

    def note(self, size: int) -> bytes | None:
        """The signed note that was published of the tree of this size; None when there is none."""

    def say(self, kind: str, subject: str, facts: Mapping[str, Json]) -> None:
        """The entry stands and waits."""

    def anchors(self) -> list[Anchor]:
        """All anchors, by size."""

    def unfinished(self, kind: AnchorKind, place: str, size: int) -> list[Anchor]:
        """The anchors of this source that are not complete, and that of the checkpoint of this size, by size."""

    def add(self, anchor: Anchor, subject: str, facts: Mapping[str, Json]) -> bool:
        """The anchor and its entry stand; False when one of this size, kind and place did already."""

    def complete(self, anchor: Anchor, proof: Proof, subject: str, facts: Mapping[str, Json] | None) -> bool:
        """The anchor has this proof now, with an entry where facts are given; False when another changed it."""
