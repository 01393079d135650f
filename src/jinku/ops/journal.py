"""The journal of one installation, composed: rows of its database, tiles of its home, keys of its signer."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from jinku.core import Clock, domain_digest
from jinku.custody.ports import Signer, SignerLauncher
from jinku.journal import Journal, Sequencer, SignedCheckpoint
from jinku.journal.adapters.entry_rows import SqlLogRows
from jinku.journal.adapters.fork_evidence import ForkEvidence
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.adapters.outside_file import OutsideFile
from jinku.journal.adapters.tile_server import TileServer
from jinku.journal.adapters.witness_client import Place
from jinku.journal.adapters.witnesses import HttpWitnesses
from jinku.journal.forks import Evidence, check_settled
from jinku.journal.guard import Guard
from jinku.journal.ports import LogRows
from jinku.journal.types import Cosigned
from jinku.ops.deployment import Deployment
from jinku.ops.log_signer import SignersLogKeys
from jinku.ops.settings import Settings
from jinku.ops.tile_places import outside_buckets, tiles_of
from jinku.ops.trust_entries import Standing, note_versions, standing
from jinku.ops.trust_folder import TrustFolder, log_keys
from jinku.store import Database, current_owner

__all__ = [
    "actor_of",
    "check_log",
    "evidence_of",
    "journal_of",
    "log_keys",
    "nearby",
    "refuse_behind",
    "state_folder",
    "tile_server",
]

STATE_VARIABLE = "XDG_STATE_HOME"


def actor_of(public: str) -> str:
    """How entries name the key by which something was done: ``ed25519:`` and half of a digest of the public key.

    >>> actor_of("00" * 32)
    'ed25519:a8d1fd6722f552cbca31afd1a71e03b0'
    """
    return f"ed25519:{domain_digest('jinku/key-id/1', bytes.fromhex(public)).hex()[:32]}"


def state_folder(deployment: Deployment, environment: Mapping[str, str] = os.environ) -> Path:
    """Where this deployment's last checkpoint is remembered outside its home."""
    base = environment.get(STATE_VARIABLE) or "~/.local/state"
    return Path(base).expanduser() / "jinku" / deployment.deployment


def nearby(deployment: Deployment) -> OutsideFile:
    """The file in the state folder that keeps the last checkpoint."""
    return OutsideFile(state_folder(deployment) / "checkpoint")


class _InForce:
    """The witnesses of the trust root in force, read again before each run: a worker outlives versions.

    Implements the ports ``Witnesses`` and ``Outside``; without a witness nobody is asked (profile ``dev``).
    """

    name = "the witnesses"
    near = False

    def __init__(self, rows: LogRows, home: Path, deployment: Deployment) -> None:
        self._rows = rows
        self._evidence = evidence_of(home)
        self._folder = TrustFolder(home, deployment)
        self._deployment = deployment
        self._read: tuple[bytes, list[Place]] = (b"", [])
        self._asked: HttpWitnesses | None = None
        self.standing = Standing((), unwritten=False, strange=())

    def refresh(self) -> bytes:
        """The trust root in force; what contradicts the entries is raised, and a second tree that nobody settled."""
        self.standing = check_log(self._rows, self._evidence, self._folder, self._deployment)
        trust = self.standing.trust
        read = (trust.data, self._folder.places(trust)) if trust else (b"", [])
        if read != self._read:
            keys = log_keys(self._deployment)
            asked = HttpWitnesses(read[0], trust.quorum, read[1], NativeNotes(), keys) if trust and read[1] else None
            self._read, self._asked = read, asked
        return read[0]

    @property
    def needed(self) -> int:
        """How many have to cosign."""
        return self._asked.needed if self._asked else 0

    def cosign(self, signed: SignedCheckpoint, proof_from: Callable[[int], list[bytes]]) -> Cosigned:
        """What they answered."""
        return self._asked.cosign(signed, proof_from) if self._asked else Cosigned(signed.note, ())

    def last(self) -> bytes | None:
        """The largest head that they know."""
        return self._asked.last() if self._asked else None

    def remember(self, signed: SignedCheckpoint) -> None:
        """Nothing: who cosigned has remembered it."""


def journal_of(  # noqa: PLR0917  one part each
    settings: Settings,
    deployment: Deployment,
    database: Database,
    launcher: SignerLauncher,
    greeter: SignerLauncher,
    clock: Clock,
) -> Journal:
    """The journal. A signer that runs is asked when something is to be signed; none is started for it.

    ``greeter`` connects as ``launcher`` does and soon gives up a signer that hangs.
    """

    def connect() -> Signer:
        return launcher.connect(start=False)

    def greet() -> Signer:
        return greeter.connect(start=False)

    rows, tiles, notes = SqlLogRows(database), tiles_of(settings, clock), NativeNotes()
    keys = log_keys(deployment)

    def sequencer(accept_unverified: bool) -> Sequencer:
        witnesses = _InForce(rows, settings.home, deployment)
        witnesses.refresh()  # what is wrong with it is told though nothing waits

        def mend() -> None:
            """The entry that a command died over is written, unless a restored database waits for its own."""
            head = log_keys_of_signer.last_signed() if witnesses.standing.unwritten else None
            if witnesses.standing.unwritten and (head is None or head[0] <= rows.size()):
                note_versions(database, deployment, witnesses.standing.versions)

        log_keys_of_signer = SignersLogKeys(connect, greet, witnesses.refresh, mend)
        near = nearby(deployment)
        return Sequencer(
            rows,
            tiles,
            log_keys_of_signer,
            witnesses,
            [near, *outside_buckets(settings), witnesses],
            notes,
            keys,
            clock,
            current_owner(),
            accept_unverified,
        )

    return Journal(rows, tiles, notes, keys, sequencer)


def evidence_of(home: Path) -> ForkEvidence:
    """What this home keeps of second trees; of a log in a bucket it lies there and is not read."""
    return ForkEvidence(home / "journal")


def check_log(rows: LogRows, evidence: Evidence, folder: TrustFolder, deployment: Deployment) -> Standing:
    """The trust roots of the home are those that the entries speak of; no second tree is open."""
    check_settled(rows, evidence, log_keys(deployment).origin)
    return standing(rows, folder, deployment)


def refuse_behind(settings: Settings, deployment: Deployment, rows: LogRows, clock: Clock) -> None:
    """The database has every entry that the tiles and the state folder know of; JournalBehindError otherwise.

    An index that a restored database does not know of may be a customer's. Witnesses and buckets outside are asked when
    the log is published, not here.
    """
    near = nearby(deployment)
    guard = Guard(rows, tiles_of(settings, clock), NativeNotes(), log_keys(deployment), [near])
    known = guard.ask()
    guard.check_ahead(known, rows.size())  # read last: an entry has its place before it is published


def tile_server(settings: Settings, host: str, port: int) -> TileServer:
    """A server of the home's log; it listens already."""
    return TileServer(tiles_of(settings), host, port)
