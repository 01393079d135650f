"""The sequencer: from entries that wait to a published checkpoint, in steps that a kill may part anywhere.

Assigned places are durable before tiles are written, tiles before a head over them is signed, the head before it is
published. Each step can be done again and gives the same bytes; so the next start carries on wherever this one died.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from enum import StrEnum

from jinku.core import Clock, JinkuError, counted
from jinku.journal import notes
from jinku.journal.errors import TileDamagedError, WitnessQuorumError
from jinku.journal.guard import Guard, Known
from jinku.journal.paths import HASH, WIDTH
from jinku.journal.ports import LogRows, LogSigner, NoteVerifier, Outside, TileStore, Witnesses
from jinku.journal.tiles import TileTree, bundle_files, edge_files, tile_files
from jinku.journal.tree import Edge
from jinku.journal.types import Checkpoint, Flushed, LogKeys, SignedCheckpoint, Standing
from jinku.store import Lease, LeaseLostError

__all__ = ["GROUP", "Sequencer", "Step"]

GROUP = 64 * WIDTH  # entries that get their places in one transaction
LEASE_MS = 30_000


class Step(StrEnum):
    """What has just become durable; between any two the process may die."""

    LEASED = "leased"
    COMPARED = "compared"
    ASSIGNED = "assigned"
    TILED = "tiled"
    SIGNED = "signed"
    COSIGNED = "cosigned"
    RECORDED = "recorded"
    PUBLISHED = "published"
    REMEMBERED = "remembered"


class Sequencer:
    """One process's hand on the log. Any number may exist; the lease lets one work, the order lets none do harm."""

    def __init__(  # noqa: PLR0917  one port each
        self,
        rows: LogRows,
        tiles: TileStore,
        signer: LogSigner,
        witnesses: Witnesses,
        outside: Sequence[Outside],
        verifier: NoteVerifier,
        keys: LogKeys,
        clock: Clock,
        owner: str,
        accept_unverified: bool = False,
    ) -> None:
        """Hold the ports; nothing is read yet."""
        self._rows = rows
        self._tiles = tiles
        self._signer = signer
        self._witnesses = witnesses
        self._outside = outside
        self._verifier = verifier
        self._keys = keys
        self._clock = clock
        self._owner = owner
        self.guard = Guard(rows, tiles, verifier, keys, outside, accept_unverified)
        self._known: list[Known] | None = None  # what others knew when this process first took the lease
        self._edge: Edge | None = None
        self._held = ""
        self._integrated = 0

    def flush(self) -> Flushed:
        """Everything that waited is under a published checkpoint, or ``held`` says why not."""
        try:
            for _ in self.steps():
                pass
        finally:
            self._signer.close()
        now = self._rows.standing()
        return Flushed(self._integrated, now.head, now.waiting, self._held)

    def steps(self) -> Iterator[Step]:
        """One run, step by step. Raises when something contradicts itself; then nothing was signed."""
        self._held, self._integrated = "", 0
        if not self._work_waits():
            return
        self._held = self._signer.ready()
        if self._held:
            return
        lease = self._rows.lease(self._owner, LEASE_MS)
        if lease is None:
            self._held = "another process has the sequencer's lease and will publish"
            return
        try:
            yield Step.LEASED
            yield from self._run(lease)
            self._rows.release(lease)
        except LeaseLostError:
            self._edge, self._known = None, None
            self._held = "the sequencer's lease went to another process, which carries on"
        except JinkuError:
            self._edge, self._known = None, None
            with suppress(JinkuError):  # it ends by itself; why the run failed is what has to be told
                self._rows.release(lease)
            raise

    def _work_waits(self) -> bool:
        now = self._rows.standing()
        if now.waiting or now.size != (now.head.size if now.head else 0):
            return True
        if now.head is None:
            return False
        return self._tiles.published() != now.head.note or not self.guard.remembered(now.head.note)

    def _run(self, lease: Lease) -> Iterator[Step]:
        now = self._rows.standing()  # under the lease: nobody else gives places or records from here on
        edge = self._load_edge(now.head)
        if self._known is None:
            known = self.guard.ask()
            self.guard.check_ahead(known, now.size)
            tree = TileTree(self._tiles, edge.size)
            self.guard.check_roots(known, edge.size, tree.root_of)
            self._known = known
        self._check_signer(edge.size, now)
        yield Step.COMPARED
        while True:
            assigned = self._rows.assign(lease, GROUP)
            self._integrated += assigned
            if assigned:
                yield Step.ASSIGNED
            lease = self._keep(lease)
            whole, rest = self._integrate(edge)
            if not whole and assigned < GROUP:
                break
        self._tiles.write([*edge_files(edge), *bundle_files(edge.size - edge.size % WIDTH, rest)])
        yield Step.TILED
        yield from self._publish(lease, edge, now.head)

    def _keep(self, lease: Lease) -> Lease:
        """The lease, made longer only when half of it is over: each time costs a commit."""
        half = lease.until_ms - self._clock.now_ms() > LEASE_MS // 2
        return lease if half else self._rows.extend(lease, LEASE_MS)

    def _load_edge(self, head: SignedCheckpoint | None) -> Edge:
        """The edge under the last checkpoint recorded, or further: an order once given never changes."""
        size = head.size if head else 0
        if self._edge is not None and self._edge.size >= size:
            return self._edge
        edge = TileTree(self._tiles, size).edge()
        if head is not None:  # it may be published again: a changed row of the database must not get so far
            notes.believed(self._verifier, head.note, self._keys)
        if head is not None and edge.root() != head.root:
            raise TileDamagedError(
                f"the tiles do not give the root of the last checkpoint at {counted(size, 'entry', 'entries')}",
                found=edge.root().hex(),
                expected=head.root.hex(),
                advice="run `jinku journal verify`, which names the tile",
            )
        self._edge = edge
        return edge

    def _check_signer(self, size: int, now: Standing) -> None:
        """What the signer signed last is no step ahead of the database."""
        last = self._signer.last_signed()
        if last is not None:
            self.guard.check_ahead([Known("the signer", *last)], max(size, now.size))

    def _integrate(self, edge: Edge) -> tuple[bool, list[bytes]]:
        """The next group that has its places is in full tiles and bundles.

        Was it a whole one, so that more may follow? And the entries that fill no bundle yet.
        """
        start = edge.size - edge.size % WIDTH
        entries, leaves = self._rows.contents(start, GROUP)
        fresh = leaves[(edge.size - start) * HASH :]
        whole = len(entries) - len(entries) % WIDTH
        if not fresh:
            return False, entries[whole:]
        grown = edge.copy()
        full = grown.append(fresh)
        self._tiles.write([*tile_files(full), *bundle_files(start, entries[:whole])])
        edge.become(grown)
        return len(entries) == GROUP, entries[whole:]

    def _publish(self, lease: Lease, edge: Edge, head: SignedCheckpoint | None) -> Iterator[Step]:
        if head is not None and head.size == edge.size:
            signed = head
        else:
            signed = self._sign(lease, edge)
            yield Step.SIGNED
            signed = self._cosign(signed)
            yield Step.COSIGNED
            self._rows.record(lease, signed)
            yield Step.RECORDED
        self._tiles.publish(signed)
        yield Step.PUBLISHED
        for source in self._outside:
            source.remember(signed)
        yield Step.REMEMBERED
        self._tiles.prune(head.size if head else 0, signed.size)

    def _sign(self, lease: Lease, edge: Edge) -> SignedCheckpoint:
        """The head, signed. The proof for the signer comes from the tiles as they were stored, not from memory."""
        self._rows.holds(lease)  # a holder that slept too long asks for nothing
        tree = TileTree(self._tiles, edge.size)
        root = tree.root()
        if root != edge.root():
            raise TileDamagedError(
                "the tiles read back are not those that were written",
                found=root.hex(),
                expected=edge.root().hex(),
                advice="look after the disk or the object store; nothing was signed",
            )
        last = self._signer.last_signed()
        known = [*(self._known or []), *([] if last is None else [Known("the signer", *last)])]
        self.guard.check_ahead(known, edge.size)
        self.guard.check_roots(known, edge.size, tree.root_of)
        proof = tree.consistency(last[0]) if last else []
        lines = self._signer.sign_checkpoint(edge.size, root, proof)
        signed = notes.signed(Checkpoint(self._keys.origin, edge.size, root), lines)
        self._verifier.verify(signed.note, self._keys)
        return signed

    def _cosign(self, signed: SignedCheckpoint) -> SignedCheckpoint:
        """The checkpoint with enough cosignatures; a head that a witness knows has to be of this tree."""
        if not self._witnesses.needed:
            return signed
        tree = TileTree(self._tiles, signed.size)
        asked = self._witnesses.cosign(signed, tree.consistency)
        known = []
        for who, note in asked.heads:
            head = notes.read_note(note)
            known.append(Known(f"the witness {who}", head.size, head.root, note + b"\n== ours ==\n" + signed.note))
        self.guard.check_roots(known, signed.size, tree.root_of)
        self.guard.check_ahead(known, max(signed.size, self._rows.size()))
        if len(asked.by) < self._witnesses.needed:
            raise WitnessQuorumError(
                "too few witnesses cosigned; the checkpoint is not published",
                found="; ".join((f"{len(asked.by)} cosigned", *asked.silent)),
                expected=f"{self._witnesses.needed} cosignatures",
                advice="the entries are safe, and the next run asks again; look after the witnesses: one that moved, "
                "jinku trust url NAME URL",
            )
        return notes.read_note(asked.note)
