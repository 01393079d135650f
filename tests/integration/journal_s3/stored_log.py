"""A log whose database is real and whose tiles lie where the test says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from log_keys import CryptoVerifier
from log_world import MemoryWitnesses
from real_log import RealLog

from jinku.core import Clock, SystemClock
from jinku.journal import Sequencer, SignedCheckpoint, VerifyReport
from jinku.journal.notes import signed
from jinku.journal.ports import Outside, TileStore
from jinku.journal.types import Checkpoint
from jinku.journal.verifying import Verifier
from jinku.store import Database, current_owner

LINE = "\u2014 a.example AAAAAAA="
FULL = b"f" * 8192
BUNDLE = b"\x00\x15" + b'{"kind":"vault.made"}'


def head(size: int, root: bytes = b"r" * 32) -> SignedCheckpoint:
    """A checkpoint that no key signed."""
    return signed(Checkpoint("a.example", size, root), [LINE])


@dataclass
class StoredLog(RealLog):
    """As a real log, with tiles in ``store``."""

    store: TileStore | None = None
    outsides: Sequence[Outside] = field(default_factory=list)
    clock: Clock = field(default_factory=SystemClock)

    def sequencer(self, accept_unverified: bool = False) -> Sequencer:
        """One process's hand on the log."""
        assert self.store is not None
        return Sequencer(
            self.rows,
            self.store,
            self.signer,
            MemoryWitnesses(),
            self.outsides,
            CryptoVerifier(),
            self.signer.keys,
            self.clock,
            current_owner(),
            accept_unverified,
        )

    def verify(self, store: TileStore | None = None) -> VerifyReport:
        """Everything is read again."""
        tiles = store or self.store
        assert tiles is not None
        return Verifier(tiles, self.signer.keys, CryptoVerifier(), self.rows).run()


def open_database(folder: Path) -> Database:
    """The database of this folder, made when it is not there."""
    made = Database.create(folder / "jinku.db", SystemClock())
    made.actor = "ed25519:" + "a" * 32
    return made
