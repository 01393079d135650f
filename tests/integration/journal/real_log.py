"""A log on real parts: a database, a folder of tiles, a file outside; its keys are another library's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from log_keys import CryptoVerifier, MemoryLogSigner
from log_world import MemoryWitnesses

from jinku.core import Clock, SystemClock
from jinku.journal import Sequencer
from jinku.journal.adapters.entry_rows import SqlLogRows
from jinku.journal.adapters.local_tiles import LocalTiles
from jinku.journal.adapters.outside_file import OutsideFile
from jinku.store import Database, Place, current_owner


@dataclass
class RealLog:
    """One log under ``folder``."""

    folder: Path
    database: Database
    signer: MemoryLogSigner = field(default_factory=MemoryLogSigner)
    clock: Clock = field(default_factory=SystemClock)

    @property
    def tiles(self) -> LocalTiles:
        return LocalTiles(self.folder / "journal")

    @property
    def rows(self) -> SqlLogRows:
        return SqlLogRows(self.database)

    @property
    def outside(self) -> OutsideFile:
        return OutsideFile(self.folder / "outside" / "checkpoint")

    def sequencer(self) -> Sequencer:
        return Sequencer(
            self.rows,
            self.tiles,
            self.signer,
            MemoryWitnesses(),
            [self.outside],
            CryptoVerifier(),
            self.signer.keys,
            self.clock,
            current_owner(),
        )

    def fill(self, count: int, size: int = 0) -> None:
        """So many entries in one transaction, of a few subjects, kinds and actors."""
        with self.database.unit() as unit:
            unit.append_entries(
                [
                    (f"{'vault' if n % 3 else 'key'}.done", f"s{n % 7}", {"n": n, "pad": "x" * (size or n % 40)})
                    for n in range(count)
                ]
            )


@contextmanager
def open_log(folder: Path, place: Place | None = None, clock: Clock | None = None) -> Iterator[RealLog]:
    """The log in this folder, made when it is not there; its rows stand in ``place``, else in a file of the folder."""
    own_clock = clock or SystemClock()
    with Database.create(place or folder / "jinku.db", own_clock) as database:
        database.actor = "ed25519:" + "a" * 32
        yield RealLog(folder, database, clock=own_clock)
