"""What the journal needs from below and from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from jinku.core import Json
from jinku.journal.types import Cosigned, Filter, LogEntry, LogKeys, SignedCheckpoint, Standing
from jinku.store import Lease

__all__ = [
    "EntryRow",
    "LogRows",
    "LogSigner",
    "LostEntry",
    "NoteVerifier",
    "Outside",
    "Said",
    "TileStore",
    "Witnesses",
]


# place, kind, subject, actor, milliseconds, leaf hash, content
EntryRow = tuple[int, str, str, str, int, bytes, bytes]
LostEntry = tuple[bytes, str, str, str, int]  # content, kind, subject, actor, milliseconds
Said = tuple[str, str, Mapping[str, Json]]  # kind, subject and facts of an entry


class LogRows(Protocol):
    """The order of the entries, as the database has it. Each method is one transaction of its own."""

    def standing(self) -> Standing:
        """How many entries wait and how many have their place, and the last checkpoint: at one moment."""

    def size(self) -> int:
        """How many entries have their place: dense, from 0."""

    def lease(self, owner: str, lease_ms: int) -> Lease | None:
        """The right to sequence; None while another holds it. Not durable by itself: it binds those who live."""

    def holds(self, lease: Lease) -> None:
        """The right is still ours. LeaseLostError otherwise."""

    def extend(self, lease: Lease, lease_ms: int) -> Lease:
        """The same right, longer. LeaseLostError when it was lost."""

    def release(self, lease: Lease) -> None:
        """Whoever wants it may have it."""

    def assign(self, lease: Lease, limit: int) -> int:
        """Up to ``limit`` waiting entries have the next places, by id; how many. Durable, and never undone."""

    def contents(self, start: int, count: int) -> tuple[list[bytes], bytes]:
        """The entries of these places, as many as there are, and their leaf hashes, joined. EntryDamagedError."""

    def read(self, start: int, count: int) -> list[EntryRow]:
        """The rows of these places in order, as they stand."""

    def find(self, wanted: Filter, after: int = -1, waiting: bool = True) -> Iterator[LogEntry]:
        """The entries that match, those with a place in its order from ``after`` on, then those that wait."""

    def last(self, wanted: Filter, count: int) -> list[LogEntry]:
        """The last ``count`` entries that match and have their place, in its order."""

    def by_digest(self, digest: bytes) -> LogEntry | None:
        """The entry with this leaf hash."""

    def newest(self) -> SignedCheckpoint | None:
        """The last checkpoint recorded."""

    def checkpoints(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Size, root and note of every checkpoint recorded, by size."""

    def unplaced(self) -> Iterator[tuple[int, EntryRow]]:
        """The rows that wait, by id, with their ids; the place of each reads -1."""

    def append(self, kind: str, subject: str, facts: Mapping[str, Json]) -> None:
        """An entry of the journal's own stands and waits."""

    def restore(self, lease: Lease, lease_ms: int, start: int, lost: Sequence[LostEntry]) -> None:
        """These entries have the places from ``start`` on; one that waits here gets its place, others come anew.

        The lease is extended. LeaseLostError; EntryDamagedError when a row that waits has only the hash of its entry.
        """

    def adopt(self, lease: Lease, start: int, lost: Sequence[LostEntry], signed: SignedCheckpoint, says: Said) -> None:
        """As ``restore``; and in the same transaction the published checkpoint stands, and an entry of the journal's.

        A checkpoint of its size that stands already is left as it is.
        """

    def record(self, lease: Lease, signed: SignedCheckpoint) -> None:
        """The checkpoint stands in the database. LeaseLostError when another may be at work."""


class TileStore(Protocol):
    """A place for tiles, bundles and the checkpoint, under the paths of C2SP tlog-tiles."""

    def write(self, files: Sequence[tuple[str, bytes]]) -> None:
        """All are durable. Other bytes under the same path are never overwritten: TileDamagedError."""

    def read(self, path: str) -> bytes | None:
        """The bytes; None when there is no such file."""

    def published(self) -> bytes | None:
        """The checkpoint that stands there."""

    def publish(self, signed: SignedCheckpoint) -> bool:
        """The checkpoint stands there, unless one of a greater or the same size does: False."""

    def prune(self, old: int, size: int) -> None:
        """The partial tiles of the tree of ``old`` leaves may be gone where that of ``size`` has the full ones."""

    def partials(self) -> Iterator[str]:
        """The paths of the partial tiles and bundles that lie there, in any order."""

    def keep_evidence(self, name: str, data: bytes) -> str:
        """The bytes are kept where nothing removes them; says where."""


class LogSigner(Protocol):
    """The log's keys. Whoever holds them keeps, durably, the last head signed, and refuses a fork or a step back."""

    def ready(self) -> str:
        """Why it cannot sign now; empty when it can. Starts nothing and asks for nothing."""

    def last_signed(self) -> tuple[int, bytes] | None:
        """Size and root of the last head signed; None before the first."""

    def sign_checkpoint(self, size: int, root: bytes, proof: Sequence[bytes]) -> tuple[str, ...]:
        """Signature lines over the head. ``proof`` shows that it extends the last one signed (RFC 6962, 2.1.2)."""

    def close(self) -> None:
        """What was opened to ask is closed; the next ``ready`` opens it again."""


class Witnesses(Protocol):
    """Who cosigns. ``needed`` is k of the trust root; 0 means that nobody outside watches (profile ``dev``)."""

    @property
    def needed(self) -> int:
        """k."""

    def cosign(self, signed: SignedCheckpoint, proof_from: Callable[[int], list[bytes]]) -> Cosigned:
        """What they answered, each line checked; ``proof_from`` gives the consistency proof from an earlier size."""


class Outside(Protocol):
    """A place beyond the database's reach that knows the last checkpoint: a file elsewhere, a witness, a bucket."""

    name: str
    near: bool  # asking costs next to nothing: it is looked at before each run, not only before the first signature

    def last(self) -> bytes | None:
        """The signed note it knows; None when it knows none. UnavailableError or OSError when it does not answer."""

    def remember(self, signed: SignedCheckpoint) -> None:
        """It knows this one now, where it can be told."""


class NoteVerifier(Protocol):
    """Checks signatures of notes."""

    def verify(self, note: bytes, keys: LogKeys) -> tuple[str, ...]:
        """The names of the algorithms whose lines by these keys hold. CheckpointDamagedError when one does not."""
