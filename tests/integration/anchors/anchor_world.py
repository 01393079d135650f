"""A log on a database with its anchors, of real parts but for the signer."""

from __future__ import annotations

import json
from dataclasses import dataclass

from log_keys import CryptoVerifier
from real_log import RealLog
from sqlalchemy import text

from jinku.core import JinkuError, SystemClock
from jinku.custody.errors import SignerAbsentError
from jinku.journal import Journal
from jinku.journal.adapters.anchor_rows import SqlAnchorRows
from jinku.journal.anchors import Anchor, Anchoring, AnchorKind
from jinku.journal.anchors.ports import AnchorKey
from jinku.ops.anchors import Sources


class Nobody:
    """No signer runs: sources that ask none do not miss it."""

    def anchor_address(self) -> bytes:
        raise SignerAbsentError("no signer runs")

    def sign_anchor(
        self, chain_id: int, nonce: int, gas: int, max_fee_wei: int, priority_fee_wei: int
    ) -> tuple[int, bytes, bytes]:
        raise SignerAbsentError("no signer runs", found=chain_id)


@dataclass
class World:
    log: RealLog
    journal: Journal
    rows: SqlAnchorRows
    anchoring: Anchoring

    def kinds(self) -> list[str]:
        with self.log.database.read() as unit:
            return [entry.kind for entry in unit.entries(subject=f"{self.journal.keys.origin}/anchors")]

    def last(self) -> dict[str, object]:
        with self.log.database.read() as unit:
            return json.loads(list(unit.entries(subject=f"{self.journal.keys.origin}/anchors"))[-1].content)

    def run(self, *kinds: AnchorKind) -> tuple[list[Anchor], list[JinkuError]]:
        done = list(self.anchoring.run(kinds))
        return [one for _, fresh, _ in done for one in fresh], [error for _, _, failed in done for error in failed]

    def change(self, column: str, value: object) -> None:
        with self.log.database.unit() as unit:
            unit.connection.execute(text(f"UPDATE journal_anchor SET {column} = :value"), {"value": value})


def world_of(log: RealLog, sources: object = None, key: AnchorKey | None = None) -> World:
    keys = log.signer.keys
    journal = Journal(log.rows, log.tiles, CryptoVerifier(), keys, lambda _: log.sequencer())
    log.fill(9)
    assert journal.flush().waiting == 0
    rows, clock = SqlAnchorRows(log.database), SystemClock()
    made = sources or Sources(clock, key or Nobody(), rows)
    return World(log, journal, rows, Anchoring(keys.origin, rows, made, journal.extract, clock))  # type: ignore[arg-type]
