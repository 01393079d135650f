"""The journal of one installation, composed: rows of its database, tiles of its home, keys of its signer."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from jinku.core import Clock, domain_digest
from jinku.custody.ports import Signer, SignerLauncher
from jinku.journal import Journal, LogKeys, Sequencer, SignedCheckpoint
from jinku.journal.adapters.entry_rows import SqlLogRows
from jinku.journal.adapters.fork_evidence import ForkEvidence
from jinku.journal.adapters.later_origins import LaterOrigins, folders_in, origin_folder
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.adapters.outside_file import OutsideFile
from jinku.journal.adapters.tile_server import TileServer
from jinku.journal.adapters.witness_client import Place
from jinku.journal.adapters.witnesses import HttpWitnesses
from jinku.journal.errors import OriginChangedError, OriginUnopenedError
from jinku.journal.forks import Evidence, check_settled
from jinku.journal.guard import Guard
from jinku.journal.origins import OPENED, handovers
from jinku.journal.ports import LogRows, Outside, TileStore
from jinku.journal.types import Cosigned, origin_number
from jinku.ops.deployment import Deployment
from jinku.ops.log_signer import SignersLogKeys
from jinku.ops.origin_memory import take_up
from jinku.ops.settings import Settings
from jinku.ops.tile_places import later_origins, later_tiles, outside_buckets, tiles_of
from jinku.ops.trust_entries import Standing, note_versions, standing
from jinku.ops.trust_folder import TrustFolder, TrustRoot, log_in_force, log_keys
from jinku.store import Database, current_owner

__all__ = [
    "actor_of",
    "check_log",
    "evidence_of",
    "journal_of",
    "log_keys",
    "near_of",
    "places_of",
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


def near_of(deployment: Deployment, number: int) -> OutsideFile:
    """The file of the state folder that knows this origin's last checkpoint."""
    state = state_folder(deployment)
    return OutsideFile((state if number == 1 else state / origin_folder(number)) / "checkpoint")


def places_of(settings: Settings, deployment: Deployment, number: int, clock: Clock) -> tuple[TileStore, list[Outside]]:
    """Where this origin of the log has its tiles, and who knows its last checkpoint, or a later origin."""
    state = state_folder(deployment)
    known = LaterOrigins(str(state), number, lambda: folders_in(state), lambda one: near_of(deployment, one).last())
    outside = [near_of(deployment, number), *outside_buckets(settings, number), known]
    return tiles_of(settings, clock, number), [*outside, *later_origins(settings, number)]


class _InForce:
    """The witnesses of the trust root in force, read again before each run: a worker outlives versions.

    Implements the ports ``Witnesses`` and ``Outside``; without a witness nobody is asked (profile ``dev``).
    """

    name = "the witnesses"
    near = False

    def __init__(self, rows: LogRows, home: Path, deployment: Deployment, keys: LogKeys) -> None:
        self._keys = keys
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
        if trust is not None and trust.origin != self._keys.origin:
            raise OriginChangedError(
                "another process opened a later origin of the log",
                found=trust.origin,
                expected=self._keys.origin,
                advice="start this one again: it goes on with the new origin",
            )
        read = (trust.data, self._folder.places(trust)) if trust else (b"", [])
        if read != self._read:
            notes = NativeNotes()
            asked = HttpWitnesses(read[0], trust.quorum, read[1], notes, self._keys) if trust and read[1] else None
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

    rows, notes, keys = SqlLogRows(database), NativeNotes(), log_in_force(settings.home, deployment)
    tiles, outside = places_of(settings, deployment, origin_number(keys.origin), clock)

    def sequencer(accept_unverified: bool) -> Sequencer:
        witnesses = _InForce(rows, settings.home, deployment, keys)
        witnesses.refresh()  # what is wrong with it is told though nothing waits

        def mend() -> None:
            """What a restore or a death left between signer and log is made up for.

            The entry that a command died over is written, unless a restored database waits for its own.
            """
            if origin_number(keys.origin) > 1:
                signer = log_keys_of_signer
                take_up(signer.last_signed, signer.resume_origin, rows, deployment, keys.origin)
            head = log_keys_of_signer.last_signed() if witnesses.standing.unwritten else None
            if witnesses.standing.unwritten and (head is None or head[0] <= rows.size()):
                note_versions(database, deployment, witnesses.standing.versions)

        log_keys_of_signer = SignersLogKeys(connect, greet, witnesses.refresh, mend)
        return Sequencer(
            rows,
            tiles,
            log_keys_of_signer,
            witnesses,
            [*outside, witnesses],
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
    found = standing(rows, folder, deployment)
    if found.trust is not None:
        _check_opened(rows, found.trust, deployment)
    return found


def refuse_behind(settings: Settings, deployment: Deployment, rows: LogRows, clock: Clock) -> None:
    """The database has every entry that the tiles and the state folder know of, under the newest origin that its own
    entries name or a later one; JournalBehindError or OriginLaterError otherwise.

    An index that a restored database does not know of may be a customer's. Witnesses and buckets outside are asked when
    the log is published, not here. An origin that was left is not asked: entries of it are lost, and the log says so.
    """
    told = [origin_number(one.to.origin) for one in handovers(rows, log_keys(deployment))]
    number, state = max(told, default=1), state_folder(deployment)
    later = LaterOrigins(str(state), number, lambda: folders_in(state), lambda one: near_of(deployment, one).last())
    outside: list[Outside] = [near_of(deployment, number), later, *later_tiles(settings, number)]
    guard = Guard(rows, tiles_of(settings, clock, number), NativeNotes(), log_keys(deployment, number), outside)
    known = guard.ask()
    guard.check_ahead(known, rows.size())  # read last: an entry has its place before it is published


def _check_opened(rows: LogRows, trust: TrustRoot, deployment: Deployment) -> None:
    """A later origin was opened by the signer, as the entry says from which on it counts."""
    if trust.origin_number == 1:
        return
    if all(one.to.origin != trust.origin for one in handovers(rows, log_keys(deployment))):
        raise OriginUnopenedError(
            "the trust root names a later origin of the log, and no entry says that it was opened; nothing is signed",
            found=f"{rows.size()} entries",
            expected=f"one of the kind {OPENED} for {trust.origin}",
            advice="run `jinku journal catch-up` where the tiles of that origin still have it, else `jinku journal "
            "new-origin`, which carries on",
        )


def tile_server(settings: Settings, deployment: Deployment, host: str, port: int) -> TileServer:
    """A server of the home's log under its newest origin; it listens already."""
    number = origin_number(log_in_force(settings.home, deployment).origin)
    return TileServer(tiles_of(settings, number=number), host, port)
