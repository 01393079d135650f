"""A world for the sequencer, after python-tuf's repository simulator: ports in memory, real keys, planned faults."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from log_keys import ORIGIN, CryptoVerifier, MemoryLogSigner, mth

from jinku.core import Json, ManualClock, UnavailableError, canonical_bytes
from jinku.journal import Filter, LogEntry, Sequencer, SignedCheckpoint, TileDamagedError, TileStoreError
from jinku.journal.notes import read_note
from jinku.journal.ports import EntryRow, LostEntry, Said
from jinku.journal.types import Cosigned, Standing
from jinku.store import Lease, LeaseLostError


class Killed(BaseException):
    """The process died here; nobody may catch it."""


@dataclass
class Row:
    content: bytes
    digest: bytes
    index: int | None = None


class MemoryRows:
    """The port ``LogRows``; what it holds is what a database would have committed."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.rows: list[Row] = []
        self.notes: list[tuple[int, bytes, bytes]] = []
        self.holder, self.fence, self.until = "", 0, 0
        self.broken = False

    def add(self, count: int, text: str = "e") -> None:
        for _ in range(count):
            self.append("test", text, {"n": len(self.rows)})

    def append(self, kind: str, subject: str, facts: Mapping[str, Json]) -> None:
        content = canonical_bytes({**facts, "kind": kind, "subject": subject, "ts": "1", "v": 1})
        self.rows.append(Row(content, hashlib.sha256(b"\x00" + content).digest()))

    def standing(self) -> Standing:
        return Standing(len(self.rows) - self.size(), self.size(), self.newest())

    def size(self) -> int:
        return sum(row.index is not None for row in self.rows)

    def lease(self, owner: str, lease_ms: int) -> Lease | None:
        now = self.clock.now_ms()
        if self.holder not in ("", owner) and self.until > now:
            return None
        self.holder, self.fence, self.until = owner, self.fence + 1, now + lease_ms
        return Lease(1, "journal", "sequencer", b"{}", 1, self.fence, owner, self.until)

    def _hold(self, lease: Lease) -> None:
        if self.broken:
            raise UnavailableError("the database went away")
        if (lease.owner, lease.fence) != (self.holder, self.fence):
            raise LeaseLostError("the lease is lost")

    def holds(self, lease: Lease) -> None:
        self._hold(lease)

    def extend(self, lease: Lease, lease_ms: int) -> Lease:
        self._hold(lease)
        self.until = self.clock.now_ms() + lease_ms
        return lease

    def release(self, lease: Lease) -> None:
        self._hold(lease)
        self.holder = ""

    def assign(self, lease: Lease, limit: int) -> int:
        self._hold(lease)
        size, given = self.size(), 0
        for row in self.rows:
            if row.index is None and given < limit:
                row.index, given = size + given, given + 1
        return given

    def ordered(self) -> list[Row]:
        return sorted((row for row in self.rows if row.index is not None), key=lambda row: row.index or 0)

    def contents(self, start: int, count: int) -> tuple[list[bytes], bytes]:
        some = self.ordered()[start : start + count]
        return [row.content for row in some], b"".join(row.digest for row in some)

    def read(self, start: int, count: int) -> list[EntryRow]:
        some = self.ordered()[start : start + count]
        return [(row.index or 0, "test", "e", "", 1, row.digest, row.content) for row in some]

    def find(self, wanted: Filter, after: int = -1, waiting: bool = True) -> Iterator[LogEntry]:
        return (LogEntry(*row) for row in self.read(after + 1, len(self.rows)))

    def last(self, wanted: Filter, count: int) -> list[LogEntry]:
        return list(self.find(wanted))[-count:]

    def by_digest(self, digest: bytes) -> LogEntry | None:
        return next((LogEntry(*row) for row in self.read(0, len(self.rows)) if row[5] == digest), None)

    def newest(self) -> SignedCheckpoint | None:
        return read_note(self.notes[-1][2]) if self.notes else None

    def checkpoints(self) -> Iterator[tuple[int, bytes, bytes]]:
        yield from self.notes

    def unplaced(self) -> Iterator[tuple[int, EntryRow]]:
        for row_id, row in enumerate(self.rows):
            if row.index is None:
                yield row_id, (-1, "test", "e", "", 1, row.digest, row.content)

    def restore(self, lease: Lease, lease_ms: int, start: int, lost: Sequence[LostEntry]) -> None:
        self.extend(lease, lease_ms)
        for place, (content, *_) in enumerate(lost, start):
            known = next((row for row in self.rows if row.content == content and row.index is None), None)
            if known is None:
                self.rows.append(Row(content, hashlib.sha256(b"\x00" + content).digest(), place))
            else:
                known.index = place

    def adopt(self, lease: Lease, start: int, lost: Sequence[LostEntry], signed: SignedCheckpoint, says: Said) -> None:
        self.restore(lease, 0, start, lost)
        self.notes.append((signed.size, signed.root, signed.note))
        self.append(*says)

    def record(self, lease: Lease, signed: SignedCheckpoint) -> None:
        self._hold(lease)
        self.notes.append((signed.size, signed.root, signed.note))


class MemoryTiles:
    """The port ``TileStore``; ``fault`` may fail, lie or die before and after each write."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.fault: Callable[[str, str], str] = lambda _verb, _path: ""

    def write(self, files: Sequence[tuple[str, bytes]]) -> None:
        for path, data in files:
            done = self.fault("write", path)
            if done == "full":
                raise TileStoreError("the disk is full", code="journal.disk_full")
            if done == "late":
                raise TileStoreError("the store did not answer in time")
            if done != "lie":
                if self.files.get(path, data) != data:
                    raise TileDamagedError("other bytes", fields={"path": path})
                self.files[path] = data
            if done == "late but done":
                raise TileStoreError("the store did not answer in time")

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def published(self) -> bytes | None:
        return self.files.get("checkpoint")

    def publish(self, signed: SignedCheckpoint) -> bool:
        if self.fault("publish", "checkpoint") == "late":
            raise TileStoreError("the store did not answer in time")
        standing = self.published()
        if standing is not None and read_note(standing).size > signed.size:
            return False
        self.files["checkpoint"] = signed.note
        return True

    def prune(self, old: int, size: int) -> None:
        pass

    def partials(self) -> Iterator[str]:
        return (path for path in list(self.files) if ".p/" in path)

    def keep_evidence(self, name: str, data: bytes) -> str:
        self.files[f"evidence/{name}"] = data
        return f"evidence/{name}"


class MemoryOutside:
    """The port ``Outside``."""

    name = "a place outside"
    near = True

    def __init__(self) -> None:
        self.note: bytes | None = None
        self.silent = False
        self.deaf = False
        self.asked = 0

    def last(self) -> bytes | None:
        self.asked += 1
        if self.silent:
            raise UnavailableError("no answer")
        return self.note

    def remember(self, signed: SignedCheckpoint) -> None:
        if self.deaf:
            raise UnavailableError("the place cannot be written")
        if self.note is None or read_note(self.note).size < signed.size:
            self.note = signed.note


class MemoryWitnesses:
    """The port ``Witnesses``: each keeps the last size and checks nothing more; ``down`` of them do not answer."""

    def __init__(self, needed: int = 0, down: int = 0) -> None:
        self.needed = needed
        self.down = down
        self.asked: list[tuple[int, int]] = []
        self.known = 0
        self.heads: tuple[tuple[str, bytes], ...] = ()

    def cosign(self, signed: SignedCheckpoint, proof_from: Callable[[int], list[bytes]]) -> Cosigned:
        self.asked.append((signed.size, len(proof_from(self.known)) if self.known else 0))
        self.known = signed.size
        by = [f"witness{number}.example" for number in range(self.needed - self.down)]
        lines = "".join(f"\u2014 {name} AAAAAAAAAAA=\n" for name in by)
        return Cosigned(signed.note + lines.encode(), tuple(by), self.heads)


@dataclass
class World:
    """One log: database, store, signer, witnesses, a place outside."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(1_700_000_000_000))
    signer: MemoryLogSigner = field(default_factory=MemoryLogSigner)
    tiles: MemoryTiles = field(default_factory=MemoryTiles)
    outside: MemoryOutside = field(default_factory=MemoryOutside)
    witnesses: MemoryWitnesses = field(default_factory=MemoryWitnesses)
    rows: MemoryRows = field(init=False)

    def __post_init__(self) -> None:
        self.rows = MemoryRows(self.clock)

    def sequencer(self, owner: str = "one", accept_unverified: bool = False) -> Sequencer:
        return Sequencer(
            self.rows,
            self.tiles,
            self.signer,
            self.witnesses,
            [self.outside],
            CryptoVerifier(),
            self.signer.keys,
            self.clock,
            owner,
            accept_unverified,
        )

    def roots(self) -> list[bytes]:
        """The root at each size, by RFC 6962 itself."""
        leaves = [row.digest for row in self.rows.ordered()]
        return [mth(leaves[:size]) for size in range(len(leaves) + 1)]

    def check(self) -> None:
        """One tree: whatever was signed, recorded or published is a prefix of the database's order."""
        roots = self.roots()
        for size, root in self.signer.signed:
            assert root == roots[size], f"a second tree at size {size}"
        assert [size for size, _ in self.signer.signed] == sorted(size for size, _ in self.signer.signed)
        for size, root, note in self.rows.notes:
            assert root == roots[size] == read_note(note).root
        published = self.tiles.published()
        if published is not None:
            head = read_note(published)
            assert head.root == roots[head.size]
            assert head.checkpoint.origin == ORIGIN
