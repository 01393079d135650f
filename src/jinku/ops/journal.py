"""The journal of one installation, composed: rows of its database, tiles of its home, keys of its signer."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from jinku.core import Clock, IntegrityError, NotFoundError, domain_digest
from jinku.custody.ports import Signer, SignerLauncher
from jinku.journal import Filter, Journal, JournalForkedError, Sequencer, SignedCheckpoint
from jinku.journal.adapters.entry_rows import SqlLogRows
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.adapters.outside_file import OutsideFile
from jinku.journal.adapters.tile_server import TileServer
from jinku.journal.adapters.witness_client import Place
from jinku.journal.adapters.witnesses import HttpWitnesses
from jinku.journal.ports import LogRows
from jinku.journal.types import Cosigned
from jinku.ops.deployment import Deployment
from jinku.ops.log_signer import SignersLogKeys
from jinku.ops.settings import Settings
from jinku.ops.tile_places import outside_buckets, tiles_of
from jinku.ops.trust_folder import TrustFolder, TrustRoot, log_keys
from jinku.store import Database, current_owner

__all__ = ["actor_of", "check_log", "journal_of", "log_keys", "settle", "state_folder", "tile_server"]

_FOUND, _SETTLED = "journal.fork_found", "journal.fork_settled"
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


class _InForce:
    """The witnesses of the trust root in force, read again before each run: a worker outlives versions.

    Implements the ports ``Witnesses`` and ``Outside``; without a witness nobody is asked (profile ``dev``).
    """

    name = "the witnesses"
    near = False

    def __init__(self, rows: LogRows, home: Path, deployment: Deployment) -> None:
        self._rows = rows
        self._folder = TrustFolder(home, deployment)
        self._deployment = deployment
        self._read: tuple[bytes, list[Place]] = (b"", [])
        self._asked: HttpWitnesses | None = None

    def refresh(self) -> bytes:
        """The trust root in force; what contradicts the entries is raised, and a second tree that nobody settled."""
        trust = check_log(self._rows, self._folder, self._deployment)
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
        near = OutsideFile(state_folder(deployment) / "checkpoint")
        return Sequencer(
            rows,
            tiles,
            SignersLogKeys(connect, greet, witnesses.refresh),
            witnesses,
            [near, *outside_buckets(settings), witnesses],
            notes,
            keys,
            clock,
            current_owner(),
            accept_unverified,
        )

    return Journal(rows, tiles, notes, keys, sequencer)


def check_log(rows: LogRows, folder: TrustFolder, deployment: Deployment) -> TrustRoot | None:
    """The newest trust root of the home, which is not older than what the entries speak of; no second tree is open."""
    _check_settled(rows, log_keys(deployment).origin)
    versions = folder.versions()
    for entry in rows.find(Filter(subject=deployment.deployment, kind="trust.version")):
        said = json.loads(entry.content)
        if [one.fingerprint for one in versions if str(one.version) == said["version"]] != [said["digest"]]:
            raise IntegrityError(
                f"the journal speaks of version {said['version']} of the trust root, and the home has another or none",
                found=f"{len(versions)} versions in {folder.folder}",
                expected=f"one with the fingerprint {said['digest']}",
                advice="restore the folder trust of this home from a backup; nothing is published without it",
                code="trust.home",
            )
    return versions[-1] if versions else None


def _check_settled(rows: LogRows, origin: str) -> None:
    """JournalForkedError while a second tree of this log is on record and nobody has settled it."""
    for (size, root), _ in _unsettled(rows, origin):
        raise JournalForkedError(
            "TWO TREES OF ONE LOG are on record; nothing is signed until that is settled",
            found=f"another root of size {size}: {root}",
            expected="one tree",
            advice=f"find out who signed the other one; then `jinku journal settle {root}`",
            fields={"size": int(size), "root": root},
        )


def settle(rows: LogRows, origin: str, root: str) -> int:
    """The operator knows of the other tree and goes on, as an entry says for ever; the size of that tree."""
    for (size, known), count in _unsettled(rows, origin):
        if known == root:
            rows.append(_SETTLED, origin, {"size": size, "theirs": root, "found": str(count)})
            return int(size)
    raise NotFoundError(
        "no second tree of this root is on record, or it was settled before",
        found=root,
        advice="jinku journal flush names the one that is open, if any",
        code="journal.no_fork",
    )


def _unsettled(rows: LogRows, origin: str) -> list[tuple[tuple[str, str], int]]:
    """Size and root of each second tree that was found more often than it was settled, and how often."""
    found: dict[tuple[str, str], int] = {}
    for entry in rows.find(Filter(subject=origin, kind=_FOUND)):
        said = json.loads(entry.content)
        found[said["size"], said["theirs"]] = found.get((said["size"], said["theirs"]), 0) + 1
    for entry in rows.find(Filter(subject=origin, kind=_SETTLED)) if found else ():
        said = json.loads(entry.content)
        if int(said["found"]) >= found.get((said["size"], said["theirs"]), 0):
            found.pop((said["size"], said["theirs"]), None)
    return list(found.items())


def tile_server(settings: Settings, host: str, port: int) -> TileServer:
    """A server of the home's log; it listens already."""
    return TileServer(tiles_of(settings), host, port)
